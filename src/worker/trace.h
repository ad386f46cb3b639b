/* SPDX-License-Identifier: MIT
 *
 * Tracing an entry: running it with its comparisons recorded, and once more
 * with each integer changed, which gives candidates: inputs that may pass
 * the comparisons that the entry failed. Apart from the batch because it runs
 * nothing that could be a find; the batch runs the candidates as it runs its
 * mutants.
 */
#ifndef THRESH_WORKER_TRACE_H
#define THRESH_WORKER_TRACE_H

#include <stdbool.h>

#include "base/solve.h"
#include "worker/runner.h"

struct trace {
    struct operands *of_entry;
    struct operands *of_change;
    struct solve *solve;
    bool (*execute)(void *ctx, const struct input *in); /* false: no more */
    void *ctx;
};

/* False if memory is refused. */
bool trace_init(struct trace *t,
                bool (*execute)(void *ctx, const struct input *in), void *ctx);

/* Fills t->solve with candidates for an entry, which must stay where it is as
 * long as they are used. False if executions ran out. The counters hold
 * nothing afterwards. */
bool trace_entry(struct trace *t, struct runner *r, const struct input *entry);

/* Ends recording, wherever an execution was left. */
void trace_end(void);

#endif
