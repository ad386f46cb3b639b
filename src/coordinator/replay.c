/* SPDX-License-Identifier: MIT
 *
 * See replay.h. A ring of inputs, oldest first, and the workers. An input
 * waits, runs in a worker, and is done; it is told and leaves the ring when
 * all before it have left.
 */
#include "coordinator/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/corpus.h"
#include "coordinator/leaks_left.h"
#include "coordinator/limits.h"
#include "coordinator/process.h"
#include "coordinator/report.h"

#define OUTPUT_KEPT ((size_t)64 << 10)
#define TICK_US     100000u
/* While inputs have waited for so long, for workers that have started, the
 * number of workers doubles. */
#define PATIENCE_US 10000u
/* Patience with a worker that was asked to leave. */
#define LEAVE_PATIENCE_US 1000000u
/* And while it looks for leaks a last time. */
#define LEAKS_PATIENCE_US 60000000u
/* Inputs on their way: a few for each worker, and enough for one worker that
 * reading files and running them overlap. */
#define WINDOW(workers) (4u * (workers) + 16u)

enum item_state {
    ITEM_WAITS,
    ITEM_RUNS,
    ITEM_DONE,
};

struct item {
    char *name;
    uint8_t *packed;
    size_t size;
    struct history before;
    enum item_state state;
    enum replay_how how;
    struct verdict verdict;
    struct thresh_err error;
    char *output;
    size_t output_size;
    uint64_t began_us;
    uint64_t us;
};

struct lane {
    struct process process;
    bool made;         /* the process's memory is there */
    struct item *item; /* that it works on, or NULL */
    uint32_t step;     /* so many inputs of the item have passed */
    bool torn; /* a failing check has torn the target off its work in it */
};

struct replay {
    struct replay_spec spec;
    struct options opt;
    size_t input_max;
    struct corpus corpus; /* only for the shared memory a worker expects */
    struct limits limits;
    struct lane *lanes;
    unsigned nlanes;
    unsigned allowed; /* of them may have work */
    uint64_t grow_us; /* when more may */
    platform_handle *pipes;
    bool *ready;
    struct item *ring;
    unsigned window;
    unsigned head; /* the oldest */
    unsigned count;
    uint64_t peak_resident;
    bool overdue;
    bool bad_tear_down;
    bool interrupted;
};

static struct item *item_at(struct replay *r, unsigned i)
{
    return &r->ring[(r->head + i) % r->window];
}

/* ---- the ring ---- */

static void item_release(struct item *it)
{
    history_release(&it->before);
    free(it->name);
    free(it->packed);
    free(it->output);
    *it = (struct item){0};
}

/* Tells of what is done at the front. */
static void tell(struct replay *r)
{
    while (r->count && item_at(r, 0)->state == ITEM_DONE) {
        struct item *it = item_at(r, 0);
        struct replay_result result = {
            .name = it->name,
            .how = it->how,
            .verdict = &it->verdict,
            .error = &it->error,
            .output = it->output ? it->output : "",
            .output_size = it->output_size,
            .us = it->us,
        };
        r->spec.tell(r->spec.ctx, &result);
        item_release(it);
        r->head = (r->head + 1) % r->window;
        r->count--;
    }
}

static struct item *next_waiting(struct replay *r)
{
    for (unsigned i = 0; i < r->count; i++)
        if (item_at(r, i)->state == ITEM_WAITS)
            return item_at(r, i);
    return NULL;
}

/* Nothing more is to be run. */
static void give_up_waiting(struct replay *r)
{
    for (unsigned i = 0; i < r->count; i++) {
        struct item *it = item_at(r, i);
        if (it->state != ITEM_WAITS)
            continue;
        it->state = ITEM_DONE;
        it->how = REPLAY_NOT_RUN;
    }
}

/* ---- what a worker does next ---- */

static void done(struct lane *lane, enum replay_how how)
{
    struct item *it = lane->item;
    it->state = ITEM_DONE;
    it->how = how;
    it->us = platform_now_us() - it->began_us;
    lane->item = NULL;
}

/* What the process printed for the input that ran last. */
static void take_output(struct lane *lane)
{
    struct item *it = lane->item;
    if (!it->output)
        it->output = malloc(OUTPUT_KEPT + 1);
    if (!it->output)
        return;
    it->output_size =
        platform_output_tail(lane->process.output, it->output, OUTPUT_KEPT);
    it->output[it->output_size] = 0;
}

static void no_verdict(struct lane *lane, enum replay_how how, const char *why)
{
    (void)thresh_fail(&lane->item->error, THRESH_EWORKER, "%s", why);
    take_output(lane);
    done(lane, how);
}

static void start(struct replay *r, struct lane *lane)
{
    struct item *it = lane->item;
    int rc = 0;
    if (!lane->made)
        rc = process_init(&lane->process, (unsigned)(lane - r->lanes),
                          r->input_max, &it->error);
    lane->made = true;
    lane->torn = false;
    if (!rc)
        rc = process_start(&lane->process, &r->opt, &r->corpus.memory,
                           r->opt.max_bytes, &it->error);
    if (rc)
        done(lane, REPLAY_ENGINE);
}

/* Runs what comes next for the item: one of the inputs before it, or its own.
 */
static void ask(struct replay *r, struct lane *lane)
{
    struct process *p = &lane->process;
    const struct item *it = lane->item;
    if (lane->step < it->before.count)
        process_put_input(p, it->before.input[lane->step].packed,
                          it->before.input[lane->step].size);
    else
        process_put_input(p, it->packed, it->size);
    platform_output_clear(p->output);
    struct request request = {
        .kind = REQUEST_INPUT, .count = 1, .flags = REQUEST_EXACT_HEAP};
    if (r->spec.repeat && lane->step == it->before.count)
        request.count = r->spec.repeat;
    if (r->opt.find_leaks)
        request.flags |= REQUEST_LEAKS_ALWAYS;
    if (r->opt.max_resident) {
        request.flags |= REQUEST_WATCH_MEMORY;
        request.memory_limit = r->opt.max_resident;
    }
    process_ask(p, &request);
}

/* Whether what is there has run something that the next input must not meet. */
static bool is_spoilt(const struct replay *r, const struct lane *lane)
{
    bool sequence = lane->item->before.count > 0 && lane->step == 0;
    return (sequence && !lane->process.fresh) ||
           (lane->torn && r->opt.find_leaks);
}

static void give_work(struct replay *r, struct lane *lane)
{
    struct process *p = &lane->process;
    if (!lane->item) {
        lane->item = next_waiting(r);
        if (!lane->item)
            return;
        lane->item->state = ITEM_RUNS;
        lane->item->began_us = platform_now_us();
        lane->step = 0;
    }
    if (process_can_start(p))
        start(r, lane);
    else if (process_is_ready(p) && is_spoilt(r, lane))
        process_renew(p, platform_now_us());
    else if (process_is_ready(p))
        ask(r, lane);
}

static bool some_start(const struct replay *r)
{
    for (unsigned i = 0; i < r->allowed; i++)
        if (r->lanes[i].process.state == PROCESS_STARTING)
            return true;
    return false;
}

static void dispatch(struct replay *r)
{
    uint64_t now = platform_now_us();
    if (!next_waiting(r) || some_start(r)) {
        r->grow_us = now + PATIENCE_US;
    } else if (now >= r->grow_us) {
        r->allowed = r->allowed * 2 < r->nlanes ? r->allowed * 2 : r->nlanes;
        r->grow_us = now + PATIENCE_US;
    }
    for (unsigned i = 0; i < r->allowed; i++)
        give_work(r, &r->lanes[i]);
}

/* ---- what comes back ---- */

/* One run for the item has ended likewise. */
static void ran(struct replay *r, struct lane *lane, const struct verdict *v)
{
    struct process *p = &lane->process;
    struct item *it = lane->item;
    bool sequence = it->before.count > 0;
    take_output(lane);
    if (v->kind == VERDICT_OUTSIDE || v->kind == VERDICT_ENGINE) {
        no_verdict(
            lane, v->kind == VERDICT_ENGINE ? REPLAY_ENGINE : REPLAY_NO_VERDICT,
            v->title);
    } else if (v->kind == VERDICT_FAIL || lane->step == it->before.count) {
        it->verdict = *v;
        done(lane, REPLAY_RAN);
    } else {
        lane->step++;
        sequence = false; /* it goes on */
    }
    /* What it left behind is nothing for the inputs that follow. */
    if (process_is_ready(p) &&
        (sequence || v->memory || limits_outgrown(&r->limits, p)))
        process_renew(p, platform_now_us());
}

static void on_reply(struct replay *r, struct lane *lane,
                     const struct reply *reply)
{
    struct process *p = &lane->process;
    const struct region *region = process_region(p);
    struct verdict v = {.kind = VERDICT_PASS};
    if (p->request.kind == REQUEST_LEAVE || !lane->item)
        return;
    if (p->request.kind == REQUEST_INPUT) {
        if (reply->status == REPLY_FAILED) {
            lane->torn = true;
            verdict_of_reply(&v, p);
        }
        process_measure(p);
        if (p->resident > r->peak_resident)
            r->peak_resident = p->resident;
        ran(r, lane, &v);
    } else if (reply->status != REPLY_OK) {
        char text[LAST_WORDS_TEXT];
        memcpy(text, region->words.text, sizeof text);
        text[sizeof text - 1] = 0;
        no_verdict(lane, REPLAY_NO_VERDICT, text);
        process_leave(p, platform_now_us());
    } else if (limits_check_start(&r->limits, p, &lane->item->error)) {
        done(lane, REPLAY_NO_VERDICT);
    } else if (p->request.kind == REQUEST_HELLO &&
               !(reply->flags & REPLY_LSAN)) {
        r->opt.find_leaks = false;
    }
}

/* What ran when the time of all was up. */
static void call_overdue(const struct replay *r, struct verdict *v)
{
    char limit[DURATION_TEXT_SIZE];
    format_duration(limit, r->spec.timeout_us);
    v->kind = VERDICT_FAIL;
    v->timeout = true;
    v->detail[0] = 0;
    (void)snprintf(v->title, sizeof v->title,
                   "test timed out after %s (-timeout)", limit);
}

static void on_end(struct replay *r, struct lane *lane,
                   const struct process_end *end)
{
    struct process *p = &lane->process;
    struct verdict v;
    if (end->leaks) {
        verdict_of_end(&v, end, p, &r->limits);
        if (v.leak && r->opt.plain && r->opt.plain->leaks)
            leaks_left_keep(r->opt.plain->leaks, &v, p);
    } else if (end->tear_down) {
        verdict_of_end(&v, end, p, &r->limits);
        report_end(&v, p->output);
        r->bad_tear_down = true;
    }
    if (!lane->item || end->asked)
        return;
    if (r->interrupted) {
        done(lane, REPLAY_NOT_RUN);
        return;
    }
    verdict_of_end(&v, end, p, &r->limits);
    if (r->overdue) {
        call_overdue(r, &v);
    } else if (end->state == PROCESS_STARTING) {
        no_verdict(lane, REPLAY_NO_VERDICT, v.title);
        return;
    } else if (end->state != PROCESS_BUSY) {
        return; /* before it was asked; another one will be */
    } else if (v.no_leaks) {
        if (r->opt.find_leaks)
            report_line("warning: %s", VERDICT_NO_LEAKS_TEXT);
        r->opt.find_leaks = false;
        lane->step = 0; /* once more, without */
        return;
    }
    ran(r, lane, &v);
}

static void receive(struct replay *r, struct lane *lane)
{
    struct reply reply;
    struct process_end end;
    enum process_event event;
    while ((event = process_poll(&lane->process, &reply, &end)) != EVENT_NONE)
        if (event == EVENT_REPLY)
            on_reply(r, lane, &reply);
        else
            on_end(r, lane, &end);
}

/* ---- the clock ---- */

static void check_clock(struct replay *r)
{
    uint64_t now = platform_now_us();
    (void)limits_look(&r->limits, now);
    r->interrupted |= platform_interrupts(NULL) > 0;
    r->overdue |= r->spec.deadline_us && now >= r->spec.deadline_us;
    for (unsigned i = 0; i < r->nlanes; i++) {
        struct process *p = &r->lanes[i].process;
        if (!r->lanes[i].made)
            continue;
        limits_enforce(&r->limits, p);
        uint64_t patience =
            process_looks_last(p) ? LEAKS_PATIENCE_US : LEAVE_PATIENCE_US;
        bool lingers = p->leave_us && now > p->leave_us + patience;
        if (r->interrupted || lingers)
            process_kill(p, KILL_STOP);
        else if (r->overdue && p->state != PROCESS_DOWN)
            process_end_hang(p, now);
    }
    if (r->interrupted || r->overdue)
        give_up_waiting(r);
}

static void wait(struct replay *r, uint64_t now)
{
    uint64_t until = now + TICK_US;
    if (r->allowed < r->nlanes && next_waiting(r) && r->grow_us < until)
        until = r->grow_us;
    if (r->spec.deadline_us && !r->overdue && r->spec.deadline_us < until)
        until = r->spec.deadline_us;
    for (unsigned i = 0; i < r->nlanes; i++) {
        const struct process *p = &r->lanes[i].process;
        bool open = r->lanes[i].made && !p->pipe_ended;
        r->pipes[i] = open ? p->replies : PLATFORM_NO_HANDLE;
    }
    (void)platform_wait(r->pipes, r->ready, r->nlanes, until);
}

/* Goes once round the loop; does not wait where it must not. */
static void step(struct replay *r, bool may_wait)
{
    check_clock(r);
    dispatch(r);
    if (may_wait && item_at(r, 0)->state != ITEM_DONE)
        wait(r, platform_now_us());
    for (unsigned i = 0; i < r->nlanes; i++)
        if (r->lanes[i].made)
            receive(r, &r->lanes[i]);
    tell(r);
}

/* ---- adding ---- */

/* A free place at the end of the ring; NULL if nothing more is to be run. */
static struct item *place(struct replay *r, const char *name)
{
    check_clock(r);
    while (r->count == r->window)
        step(r, true);
    if (r->interrupted || r->overdue)
        return NULL;
    struct item *it = item_at(r, r->count);
    size_t size = strlen(name) + 1;
    *it = (struct item){.name = malloc(size)};
    if (it->name)
        memcpy(it->name, name, size);
    return it;
}

static int no_memory(struct item *it, struct thresh_err *err)
{
    item_release(it);
    return thresh_fail(err, THRESH_ENOMEM, "no memory for an input");
}

int replay_add(struct replay *r, const char *name, const struct input *in,
               struct history *before, struct thresh_err *err)
{
    struct item *it = place(r, name);
    if (!it)
        return 1;
    it->size = input_packed_size(in);
    it->packed = malloc(it->size);
    if (!it->name || !it->packed)
        return no_memory(it, err);
    input_pack(in, it->packed);
    it->before = *before;
    *before = (struct history){0};
    r->count++;
    step(r, false);
    return 0;
}

int replay_add_error(struct replay *r, const char *name,
                     const struct thresh_err *why, struct thresh_err *err)
{
    struct item *it = place(r, name);
    if (!it)
        return 1;
    if (!it->name)
        return no_memory(it, err);
    it->state = ITEM_DONE;
    it->how = REPLAY_NO_VERDICT;
    it->error = *why;
    r->count++;
    return 0;
}

static bool any_lives(const struct replay *r)
{
    for (unsigned i = 0; i < r->nlanes; i++)
        if (r->lanes[i].process.state != PROCESS_DOWN)
            return true;
    return false;
}

void replay_settle(struct replay *r)
{
    while (r->count)
        step(r, true);
}

uint64_t replay_peak_resident(const struct replay *r)
{
    return r ? r->peak_resident : 0;
}

bool replay_finish(struct replay *r)
{
    replay_settle(r);
    /* They leave by themselves, as they do after fuzzing. One whose child is
     * leaving is asked when that has gone. */
    while (any_lives(r)) {
        for (unsigned i = 0; i < r->nlanes; i++)
            process_leave(&r->lanes[i].process, platform_now_us());
        step(r, true);
    }
    return !r->bad_tear_down;
}

/* ---- life ---- */

/* The largest packed input. */
static size_t settle_limits(struct replay *r)
{
    struct signature *sig = &r->opt.sig;
    size_t input_max = sig->nargs * sizeof(uint32_t);
    for (uint32_t i = 0; i < sig->nargs; i++) {
        size_t width = kind_width(sig->kind[i]);
        uint32_t *max = &sig->max_bytes[i];
        if (!width && (*max == 0 || *max > r->spec.max_bytes))
            *max = (uint32_t)r->spec.max_bytes;
        input_max += width ? width : *max;
    }
    r->opt.max_bytes = r->spec.max_bytes;
    limits_init(&r->limits, r->spec.opt, false);
    r->opt.input_timeout_us = r->limits.input_us;
    return input_max;
}

int replay_new(struct replay **made, const struct replay_spec *spec,
               struct thresh_err *err)
{
    struct replay *r = calloc(1, sizeof *r);
    *made = r;
    if (!r)
        return thresh_fail(err, THRESH_ENOMEM, "no memory to run inputs");
    r->spec = *spec;
    r->opt = *spec->opt;
    r->input_max = settle_limits(r);
    r->nlanes = spec->opt->parallel;
    r->allowed = 1;
    r->grow_us = platform_now_us() + PATIENCE_US;
    r->window = WINDOW(r->nlanes);
    process_make_room(r->nlanes);
    r->lanes = calloc(r->nlanes, sizeof *r->lanes);
    r->ring = calloc(r->window, sizeof *r->ring);
    r->pipes = calloc(r->nlanes, sizeof *r->pipes);
    r->ready = calloc(r->nlanes, sizeof *r->ready);
    if (!r->lanes || !r->ring || !r->pipes || !r->ready)
        return thresh_fail(err, THRESH_ENOMEM, "no memory for %u workers",
                           r->nlanes);
    int rc = platform_watch(err);
    return rc ? rc : corpus_init(&r->corpus, err);
}

void replay_free(struct replay *r)
{
    if (!r)
        return;
    for (unsigned i = 0; r->lanes && i < r->nlanes; i++)
        process_release(&r->lanes[i].process);
    for (unsigned i = 0; i < r->count; i++)
        item_release(item_at(r, i));
    corpus_release(&r->corpus);
    free(r->lanes);
    free(r->ring);
    free(r->pipes);
    free(r->ready);
    free(r);
}
