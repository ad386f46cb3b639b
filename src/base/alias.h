/* SPDX-License-Identifier: MIT
 *
 * Drawing one of n things in proportion to weights, in constant time: the
 * alias method (Walker, "An efficient method for generating discrete random
 * variables with general distributions", 1977; Vose, "A linear algorithm for
 * generating random numbers with a given distribution", 1991). Built by the
 * coordinator, drawn from by workers, so it is integers throughout: the same
 * weights give the same table with any compiler, and a batch can be replayed.
 */
#ifndef THRESH_BASE_ALIAS_H
#define THRESH_BASE_ALIAS_H

#include <stdint.h>

#include "base/rng.h"

/* One of n places, each of which is chosen equally often: it stands for its
 * own index in threshold of 2^32 cases and for `other` in the rest. */
struct alias_place {
    uint32_t threshold;
    uint32_t other;
};

/* Fills n places from n weights. Weight 0 is never drawn, unless all are 0:
 * then all are alike. Needs no memory besides. */
void alias_build(struct alias_place *table, const uint32_t *weights,
                 uint32_t n);

/* An index below n, which must be at least 1. */
static inline uint32_t alias_pick(const struct alias_place *table, uint32_t n,
                                  struct rng *rng)
{
    uint64_t draw = rng_next(rng);
    uint32_t i = (uint32_t)(((draw >> 32) * n) >> 32);
    /* Without a branch, which would be one that nobody can predict. */
    uint32_t away = -(uint32_t)((uint32_t)draw >= table[i].threshold);
    return i ^ ((i ^ table[i].other) & away);
}

#endif
