/* SPDX-License-Identifier: MIT
 *
 * How long an execution usually takes, and what takes many times as long.
 * Apart from the corpus, which asks it, since it knows of times alone.
 *
 * The usual is a geometric mean: times differ by orders of magnitude, and of an
 * arithmetic one a single slow entry among a few would hide itself.
 */
#ifndef THRESH_BASE_USUAL_H
#define THRESH_BASE_USUAL_H

#include <stdbool.h>
#include <stdint.h>

/* All zero: nothing is known. */
struct usual {
    uint64_t times; /* that were told */
    uint64_t logs;  /* of them, together; see usual.c */
};

void usual_add(struct usual *u, uint32_t us);

/* What takes less is never much. */
#define USUAL_LEAST_US 2000u

/* Whether it is much, and more than 8 times the usual. As long as nothing is
 * usual, nothing is that. bench/EXPERIMENTS.md, "Slow entries". */
bool usual_is_exceeded(const struct usual *u, uint32_t us);

#endif
