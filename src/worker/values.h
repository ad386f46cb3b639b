/* SPDX-License-Identifier: MIT
 *
 * The value profile, if it is wanted: how near the two sides of each comparison
 * came to each other, as counters of its own behind all others. Each comparing
 * place has one for each number of bits that differ and one for each size of
 * the difference, so that an input which comes nearer is a find. Apart from
 * compare.h because it remembers what was reached, not what was compared.
 *
 * Places share counters when there are many of them, and where the target
 * compares addresses each process reaches others.
 */
#ifndef THRESH_WORKER_VALUES_H
#define THRESH_WORKER_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Asks for it; before counters_prepare(), and for good. */
void values_want(void);
bool values_wanted(void);

/* The counters. */
uint8_t *values_counters(uint32_t *n);

/* Two values were compared. `site` as in struct operand. Any thread. */
void values_add(uint64_t a, uint64_t b, size_t width, uintptr_t site);

/* Whether any were. */
bool values_told(void);

#endif
