/* SPDX-License-Identifier: MIT
 *
 * A growing piece of memory with a maximum, for text and encoded files on the
 * host side. A failed append (no memory, or beyond the maximum) makes the
 * buffer `failed`, which sticks: append freely and test once at the end.
 */
#ifndef THRESH_BASE_BUF_H
#define THRESH_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/format.h"

struct buf {
    uint8_t *data; /* followed by a NUL that is not counted; NULL when empty */
    size_t size;
    size_t capacity;
    size_t max; /* given to buf_init; size never exceeds it */
    bool failed;
};

void buf_init(struct buf *b, size_t max);
/* Frees the memory; the buffer is as after buf_init. */
void buf_release(struct buf *b);
void buf_clear(struct buf *b);
void buf_add(struct buf *b, const void *data, size_t size);
void buf_add_text(struct buf *b, const char *text);
void buf_add_char(struct buf *b, char c);
FORMATS(2, 3)
void buf_addf(struct buf *b, const char *fmt, ...);
/* The content as a C string, "" when empty; valid until the next change. */
const char *buf_text(const struct buf *b);

#endif
