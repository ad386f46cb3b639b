/* SPDX-License-Identifier: MIT
 *
 * See rounds.h.
 */
#include "coordinator/rounds.h"

#include <stdlib.h>

#include "coordinator/coordinator.h"
#include "platform/platform.h"

/* A turn is at most so long: long against starting the workers anew, short
 * against what people wait for. */
#define SLICE_US    (10u * 1000000u)
#define SLICE_EXECS (1u << 20)

struct rounds {
    struct options *targets;
    struct run **runs; /* NULL: it has ended, or could not begin */
    size_t n;
    size_t active;
    bool timed;    /* there is a limit of time... */
    bool counted;  /* ...or of executions, */
    uint64_t left; /* of which this is left */
    struct progress total;
    enum outcome outcome;
};

/* How bad an outcome is, beside others. */
static int rank(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_OK:
        return 0;
    case OUTCOME_USAGE:
        return 1;
    case OUTCOME_ENGINE:
        return 2;
    case OUTCOME_FAILURE:
        return 3;
    case OUTCOME_INTERRUPTED:
        return 4;
    }
    return 4;
}

static void add_outcome(struct rounds *r, enum outcome outcome)
{
    if (rank(outcome) > rank(r->outcome))
        r->outcome = outcome;
}

static void end(struct rounds *r, size_t i, struct progress *all)
{
    if (!r->runs[i])
        return;
    add_outcome(r, coordinator_end(r->runs[i], &all[i]));
    r->runs[i] = NULL;
    r->active--;
}

static void begin(struct rounds *r, size_t i)
{
    struct thresh_err err;
    if (coordinator_new(&r->runs[i], &r->targets[i], &err))
        add_outcome(r, coordinator_refused(&r->targets[i], &err));
    else
        r->active++;
}

static bool is_over(const struct rounds *r)
{
    return r->active == 0 || platform_interrupts(NULL) > 0 ||
           ((r->timed || r->counted) && r->left == 0);
}

/* The next part of what is left, when so many targets still have a turn in
 * this round. Who is alone needs no turns. */
static struct slice share(const struct rounds *r, size_t turns)
{
    uint64_t most = r->counted ? SLICE_EXECS : SLICE_US;
    uint64_t part = (r->left + turns - 1) / turns;
    bool limited = r->timed || r->counted;
    if (!limited || (r->active > 1 && part > most))
        part = r->active > 1 ? most : 0;
    return r->counted ? (struct slice){.execs = part}
                      : (struct slice){.us = part};
}

static void take_turn(struct rounds *r, size_t i, size_t turns)
{
    struct slice slice = share(r, turns), used;
    coordinator_search(r->runs[i], &slice, &used);
    uint64_t spent = r->counted ? used.execs : used.us;
    /* Nobody has more than a part, though clocks and workers are not exact. */
    bool early = coordinator_has_ended(r->runs[i]);
    uint64_t part = r->counted ? slice.execs : slice.us;
    if (!early && spent < part)
        spent = part;
    r->left -= spent < r->left ? spent : r->left;
}

static void round_of_turns(struct rounds *r, struct progress *all)
{
    size_t turns = r->active;
    for (size_t i = 0; i < r->n && !is_over(r); i++) {
        if (!r->runs[i])
            continue;
        take_turn(r, i, turns--);
        if (coordinator_has_ended(r->runs[i]))
            end(r, i, all);
    }
}

static void report_all(const struct rounds *r, struct progress *all)
{
    struct progress total = {.has_coverage = true};
    for (size_t i = 0; i < r->n; i++) {
        const struct progress *p = &all[i];
        all[i].target = r->targets[i].target;
        report_summary(p, 0);
        total.execs += p->execs;
        total.found += p->found;
        total.total += p->total;
        total.failures += p->failures;
        total.workers = p->workers;
    }
    report_summary(&total, r->n);
}

enum outcome rounds_run(struct options *targets, size_t n)
{
    struct rounds r = {
        .targets = targets,
        .runs = calloc(n, sizeof *r.runs),
        .n = n,
        .timed = targets[0].fuzz_time.us > 0,
        .counted = targets[0].fuzz_time.count > 0,
        .left = targets[0].fuzz_time.us + targets[0].fuzz_time.count,
    };
    struct progress *all = calloc(n, sizeof *all);
    uint64_t now = platform_now_us();
    if (!r.runs || !all) {
        report_line("thresh: no memory to start");
        r.n = 0;
        r.outcome = OUTCOME_ENGINE;
    }
    for (size_t i = 0; i < r.n; i++) {
        targets[i].several = true;
        targets[i].counted = r.counted;
        targets[i].began_us = now;
        targets[i].fuzz_time = (struct duration_or_count){0};
        begin(&r, i);
    }
    while (!is_over(&r))
        round_of_turns(&r, all);
    for (size_t i = 0; i < r.n; i++)
        end(&r, i, all);
    if (r.n)
        report_all(&r, all);
    free(r.runs);
    free(all);
    return r.outcome;
}
