/* SPDX-License-Identifier: MIT
 *
 * See limits.h.
 */
#include "coordinator/limits.h"

#define SECOND_US 1000000u

/* Patience with a worker that starts, or that is not in the target's code:
 * sanitizers, the target's own initialisation and looking for leaks take their
 * time. */
#define ENGINE_PATIENCE_US (60u * SECOND_US)

/* The adaptive limit: so many times the mean execution of the baseline, and
 * between these. libFuzzer's 1200 s outlive any build; below two seconds a
 * loaded machine would fail good inputs. */
#define ADAPTIVE_FACTOR 100u
#define ADAPTIVE_MIN_US (2u * SECOND_US)
#define ADAPTIVE_MAX_US DEFAULT_TIMEOUT_US

/* What is slow: a part of the limit, but no slow target's usual execution. With
 * the limit of ten seconds that is 156 ms. bench/EXPERIMENTS.md: slow
 * executions. */
#define SLOW_PART   64u
#define SLOW_MIN_US 50000u
#define SLOW_FACTOR 20u

/* Looking at heartbeats: ten times a second, but often enough to see what is
 * slow. A worker that was asked where it is answers at once. */
#define LOOK_US   100000u
#define ANSWER_US 2000u

/* The event loop looks at the clock at least twice a second. */
#define ABSENCE_US SECOND_US
/* Measuring takes some system calls, 20 to 60 us: as often as the loop looks at
 * the clock for a few, and with many workers so rarely that it takes less than
 * half a hundredth of a processor for all of them. */
#define MEASURE_US       100000u
#define MEASURE_SHARE_US 16000u

/* No limit, as a time that can be added to any other. */
#define FOREVER_US (UINT64_MAX / 4)

#define MEGABYTE ((uint64_t)1 << 20)

void limits_init(struct limits *l, const struct options *opt, bool adapts)
{
    bool given = opt->input_timeout_us != TIMEOUT_ADAPTIVE;
    *l = (struct limits){
        .input_us = given ? opt->input_timeout_us : DEFAULT_TIMEOUT_US,
        .source = given ? LIMIT_GIVEN : LIMIT_DEFAULT,
        .max_resident = opt->max_resident,
        .measure_us = MEASURE_US,
        /* A run that must repeat decides nothing by the clock. */
        .adapts = adapts && !given && !opt->has_seed,
    };
}

void limits_share(struct limits *l, unsigned workers)
{
    l->measure_us = (uint64_t)workers * MEASURE_SHARE_US;
}

bool limits_measure_due(const struct limits *l, const struct process *p,
                        uint64_t now_us)
{
    return now_us >= p->measured_us + l->measure_us;
}

void limits_count_baseline(struct limits *l, uint64_t execs, uint64_t us)
{
    l->baseline_execs += execs;
    l->baseline_us += us;
}

/* Of an execution of the baseline; 0: not known. */
static uint64_t mean_us(const struct limits *l)
{
    return l->baseline_execs ? l->baseline_us / l->baseline_execs : 0;
}

static void adapt(struct limits *l)
{
    uint64_t us = mean_us(l) * ADAPTIVE_FACTOR;
    if (us < ADAPTIVE_MIN_US)
        us = ADAPTIVE_MIN_US;
    l->input_us = us < ADAPTIVE_MAX_US ? us : ADAPTIVE_MAX_US;
    l->source = LIMIT_ADAPTIVE;
}

void limits_end_baseline(struct limits *l)
{
    if (l->adapts && l->baseline_execs)
        adapt(l);
    l->slow_us = l->input_us / SLOW_PART;
    if (l->slow_us < SLOW_MIN_US)
        l->slow_us = SLOW_MIN_US;
    if (l->slow_us < mean_us(l) * SLOW_FACTOR)
        l->slow_us = mean_us(l) * SLOW_FACTOR;
    if (l->slow_us >= l->input_us)
        l->slow_us = 0;
}

uint64_t limits_look(struct limits *l, uint64_t now_us)
{
    l->since_us = l->now_us ? now_us - l->now_us : 0;
    l->now_us = now_us;
    l->absence_us = l->since_us > ABSENCE_US ? l->since_us : 0;
    l->asked = false;
    return l->absence_us;
}

static void enforce_time(struct limits *l, struct process *p)
{
    bool in_target = process_in_target(p);
    uint64_t limit = in_target ? l->input_us : ENGINE_PATIENCE_US;
    if (limit == 0)
        limit = FOREVER_US;
    if (!p->profiles && process_hangs(p, l->now_us, limit))
        process_end_hang(p, l->now_us);
    uint64_t took = in_target ? l->now_us - p->progress_us : 0;
    if (took > l->slowest_us)
        l->slowest_us = took;
}

/* While it starts, it is in nobody's hands; the handshake will tell. While it is
 * idle it takes nothing, and what it has is looked at with its answers. */
static void enforce_memory(const struct limits *l, struct process *p)
{
    /* What has been killed has less and less; that is nothing to be told. */
    if (p->state == PROCESS_IDLE || p->killed != KILL_NOT ||
        (!p->profiles && !limits_measure_due(l, p, l->now_us)))
        return;
    if (!p->profiles)
        process_measure(p);
    if (p->state == PROCESS_BUSY && limits_exceeded(l, p))
        process_end_memory(p, l->now_us);
}

void limits_enforce(struct limits *l, struct process *p)
{
    if (p->state == PROCESS_DOWN || p->state == PROCESS_PARKED)
        return;
    process_excuse(p, l->absence_us);
    enforce_time(l, p);
    enforce_memory(l, p);
}

uint64_t limits_look_again_us(const struct limits *l)
{
    bool often = l->slow_us && l->slow_us / 2 < LOOK_US;
    return l->asked ? ANSWER_US : often ? l->slow_us / 2 : LOOK_US;
}

bool limits_is_slow(struct limits *l, struct process *p)
{
    if (!l->slow_us || p->profiles || p->killed != KILL_NOT ||
        !process_in_target(p) || !process_runs_inputs(p) ||
        !process_spins(p, l->now_us, l->slow_us))
        return false;
    if (p->peeked)
        return process_has_told(p);
    process_peek(p);
    l->asked = true;
    return false;
}

int limits_check_start(const struct limits *l, struct process *p,
                       struct thresh_err *err)
{
    process_measure(p);
    p->resident_start = p->resident;
    if (!limits_exceeded(l, p))
        return 0;
    return thresh_fail(err, THRESH_EUSAGE,
                       "a worker has %llu MB resident when it starts, more "
                       "than -maxrss allows (%llu MB); give it more, or "
                       "-maxrss=0 for no limit",
                       (unsigned long long)(p->resident / MEGABYTE),
                       (unsigned long long)(l->max_resident / MEGABYTE));
}

bool limits_exceeded(const struct limits *l, const struct process *p)
{
    return l->max_resident && p->resident > l->max_resident;
}

bool limits_outgrown(const struct limits *l, const struct process *p)
{
    /* Half of the limit, or half way to it from where it began: one that
     * begins near the limit is not to be replaced for ever. */
    return l->max_resident &&
           p->resident > (l->max_resident + p->resident_start) / 2;
}
