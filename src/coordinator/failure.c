/* SPDX-License-Identifier: MIT
 *
 * See failure.h.
 */
#include "coordinator/failure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/earlier.h"
#include "coordinator/signature.h"
#include "platform/platform.h"

static bool replace_input(struct failure *f, const struct options *opt,
                          const uint8_t *packed, size_t size)
{
    uint8_t *copy = malloc(size);
    if (!copy)
        return false;
    memcpy(copy, packed, size);
    free(f->packed);
    f->packed = copy;
    f->size = size;
    f->first_bytes = size - opt->sig.nargs * sizeof(uint32_t);
    return true;
}

struct failure *failure_new(const struct options *opt,
                            const struct verdict *verdict,
                            const uint8_t *packed, size_t size,
                            enum failure_origin origin, const char *entry_name)
{
    struct failure *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    if (!replace_input(f, opt, packed, size)) {
        failure_free(f);
        return NULL;
    }
    f->state = FAILURE_CONFIRM;
    f->origin = origin;
    f->verdict = *verdict;
    memcpy(f->found_key, verdict->key, sizeof f->found_key);
    f->count = 1;
    (void)snprintf(f->entry_name, sizeof f->entry_name, "%s",
                   entry_name ? entry_name : "");
    return f;
}

void failure_free(struct failure *f)
{
    if (!f)
        return;
    history_release(&f->history);
    shrink_release(&f->shrink);
    free(f->packed);
    free(f->smaller);
    free(f->made);
    free(f->output);
    free(f->earlier);
    free(f);
}

void failure_input(const struct failure *f, const struct options *opt,
                   struct input *in)
{
    (void)input_unpack(in, opt->sig.nargs, f->packed, f->size);
}

uint32_t failure_needs(const struct failure *f)
{
    return f->history.state == HISTORY_FOUND ? f->history.count : 0;
}

bool failure_is_in_sequence(const struct failure *f)
{
    return f->step > 0;
}

bool failure_needs_batch(const struct failure *f)
{
    return f->state == FAILURE_BLAME || f->state == FAILURE_HISTORY ||
           (f->state == FAILURE_CONFIRM && !f->alone_runs);
}

bool failure_is(const struct failure *f, const struct verdict *v)
{
    return strcmp(v->key, f->verdict.key) == 0 ||
           strcmp(v->key, f->found_key) == 0;
}

static bool same_failure(const struct failure *f, const struct verdict *v)
{
    return v->kind == VERDICT_FAIL && strcmp(v->key, f->verdict.key) == 0;
}

/* ---- which run is wanted ---- */

/* The next run of the sequence. */
static void go_on(const struct failure *f, struct failure_run *run)
{
    run->follows = f->step > 0;
    run->exact = true;
    if (f->step < f->steps) {
        uint32_t index =
            f->state == FAILURE_HISTORY ? f->history.tried[f->step] : f->step;
        run->packed = f->history.input[index].packed;
        run->size = f->history.input[index].size;
    } else {
        run->packed = f->running;
        run->size = f->running_size;
    }
    /* A candidate that needs nothing before it may run where others ran. */
    run->fresh = f->step == 0 && (f->steps > 0 || f->state != FAILURE_MINIMISE);
}

void failure_restart(struct failure *f)
{
    f->asked = true;
    f->step = 0;
    go_on(f, &f->run);
}

static bool want_input(struct failure *f, struct failure_run *run,
                       const uint8_t *packed, size_t size)
{
    f->running = packed;
    f->running_size = size;
    f->steps =
        f->state == FAILURE_HISTORY ? f->history.ntried : failure_needs(f);
    go_on(f, run);
    return true;
}

static bool want_replay(struct failure_run *run, uint64_t from, uint64_t until)
{
    *run = (struct failure_run){.from = from, .until = until, .fresh = true};
    return true;
}

static unsigned runs_to_confirm(const struct failure *f,
                                const struct options *opt)
{
    /* Every run of a time-out costs the whole limit. */
    if (f->verdict.timeout)
        return 1;
    if (!opt->plain)
        return CONFIRM_RUNS;
    /* Users of libFuzzer wait for nothing: it has failed once more, or it has
     * not when it was given a chance, of which memory's takes longest. */
    return f->confirmed ? f->confirm_runs : f->verdict.memory ? 1 : 3;
}

static bool may_minimise(const struct failure *f, const struct options *opt)
{
    return f->origin == FAILURE_FOUND && f->confirmed > 0 &&
           (opt->minimise_time.us || opt->minimise_time.count);
}

/* Nothing more can be tried. A time-out that never came again is nobody's: the
 * machine was busy, or the worker stood still. */
static void give_up(struct failure *f)
{
    f->state = FAILURE_DONE;
    f->dropped = f->verdict.timeout && !f->confirmed;
}

static void end_confirm(struct failure *f, const struct options *opt)
{
    bool alone = !f->alone_runs && !failure_needs(f);
    bool slow = f->verdict.timeout || f->verdict.memory;
    /* What must run before it has no place beside a plain file, but brings it
     * back in an exact heap block, for the report. */
    if (alone && f->confirmed == 0 && !(opt->plain && slow) &&
        (f->batch.kind == REQUEST_BATCH || f->history.count)) {
        f->state = FAILURE_HISTORY;
        f->alone_runs = f->confirm_runs;
        if (f->batch.kind == REQUEST_BATCH)
            history_begin(&f->history, f->batch_execs - 1, f->window);
        f->history.brief = opt->plain;
        return;
    }
    if (alone)
        history_release(&f->history);
    if (may_minimise(f, opt))
        f->state = FAILURE_MINIMISE;
    else
        give_up(f);
}

/* With what must run before it, it is confirmed anew. */
static void end_history(struct failure *f)
{
    if (f->history.state == HISTORY_FOUND) {
        f->confirmed = f->confirm_runs = 0;
        f->state = FAILURE_CONFIRM;
        return;
    }
    f->history_tried = f->history.most;
    history_release(&f->history);
    give_up(f);
}

static bool next_of_history(struct failure *f, const struct options *opt,
                            struct failure_run *run)
{
    uint64_t from, until;
    if (f->history.state == HISTORY_SHORTEN &&
        !shrink_has_budget(&f->shrink, opt, 0))
        history_stop(&f->history);
    switch (history_next(&f->history, &from, &until)) {
    case HISTORY_FETCH:
        return want_replay(run, from, until);
    case HISTORY_TRY:
        return want_input(f, run, f->packed, f->size);
    case HISTORY_END:
        break;
    }
    end_history(f);
    if (f->state == FAILURE_CONFIRM)
        failure_save(f, opt);
    return false;
}

/* Candidates of a time-out that still hang cost the whole limit, and making
 * bytes plain is not worth that. */
static bool next_candidate(struct failure *f, const struct options *opt,
                           struct failure_run *run)
{
    bool slow = f->verdict.timeout;
    enum minimise_mode mode = slow ? MINIMISE_REMOVE : MINIMISE_SIMPLIFY;
    uint64_t cost = slow ? opt->input_timeout_us : 0;
    if (shrink_has_budget(&f->shrink, opt, cost) &&
        shrink_next(&f->shrink, opt, mode, f->packed, f->size))
        return want_input(f, run, f->shrink.candidate, f->shrink.size);
    /* Another run of the whole limit would say nothing new. */
    f->state = slow ? FAILURE_DONE : FAILURE_FINAL;
    return false;
}

static void drop_smaller(struct failure *f)
{
    free(f->smaller);
    f->smaller = NULL;
}

/* Asks the state for a run; false if it has moved on instead. */
static bool ask_state(struct failure *f, const struct options *opt,
                      struct failure_run *run)
{
    switch (f->state) {
    case FAILURE_BLAME:
        return want_replay(run, f->batch_execs, f->batch_execs);
    case FAILURE_CONFIRM:
        if (f->confirm_runs < runs_to_confirm(f, opt))
            return want_input(f, run, f->packed, f->size);
        end_confirm(f, opt);
        return false;
    case FAILURE_HISTORY:
        return next_of_history(f, opt, run);
    case FAILURE_MINIMISE:
        return next_candidate(f, opt, run);
    case FAILURE_RECHECK:
        return want_input(f, run, f->smaller, f->smaller_size);
    case FAILURE_PROBE:
    case FAILURE_FINAL:
        return want_input(f, run, f->packed, f->size);
    case FAILURE_DONE:
        f->state = FAILURE_RECHECK;
        return false;
    }
    return false;
}

/* Goes through the states to the next that wants a run. */
static bool ask(struct failure *f, const struct options *opt)
{
    for (;;) {
        if (f->smaller && f->smaller_size >= f->size)
            drop_smaller(f);
        if (f->state == FAILURE_DONE && !f->smaller)
            return false;
        if (ask_state(f, opt, &f->run))
            return true;
    }
}

bool failure_next(struct failure *f, const struct options *opt,
                  struct failure_run *run)
{
    if (!f->asked) {
        f->run = (struct failure_run){0};
        f->asked = true;
        if (f->step)
            go_on(f, &f->run);
        else
            f->asked = ask(f, opt);
    }
    *run = f->run;
    return f->asked;
}

/* ---- how it ended ---- */

void failure_keep_output(struct failure *f, const char *output, size_t size)
{
    if (!size)
        return;
    char *copy = malloc(size + 1);
    if (!copy)
        return;
    memcpy(copy, output, size);
    copy[size] = 0;
    free(f->output);
    f->output = copy;
    f->output_size = size;
}

/* What was kept until now had other executions in it. */
static void keep_earlier(struct failure *f, const char *output, size_t size)
{
    if (!f->output)
        return;
    free(f->earlier);
    f->earlier_size = earlier_size(f->output, f->output_size, output, size);
    f->earlier = f->output;
    f->output = NULL;
    f->output_size = 0;
}

static void confirm_ran(struct failure *f, const struct verdict *verdict,
                        bool same, const char *output, size_t output_size)
{
    f->confirm_runs++;
    f->confirmed += same;
    if (!same)
        return;
    f->reported = false; /* if it was, as not reproduced */
    f->verdict = *verdict;
    if (f->confirmed == 1)
        keep_earlier(f, output, output_size);
    failure_keep_output(f, output, output_size);
}

/* What is on disk follows what is reached in coarse steps, so that little is
 * lost with this process and little is written. */
static bool worth_saving(const struct failure *f)
{
    return f->size < f->saved_size - f->saved_size / 4;
}

static void candidate_ran(struct failure *f, const struct options *opt,
                          const struct verdict *verdict, bool same)
{
    shrink_result(&f->shrink, same);
    if (!same)
        return;
    memcpy(f->packed, f->shrink.candidate, f->shrink.size);
    f->size = f->shrink.size;
    f->verdict = *verdict;
    if (worth_saving(f))
        failure_save(f, opt);
}

static void probe_ran(struct failure *f, const struct verdict *verdict,
                      bool failed)
{
    f->state = failed ? FAILURE_CONFIRM : FAILURE_DONE;
    f->dropped = !failed;
    if (!failed)
        return;
    f->verdict = *verdict;
    memcpy(f->found_key, verdict->key, sizeof f->found_key);
}

static void recheck_ran(struct failure *f, const struct options *opt, bool same)
{
    f->state = FAILURE_DONE;
    if (same) {
        memcpy(f->packed, f->smaller, f->smaller_size);
        f->size = f->smaller_size;
        failure_save(f, opt);
    } else {
        /* It was in the loop of the hang, if it is one, and only slow. */
        f->shared = 0;
    }
    drop_smaller(f);
}

/* Whether the first run of its kind in an exact heap block calls it something
 * else than what it was found as: more precisely, perhaps, and from then on
 * that is the failure. */
static bool may_rename(const struct failure *f)
{
    return (f->state == FAILURE_CONFIRM && f->confirm_runs == 0) ||
           (f->state == FAILURE_HISTORY && f->history.state == HISTORY_GROW);
}

void failure_ran(struct failure *f, const struct options *opt,
                 const struct verdict *verdict, const char *output,
                 size_t output_size, uint64_t us)
{
    bool failed = verdict->kind == VERDICT_FAIL;
    f->asked = false;
    if (f->step < f->steps && verdict->kind == VERDICT_PASS) {
        f->step++;
        f->shrink.us += f->state == FAILURE_MINIMISE ? us : 0;
        return;
    }
    uint32_t ran = f->step;
    bool early = f->step < f->steps;
    bool same = same_failure(f, verdict);
    f->step = 0;
    if (verdict->timeout)
        failure_hangs_in(f, &verdict->stack);
    if (failed && !early && may_rename(f)) {
        f->verdict = *verdict;
        same = true;
    }
    switch (f->state) {
    case FAILURE_PROBE:
        probe_ran(f, verdict, failed && !early);
        break;
    case FAILURE_CONFIRM:
        confirm_ran(f, verdict, same && !early, output, output_size);
        break;
    case FAILURE_HISTORY:
        if (f->history.state == HISTORY_SHORTEN)
            shrink_spend(&f->shrink, us);
        history_result(&f->history, same, ran);
        break;
    case FAILURE_MINIMISE:
        shrink_spend(&f->shrink, us);
        candidate_ran(f, opt, verdict, same && !early);
        break;
    case FAILURE_FINAL:
        f->state = FAILURE_DONE;
        if (same && !early) {
            f->verdict = *verdict;
            failure_keep_output(f, output, output_size);
        }
        break;
    case FAILURE_RECHECK:
        recheck_ran(f, opt, same && !early);
        break;
    case FAILURE_BLAME:
    case FAILURE_DONE:
        break;
    }
}

void failure_blamed(struct failure *f, const struct options *opt,
                    const struct verdict *verdict, const uint8_t *packed,
                    size_t size)
{
    f->asked = false;
    bool blamed = packed && replace_input(f, opt, packed, size);
    f->state = blamed ? FAILURE_CONFIRM : FAILURE_DONE;
    f->dropped = !blamed;
    if (blamed)
        f->verdict = *verdict;
}

void failure_fetched(struct failure *f, struct history *inputs, uint64_t from)
{
    f->asked = false;
    history_older(&f->history, inputs, from);
}

void failure_hangs_in(struct failure *f, const struct stack *where)
{
    const struct stack *found = &f->verdict.stack;
    if (f->state != FAILURE_CONFIRM || !f->verdict.timeout)
        return;
    uint32_t shared = stack_shared(found, where);
    if (f->looks++ == 0)
        f->deepest = found->n;
    else if (f->shared < shared)
        shared = f->shared;
    while (shared &&
           !signature_is_project(found, &found->frame[found->n - shared]))
        shared--;
    f->shared = shared;
    if (f->deepest < where->n)
        f->deepest = where->n;
}

enum likeness failure_likeness(const struct failure *f,
                               const struct stack *where)
{
    const struct stack *s = &f->verdict.stack;
    if (!f->verdict.timeout || !f->confirmed || !f->shared)
        return UNLIKE;
    const struct stack_frame *loop = &s->frame[s->n - f->shared];
    const struct stack_frame *caller = f->shared > 1 ? loop + 1 : NULL;
    if (!stack_has(where, loop, NULL))
        return UNLIKE;
    /* What goes on from there is no helper. */
    bool same = f->deepest > f->shared || stack_has(where, loop, caller);
    return same ? SAME : LIKE;
}

bool failure_is_doubtful(const struct failure *f)
{
    return f->origin == FAILURE_FOUND && f->confirmed == 0 &&
           (f->count & (f->count - 1)) == 0;
}

/* Looks at it once more, with the input and the batch of a later execution. */
static bool begin_anew(struct failure *f, const struct options *opt,
                       const uint8_t *packed, size_t size)
{
    if (!replace_input(f, opt, packed, size))
        return false;
    drop_smaller(f);
    history_release(&f->history);
    f->state = FAILURE_CONFIRM;
    f->confirm_runs = f->alone_runs = 0;
    f->history_tried = 0;
    f->running = NULL;
    return true;
}

bool failure_offer(struct failure *f, const struct options *opt,
                   const uint8_t *packed, size_t size)
{
    bool untouched =
        f->state == FAILURE_CONFIRM && !f->confirm_runs && !f->running;
    size_t best = f->smaller ? f->smaller_size : f->size;
    if (f->state == FAILURE_DONE && f->confirm_runs && failure_is_doubtful(f))
        return begin_anew(f, opt, packed, size);
    /* The run ends with the report, whose file and command must stay true. */
    if (f->state == FAILURE_DONE && f->reported && !opt->tolerated)
        return false;
    bool busy = f->state == FAILURE_BLAME || f->state == FAILURE_RECHECK;
    if (f->origin == FAILURE_SEED || busy || size >= best)
        return false;
    /* Every run of a time-out costs the whole limit: not for each byte less,
     * and not for ever. */
    if (f->verdict.timeout && !untouched &&
        (size > best / 2 ||
         !shrink_has_budget(&f->shrink, opt, opt->input_timeout_us)))
        return false;
    if (untouched)
        return replace_input(f, opt, packed, size);
    uint8_t *copy = malloc(size);
    if (!copy)
        return false;
    memcpy(copy, packed, size);
    drop_smaller(f);
    f->smaller = copy;
    f->smaller_size = size;
    return false;
}

void failure_stop(struct failure *f)
{
    f->asked = false;
    f->step = 0;
    if (f->state == FAILURE_BLAME || f->state == FAILURE_PROBE)
        f->dropped = true;
    if (f->state == FAILURE_HISTORY) {
        history_stop(&f->history);
        end_history(f);
    }
    drop_smaller(f);
    f->state = FAILURE_DONE;
}
