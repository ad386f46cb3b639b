/* SPDX-License-Identifier: MIT
 *
 * How deep the target's stack went, as features: hit counts end at 128, a
 * recursion does not. No compiler is needed for it. Words below the engine's
 * frame are written before an execution and looked at after it; those that
 * have changed were part of a frame. Depth is told in eight steps for each
 * power of two, a cell of the index space each, behind the counters.
 *
 * Only what is deeper than all that was seen so far is looked for, and not
 * before some execution has gone below the first step: programs with flat
 * stacks pay nothing. Where the stack may not be written so far down (Windows,
 * whose pages must be touched one by one), there are no steps.
 *
 * The words belong to nobody: they lie below all frames of the engine, and
 * every execution may overwrite them.
 */
#ifndef THRESH_WORKER_DEPTH_H
#define THRESH_WORKER_DEPTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/coverage.h"

struct depth {
    uint32_t first; /* index of the first step's cell */
    uint32_t steps; /* for which the stack has room */
    uint32_t next;  /* the first one deeper than all that were seen */
    /* The steps that are looked for; empty: nothing is. */
    uint32_t from, until;
    uint32_t reached; /* by the last execution: its step + 1, or 0 */
};

/* `first`: where the cells begin. */
void depth_init(struct depth *d, uint32_t first);

/* What has been seen by now, a byte a step; what is deeper is looked for. */
void depth_learn(struct depth *d, const uint8_t *seen);

/* As if all had been seen. */
void depth_learn_all(struct depth *d);

/* Whether all steps are looked for, so that d->reached is what the execution
 * itself does, or only what is new. */
void depth_measure(struct depth *d, bool all);

/* Around an execution: `base` is the same for all, but for what the whole
 * stack is moved by, and a multiple of 64. */
void depth_mark(const struct depth *d, uintptr_t base);
void depth_look(struct depth *d, uintptr_t base);

/* Set by whoever uses much of the stack in the middle of an execution: its
 * depth is not the target's then, and counts for nothing. */
extern bool depth_is_disturbed;

/* Nothing is looked for until the next depth_measure(). */
void depth_pause(struct depth *d);

static inline bool depth_is_looked_for(const struct depth *d)
{
    return d->from < d->until;
}

/* After an execution: adds its step to *novel if it is not in the seen-map, or
 * visits it; and forgets it. */
void depth_pass(struct depth *d, const uint8_t *seen,
                struct coverage_novel *novel);
void depth_visit(struct depth *d,
                 void (*visit)(void *ctx, uint32_t index, uint64_t value),
                 void *ctx);

#endif
