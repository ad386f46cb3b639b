/* SPDX-License-Identifier: MIT
 *
 * Copies of short inputs. In each execution one is copied or two, of another
 * size each time, and what memcpy() asks about the size costs more than the
 * bytes: nobody can predict the answers. Here it is asked once in 64 bytes; for
 * that, memory up to COPY_SLACK bytes beside the range is read and written.
 */
#ifndef THRESH_BASE_COPY_H
#define THRESH_BASE_COPY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define COPY_SLACK 64u

/* From so many bytes on memcpy() has the better loop. */
#define COPY_SHORT 512u

/* Through registers: the blocks of two ranges may be written in any order. */
static inline void copy_block(uint8_t *to, const uint8_t *from)
{
    struct {
        uint64_t word[COPY_SLACK / 8];
    } block;
    memcpy(&block, from, sizeof block);
    memcpy(to, &block, sizeof block);
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
