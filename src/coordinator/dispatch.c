/* SPDX-License-Identifier: MIT
 *
 * What an idle worker does next. In this order: a run for a failure in work,
 * the baseline, a batch. See run.h.
 */
#include "coordinator/run.h"

#include "base/rng.h"

/* Executions a batch goes on after its first find, so that finds that come
 * together travel together. */
#define BATCH_LINGER 256u

/* What a trace costs seldom more than. */
#define TRACE_MOST 6144u

/* Executions without a find, at least so many and so large a share of all,
 * after which entries are traced again. */
#define STUCK_AFTER 8192u
#define STUCK_SHARE 8u

/* Tries of trimming an entry; one execution in so many may be one. Where what
 * is left becomes a file of the user's, what is short is trimmed as far as it
 * goes: one removal makes room for another where a byte must stand in the
 * middle, say, and that takes many rounds. */
#define TRIMS_MAX  256u
#define TRIM_SHARE 8u
#define TRIM_SHORT 64u
/* Executions of a batch there while entries wait to be trimmed, of which each
 * batch does one: a quick target's would be a million. */
#define TRIM_BATCH 32768u

/* Executions that may still be handed out. */
static uint64_t budget(const struct run *run)
{
    uint64_t limit = run->exec_limit;
    if (!limit)
        return UINT64_MAX;
    uint64_t used = run->execs + run->reserved;
    return used < limit ? limit - used : 0;
}

static bool is_halting(const struct run *run)
{
    return run->stopping || run->paused;
}

/* The baseline may be more than all executions that are allowed. */
static bool baseline_waits(const struct run *run)
{
    return !is_halting(run) && run->nstretches > 0 &&
           (run->opt.whole_baseline || budget(run) > 0);
}

static bool batch_waits(const struct run *run)
{
    return !is_halting(run) && run->fuzzing && !run->opt.only_baseline &&
           budget(run) > 0 && !run_is_quiet(run);
}

static bool work_waits(const struct run *run, const struct worker *w)
{
    return (w == run->workers && run_failure_waits(run)) ||
           baseline_waits(run) || batch_waits(run);
}

/* Whether no work will come any more for those who have none. */
static bool is_done(const struct run *run)
{
    bool spent = budget(run) == 0 || (run->opt.only_baseline && run->fuzzing);
    bool owes = run->opt.whole_baseline && !run->fuzzing;
    return is_halting(run) || (spent && !owes && run->reserved == 0);
}

static void ask(struct run *run, struct worker *w, struct request *request)
{
    w->job.started_us = platform_now_us();
    run->reserved += w->job.reserved;
    process_ask(&w->process, request);
}

/* An equal share of a limited number of executions, so that all workers get
 * some. */
static uint64_t share(const struct run *run, uint64_t wanted)
{
    uint64_t left = budget(run);
    uint64_t limit = run->exec_limit;
    if (limit) {
        uint64_t part = (limit + run->nworkers - 1) / run->nworkers;
        if (wanted > part)
            wanted = part;
    }
    return wanted < left ? wanted : left;
}

static void give_baseline(struct run *run, struct worker *w)
{
    struct stretch *s = &run->stretches[run->nstretches - 1];
    uint32_t count = run->baseline_total / (run->nworkers * 4) + 1;
    if (count > s->count)
        count = s->count;
    if (!run->opt.whole_baseline)
        count = (uint32_t)share(run, count);
    w->job = (struct job){.kind = JOB_BASELINE,
                          .first = s->first,
                          .count = count,
                          .reserved = count,
                          .slot = corpus_publish(&run->corpus, false)};
    s->first += count;
    s->count -= count;
    if (s->count == 0)
        run->nstretches--;
    corpus_slot_take(&run->corpus, w->job.slot);
    struct request request = {
        .kind = REQUEST_ENTRIES,
        .flags = (run->find_leaks ? REQUEST_LEAKS : 0u) |
                 (run->opt.on_entry ? REQUEST_ALL_FEATURES : 0u),
        .leaks = w->leaks,
        .first = w->job.first,
        .count = count,
        .limit = count,
        .slot = w->job.slot};
    ask(run, w, &request);
}

/* Whether the search finds so little that old entries should be traced once
 * more. */
static bool is_stuck(const struct run *run)
{
    uint64_t since = run->execs - run->found_at;
    return since > STUCK_AFTER && since > run->execs / STUCK_SHARE;
}

static void add_traces(struct run *run, struct request *request, uint64_t execs)
{
    uint32_t known =
        shared_slot(run->corpus.memory.base, request->slot)->entries;
    if (is_stuck(run) && traces_again(&run->traces))
        run->found_at = run->execs;
    traces_give(&run->traces, run->corpus.entries, known, execs, request);
}

/* Names an entry to be trimmed, if one is worth it and it is affordable. */
static void add_trim(struct run *run, struct request *request)
{
    struct corpus *c = &run->corpus;
    uint32_t known = shared_slot(c->memory.base, request->slot)->entries;
    while (run->trimmed < known && !run->opt.keep_sizes &&
           run->trims * TRIM_SHARE <= run->execs) {
        uint32_t entry = run->trimmed++;
        struct entry *e = &c->entries[entry];
        bool wholly = run->opt.plain && e->bytes <= TRIM_SHORT;
        uint32_t tries = wholly ? TRIMS_MAX : 2 * e->bytes + 16;
        if (e->disabled || e->trimmed || e->slow || e->bytes < 2 ||
            !corpus_list_owned(c, entry, &request->needs, &request->nneeds))
            continue;
        e->trimmed = true;
        request->trim = entry;
        request->trims = tries < TRIMS_MAX ? tries : TRIMS_MAX;
        run->trims += request->trims;
        return;
    }
}

/* Those that a batch of this worker should have. */
static uint64_t batch_size(const struct run *run, const struct worker *w)
{
    bool waits = run->opt.plain && !run->opt.has_seed && !run->opt.keep_sizes &&
                 run->trimmed < run->corpus.count;
    return waits && w->batch_execs > TRIM_BATCH ? TRIM_BATCH : w->batch_execs;
}

static void give_batch(struct run *run, struct worker *w)
{
    w->job = (struct job){.kind = JOB_BATCH,
                          .slot = corpus_publish(&run->corpus, false)};
    corpus_slot_take(&run->corpus, w->job.slot);
    if (run->chain_entries != run->corpus.count) {
        run->chain = schedule_chain(run->corpus.entries, run->corpus.count);
        run->chain_entries = run->corpus.count;
    }
    length_step(&run->length, run->execs);
    struct request request = {
        .kind = REQUEST_BATCH,
        .flags = (run->find_leaks ? REQUEST_LEAKS : 0u) |
                 (run->opt.no_cross ? REQUEST_NO_CROSS : 0u) |
                 (run->opt.only_ascii ? REQUEST_ASCII : 0u),
        .leaks = w->leaks,
        .seed = rng_stream(run->seed, run->batches++).state,
        .slot = w->job.slot,
        .max_bytes = (uint32_t)run->length.limit,
        .linger = BATCH_LINGER,
        .chain = run->chain,
    };
    uint64_t execs = batch_size(run, w);
    add_traces(run, &request, execs);
    add_trim(run, &request);
    request.timed = corpus_take_doubtful(&run->corpus);
    if (probing_give(&run->probing, run->corpus.entries, run->corpus.count,
                     request.traces))
        request.probes = run->compares ? PROBES_BLIND : PROBES_ALL;
    /* A trace that is cut short is lost. */
    uint64_t needed = request.traces * TRACE_MOST;
    uint64_t mutants = traces_batch(&run->traces, &request, execs);
    request.mutants = mutants;
    request.count = share(run, needed > mutants ? needed : mutants);
    w->job.reserved = request.count;
    ask(run, w, &request);
}

/* Failures are worked on by the first worker alone, so that the others are not
 * restarted for them. If it is the only one, it takes turns with the search,
 * half and half: a minute of minimising would be a minute without finds. What
 * is urgent is short. */
static bool works_on_failures(const struct run *run, const struct worker *w)
{
    if (w != run->workers || !run_failure_waits(run))
        return false;
    bool turns =
        run->nworkers == 1 && (baseline_waits(run) || batch_waits(run));
    return !turns || !run->searching || run_failure_is_urgent(run);
}

static void give_work(struct run *run, struct worker *w)
{
    if (works_on_failures(run, w) && run_give_failure(run, w))
        return;
    bool torn = w->torn && run->find_leaks;
    if (torn && (baseline_waits(run) || batch_waits(run)))
        process_renew(&w->process, platform_now_us());
    else if (baseline_waits(run))
        give_baseline(run, w);
    else if (batch_waits(run))
        give_batch(run, w);
    else if (is_done(run))
        process_leave(&w->process, platform_now_us());
}

static void start(struct run *run, struct worker *w)
{
    struct thresh_err err;
    w->job = (struct job){.kind = JOB_NONE};
    w->execs = 0;
    w->torn = false;
    if (!w->batch_execs)
        w->batch_execs = run->opt.has_seed ? BATCH_FIXED : BATCH_FIRST;
    if (process_start(&w->process, &run->opt, &run->corpus.memory,
                      run->opt.max_bytes, &err)) {
        run_trouble(run, OUTCOME_ENGINE, err.msg);
        /* Without processes nothing more can be run; what is known stands. */
        run_drop_failures(run);
        run_finish_failures(run);
    }
}

void run_dispatch(struct run *run)
{
    run_finish_failures(run);
    if (run->sliced && budget(run) == 0 && run->reserved == 0)
        run_pause(run);
    for (unsigned i = 0; i < run->nworkers; i++) {
        struct worker *w = &run->workers[i];
        if (process_is_ready(&w->process))
            give_work(run, w);
        else if (!process_can_start(&w->process))
            continue;
        else if (work_waits(run, w) && (i == 0 || run->greeted))
            start(run, w);
        else if (is_done(run))
            process_leave(&w->process, platform_now_us());
    }
}

bool run_is_over(const struct run *run)
{
    for (unsigned i = 0; i < run->nworkers; i++)
        if (run->workers[i].process.state != PROCESS_DOWN)
            return false;
    return !work_waits(run, run->workers);
}
