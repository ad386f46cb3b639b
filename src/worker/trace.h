/* SPDX-License-Identifier: MIT
 *
 * Tracing an entry: running it with its comparisons recorded, and inputs like
 * it, which gives candidates: inputs that may pass the comparisons that the
 * entry failed. Apart from the batch because it runs nothing in order to find
 * something; the batch runs the candidates as it runs its mutants.
 *
 * The inputs like it are coloured (base/colour): first without recording, until
 * as many bytes as possible have another value while the target does the same.
 * Then recorded are the entry, two colourings, two that are digits where the
 * colouring is free, one with each variable argument some bytes longer, and one
 * with each integer one larger; every other time that an entry is traced again
 * also some with one byte larger.
 *
 * Whoever wants to know what the target compared, too, looks at
 * run[i].operands, for i < runs, after trace_entry().
 */
#ifndef THRESH_WORKER_TRACE_H
#define THRESH_WORKER_TRACE_H

#include <stdbool.h>

#include "base/climb.h"
#include "base/colour.h"
#include "base/mutate.h"
#include "base/solve_sum.h"
#include "worker/runner.h"

/* Executes an input and clears the counters. *did becomes a hash of what they
 * held. False when nothing more is to be run, which may be noticed before or
 * after the execution. While comparisons are recorded nothing else must run;
 * otherwise what is new may be looked into. */
typedef bool trace_execute(void *ctx, const struct input *in, bool recording,
                           uint64_t *did);

struct trace_run {
    struct input in;
    struct operands *operands;
    uint8_t *room; /* for the variable arguments of coloured inputs */
};

struct trace {
    struct trace_run run[SOLVE_RUNS];
    uint32_t runs;
    struct operands *of_change;
    struct colour *colour;
    uint8_t *wish;    /* what an argument should be coloured like */
    uint8_t *variant; /* the bytes of the last variant */
    unsigned level;
    struct solve_sum sum;
    struct climb *climb;
    uint32_t recorded; /* runs of the last trace beyond the usual */
    struct solve *solve;
    trace_execute *execute;
    void *ctx;
};

/* False if memory is refused. */
bool trace_init(struct trace *t, trace_execute *execute, void *ctx);

/* Makes a mutant of an entry, which may be traced in its place: what is not
 * behind any comparison of the entry may be behind one of an input much like
 * it, a longer one above all, that has no feature of its own. It stays until the
 * next one is made. False if it would be too large. */
bool trace_variant(struct trace *t, struct runner *r, const struct input *entry,
                   struct mutate *mutate, uint32_t max_bytes,
                   struct input *variant);

/* Makes a short entry longer by random bytes, in the same place: entries become
 * as short as may be, and then end before what comes next is compared. False if
 * it is not short, or may not be longer. */
bool trace_longer(struct trace *t, struct runner *r, const struct input *entry,
                  uint32_t max_bytes, struct rng *rng, struct input *longer);

/* Keeps an input in place of the last variant. False if it is too large. */
bool trace_keep(struct trace *t, const struct signature *sig,
                const struct input *in, struct input *kept);

/* Fills t->solve with candidates for an entry, which must stay where it is as
 * long as they are used. The level is 0 when it is traced for the first time;
 * above, more effort is made, and in other ways. False if nothing more is to be
 * run. The counters hold nothing afterwards. */
bool trace_entry(struct trace *t, struct runner *r, const struct input *entry,
                 unsigned level, struct rng *rng);

/* Ends recording, wherever an execution was left. */
void trace_end(void);

#endif
