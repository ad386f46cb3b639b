/* SPDX-License-Identifier: MIT
 *
 * See probing.h.
 */
#include "coordinator/probing.h"

#include "coordinator/corpus.h"

/* Nanoseconds, roughly and rather too much: a run with probes, each one that
 * is set, each that is hit; an execution, and each count of its counters. See
 * bench/EXPERIMENTS.md. */
#define RUN_NS       100000.0
#define SET_NS       20.0
#define HIT_NS       10000.0
#define EXECUTION_NS 150.0
#define COUNT_NS     2.0

/* What may be spent: at once, and of the time of executions.
 * bench/EXPERIMENTS.md, "Longer inputs". */
#define CREDIT_MOST 30e6
#define SHARE       0.03

/* Entries that tell what one costs: the youngest. */
#define LOOK 64u

void probing_init(struct probing *p)
{
    *p = (struct probing){.credit = CREDIT_MOST};
}

bool probing_give(struct probing *p, const struct entry *entries, uint32_t n,
                  uint32_t traces)
{
    double sum = 0;
    uint32_t looked = n < LOOK ? n : LOOK;
    double needed = p->price * traces;
    if (needed > CREDIT_MOST)
        needed = CREDIT_MOST;
    if (!traces || p->never || p->credit <= 0 || p->credit < needed)
        return false;
    for (uint32_t i = n - looked; i < n; i++)
        sum += (double)entries[i].cost;
    p->ordinary = looked ? sum / looked : 0;
    return true;
}

void probing_settle(struct probing *p, const struct request *request,
                    const struct reply *reply)
{
    double execs = (double)reply->execs;
    p->credit += SHARE * execs * (EXECUTION_NS + COUNT_NS * p->ordinary);
    if (request->probes && reply->done) {
        double cost = RUN_NS * reply->probe_runs +
                      SET_NS * (double)reply->probes_set +
                      HIT_NS * (double)reply->probe_hits;
        p->credit -= cost;
        p->price = cost / reply->done;
        p->never |= reply->probe_runs == 0;
    }
    if (p->credit > CREDIT_MOST)
        p->credit = CREDIT_MOST;
}
