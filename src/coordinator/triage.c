/* SPDX-License-Identifier: MIT
 *
 * Failures as the run sees them: whether one that comes in is new or known,
 * which run the one in work gets next, what is told when it is finished, and
 * the share of that work beside the search. What happens to a single failure
 * is in failure.c. See run.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/run.h"

/* Slots that failures may keep at once, so that enough are left for new
 * snapshots. */
#define MAX_HELD_SLOTS (CORPUS_SLOTS / 2)

/* With -seed no clock may decide, so a run for a failure counts as so many
 * executions: about what a process costs that must be started for it. */
#define RUN_WORTH 64u

/* ---- batches that may be replayed ---- */

static bool may_hold(const struct run *run, uint32_t slot)
{
    unsigned held = 0;
    bool used[CORPUS_SLOTS] = {false};
    for (uint32_t i = 0; i < run->groups.count; i++)
        if (run->groups.list[i]->holds_slot)
            used[run->groups.list[i]->batch.slot] = true;
    for (uint32_t i = 0; i < CORPUS_SLOTS; i++)
        held += used[i];
    return used[slot] || held < MAX_HELD_SLOTS;
}

static void release_batch(struct run *run, struct failure *f)
{
    if (f->holds_slot)
        corpus_slot_done(&run->corpus, f->batch.slot, 0);
    f->holds_slot = false;
}

/* Entries that ran before the failing one, in its stretch of the baseline. */
static void remember_entries(struct run *run, struct failure *f)
{
    uint32_t end = f->batch.first + (uint32_t)f->batch_execs - 1;
    uint32_t begin = f->batch.first;
    if (end - begin > HISTORY_MAX)
        begin = end - HISTORY_MAX;
    for (uint32_t i = begin; i < end; i++) {
        const struct entry *e = &run->corpus.entries[i];
        if (!history_add(&f->history, e->packed, e->size))
            break;
    }
}

/* Notes what a failure was an execution of. */
static void remember_batch(struct run *run, struct failure *f,
                           const struct worker *w, uint64_t execs)
{
    const struct region *layout = &w->process.layout;
    const struct request *request = &w->process.request;
    uint64_t window =
        layout->outbox_size / find_record_size(layout->input_max, 0, 0);
    release_batch(run, f);
    history_release(&f->history);
    f->batch.kind = 0;
    if (execs == 0 || !may_hold(run, request->slot))
        return;
    f->batch = *request;
    f->batch_execs = execs;
    f->window = window < HISTORY_MAX ? window : HISTORY_MAX;
    f->holds_slot = true;
    corpus_slot_take(&run->corpus, request->slot);
    if (request->kind == REQUEST_ENTRIES && f->state == FAILURE_CONFIRM)
        remember_entries(run, f);
}

/* ---- what comes in ---- */

/* Executions whose kind has no room any more: what they ran is saved still. */
static void save_only(struct run *run, struct failure *f)
{
    if (run->groups.beyond++ == 0)
        report_line("warning: more than %u kinds of failure: inputs of further "
                    "ones are saved, but nothing more is done with them",
                    MAX_GROUPS);
    failure_save(f, &run->opt);
    failure_free(f);
}

static void add(struct run *run, struct failure *f)
{
    if (run->groups.count == MAX_FAILURES)
        report_line("warning: more than %u kinds of failure: further ones are "
                    "saved and listed, but neither confirmed nor minimised",
                    MAX_FAILURES);
    if (!groups_add(&run->groups, f)) {
        release_batch(run, f);
        save_only(run, f);
        return;
    }
    if (!failure_needs_batch(f))
        release_batch(run, f);
    failure_save(f, &run->opt);
}

/* What left the process alive may be of its own making, from inputs long ago,
 * and come again and again: a new process shows. */
static void replace_doubtful(const struct failure *f, struct worker *w)
{
    if (failure_is_doubtful(f))
        process_leave(&w->process, platform_now_us());
}

/* Notes how the input in run->packed was made. */
static void note_origin(const struct run *run, struct failure *f,
                        const struct worker *w, size_t size)
{
    struct find_origin origin;
    struct input in;
    free(f->made);
    f->made = NULL;
    if (run->opt.plain &&
        process_take_origin(&w->process, run->corpus.count,
                            run->corpus.dictionary.count, &origin) &&
        input_unpack(&in, run->opt.sig.nargs, run->packed, size))
        f->made = plain_describe(run, &origin, &in, true);
}

/* Another execution of a known failure. */
static void add_known(struct run *run, struct failure *f, struct worker *w,
                      size_t size, uint64_t execs)
{
    f->count++;
    replace_doubtful(f, w);
    if (!failure_offer(f, &run->opt, run->packed, size))
        return;
    note_origin(run, f, w, size);
    remember_batch(run, f, w, execs);
    failure_save(f, &run->opt);
}

/* The entry does not take part in the search any more. */
static enum failure_origin disable(struct run *run, struct entry *entry)
{
    entry->disabled = true;
    run->corpus.changed = true;
    if (entry->origin != ENTRY_SEED)
        return FAILURE_FOUND;
    report_line("failure while testing seed corpus entry: %s/%s",
                run->opt.target, entry->name);
    return FAILURE_SEED;
}

/* Whether the run goes on after such a failure. */
static bool is_tolerated(const struct run *run, const struct verdict *v)
{
    unsigned kind = v->timeout                   ? TOLERATE_TIMEOUTS
                    : v->memory || v->allocation ? TOLERATE_MEMORY
                                                 : TOLERATE_CRASHES;
    return run->opt.tolerated & kind;
}

void run_failed(struct run *run, struct worker *w, const struct verdict *v,
                size_t size, struct entry *entry, uint64_t execs)
{
    enum failure_origin origin = entry ? disable(run, entry) : FAILURE_FOUND;
    if (run->opt.on_entry && entry) {
        run->opt.on_entry(run->opt.entry_ctx, entry->name, NULL, 0, v->title);
        return;
    }
    enum likeness how;
    struct failure *known =
        v->known ? groups_find_hang(&run->groups, &v->stack, &how)
                 : groups_find(&run->groups, v);
    if (known)
        add_known(run, known, w, size, execs);
    if (known || v->known)
        return;
    struct failure *f = failure_new(&run->opt, v, run->packed, size, origin,
                                    entry ? entry->name : NULL);
    if (!f) {
        report_line("warning: a failure could not be kept, for lack of memory: "
                    "%s",
                    v->title);
        return;
    }
    f->in_corpus = entry != NULL;
    note_origin(run, f, w, size);
    if (run->opt.plain) {
        /* Should it not come again, this is all there is to see. */
        size_t n =
            platform_output_tail(w->process.output, run->output, OUTPUT_KEPT);
        failure_keep_output(f, run->output, n);
    }
    remember_batch(run, f, w, execs);
    replace_doubtful(f, w);
    add(run, f);
    /* A time-out counts when it has come a second time. */
    if (!is_tolerated(run, v) && !v->timeout)
        run_stop(run);
}

void run_grew(struct run *run, const struct worker *w, const struct verdict *v,
              const struct entry *entry, uint64_t execs)
{
    if (run->opt.on_entry && entry) {
        run->opt.on_entry(run->opt.entry_ctx, entry->name, NULL, 0, v->title);
        return;
    }
    struct failure *f = failure_new(
        &run->opt, v, run->packed, run->opt.sig.nargs * 4, FAILURE_FOUND, NULL);
    if (!f)
        return;
    f->state = FAILURE_BLAME;
    f->watched = true;
    f->process_execs = w->execs;
    remember_batch(run, f, w, execs);
    if (!f->holds_slot || run->groups.count >= MAX_FAILURES) {
        report_line("fuzz: worker memory grew above the limit (-maxrss); it "
                    "could not be looked into; restarted");
        release_batch(run, f);
        failure_free(f);
        return;
    }
    (void)groups_add(&run->groups, f);
}

/* ---- what is finished ---- */

/* A target that leaks at every execution makes this common. */
static void report_growth(struct run *run, const struct failure *f)
{
    char times[40] = "";
    uint64_t n = ++run->growths;
    if (n & (n - 1))
        return;
    if (n > 1)
        (void)snprintf(times, sizeof times, ", %llu times so far",
                       (unsigned long long)n);
    report_line("fuzz: worker memory grew above %llu MB over %llu executions, "
                "no single input to blame; restarted%s",
                (unsigned long long)(run->opt.max_resident >> 20),
                (unsigned long long)f->process_execs, times);
}

static void finish(struct run *run, struct failure *f)
{
    release_batch(run, f);
    if (f->reported || f->same_as)
        return;
    f->reported = true;
    if (f->dropped && f->watched) {
        report_growth(run, f);
        return;
    }
    if (f->dropped) {
        report_line("fuzz: an execution took too long once and not when it ran "
                    "again; its input is not blamed (%s)",
                    f->verdict.title);
        failure_unsave(f, &run->opt);
        return;
    }
    failure_save(f, &run->opt);
    if (!run->first_reported)
        report_result("FAIL", run->opt.target,
                      platform_now_us() - run->report.start_us, 0);
    run->first_reported = true;
    report_failure(&run->report, &run->opt, f);
}

void run_finish_failures(struct run *run)
{
    struct failure *f;
    while (!run->working && (f = groups_next(&run->groups)) &&
           f->state == FAILURE_DONE && !f->smaller)
        finish(run, f);
}

/* ---- the runs they want ---- */

bool run_failure_waits(const struct run *run)
{
    return !run->paused && !run->working && groups_next(&run->groups);
}

bool run_failure_is_urgent(const struct run *run)
{
    const struct failure *f = groups_next(&run->groups);
    return f && (f->state < FAILURE_MINIMISE || failure_is_in_sequence(f));
}

static void say_minimising(const struct run *run, struct failure *f)
{
    struct buf file;
    struct input in;
    if (f->state != FAILURE_MINIMISE || f->minimising)
        return;
    f->minimising = true;
    failure_input(f, &run->opt, &in);
    buf_init(&file, SIZE_MAX / 2);
    store_encode(&run->opt, &in, &file);
    report_line("fuzz: %sminimizing %zu-byte failing input file",
                run->report.label, file.size);
    buf_release(&file);
}

static void ask(struct run *run, struct worker *w, const struct failure *f,
                const struct failure_run *next)
{
    struct request request = {.kind = REQUEST_INPUT, .count = 1};
    if (next->packed) {
        bool leaks = f->verdict.leak || f->state != FAILURE_MINIMISE;
        request.flags = next->exact ? REQUEST_EXACT_HEAP : 0;
        if (leaks && run->find_leaks)
            request.flags |= REQUEST_LEAKS_ALWAYS;
        process_put_input(&w->process, next->packed, next->size);
    } else {
        request = f->batch;
        request.flags &= REQUEST_LEAKS | REQUEST_NO_CROSS | REQUEST_ASCII;
        if (request.kind == REQUEST_BATCH)
            request.flags |= REQUEST_REPLAY;
        request.from = next->from;
        request.until = next->until;
        if (request.kind == REQUEST_ENTRIES)
            request.count = request.limit = next->until;
    }
    if (f->watched) {
        request.flags |= REQUEST_WATCH_MEMORY;
        request.memory_limit = run->opt.max_resident;
    }
    platform_output_clear(w->process.output);
    w->job = (struct job){.kind = JOB_FAILURE, .started_us = platform_now_us()};
    process_ask(&w->process, &request);
}

bool run_give_failure(struct run *run, struct worker *w)
{
    struct failure *f;
    struct failure_run next;
    while ((f = groups_next(&run->groups)) &&
           !failure_next(f, &run->opt, &next))
        finish(run, f);
    if (!f)
        return false;
    if (!failure_needs_batch(f))
        release_batch(run, f);
    say_minimising(run, f);
    if (next.follows && w->process.fresh) {
        /* The process that ran the inputs before it is gone. */
        failure_restart(f);
        (void)failure_next(f, &run->opt, &next);
    }
    if (next.fresh && !w->process.fresh) {
        process_renew(&w->process, platform_now_us());
        return true;
    }
    run->working = f;
    ask(run, w, f, &next);
    return true;
}

/* ---- how they ended ---- */

/* Takes the inputs that a replay recorded. The last of one that failed is not
 * what came before, but what failed. */
static void take_records(struct run *run, const struct worker *w,
                         struct failure *f, bool failed)
{
    struct history inputs = {0};
    struct find find, last = {0};
    size_t size, at = 0;
    bool lie = !process_take_outbox(&w->process, run->outbox, &size);
    while (!lie && find_take(&find, run->outbox, size, &at, &run->opt.sig,
                             run->corpus.cells, 0, 0, &lie)) {
        if (find.flags != FIND_RECORDED)
            continue;
        if (last.packed)
            (void)history_add(&inputs, last.packed, last.packed_size);
        last = find;
    }
    if (last.packed && !failed)
        (void)history_add(&inputs, last.packed, last.packed_size);
    failure_fetched(f, &inputs, w->process.request.from);
}

/* Whether the execution that a replay ended in is what took the memory. A
 * process that was killed tells how much it had before. */
static bool is_to_blame(const struct run *run, const struct worker *w,
                        const struct verdict *v)
{
    const struct region *region = process_region(&w->process);
    uint64_t limit = run->opt.max_resident;
    uint64_t before = atomic_load(&region->resident);
    return v->memory && (!v->died || before + limit / 2 < limit);
}

/* The execution to blame was one of the baseline's: an input that is kept. */
static void blame_entry(struct run *run, struct failure *f)
{
    uint64_t index = f->batch.first + f->batch_execs - 1;
    if (f->batch_execs == 0 || index >= run->corpus.count)
        return;
    struct entry *entry = &run->corpus.entries[index];
    remember_entries(run, f);
    f->origin = disable(run, entry);
    (void)snprintf(f->entry_name, sizeof f->entry_name, "%s", entry->name);
}

static void take_blame(struct run *run, struct worker *w, struct failure *f,
                       const struct verdict *v)
{
    size_t size =
        is_to_blame(run, w, v)
            ? process_take_input(&w->process, &run->opt.sig, run->packed)
            : 0;
    if (size) {
        f->batch_execs = process_execs(&w->process);
        if (f->batch.kind == REQUEST_ENTRIES)
            blame_entry(run, f);
    }
    failure_blamed(f, &run->opt, v, size ? run->packed : NULL, size);
    /* It has grown with the replay, as far as the first one did. */
    if (!v->died)
        process_renew(&w->process, platform_now_us());
    if (!size)
        return;
    note_origin(run, f, w, size);
    failure_save(f, &run->opt);
    if (!is_tolerated(run, v))
        run_stop(run);
}

/* What the failure turned out to be may be known already. */
static void settle_kind(struct run *run, struct failure *f,
                        enum failure_state was)
{
    if (was == FAILURE_PROBE && f->state == FAILURE_CONFIRM) {
        report_line("failure while testing seed corpus entry: %s/%s",
                    run->opt.target, f->entry_name);
        if (!is_tolerated(run, &f->verdict))
            run_stop(run);
    }
    if (f->state == FAILURE_CONFIRM && f->confirm_runs <= 1)
        (void)groups_join(&run->groups, f, &run->opt);
}

void run_failure_ran(struct run *run, struct worker *w, const struct verdict *v)
{
    struct failure *f = run->working;
    enum failure_state was = f->state;
    uint64_t us = platform_now_us() - w->job.started_us;
    size_t saved = f->saved_size;
    char name[STORE_PATH_SIZE];
    memcpy(name, f->name, sizeof name);
    run->working = NULL;
    w->job.kind = JOB_NONE;
    run->owed += run->opt.has_seed ? RUN_WORTH : us;
    if (run->owed >= (run->opt.has_seed ? BATCH_FIXED : BATCH_US))
        run->searching = true;
    if (f->state == FAILURE_DONE)
        return; /* given up meanwhile */
    size_t n =
        platform_output_tail(w->process.output, run->output, OUTPUT_KEPT);
    platform_output_clear(w->process.output);
    if (was == FAILURE_BLAME)
        take_blame(run, w, f, v);
    else if (w->process.request.flags & REQUEST_REPLAY)
        take_records(run, w, f, v->kind == VERDICT_FAIL);
    else
        failure_ran(f, &run->opt, v, run->output, n, us);
    settle_kind(run, f, was);
    if (f->verdict.timeout && f->confirmed && !is_tolerated(run, &f->verdict))
        run_stop(run);
    if (!failure_needs_batch(f))
        release_batch(run, f);
    if (run->opt.plain && was == FAILURE_MINIMISE && f->saved_size != saved)
        plain_written(run, f->name);
    if (was == FAILURE_RECHECK && strcmp(name, f->name) != 0)
        report_line("fuzz: a smaller input of a known failure: %s/%s/%s "
                    "replaces %s",
                    run->opt.testdata, run->opt.target, f->name, name);
}
