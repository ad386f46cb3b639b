/* SPDX-License-Identifier: MIT
 *
 * See traces.h. The figures behind the constants: bench/EXPERIMENTS.md, traces.
 */
#include "coordinator/traces.h"

#include "coordinator/corpus.h"
#include "coordinator/schedule.h"

/* What a trace is taken to cost until it is known. */
#define EXPECTED 512
/* What the recorded runs of one cost beyond as many other executions. */
#define RECORDED 128u
/* And a single one. bench/EXPERIMENTS.md, repeated traces. */
#define RECORDED_ONCE 16u
/* An entry whose executions are dear counts as so many, at most.
 * bench/EXPERIMENTS.md, "Longer inputs". */
#define DEAREST 64.0
/* What traces may take in advance, which is also the most that they save up:
 * for a chain of a dozen comparisons. */
#define CREDIT (1 << 13)

/* Shares in 256: while nothing is known, and at the least and most. */
#define SHARE_FIRST 52u
#define SHARE_LEAST 4u
#define SHARE_MOST  128u
/* Executions after which the past counts half. */
#define MEMORY (1u << 16)

#define ROUNDS_MAX 256u

void traces_init(struct traces *t)
{
    *t = (struct traces){.rounds = 1, .credit = CREDIT};
}

void traces_give(struct traces *t, struct entry *entries, uint32_t known,
                 uint64_t execs, struct request *request)
{
    if (known != t->known)
        t->next = t->known = known;
    while (t->next > 0 && request->traces < REQUEST_TRACES &&
           request->traces * (uint64_t)EXPECTED <= execs && t->credit > 0) {
        struct entry *e = &entries[t->next - 1];
        bool wants = !e->disabled && !e->slow && e->traced < t->rounds;
        /* All that a request names are traced with equal effort. */
        if (wants && request->traces && e->traced != request->trace_level)
            break;
        t->next--;
        if (!wants)
            continue;
        request->trace_level = e->traced++;
        request->trace[request->traces++] = t->next;
        t->credit -= EXPECTED;
    }
}

bool traces_again(struct traces *t)
{
    if (t->next > 0 || t->rounds == ROUNDS_MAX)
        return false;
    t->rounds++;
    traces_begin_anew(t);
    return true;
}

void traces_begin_anew(struct traces *t)
{
    t->known = 0;
}

void traces_found(struct traces *t, bool by_trace)
{
    if (by_trace)
        t->by_trace.finds++;
    else
        t->by_mutants.finds++;
}

/* The first share times the ratio of the two yields, each of which is taken for
 * one find better than it is, so that no chance decides at the start. */
uint32_t traces_share(const struct traces *t)
{
    uint64_t trace = (t->by_trace.finds + 1) * (t->by_mutants.execs + 1);
    uint64_t mutants = (t->by_mutants.finds + 1) * (t->by_trace.execs + 1);
    if (!t->by_trace.execs || !t->by_mutants.execs)
        return SHARE_FIRST;
    uint64_t share = trace * SHARE_FIRST / mutants;
    return share < SHARE_LEAST  ? SHARE_LEAST
           : share > SHARE_MOST ? SHARE_MOST
                                : (uint32_t)share;
}

uint64_t traces_batch(const struct traces *t, const struct request *request,
                      uint64_t execs)
{
    uint64_t most =
        (uint64_t)request->traces * EXPECTED * 256 / traces_share(t);
    return most && t->next > 0 && most < execs ? most : execs;
}

static void fade(struct traces_yield *y)
{
    y->execs /= 2;
    y->finds /= 2;
}

/* `traced` of the executions were for traces, which cost as much as `price`. */
static void account(struct traces *t, const struct request *request,
                    uint64_t execs, uint64_t traced, uint64_t price)
{
    t->by_trace.execs += price;
    t->by_mutants.execs += execs - traced;
    if (t->by_mutants.execs > MEMORY || t->by_trace.execs > MEMORY) {
        fade(&t->by_trace);
        fade(&t->by_mutants);
    }
    t->credit += (int64_t)request->traces * EXPECTED;
    t->credit += (int64_t)(execs * traces_share(t) / 256);
    t->credit -= (int64_t)price;
    if (t->credit > CREDIT)
        t->credit = CREDIT;
}

/* Executions in the worth of ordinary ones. */
static uint64_t worth(uint64_t execs, double dearness)
{
    double times = dearness < 1 ? 1 : dearness > DEAREST ? DEAREST : dearness;
    return (uint64_t)((double)execs * times);
}

void traces_settle(struct traces *t, struct entry *entries, uint32_t n,
                   const struct request *request, const struct reply *reply)
{
    for (uint32_t i = reply->done + 1; i < request->traces; i++) {
        entries[request->trace[i]].traced--;
        traces_begin_anew(t);
    }
    double dearness =
        schedule_dearness(entries, n, request->trace, reply->done);
    uint64_t price = reply->traced + (uint64_t)reply->done * RECORDED +
                     (uint64_t)reply->recorded * RECORDED_ONCE;
    account(t, request, reply->execs, reply->traced, worth(price, dearness));
}

void traces_lost(struct traces *t, const struct request *request,
                 uint64_t execs)
{
    uint64_t expected = (uint64_t)request->traces * EXPECTED;
    if (expected > execs)
        expected = execs;
    account(t, request, execs, expected, expected);
}
