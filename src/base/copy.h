/* SPDX-License-Identifier: MIT
 *
 * Copies of short inputs. In each execution one is copied or two, of another
 * size each time, and what memcpy() asks about the size costs more than the
 * bytes: nobody can predict the answers. Here it is asked once in COPY_SLACK
 * bytes, which are most inputs; for that, memory up to so many bytes beside the
 * range is read and written. bench/EXPERIMENTS.md, "Blocks of 128 bytes".
 */
#ifndef THRESH_BASE_COPY_H
#define THRESH_BASE_COPY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define COPY_SLACK 128u

/* From so many bytes on memcpy() has the better loop. */
#define COPY_SHORT 512u

/* Through registers, in the widest pieces that all processors of a kind can
 * move at once. A struct would go through the stack. */
static inline void copy_half(uint8_t *to, const uint8_t *from)
{
    typedef uint8_t vector __attribute__((vector_size(16)));
    vector a, b, c, d;
    _Static_assert(8 * sizeof(vector) == COPY_SLACK, "a half has four");
    memcpy(&a, from, sizeof a);
    memcpy(&b, from + sizeof a, sizeof b);
    memcpy(&c, from + 2 * sizeof a, sizeof c);
    memcpy(&d, from + 3 * sizeof a, sizeof d);
    memcpy(to, &a, sizeof a);
    memcpy(to + sizeof a, &b, sizeof b);
    memcpy(to + 2 * sizeof a, &c, sizeof c);
    memcpy(to + 3 * sizeof a, &d, sizeof d);
}

static inline void copy_block(uint8_t *to, const uint8_t *from)
{
    copy_half(to, from);
    copy_half(to + COPY_SLACK / 2, from + COPY_SLACK / 2);
}

/* Copies size bytes from their first one on. Behind both ranges COPY_SLACK
 * bytes are there to be touched. */
static inline void copy_forward(uint8_t *to, const uint8_t *from, size_t size)
{
    if (size > COPY_SHORT) {
        memcpy(to, from, size);
        return;
    }
    for (size_t i = 0; i < size; i += COPY_SLACK)
        copy_block(to + i, from + i);
}

/* The same from their last one on, given where the ranges end; the slack is
 * before them. */
static inline void copy_backward(uint8_t *to_end, const uint8_t *from_end,
                                 size_t size)
{
    if (size > COPY_SHORT) {
        memcpy(to_end - size, from_end - size, size);
        return;
    }
    for (size_t i = 0; i < size; i += COPY_SLACK)
        copy_block(to_end - i - COPY_SLACK, from_end - i - COPY_SLACK);
}

#endif
