/* SPDX-License-Identifier: MIT
 *
 * Patience with slow executions of the search: which are waited for, up to the
 * limit, and which are ended before. Apart from limits.c, which knows what is
 * slow, because it takes the run to decide: its known hangs, and what slow
 * executions have cost so far. See run.h.
 */
#include <string.h>

#include "base/hash.h"
#include "coordinator/run.h"
#include "coordinator/signature.h"

/* Slow executions may have this part of the search's time. With -seed no clock
 * may decide: then one is waited for when so many were ended, so many other
 * executions counting as one. bench/EXPERIMENTS.md: slow executions. */
#define SLOW_SHARE 8u
#define SLOW_ENDED 256u
#define SLOW_EXECS 16384u

/* Whether it is at a place where no other was, and notes it. Always waited for,
 * so that a hang is found when it is first met, whatever else is slow. */
static bool is_new_place(struct patience *p, const struct stack *where)
{
    char key[VERDICT_TEXT];
    signature_of_hang(key, sizeof key, "slow", where);
    uint64_t hash = hash_64(0, key, strlen(key));
    for (unsigned i = 0; i < p->nplaces; i++)
        if (p->places[i] == hash)
            return false;
    if (p->nplaces == PATIENCE_PLACES)
        return false;
    p->places[p->nplaces++] = hash;
    return true;
}

/* Whether there is time for one that takes as long as it may. */
static bool has_time(const struct run *run)
{
    const struct patience *p = &run->patience;
    if (run->opt.has_seed)
        return (p->ended + run->execs / SLOW_EXECS) / SLOW_ENDED > p->waits;
    uint64_t us = (run->limits.now_us - run->report.start_us) * run->nworkers;
    return p->waited_us + run->limits.input_us <= us / SLOW_SHARE;
}

/* An execution of the search is there. */
static void settle_slow(struct run *run, struct process *p,
                        const struct stack *where)
{
    enum likeness hang;
    (void)groups_find_hang(&run->groups, where, &hang);
    if (hang == SAME) {
        process_end_known(p);
    } else if (p->allowed_us ||
               (hang == UNLIKE && is_new_place(&run->patience, where))) {
        process_let_go_on(p);
    } else if (has_time(run)) {
        run->patience.waits++;
        process_let_go_on(p);
    } else {
        run->patience.ended++;
        process_kill(p, KILL_SLOW);
    }
}

/* It has told where it is. */
static void on_told(struct run *run, struct worker *w)
{
    struct last_words words;
    struct engine_place engine;
    struct stack stack = {0};
    process_take_words(&w->process, &words, &engine);
    stack_of_words(&stack, &words, &engine);
    if (w->job.kind != JOB_FAILURE) {
        settle_slow(run, &w->process, &stack);
        return;
    }
    if (run->working)
        failure_hangs_in(run->working, &stack);
    process_let_go_on(&w->process);
}

void run_look_at_slow(struct run *run, struct worker *w)
{
    struct process *p = &w->process;
    if (w->job.kind == JOB_BATCH && p->stands && p->allowed_us)
        run->patience.waited_us += run->limits.since_us;
    if (limits_is_slow(&run->limits, p))
        on_told(run, w);
}

void run_report_slow(const struct run *run)
{
    char slow[DURATION_TEXT_SIZE];
    if (!run->patience.ended)
        return;
    format_seconds(slow, run->limits.slow_us);
    report_line(
        "fuzz: %llu slow executions were ended after %s each; slow ones "
        "get an eighth of the time",
        (unsigned long long)run->patience.ended, slow);
}
