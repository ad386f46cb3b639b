/* SPDX-License-Identifier: MIT
 *
 * The requests that run inputs: a batch of mutants, a stretch of entries as
 * they are, one given input. Each function serves one request from its first
 * to its last execution and fills the reply; none of them sends anything.
 */
#ifndef THRESH_WORKER_BATCH_H
#define THRESH_WORKER_BATCH_H

#include "base/repair.h"
#include "worker/custom.h"
#include "worker/leaks.h"
#include "worker/outbox.h"
#include "worker/retrace.h"
#include "worker/runner.h"
#include "worker/trace.h"
#include "worker/trim.h"

struct search;

struct batch {
    struct runner *runner;
    struct outbox outbox;
    struct profile profile;
    struct leaks leaks;
    struct retrace retrace;
    struct trace trace;
    struct trim trim;
    /* What the entry in work is kept for, and tries left for it. */
    const uint32_t *needs;
    uint32_t nneeds;
    uint32_t trims_left;
    struct custom custom;
    /* Of the operators: without a dictionary, with one. */
    struct mutate_tables tables[2];
    struct repair repair;     /* of the entry that is traced */
    struct search *traced_by; /* during a trace: for it, and of which entry */
    uint32_t traced;
};

/* False if memory is refused. */
bool batch_init(struct batch *b, struct runner *r);

void batch_fuzz(struct batch *b, const struct request *request,
                struct reply *reply);
void batch_entries(struct batch *b, const struct request *request,
                   struct reply *reply);
void batch_input(struct batch *b, const struct request *request,
                 struct reply *reply);

#endif
