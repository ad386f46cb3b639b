/* SPDX-License-Identifier: MIT
 *
 * The event loop: hand out, wait, take in, look at the clock, until nothing is
 * left to do and every worker has ended. See run.h for the state and the parts.
 */
#include "coordinator/coordinator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/run.h"

#define STATUS_EVERY_US 3000000u
/* How often hanging executions and other slow matters are looked at. */
#define TICK_US 100000u
/* Patience with a worker that was asked to stop. */
#define STOP_PATIENCE_US 1000000u
/* Patience with a worker that starts: sanitizers and the target's own
 * initialisation take their time. */
#define START_PATIENCE_US 60000000u

struct progress run_progress(const struct run *run)
{
    uint64_t execs = run->execs;
    uint32_t zero =
        run->corpus.count && run->corpus.entries[0].origin == ENTRY_ZERO;
    for (unsigned i = 0; i < run->nworkers; i++) {
        const struct worker *w = &run->workers[i];
        if (w->job.kind == JOB_BATCH || w->job.kind == JOB_BASELINE)
            execs += process_execs(&w->process);
    }
    return (struct progress){
        .execs = execs,
        .baseline_done = run->baseline_shown,
        .baseline_total = run->baseline_total - zero,
        .found = run->found,
        .total = run->baseline_total - zero + run->found,
        .edges = run->corpus.edges,
        .workers = run->nworkers,
        .has_coverage = run->sources != 0,
        .minimising = run->stopping && groups_waiting(&run->groups) > 0,
    };
}

void run_stop(struct run *run)
{
    if (run->stopping)
        return;
    run->stopping = true;
    run->stop_us = platform_now_us();
    /* What is still to be minimised shares the time that one may take. */
    uint32_t waiting = groups_waiting(&run->groups);
    if (waiting)
        run->opt.minimise_time.us /= waiting;
    atomic_store(&run->corpus.header->stop, 1);
}

void run_trouble(struct run *run, enum outcome outcome, const char *text)
{
    run_stop(run);
    if (run->trouble != OUTCOME_OK)
        return;
    run->trouble = outcome;
    (void)snprintf(run->trouble_text, sizeof run->trouble_text, "%s", text);
}

void run_drop_failures(struct run *run)
{
    groups_stop(&run->groups);
}

static int init(struct run *run, const struct options *opt,
                struct thresh_err *err)
{
    run->opt = *opt;
    if (!run->opt.input_timeout_us)
        run->opt.input_timeout_us = DEFAULT_TIMEOUT_US;
    run->seed = opt->has_seed ? opt->seed : platform_entropy();
    run->nworkers = opt->parallel;
    if (opt->fuzz_time.count && opt->fuzz_time.count < run->nworkers)
        run->nworkers = (unsigned)opt->fuzz_time.count;
    int rc = store_cache_dir(&run->opt, run->cache_dir, err);
    if (!rc)
        rc = platform_watch(err);
    if (!rc)
        rc = corpus_init(&run->corpus, err);
    if (!rc)
        rc = run_load(run, err);
    return rc;
}

static int init_workers(struct run *run, struct thresh_err *err)
{
    const struct signature *sig = &run->opt.sig;
    size_t input_max = sig->nargs * sizeof(uint32_t);
    for (uint32_t i = 0; i < sig->nargs; i++) {
        size_t width = kind_width(sig->kind[i]);
        input_max += width ? width : sig->max_bytes[i];
    }
    run->workers = calloc(run->nworkers, sizeof *run->workers);
    if (!run->workers)
        return thresh_fail(err, THRESH_ENOMEM, "no memory for %u workers",
                           run->nworkers);
    for (unsigned i = 0; i < run->nworkers; i++) {
        int rc = process_init(&run->workers[i].process, i, input_max, err);
        if (rc)
            return rc;
    }
    const struct region *layout = &run->workers[0].process.layout;
    run->packed = malloc(layout->input_max);
    run->outbox = malloc(layout->outbox_size);
    run->output = malloc(OUTPUT_KEPT + 1);
    if (!run->packed || !run->outbox || !run->output)
        return thresh_fail(err, THRESH_ENOMEM,
                           "no memory for inputs of %llu bytes",
                           (unsigned long long)layout->input_max);
    return 0;
}

static void release(struct run *run)
{
    for (unsigned i = 0; run->workers && i < run->nworkers; i++)
        process_release(&run->workers[i].process);
    groups_release(&run->groups);
    corpus_release(&run->corpus);
    free(run->workers);
    free(run->stretches);
    free(run->packed);
    free(run->outbox);
    free(run->output);
}

/* ---- the clock ---- */

static void check_interrupts(struct run *run)
{
    unsigned n = platform_interrupts(NULL);
    if (n == run->interrupts)
        return;
    run->interrupts = n;
    if (run->stopping && run->killed_twice == false && n >= 2) {
        run->killed_twice = true;
        for (unsigned i = 0; i < run->nworkers; i++)
            process_kill(&run->workers[i].process, KILL_STOP);
    }
    run_stop(run);
    run->opt.minimise_time = (struct duration_or_count){0};
    run_drop_failures(run);
}

/* Whether a stop concerns what this worker does. Work on a failure goes on
 * until the user has had enough; what starts the process for it is part of it.
 */
static bool must_stop(const struct run *run, const struct worker *w)
{
    bool on_failure = w->job.kind == JOB_FAILURE ||
                      (w == run->workers && w->job.kind == JOB_NONE &&
                       groups_waiting(&run->groups) > 0);
    return run->stopping && (!on_failure || run->interrupts > 0);
}

static void check_worker(struct run *run, struct worker *w, uint64_t now)
{
    struct process *p = &w->process;
    if (p->state == PROCESS_DOWN)
        return;
    uint64_t limit = p->state == PROCESS_STARTING ? START_PATIENCE_US
                                                  : run->opt.input_timeout_us;
    if (process_hangs(p, now, limit))
        process_kill(p, KILL_HANG);
    if (run->opt.max_rss && p->state == PROCESS_BUSY &&
        platform_resident_bytes(&p->os) > run->opt.max_rss)
        process_kill(p, KILL_MEMORY);
    uint64_t asked = p->leave_us;
    if (!asked && must_stop(run, w) && p->state != PROCESS_IDLE)
        asked = run->stop_us;
    if (asked && now > asked + STOP_PATIENCE_US)
        process_kill(p, KILL_STOP);
    if (p->closed_us && now > p->closed_us + STOP_PATIENCE_US)
        process_kill(p, KILL_LIE);
}

static void check_clock(struct run *run)
{
    uint64_t now = platform_now_us();
    check_interrupts(run);
    if (run->deadline_us && now >= run->deadline_us)
        run_stop(run);
    for (unsigned i = 0; i < run->nworkers; i++)
        check_worker(run, &run->workers[i], now);
    if (now - run->report.last_us >= STATUS_EVERY_US) {
        struct progress p = run_progress(run);
        if (run->fuzzing || p.minimising)
            report_fuzzing(&run->report, &p);
        else
            report_baseline(&run->report, &p);
        run->report.last_us = now;
    }
}

static void wait(struct run *run, platform_handle *pipes, bool *ready)
{
    uint64_t deadline = platform_now_us() + TICK_US;
    if (run->deadline_us && run->deadline_us < deadline)
        deadline = run->deadline_us;
    for (unsigned i = 0; i < run->nworkers; i++) {
        const struct process *p = &run->workers[i].process;
        pipes[i] = p->pipe_ended ? PLATFORM_NO_HANDLE : p->replies;
    }
    platform_wait(pipes, ready, run->nworkers, deadline);
}

static int loop(struct run *run, struct thresh_err *err)
{
    platform_handle *pipes = calloc(run->nworkers, sizeof *pipes);
    bool *ready = calloc(run->nworkers, sizeof *ready);
    int rc = 0;
    if (!pipes || !ready)
        rc = thresh_fail(err, THRESH_ENOMEM, "no memory to wait for workers");
    report_init(&run->report);
    if (run->opt.fuzz_time.us)
        run->deadline_us = run->report.start_us + run->opt.fuzz_time.us;
    while (!rc) {
        run_dispatch(run);
        if (run_is_over(run))
            break;
        wait(run, pipes, ready);
        run_receive(run);
        check_clock(run);
    }
    free(pipes);
    free(ready);
    return rc;
}

static enum outcome conclude(struct run *run)
{
    struct progress p = run_progress(run);
    p.minimising = false;
    if (run->fuzzing)
        report_fuzzing(&run->report, &p);
    else if (p.baseline_total)
        report_baseline(&run->report, &p);
    if (run->trouble != OUTCOME_OK && !groups_any(&run->groups)) {
        report_result("FAIL", run->opt.target,
                      platform_now_us() - run->report.start_us, 0);
        report_indented(run->trouble_text, strlen(run->trouble_text), 4);
    }
    if (run->killed_twice)
        return OUTCOME_INTERRUPTED_TWICE;
    if (run->opt.keep_fuzzing)
        report_groups(&run->opt, &run->groups);
    return groups_any(&run->groups) ? OUTCOME_FAILURE : run->trouble;
}

enum outcome coordinator_run(const struct options *opt)
{
    struct run *run = calloc(1, sizeof *run);
    struct thresh_err err = {0};
    if (!run) {
        report_line("thresh: no memory to start");
        return OUTCOME_ENGINE;
    }
    enum outcome outcome;
    int rc = init(run, opt, &err);
    if (!rc)
        rc = init_workers(run, &err);
    if (!rc)
        rc = loop(run, &err);
    if (rc) {
        report_line("fuzz: %s", err.msg);
        outcome = rc == THRESH_EFORMAT ? OUTCOME_FAILURE : OUTCOME_ENGINE;
    } else {
        outcome = conclude(run);
    }
    release(run);
    free(run);
    return outcome;
}
