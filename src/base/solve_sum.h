/* SPDX-License-Identifier: MIT
 *
 * Numbers that are sums of bytes of the input, each times a factor: checksums
 * that only add, digits of a foreign base, weighted fields. Apart from solve.h
 * because it wants executions of its own: one for each byte, which becomes
 * larger by one, so that the factors are seen.
 */
#ifndef THRESH_BASE_SOLVE_SUM_H
#define THRESH_BASE_SOLVE_SUM_H

#include "base/solve.h"

/* Bytes looked at, and comparisons. */
#define SUM_PLACES 32u
#define SUM_GOALS  4u

struct sum_goal {
    const struct operand *op; /* of the entry's run */
    bool of_b;                /* the side that is a sum */
    int64_t factor[SUM_PLACES];
};

struct solve_sum {
    uint32_t arg;
    uint32_t n;
    uint32_t at[SUM_PLACES];
    int8_t step[SUM_PLACES]; /* by which each byte is changed */
    uint32_t ngoals;
    struct sum_goal goal[SUM_GOALS];
};

/* Chooses comparisons, the last ones first, in which one side moved when the
 * input was coloured, and bytes that were coloured; `window` says which, where
 * there are more than can be looked at. Returns the number of bytes. */
uint32_t sum_begin(struct solve_sum *sum, const struct solve *s,
                   uint32_t window);

/* Changes byte number i in an input equal to the entry's. */
void sum_step(const struct solve_sum *sum, uint32_t i, struct input *in);

/* Takes in what that input compared. */
void sum_seen(struct solve_sum *sum, uint32_t i, const struct operands *o);

/* Adds the candidates that follow. */
void sum_end(const struct solve_sum *sum, struct solve *s);

#endif
