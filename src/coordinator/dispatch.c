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

/* Executions that may still be handed out. */
static uint64_t budget(const struct run *run)
{
    uint64_t limit = run->opt.fuzz_time.count;
    if (!limit)
        return UINT64_MAX;
    uint64_t used = run->execs + run->reserved;
    return used < limit ? limit - used : 0;
}

/* Failures are worked on by the first worker alone, so that the others are not
 * restarted for them. */
static bool failure_waits(const struct run *run)
{
    return run->in_work < run->nfailures && !run->failure_running;
}

static bool baseline_waits(const struct run *run)
{
    return !run->stopping && run->nstretches > 0 && budget(run) > 0;
}

static bool batch_waits(const struct run *run)
{
    return !run->stopping && run->fuzzing && budget(run) > 0;
}

static bool work_waits(const struct run *run, const struct worker *w)
{
    return (w == run->workers && failure_waits(run)) || baseline_waits(run) ||
           batch_waits(run);
}

/* Whether no work will come any more for those who have none. */
static bool is_done(const struct run *run)
{
    return run->stopping || (budget(run) == 0 && run->reserved == 0);
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
    uint64_t limit = run->opt.fuzz_time.count;
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
    struct request request = {.kind = REQUEST_ENTRIES,
                              .first = w->job.first,
                              .count = count,
                              .limit = count,
                              .slot = w->job.slot};
    ask(run, w, &request);
}

static void give_batch(struct run *run, struct worker *w)
{
    uint64_t count = share(run, w->batch_execs);
    w->job = (struct job){.kind = JOB_BATCH,
                          .reserved = count,
                          .slot = corpus_publish(&run->corpus, false)};
    corpus_slot_take(&run->corpus, w->job.slot);
    length_step(&run->length, run->execs);
    struct request request = {
        .kind = REQUEST_BATCH,
        .seed = rng_stream(run->seed, run->batches++).state,
        .count = count,
        .slot = w->job.slot,
        .max_bytes = (uint32_t)run->length.limit,
        .linger = BATCH_LINGER,
    };
    ask(run, w, &request);
}

/* True if the failure in work has nothing left to run. */
static bool give_failure(struct run *run, struct worker *w)
{
    struct failure *f = run->failures[run->in_work];
    struct failure_run next;
    if (!failure_next(f, &run->opt, platform_now_us(), &next))
        return true;
    if (f->state == FAILURE_MINIMISE && !f->minimising) {
        struct buf file;
        struct input in;
        failure_input(f, &run->opt, &in);
        buf_init(&file, SIZE_MAX / 2);
        store_encode(&run->opt, &in, &file);
        report_line("fuzz: minimizing %zu-byte failing input file", file.size);
        buf_release(&file);
        f->minimising = true;
    }
    if (next.fresh && !(w->process.fresh && w->process.reporting)) {
        if (w->process.reporting)
            process_renew(&w->process, platform_now_us());
        else
            process_leave(&w->process, platform_now_us());
        return false;
    }
    w->job = (struct job){.kind = JOB_FAILURE};
    run->failure_running = true;
    process_put_input(&w->process, next.packed, next.size);
    platform_output_clear(w->process.output);
    struct request request = {.kind = REQUEST_INPUT,
                              .count = 1,
                              .flags = next.exact ? REQUEST_EXACT_HEAP : 0};
    ask(run, w, &request);
    return false;
}

static void finish_failure(struct run *run)
{
    struct failure *f = run->failures[run->in_work++];
    failure_save(f, &run->opt);
    if (!run->first_reported)
        report_result("FAIL", run->opt.target,
                      platform_now_us() - run->report.start_us, 0);
    run->first_reported = true;
    report_failure(&run->opt, f);
}

static void give_work(struct run *run, struct worker *w)
{
    while (w == run->workers && failure_waits(run)) {
        if (!give_failure(run, w))
            return;
        finish_failure(run);
    }
    if (baseline_waits(run))
        give_baseline(run, w);
    else if (batch_waits(run))
        give_batch(run, w);
    else if (is_done(run))
        process_leave(&w->process, platform_now_us());
}

/* Reports failures that want no more runs, for which no process is needed. */
static void finish_stopped(struct run *run)
{
    while (failure_waits(run) &&
           run->failures[run->in_work]->state == FAILURE_DONE)
        finish_failure(run);
}

static void start(struct run *run, struct worker *w)
{
    struct thresh_err err;
    w->job = (struct job){.kind = JOB_NONE};
    w->execs = 0;
    bool reporting = w == run->workers && failure_waits(run) &&
                     run->failures[run->in_work]->state != FAILURE_MINIMISE;
    /* The environment is given at exec. */
    if (w->process.state == PROCESS_PARKED &&
        w->process.reporting != reporting) {
        process_leave(&w->process, platform_now_us());
        return;
    }
    w->process.reporting = reporting;
    if (!w->batch_execs)
        w->batch_execs = run->opt.has_seed ? BATCH_FIXED : BATCH_FIRST;
    if (process_start(&w->process, &run->opt, &run->corpus.memory,
                      run->opt.max_bytes, &err)) {
        run_trouble(run, OUTCOME_ENGINE, err.msg);
        /* Without processes nothing more can be run; what is known stands. */
        run_drop_failures(run);
        finish_stopped(run);
    }
}

void run_dispatch(struct run *run)
{
    finish_stopped(run);
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
