/* SPDX-License-Identifier: MIT
 *
 * See replay.h.
 */
#include "coordinator/replay.h"

#include <stdlib.h>
#include <string.h>

#include "coordinator/report.h"

#define OUTPUT_KEPT ((size_t)64 << 10)
#define TICK_US     100000u
/* What leaves and takes longer hangs in a tear-down. */
#define LEAVE_PATIENCE_US 1000000u

int replay_init(struct replay *r, const struct options *opt, uint64_t max_bytes,
                struct thresh_err *err)
{
    *r = (struct replay){.opt = *opt};
    size_t input_max = opt->sig.nargs * sizeof(uint32_t);
    for (uint32_t i = 0; i < opt->sig.nargs; i++) {
        size_t width = kind_width(opt->sig.kind[i]);
        uint32_t *max = &r->opt.sig.max_bytes[i];
        if (!width && (*max == 0 || *max > max_bytes))
            *max = (uint32_t)max_bytes;
        input_max += width ? width : *max;
    }
    r->opt.max_bytes = max_bytes;
    limits_init(&r->limits, opt, false);
    r->opt.input_timeout_us = r->limits.input_us;
    r->output = malloc(OUTPUT_KEPT + 1);
    if (!r->output)
        return thresh_fail(err, THRESH_ENOMEM, "no memory to run inputs");
    int rc = platform_watch(err);
    if (!rc)
        rc = corpus_init(&r->corpus, err);
    if (!rc)
        rc = process_init(&r->process, 0, input_max, err);
    return rc;
}

/* Waits for the answer to what was asked last. */
static enum process_event await(struct replay *r, struct reply *reply,
                                struct process_end *end)
{
    struct process *p = &r->process;
    for (;;) {
        enum process_event event = process_poll(p, reply, end);
        if (event != EVENT_NONE)
            return event;
        bool ready;
        platform_handle pipe = p->pipe_ended ? PLATFORM_NO_HANDLE : p->replies;
        uint64_t now = platform_now_us();
        platform_wait(&pipe, &ready, 1, now + TICK_US);
        (void)limits_look(&r->limits, platform_now_us());
        limits_enforce(&r->limits, p);
        if (p->leave_us && now > p->leave_us + LEAVE_PATIENCE_US)
            process_kill(p, KILL_STOP);
        if (platform_interrupts(NULL)) {
            r->interrupted = true;
            process_kill(p, KILL_STOP);
        }
    }
}

void replay_release(struct replay *r)
{
    struct reply reply;
    struct process_end end;
    /* Not killed at once: the target may have a tear-down. */
    process_leave(&r->process, platform_now_us());
    while (r->process.state != PROCESS_DOWN)
        (void)await(r, &reply, &end);
    process_release(&r->process);
    corpus_release(&r->corpus);
    free(r->output);
}

static int start(struct replay *r, struct thresh_err *err)
{
    struct reply reply;
    struct process_end end;
    r->torn = false;
    int rc = process_start(&r->process, &r->opt, &r->corpus.memory,
                           r->opt.max_bytes, err);
    if (rc)
        return rc;
    if (await(r, &reply, &end) == EVENT_ENDED) {
        struct verdict v;
        verdict_of_end(&v, &end, &r->process, &r->limits);
        return thresh_fail(err, THRESH_EWORKER, "%s", v.title);
    }
    if (reply.status != REPLY_OK) {
        const struct region *region = (const void *)r->process.memory.base;
        char text[LAST_WORDS_TEXT];
        memcpy(text, region->words.text, sizeof text);
        text[sizeof text - 1] = 0;
        return thresh_fail(err, THRESH_EWORKER, "%s", text);
    }
    if (!(reply.flags & REPLY_LSAN))
        r->opt.find_leaks = false;
    return limits_check_start(&r->limits, &r->process, err);
}

/* What the process printed for the last input. */
static void take_output(struct replay *r)
{
    r->output_size =
        platform_output_tail(r->process.output, r->output, OUTPUT_KEPT);
    r->output[r->output_size] = 0;
}

/* Ends what serves, so that the next input gets one that has run nothing. */
static void leave(struct replay *r)
{
    struct reply reply;
    struct process_end end;
    if (process_can_start(&r->process))
        return;
    process_renew(&r->process, platform_now_us());
    while (!process_can_start(&r->process))
        (void)await(r, &reply, &end);
}

/* Sees that a process is there which can serve. */
static int provide(struct replay *r, struct thresh_err *err)
{
    struct process *p = &r->process;
    struct reply reply;
    struct process_end end;
    /* It may have ended after its last answer. */
    (void)process_poll(p, &reply, &end);
    if (r->torn && r->opt.find_leaks)
        leave(r);
    return process_can_start(p) ? start(r, err) : 0;
}

/* Asks for one execution and says how it ended. */
static void run_once(struct replay *r, const uint8_t *packed, size_t size,
                     struct verdict *v)
{
    struct process *p = &r->process;
    struct reply reply;
    struct process_end end;
    process_put_input(p, packed, size);
    platform_output_clear(p->output);
    struct request request = {
        .kind = REQUEST_INPUT, .count = 1, .flags = REQUEST_EXACT_HEAP};
    if (r->opt.find_leaks)
        request.flags |= REQUEST_LEAKS_ALWAYS;
    if (r->opt.max_resident) {
        request.flags |= REQUEST_WATCH_MEMORY;
        request.memory_limit = r->opt.max_resident;
    }
    process_ask(p, &request);
    *v = (struct verdict){.kind = VERDICT_PASS};
    if (await(r, &reply, &end) == EVENT_ENDED) {
        verdict_of_end(v, &end, p, &r->limits);
        return;
    }
    if (reply.status == REPLY_FAILED) {
        r->torn = true;
        verdict_of_reply(v, p);
    }
    /* What this input left behind is not the next one's. */
    process_measure(p);
    if (v->memory || limits_outgrown(&r->limits, p))
        leave(r);
}

static int run_packed(struct replay *r, const uint8_t *packed, size_t size,
                      struct verdict *v, struct thresh_err *err)
{
    int rc = provide(r, err);
    if (!rc)
        run_once(r, packed, size, v);
    if (!rc && v->no_leaks) {
        report_line("warning: %s", VERDICT_NO_LEAKS_TEXT);
        r->opt.find_leaks = false;
        rc = provide(r, err);
        if (!rc)
            run_once(r, packed, size, v);
    }
    take_output(r);
    return rc;
}

int replay_run(struct replay *r, const struct input *in,
               const struct history *before, struct verdict *v,
               struct thresh_err *err)
{
    int rc = 0;
    r->output_size = 0;
    r->output[0] = 0;
    uint8_t *packed = malloc(input_packed_size(in));
    if (!packed)
        return thresh_fail(err, THRESH_ENOMEM, "no memory for an input");
    input_pack(in, packed);
    *v = (struct verdict){.kind = VERDICT_PASS};
    bool sequence = before->count > 0;
    if (sequence && !r->process.fresh)
        leave(r);
    for (uint32_t i = 0; !rc && v->kind == VERDICT_PASS && i < before->count;
         i++)
        rc = run_packed(r, before->input[i].packed, before->input[i].size, v,
                        err);
    if (!rc && v->kind == VERDICT_PASS)
        rc = run_packed(r, packed, input_packed_size(in), v, err);
    /* What it left behind is nothing for the inputs that follow. */
    if (sequence)
        leave(r);
    free(packed);
    return rc;
}
