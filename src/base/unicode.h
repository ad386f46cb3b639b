/* SPDX-License-Identifier: MIT
 *
 * Code points and UTF-8 as the corpus format needs them: strict decoding (no
 * surrogates, no overlong forms), encoding, and the two properties on which
 * the format's bytes depend. Apart from libc's because theirs follow the
 * locale. The printable ones are those of Unicode 15.0, whatever the machine
 * has; see unicode_table.c.
 */
#ifndef THRESH_BASE_UNICODE_H
#define THRESH_BASE_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNICODE_MAX      0x10ffffu
#define UNICODE_MAX_UTF8 4 /* bytes of the longest encoding */

/* Whether a number is a code point that UTF-8 can encode. */
bool unicode_is_valid(uint32_t code);

/* Decodes the code point at the start of data and returns its size in bytes,
 * 0 when there is no valid one; *code is set only on success. */
size_t unicode_decode(const uint8_t *data, size_t size, uint32_t *code);

/* The same for the code point that ends where data ends. */
size_t unicode_decode_last(const uint8_t *data, size_t size, uint32_t *code);

/* Writes the encoding of a valid code point and returns its size. */
size_t unicode_encode(uint32_t code, uint8_t out[UNICODE_MAX_UTF8]);

/* Whether a code point is written as itself: letters, marks, numbers,
 * punctuation, symbols and the ASCII space. */
bool unicode_is_print(uint32_t code);

/* Whether a code point has the property White_Space. */
bool unicode_is_space(uint32_t code);

/* The ascending table behind unicode_is_print. */
extern const uint32_t unicode_print_edge[];
extern const size_t unicode_print_edges;

#endif
