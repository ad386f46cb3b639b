/* SPDX-License-Identifier: MIT
 *
 * See probing.h.
 */
#include "coordinator/probing.h"

#include "coordinator/corpus.h"

/* Nanoseconds, roughly and rather too much: a run with probes, each one that
 * is set, each that is hit; an execution, and each count of its counters. */
#define RUN_NS       100000.0
#define SET_NS       20.0
#define HIT_NS       3000.0
#define EXECUTION_NS 150.0
#define COUNT_NS     2.0

/* What may be spent: at once, and of the time of executions. */
#define CREDIT_MOST 100e6
#define SHARE       0.03

/* Entries that are looked at for one: the youngest of all have been reached
 * last, and stand where the search does. */
#define LOOK 64u

void probing_init(struct probing *p)
{
    *p = (struct probing){.credit = CREDIT_MOST};
}

uint32_t probing_give(struct probing *p, struct entry *entries, uint32_t n)
{
    uint32_t chosen = 0;
    double sum = 0;
    uint32_t looked = 0;
    if (p->never || p->credit < p->price || p->credit <= 0)
        return 0;
    for (uint32_t i = n; i-- > 0 && looked < LOOK; looked++) {
        const struct entry *e = &entries[i];
        sum += (double)e->cost;
        if (!chosen && !e->probed && !e->disabled && e->owned)
            chosen = i + 1;
    }
    p->ordinary = looked ? sum / looked : 0;
    if (chosen)
        entries[chosen - 1].probed = true;
    p->credit -= chosen ? p->price : 0; /* until it is known what it took */
    return chosen;
}

void probing_settle(struct probing *p, const struct request *request,
                    const struct reply *reply)
{
    double execs = (double)reply->execs;
    p->credit += SHARE * execs * (EXECUTION_NS + COUNT_NS * p->ordinary);
    if (request->probe_entry) {
        p->credit += p->price;
        p->price = RUN_NS * reply->probe_runs +
                   SET_NS * (double)reply->probes_set +
                   HIT_NS * (double)reply->probe_hits;
        p->credit -= p->price;
        p->never |= reply->status == REPLY_OK && reply->execs > 0 &&
                    reply->probe_runs == 0;
    }
    if (p->credit > CREDIT_MOST)
        p->credit = CREDIT_MOST;
}
