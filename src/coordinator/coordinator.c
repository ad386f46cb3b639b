/* SPDX-License-Identifier: MIT
 *
 * The event loop: hand out, wait, take in, look at the clock, until nothing is
 * left to do and every worker has ended. See run.h for the state and the parts.
 */
#include "coordinator/coordinator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/places.h"
#include "coordinator/run.h"
#include "coordinator/stability.h"

#define STATUS_EVERY_US 3000000u
/* How often hanging executions and other slow matters are looked at, is up to
 * limits.c; with many workers more rarely, so that it costs the same, but still
 * so often that it is no absence. */
#define TICK_SHARE_US 2000u
#define TICK_MAX_US   500000u
/* How often every process is asked whether it has something to tell, although
 * nothing has announced it; 10 us each, so more rarely with many. */
#define POLL_ALL_US       1000000u
#define POLL_ALL_SHARE_US 12000u
/* Patience with a worker that was asked to stop. */
#define STOP_PATIENCE_US 1000000u
/* And while it looks for leaks a last time, which large heaps make long. */
#define LEAKS_PATIENCE_US 60000000u

/* How far the failure is that is minimised now, if one is. */
static void add_minimising(const struct run *run, struct progress *p)
{
    const struct failure *f = groups_next(&run->groups);
    if (!f || f->state != FAILURE_MINIMISE)
        return;
    p->minimise_from = f->first_bytes;
    p->minimise_to = f->size - run->opt.sig.nargs * sizeof(uint32_t);
    p->minimise_tries = f->shrink.tries;
}

struct progress run_progress(const struct run *run)
{
    uint64_t execs = run->execs;
    unsigned on_failures = 0;
    uint32_t zero =
        run->corpus.count && run->corpus.entries[0].origin == ENTRY_ZERO;
    for (unsigned i = 0; run->workers && i < run->nworkers; i++) {
        const struct worker *w = &run->workers[i];
        if (w->job.kind == JOB_BATCH || w->job.kind == JOB_BASELINE)
            execs += process_execs(&w->process);
        on_failures += w->job.kind == JOB_FAILURE;
    }
    struct progress p = {
        .target = run->opt.target,
        .execs = execs,
        .baseline_done = run->baseline_shown,
        .baseline_total = run->baseline_total - zero,
        .found = run->found,
        .total = run->baseline_total - zero + run->found,
        .edges = run->corpus.edges,
        .features = run->corpus.features,
        .unstable = run->corpus.unstable,
        .units = run->corpus.units,
        .unit_bytes = run->corpus.unit_bytes,
        .focused = places_focused(run),
        .longest = run->corpus.longest,
        .max_bytes = run->length.limit,
        .peak_resident = run->peak_resident,
        .slowest_us = run->limits.slowest_us,
        .fuzzes =
            run->fuzzing && !(run->opt.plain && run->opt.plain->only_seeds),
        .goes_on = run->opt.tolerated != 0,
        .workers = run->nworkers,
        .on_failures = on_failures,
        .has_coverage = run->sources != 0,
        .failures = groups_count(&run->groups),
        .minimising = run->stopping && groups_waiting(&run->groups) > 0,
    };
    add_minimising(run, &p);
    return p;
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

void run_pause(struct run *run)
{
    if (run->stopping || run->paused)
        return;
    run->paused = true;
    run->stop_us = platform_now_us();
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
    limits_init(&run->limits, opt, true);
    probing_init(&run->probing);
    run->opt.input_timeout_us = run->limits.input_us;
    run->seed = opt->has_seed || opt->seed ? opt->seed : platform_entropy();
    run->exec_limit = opt->fuzz_time.count;
    run->repeats = opt->has_seed && (opt->fuzz_time.count ||
                                     opt->quiet_time.count || opt->counted);
    traces_init(&run->traces);
    int rc = opt->plain ? 0 : store_cache_dir(&run->opt, run->cache_dir, err);
    if (opt->plain && opt->plain->ndirs)
        (void)snprintf(run->cache_dir, sizeof run->cache_dir, "%s",
                       opt->plain->dirs[0]);
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
    uint64_t left = run->exec_limit - run->execs;
    run->nworkers = run->opt.parallel;
    if (run->exec_limit && left && left < run->nworkers &&
        !run->opt.whole_baseline)
        run->nworkers = (unsigned)left;
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
    limits_share(&run->limits, run->nworkers);
    process_make_room(run->nworkers);
    for (unsigned i = 0; i < run->nworkers; i++) {
        int rc = process_init(&run->workers[i].process, i, input_max, err);
        if (rc)
            return rc;
    }
    if (run->packed)
        return 0; /* it is not the first slice */
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

/* Between slices a run has no processes, and no descriptors for them. */
static void release_workers(struct run *run)
{
    for (unsigned i = 0; run->workers && i < run->nworkers; i++)
        process_release(&run->workers[i].process);
    free(run->workers);
    run->workers = NULL;
}

static void release(struct run *run)
{
    release_workers(run);
    plain_release(run);
    groups_release(&run->groups);
    corpus_release(&run->corpus);
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
    return (run->stopping || run->paused) &&
           (!on_failure || run->interrupts > 0);
}

/* Who interrupts a run does not wait for leaks. */
static uint64_t more_patience(const struct run *run, const struct process *p)
{
    return run->interrupts == 0 && process_looks_last(p) ? LEAKS_PATIENCE_US
                                                         : 0;
}

static void check_worker(struct run *run, struct worker *w, uint64_t now)
{
    struct process *p = &w->process;
    if (p->state == PROCESS_DOWN)
        return;
    limits_enforce(&run->limits, p);
    run_look_at_slow(run, w);
    uint64_t asked = p->leave_us;
    if (!asked && must_stop(run, w) && p->state != PROCESS_IDLE &&
        p->state != PROCESS_PARKED)
        asked = run->stop_us;
    if (asked && now > asked + STOP_PATIENCE_US + more_patience(run, p))
        process_kill(p, KILL_STOP);
    if (p->closed_us && now > p->closed_us + STOP_PATIENCE_US)
        process_kill(p, KILL_LIE);
}

static uint64_t tick_us(const struct run *run)
{
    uint64_t us =
        run_share_us(run, TICK_SHARE_US, limits_look_again_us(&run->limits));
    return us < TICK_MAX_US ? us : TICK_MAX_US;
}

/* What it costs grows with the workers, so it goes by the clock, not by what
 * they send. */
static void check_workers(struct run *run, uint64_t now)
{
    run->stop_us += limits_look(&run->limits, now);
    for (unsigned i = 0; i < run->nworkers; i++)
        check_worker(run, &run->workers[i], now);
}

void run_note_news(struct run *run)
{
    run->news_execs = run->execs;
    run->news_us = platform_now_us();
}

bool run_is_quiet(const struct run *run)
{
    uint64_t most = run->opt.quiet_time.count;
    return most && run->execs - run->news_execs >= most;
}

/* Ends a search that has found nothing for as long as the user cares. */
static void check_quiet(struct run *run, uint64_t now)
{
    char limit[DURATION_TEXT_SIZE];
    const struct duration_or_count *most = &run->opt.quiet_time;
    bool long_enough = most->us && now - run->news_us >= most->us;
    bool many_enough = run_is_quiet(run);
    if (run->stopping || !run->fuzzing || (!long_enough && !many_enough))
        return;
    format_duration(limit, most->us);
    if (long_enough)
        report_line("fuzz: %s: nothing new for %s (-quiettime)",
                    run->opt.target, limit);
    else
        report_line("fuzz: %s: nothing new for %llu executions (-quiettime)",
                    run->opt.target, (unsigned long long)most->count);
    run_stop(run);
}

static void check_clock(struct run *run)
{
    uint64_t now = platform_now_us();
    check_interrupts(run);
    check_quiet(run, now);
    if (now >= run->limits.now_us + tick_us(run))
        check_workers(run, now);
    if (run->deadline_us && now >= run->deadline_us)
        run_stop(run);
    if (run->pause_at_us && now >= run->pause_at_us)
        run_pause(run);
    if (run->opt.plain)
        plain_look(run, now);
    if (report_is_due(&run->report, now)) {
        struct progress p = run_progress(run);
        report_look(&run->report, &p);
    }
    if (now - run->report.last_us >= STATUS_EVERY_US) {
        struct progress p = run_progress(run);
        if (run->fuzzing || p.minimising)
            report_fuzzing(&run->report, &p);
        else
            report_baseline(&run->report, &p);
        run->report.last_us = now;
    }
}

/* Whether all workers are to be asked for news, not only those whose pipes are
 * ready. */
static bool wait(struct run *run, platform_handle *pipes, bool *ready)
{
    uint64_t deadline = run->limits.now_us + tick_us(run);
    if (run->deadline_us && run->deadline_us < deadline)
        deadline = run->deadline_us;
    if (run->pause_at_us && run->pause_at_us < deadline)
        deadline = run->pause_at_us;
    for (unsigned i = 0; i < run->nworkers; i++) {
        const struct process *p = &run->workers[i].process;
        pipes[i] = p->pipe_ended ? PLATFORM_NO_HANDLE : p->replies;
    }
    bool all = platform_wait(pipes, ready, run->nworkers, deadline);
    uint64_t now = platform_now_us();
    if (!all && now < run->polled_us +
                          run_share_us(run, POLL_ALL_SHARE_US, POLL_ALL_US))
        return false;
    run->polled_us = now;
    return true;
}

static int loop(struct run *run, struct thresh_err *err)
{
    platform_handle *pipes = calloc(run->nworkers, sizeof *pipes);
    bool *ready = calloc(run->nworkers, sizeof *ready);
    int rc = 0;
    if (!pipes || !ready)
        rc = thresh_fail(err, THRESH_ENOMEM, "no memory to wait for workers");
    while (!rc) {
        run_dispatch(run);
        if (run_is_over(run))
            break;
        bool all = wait(run, pipes, ready);
        run_receive(run, ready, all);
        check_clock(run);
    }
    free(pipes);
    free(ready);
    return rc;
}

/* Why the run could not go on, if no input's failure outranks it. */
static const char *trouble_of(const struct run *run)
{
    bool outranked = groups_any(&run->groups);
    return run->trouble != OUTCOME_OK && !outranked ? run->trouble_text : NULL;
}

static enum outcome conclude(struct run *run)
{
    struct progress p = run_progress(run);
    uint64_t us = platform_now_us() - run->report.start_us;
    const char *trouble = trouble_of(run);
    p.minimising = false;
    p.ended = true;
    if (run->fuzzing)
        report_fuzzing(&run->report, &p);
    else if (p.baseline_total)
        report_baseline(&run->report, &p);
    checksums_report(&run->checksums);
    stability_report(run);
    run_report_slow(run);
    if (trouble)
        report_trouble(run->opt.target, us, trouble);
    report_fuzzed(run->opt.target, us, trouble);
    if (run->killed_twice)
        return OUTCOME_INTERRUPTED;
    if (run->opt.tolerated)
        report_groups(&run->opt, &run->groups);
    return groups_any(&run->groups) ? OUTCOME_FAILURE : run->trouble;
}

/* Works until nothing is left to do, or the slice is over. */
static void work(struct run *run)
{
    struct thresh_err err;
    run->limits.now_us = 0; /* nobody was there to be looked at until now */
    int rc = init_workers(run, &err);
    if (!rc)
        rc = loop(run, &err);
    if (rc)
        run_trouble(run, OUTCOME_ENGINE, err.msg);
    release_workers(run);
}

int coordinator_new(struct run **made, const struct options *opt,
                    struct thresh_err *err)
{
    struct run *run = calloc(1, sizeof *run);
    *made = NULL;
    if (!run)
        return thresh_fail(err, THRESH_ENOMEM, "no memory to start");
    int rc = init(run, opt, err);
    if (rc) {
        release(run);
        free(run);
        return rc;
    }
    report_init(&run->report, opt);
    if (opt->fuzz_time.us)
        run->deadline_us = run->report.start_us + opt->fuzz_time.us;
    *made = run;
    return 0;
}

void coordinator_search(struct run *run, const struct slice *slice,
                        struct slice *used)
{
    uint64_t began = platform_now_us(), execs = run->execs;
    run->news_us += began - run->paused_us;
    run->sliced = true;
    run->exec_limit = slice->execs ? execs + slice->execs : 0;
    run->pause_at_us = slice->us ? began + slice->us : 0;
    run->paused = false;
    atomic_store(&run->corpus.header->stop, 0);
    report_resume(&run->report, execs);
    work(run);
    run->paused_us = platform_now_us();
    uint64_t ended = run->stopping || run->paused ? run->stop_us : began;
    *used = (struct slice){.us = ended > began ? ended - began : 0,
                           .execs = run->execs - execs};
}

bool coordinator_has_ended(const struct run *run)
{
    return run->stopping;
}

enum outcome coordinator_end(struct run *run, struct progress *p)
{
    /* What slices left for later. */
    if (!run->stopping && groups_waiting(&run->groups) > 0) {
        run->paused = false;
        run->pause_at_us = 0;
        run_stop(run);
        work(run);
    }
    enum outcome outcome = conclude(run);
    *p = run_progress(run);
    if (run->opt.on_end)
        run->opt.on_end(run->opt.end_ctx, &run->corpus);
    release(run);
    free(run);
    return outcome;
}

enum outcome coordinator_refused(const struct options *opt,
                                 const struct thresh_err *err)
{
    report_line("fuzz: %s", err->msg);
    report_fuzzed(opt->target, 0, err->msg);
    return err->code == THRESH_EFORMAT ? OUTCOME_FAILURE : OUTCOME_ENGINE;
}

enum outcome coordinator_run(const struct options *opt, struct progress *p)
{
    struct run *run;
    struct thresh_err err;
    *p = (struct progress){.target = opt->target};
    if (coordinator_new(&run, opt, &err))
        return coordinator_refused(opt, &err);
    work(run);
    return coordinator_end(run, p);
}
