/* SPDX-License-Identifier: MIT
 *
 * The harness's own mutators, as libFuzzer calls them: LLVMFuzzerCustomMutator
 * in place of ours, LLVMFuzzerCustomCrossOver besides; and LLVMFuzzerMutate,
 * ours for theirs to call. What a batch does stays a function of its generator,
 * as long as the harness's mutators are one of their seed.
 */
#ifndef THRESH_WORKER_CUSTOM_H
#define THRESH_WORKER_CUSTOM_H

#include "base/mutate.h"
#include "worker/target.h"

/* Which of the mutators there are, for this target. */
struct custom {
    bool mutates;
    bool crosses;
    uint8_t *crossed; /* room for what a cross-over makes */
    size_t room;
};

/* Whether the target's harness makes the mutants. */
bool custom_wanted(const struct target *target);
/* Where that is; 0: there is none, or it is not wanted. */
uintptr_t custom_mutator(const struct target *target);

/* False if memory is refused. */
bool custom_init(struct custom *c, const struct target *target);

/* Changes `in`, which has one argument, as mutate_input() would, with the
 * harness's mutators where they are. `cross`: cross-over is wanted. */
void custom_mutate(struct custom *c, struct mutate *m,
                   const struct signature *sig, struct input *in, size_t max,
                   const struct input *other, bool cross);

#endif
