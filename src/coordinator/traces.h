/* SPDX-License-Identifier: MIT
 *
 * Which entries are traced, and how much of the search goes into it. Apart from
 * dispatch.c and receive.c, each of which sees half of it: what is handed out
 * depends on what came back.
 *
 * Traces are paid for with credit: every execution earns some of it, and the
 * more, the more finds traces have brought of late for an execution, compared
 * with mutants. Everything is counted in executions, so that runs repeat; those
 * of entries that do more work than others count more, in proportion.
 */
#ifndef THRESH_COORDINATOR_TRACES_H
#define THRESH_COORDINATOR_TRACES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/protocol.h"

struct entry;

/* What one kind of execution has brought of late. */
struct traces_yield {
    uint64_t execs;
    uint64_t finds;
};

struct traces {
    uint32_t next;   /* entries before this one are looked at next, ... */
    uint32_t known;  /* ... out of so many */
    uint32_t rounds; /* how often all are to be traced */
    int64_t credit;
    struct traces_yield by_trace;
    struct traces_yield by_mutants;
};

void traces_init(struct traces *t);

/* Names in a request entries to be traced: those that nobody has, the newest
 * first, since what comes next in a chain of comparisons is behind the newest.
 * As far as the request's snapshot has them (`known`), they can be run, there
 * is credit, and those before are not expected to fill a batch of `execs`
 * executions. */
void traces_give(struct traces *t, struct entry *entries, uint32_t known,
                 uint64_t execs, struct request *request);

/* Of the executions of a batch so many, lest entries that are still to be traced
 * wait longer than their share asks for: a request names few of them. */
uint64_t traces_batch(const struct traces *t, const struct request *request,
                      uint64_t execs);

/* All entries are to be traced once more, with more effort, if all have been.
 * False if they have not, or have been often enough. */
bool traces_again(struct traces *t);

/* Some entry may have missed its turn: all are looked at again. */
void traces_begin_anew(struct traces *t);

/* A find was kept. */
void traces_found(struct traces *t, bool by_trace);

/* Takes in the reply to a batch; there are n entries. An entry whose trace was
 * cut short is not traced again: it may have been what ended the batch. */
void traces_settle(struct traces *t, struct entry *entries, uint32_t n,
                   const struct request *request, const struct reply *reply);

/* The same when the process has died after so many executions: what they were
 * for, and how many traces are lost, is not known. */
void traces_lost(struct traces *t, const struct request *request,
                 uint64_t execs);

/* Executions in 256 that may be for traces. */
uint32_t traces_share(const struct traces *t);

#endif
