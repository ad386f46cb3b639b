/* SPDX-License-Identifier: MIT
 *
 * Minimisation of a sequence, of an argument's bytes or of larger elements,
 * as a state machine: it proposes a candidate, the caller runs it however it
 * likes (perhaps in a process that dies of it) and tells whether it still fails
 * in the same way. It knows nothing of processes and keeps the best so far at
 * every step, so it can be stopped at any time.
 *
 * Delta debugging (Zeller and Hildebrandt, "Simplifying and isolating
 * failure-inducing input", 2002) in its complement-only form: the empty value,
 * then removal of chunks of halving size down to single bytes, from the end to
 * the front, repeated while a round still removes something (bounded); then
 * simplification of the bytes that are left, chunk-wise first, each towards a
 * plain one ('0', 0, ' '...). Tries grow with n log n, never with n^2.
 */
#ifndef THRESH_BASE_MINIMISE_H
#define THRESH_BASE_MINIMISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum minimise_mode {
    MINIMISE_REMOVE,   /* only take elements away */
    MINIMISE_SIMPLIFY, /* make the bytes that are left plain, too; unit 1 */
};

/* The machine is a cursor: a stage, the size of the chunks it works in, and
 * the place of the next chunk. Sizes, places and chunks are in elements. For
 * minimise.c alone; it is here so that a caller can own the memory. */
struct minimise {
    size_t unit; /* bytes of an element */
    enum minimise_mode mode;
    uint8_t *best;
    size_t best_size;
    uint8_t *candidate;
    size_t candidate_size;
    bool pending; /* the candidate waits for its result */

    int stage;
    size_t chunk;  /* size of the chunks tried now */
    size_t place;  /* REMOVE: end of the next chunk; SIMPLIFY: its start */
    bool improved; /* this round removed something */
    int rounds;
    size_t fill; /* index in plain */
    size_t tries_left;
};

/* Begins a machine in memory of the caller: two buffers with room for the data,
 * of which it copies `size` bytes into one. */
void minimise_begin(struct minimise *m, uint8_t *buffer, uint8_t *other,
                    const uint8_t *data, size_t size, size_t unit,
                    enum minimise_mode mode);

/* A machine for a copy of data, whose elements have `unit` bytes each. NULL if
 * memory is refused. */
struct minimise *minimise_new(const uint8_t *data, size_t size, size_t unit,
                              enum minimise_mode mode);
void minimise_free(struct minimise *m);

/* The next candidate, never equal to the best so far, valid until the next
 * call; false when there is nothing left to try. */
bool minimise_next(struct minimise *m, const uint8_t **data, size_t *size);

/* Tells whether the candidate just given still fails in the same way. */
void minimise_result(struct minimise *m, bool still_fails);

/* The best so far: the original, or the last candidate that still failed. */
void minimise_best(const struct minimise *m, const uint8_t **data,
                   size_t *size);

#endif
