/* SPDX-License-Identifier: MIT
 *
 * See process.h.
 */
#include "coordinator/process.h"

#include <stdio.h>
#include <string.h>

#include "coordinator/report.h"
#include "platform/guest.h"

/* Output kept of a worker that goes on living; cut when it is idle, so that a
 * report is never cut in two. */
#define OUTPUT_KEEP ((uint64_t)1 << 20)

/* Patience with a killed process. One that has not ended by then is in a system
 * call that nothing interrupts. */
#define KILL_PATIENCE_US 5000000u

/* Open for each slot: two pipes, its region, its output; and for all else. */
#define HANDLES_EACH 4u
#define HANDLES_ELSE 64u

void process_make_room(unsigned slots)
{
    platform_want_handles((size_t)slots * HANDLES_EACH + HANDLES_ELSE);
}

int process_init(struct process *p, unsigned number, size_t input_max,
                 struct thresh_err *err)
{
    *p = (struct process){.number = number,
                          .requests = PLATFORM_NO_HANDLE,
                          .replies = PLATFORM_NO_HANDLE,
                          .output = PLATFORM_NO_HANDLE};
    size_t size = region_plan(&p->layout, input_max);
    int rc = platform_shared_new(&p->memory, "thresh-region", size, false, err);
    if (!rc)
        rc = platform_output_new(&p->output, err);
    return rc;
}

static void reset_region(struct process *p)
{
    struct region *region = process_region(p);
    memset(region, 0, sizeof *region);
    region->magic = p->layout.magic;
    region->version = p->layout.version;
    region->input_offset = p->layout.input_offset;
    region->input_max = p->layout.input_max;
    region->outbox_offset = p->layout.outbox_offset;
    region->outbox_size = p->layout.outbox_size;
}

static int spawn(struct process *p, const struct options *opt,
                 const struct platform_shared *shared, platform_handle requests,
                 platform_handle replies, struct thresh_err *err)
{
    struct platform_spawn spec = {
        .path = opt->program,
        .argv = opt->argv,
        .handles = {requests, replies, p->memory.handle, shared->read_handle},
        .nhandles = GUEST_HANDLES,
        .output = p->output,
        .own_stdout = opt->plain && opt->plain->own_stdout,
        .guarded = true,
    };
    char variable[128];
    const char *env[32];
    size_t n = 0;
    int rc = platform_worker_variable(variable, sizeof variable, &spec);
    if (rc)
        return thresh_fail(err, rc, "cannot name the worker's handles");
    env[n++] = variable;
    for (size_t i = 0; opt->env && opt->env[i] && n < 31; i++)
        env[n++] = opt->env[i];
    env[n] = NULL;
    spec.env = env;
    return platform_spawn(&spec, &p->os, err);
}

/* Sends the request that begins what serves from now on. */
static void begin(struct process *p, struct request *request)
{
    p->state = PROCESS_IDLE;
    process_ask(p, request);
    p->state = PROCESS_STARTING;
    p->start_id = request->id;
    p->fresh = true;
}

bool process_can_start(const struct process *p)
{
    return p->state == PROCESS_DOWN ||
           (p->state == PROCESS_PARKED && p->killed == KILL_NOT &&
            !p->leave_us && !p->closed_us && !p->has_ended);
}

/* What the target prints and nobody wants; what else counts. */
static uint32_t hello_flags(const struct options *opt)
{
    unsigned closed = opt->plain ? opt->plain->closed : 0;
    return (closed & 1 ? REQUEST_DROP_STDOUT : 0u) |
           (closed & 2 ? REQUEST_DROP_STDERR : 0u) |
           (opt->value_profile ? REQUEST_VALUES : 0u) |
           (opt->keep_counts ? REQUEST_COUNTS : 0u) |
           (opt->last_leaks ? REQUEST_LAST_LEAKS : 0u);
}

int process_start(struct process *p, const struct options *opt,
                  const struct platform_shared *shared, uint64_t arg_limit,
                  struct thresh_err *err)
{
    platform_handle child_requests = PLATFORM_NO_HANDLE;
    platform_handle child_replies = PLATFORM_NO_HANDLE;
    reset_region(p);
    platform_output_clear(p->output);
    if (p->state == PROCESS_PARKED) {
        begin(p, &(struct request){.kind = REQUEST_FORK});
        return 0;
    }
    int rc = platform_pipe_to_child(&child_requests, &p->requests, err);
    if (!rc)
        rc = platform_pipe(&p->replies, &child_replies, err);
    if (!rc)
        rc = spawn(p, opt, shared, child_requests, child_replies, err);
    platform_close(&child_requests);
    platform_close(&child_replies);
    if (rc) {
        platform_close(&p->requests);
        platform_close(&p->replies);
        return rc;
    }
    p->reply_got = 0;
    p->killed = KILL_NOT;
    p->leave_us = 0;
    p->closed_us = 0;
    p->pipe_ended = false;
    p->has_ended = false;
    p->forks = false;
    p->engine.pc = 0;
    p->resident = 0;
    struct request hello = {.kind = REQUEST_HELLO,
                            .arg_limit = (uint32_t)arg_limit,
                            .memory_limit = opt->max_allocation,
                            .flags = hello_flags(opt)};
    (void)snprintf(hello.target, sizeof hello.target, "%s", opt->target);
    begin(p, &hello);
    return 0;
}

bool process_is_ready(const struct process *p)
{
    return p->state == PROCESS_IDLE && p->killed == KILL_NOT && !p->leave_us &&
           !p->closed_us && !p->has_ended;
}

void process_ask(struct process *p, struct request *request)
{
    struct region *region = process_region(p);
    if (platform_output_size(p->output) > OUTPUT_KEEP)
        platform_output_clear(p->output);
    request->magic = PROTOCOL_MAGIC;
    request->version = PROTOCOL_VERSION;
    request->id = ++p->next_id;
    p->request = *request;
    region->words.kind = LAST_WORDS_NONE;
    p->execs_before = atomic_load(&region->execs);
    p->last_execs = p->execs_before;
    p->progress_us = platform_now_us();
    p->asked_us = 0;
    p->stands = p->peeked = p->known = false;
    p->profiles = false;
    atomic_store(&region->profile, 0);
    p->state = PROCESS_BUSY;
    p->fresh = false;
    /* A pipe that can't be written to belongs to a dying process, whose end
     * process_poll() will see and judge. */
    (void)platform_write_all(p->requests, request, sizeof *request, NULL);
}

void process_put_input(struct process *p, const uint8_t *packed, size_t size)
{
    memcpy(p->memory.base + p->layout.input_offset, packed, size);
    process_region(p)->input_size = (uint32_t)size;
}

static bool read_reply(struct process *p, struct reply *reply)
{
    while (!p->pipe_ended && p->reply_got < sizeof *reply) {
        long n = platform_read_some(p->replies, p->reply_bytes + p->reply_got,
                                    sizeof *reply - p->reply_got, NULL);
        if (n == PLATFORM_AGAIN)
            return false;
        if (n <= 0)
            p->pipe_ended = true;
        else
            p->reply_got += (size_t)n;
    }
    if (p->reply_got < sizeof *reply)
        return false;
    memcpy(reply, p->reply_bytes, sizeof *reply);
    p->reply_got = 0;
    return true;
}

/* A failure that the worker would have replied, had it lived, or that it ended
 * itself for. */
static bool words_tell_failure(const struct last_words *words)
{
    return words->kind == LAST_WORDS_CHECK ||
           words->kind == LAST_WORDS_OVERWRITE ||
           words->kind == LAST_WORDS_SANITIZER ||
           words->kind == LAST_WORDS_ALLOCATION ||
           words->kind == LAST_WORDS_MEMORY;
}

/* What the end of what served, or of the whole process, means. */
static void describe_end(const struct process *p, struct platform_exit exit,
                         struct process_end *end)
{
    const struct region *region = process_region(p);
    enum process_kill killed = p->killed;
    /* Before it has mapped the region it can't say so. */
    if (p->state != PROCESS_STARTING && !atomic_load(&region->leaving))
        exit = platform_unannounced_exit(exit);
    process_take_words(p, &end->words, &end->engine);
    /* The question for its stack ends a process, whether it knows to answer or
     * not. */
    bool answered = end->words.kind == LAST_WORDS_STACK;
    bool ignorant =
        exit.kind == PLATFORM_SIGNALLED && !platform_signal_is_crash(exit.code);
    if (p->asked_us && killed == KILL_NOT && (answered || ignorant))
        killed = p->profiles ? KILL_MEMORY : KILL_HANG;
    end->exit = exit;
    end->killed = killed;
    end->known = p->known && killed == KILL_HANG;
    end->state = p->state;
    end->asked = p->leave_us != 0;
    end->resident = p->resident;
    /* Between executions a crash can still be the target's: a thread it
     * started, or memory of ours it wrote to. */
    bool crash = exit.kind == PLATFORM_SIGNALLED && killed == KILL_NOT &&
                 platform_signal_is_crash(exit.code);
    end->blames_input =
        p->state == PROCESS_BUSY
            ? atomic_load(&region->running) != 0 || crash ||
                  words_tell_failure(&end->words)
            : p->state == PROCESS_IDLE && !p->fresh && crash && !end->asked;
    end->leaks = end->asked && killed == KILL_NOT && process_looks_last(p) &&
                 exit.kind == PLATFORM_EXITED && exit.code != 0;
    /* Nothing else of the target runs in a worker that leaves. No input is to
     * blame. */
    end->tear_down = end->asked && killed == KILL_NOT && !end->leaks &&
                     p->state != PROCESS_BUSY && p->state != PROCESS_STARTING &&
                     (crash || end->words.kind == LAST_WORDS_CHECK ||
                      end->words.kind == LAST_WORDS_EXIT ||
                      (exit.kind == PLATFORM_EXITED && exit.code != 0));
}

static void take_end(struct process *p, struct process_end *end)
{
    describe_end(p, p->exit, end);
    platform_close(&p->requests);
    platform_close(&p->replies);
    p->state = PROCESS_DOWN;
}

/* The end of a nursery's child, of which the nursery tells what the system
 * would have told of a process of our own. */
static void take_child_end(struct process *p, const struct reply *reply,
                           struct process_end *end)
{
    struct platform_exit exit = {
        .kind = reply->flags & REPLY_SIGNALLED ? PLATFORM_SIGNALLED
                                               : PLATFORM_EXITED,
        .code = (int)reply->done,
    };
    describe_end(p, exit, end);
    p->state = PROCESS_PARKED;
    /* As long as it has its pipe it was the child that should leave. */
    if (p->requests != PLATFORM_NO_HANDLE)
        p->leave_us = 0;
}

/* Whether it has ended, or has to be left behind: after the kill it never comes
 * back to its own code, so it can do no harm. */
static bool look_for_end(struct process *p)
{
    p->exit = platform_poll_exit(&p->os);
    if (p->exit.kind != PLATFORM_RUNNING)
        return true;
    if (p->killed == KILL_NOT ||
        platform_now_us() < p->killed_us + KILL_PATIENCE_US)
        return false;
    report_line("warning: fuzzing process %ld was killed but does not end: it "
                "waits in the system, for a disk or a device that does not "
                "answer; it is left behind",
                platform_process_number(&p->os));
    p->exit = platform_abandon(&p->os);
    return true;
}

/* What holds for all its children, and no target has had in its reach. */
static void take_hello(struct process *p, const struct reply *reply)
{
    p->forks = reply->flags & REPLY_FORKS;
    memcpy(&p->engine, &process_region(p)->engine, sizeof p->engine);
    p->engine.module[LAST_WORDS_PATH - 1] = 0;
}

enum process_event process_poll(struct process *p, struct reply *reply,
                                struct process_end *end)
{
    if (p->state == PROCESS_DOWN)
        return EVENT_NONE;
    bool asked = p->state == PROCESS_BUSY || p->state == PROCESS_STARTING;
    /* The exit is asked for first, the pipe read second: so a reply sent just
     * before the end is not missed. It is taken in before the end is told. */
    if (!p->has_ended)
        p->has_ended = look_for_end(p);
    if (p->killed == KILL_NOT && read_reply(p, reply)) {
        if (asked && reply_is_sane(reply, &p->request)) {
            p->state = PROCESS_IDLE;
            if (p->request.kind == REQUEST_HELLO)
                take_hello(p, reply);
            return EVENT_REPLY;
        }
        if (p->forks && p->state != PROCESS_PARKED &&
            reply_is_end(reply, p->start_id)) {
            take_child_end(p, reply, end);
            return EVENT_ENDED;
        }
        process_kill(p, KILL_LIE);
    }
    if (!p->has_ended) {
        /* Its pipe is gone but it lives: it is about to end, or has closed
         * our descriptors. */
        if (p->pipe_ended && p->closed_us == 0) {
            p->closed_us = platform_now_us();
            platform_close(&p->requests);
        }
        return EVENT_NONE;
    }
    take_end(p, end);
    return EVENT_ENDED;
}

bool process_is_due(const struct process *p)
{
    return p->state != PROCESS_DOWN &&
           (p->has_ended || p->pipe_ended || p->killed != KILL_NOT);
}

uint64_t process_execs(const struct process *p)
{
    uint64_t made = atomic_load(&process_region(p)->execs) - p->execs_before;
    uint64_t allowed = p->request.kind == REQUEST_ENTRIES ? p->request.limit
                                                          : p->request.count;
    return made < allowed ? made : allowed;
}

size_t process_take_input(const struct process *p, const struct signature *sig,
                          uint8_t *packed)
{
    uint32_t size = process_region(p)->input_size;
    struct input in;
    if (size > p->layout.input_max)
        return 0;
    memcpy(packed, p->memory.base + p->layout.input_offset, size);
    if (!input_unpack(&in, sig->nargs, packed, size) || !input_fits(&in, sig))
        return 0;
    return size;
}

bool process_take_origin(const struct process *p, uint32_t entries,
                         uint32_t tokens, struct find_origin *origin)
{
    memcpy(origin, &process_region(p)->origin, sizeof *origin);
    return origin->trail && origin->parent < entries &&
           (!origin->token || origin->token < tokens);
}

bool process_take_outbox(const struct process *p, uint8_t *out, size_t *size)
{
    uint64_t used = atomic_load(&process_region(p)->outbox_used);
    *size = 0;
    if (used > p->layout.outbox_size)
        return false;
    memcpy(out, p->memory.base + p->layout.outbox_offset, used);
    *size = used;
    return true;
}

uint32_t process_take_checksums(const struct process *p,
                                struct engine_place out[REGION_CHECKSUMS])
{
    const struct region *region = process_region(p);
    uint32_t n = region->nchecksums;
    if (n > REGION_CHECKSUMS)
        n = 0;
    memcpy(out, region->checksum, n * sizeof *out);
    for (uint32_t i = 0; i < n; i++)
        out[i].module[LAST_WORDS_PATH - 1] = 0;
    return n;
}

void process_take_words(const struct process *p, struct last_words *words,
                        struct engine_place *engine)
{
    const struct region *region = process_region(p);
    memcpy(words, &region->words, sizeof *words);
    last_words_check(words);
    *engine = p->engine;
}

bool process_looks_last(const struct process *p)
{
    return p->state != PROCESS_DOWN &&
           atomic_load(&process_region(p)->leaks) != 0;
}

void process_kill(struct process *p, enum process_kill why)
{
    if (p->state == PROCESS_DOWN)
        return;
    if (p->killed == KILL_NOT) {
        p->killed = why;
        p->killed_us = platform_now_us();
    }
    platform_kill(&p->os);
}

void process_leave(struct process *p, uint64_t now_us)
{
    if (p->state == PROCESS_DOWN || p->leave_us)
        return;
    p->leave_us = now_us;
    platform_close(&p->requests);
}

void process_renew(struct process *p, uint64_t now_us)
{
    if (!p->forks) {
        process_leave(p, now_us);
        return;
    }
    process_ask(p, &(struct request){.kind = REQUEST_LEAVE});
    p->state = PROCESS_IDLE;
    p->leave_us = now_us;
}

void process_release(struct process *p)
{
    /* The handles of a zeroed struct are none of ours. */
    if (!p->layout.magic)
        return;
    if (p->state != PROCESS_DOWN) {
        process_kill(p, KILL_STOP);
        while (!p->has_ended && !look_for_end(p))
            platform_sleep_us(200);
        p->state = PROCESS_DOWN;
    }
    platform_close(&p->requests);
    platform_close(&p->replies);
    platform_close(&p->output);
    platform_shared_free(&p->memory);
}
