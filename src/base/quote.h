/* SPDX-License-Identifier: MIT
 *
 * Quoted literals of the Go language, in both directions: bytes as a string,
 * a code point as a character. Everything that is not printable or not UTF-8
 * is escaped, so that the text survives terminals and editors.
 */
#ifndef THRESH_BASE_QUOTE_H
#define THRESH_BASE_QUOTE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

/* Appends "..." */
void quote_string(struct buf *out, const uint8_t *data, size_t size);

/* Appends the same without the quotes, for bytes quoted in an error message:
 * at most about `most` characters, then "..." if something was left out. */
void quote_excerpt(struct buf *out, const uint8_t *data, size_t size,
                   size_t most);

/* Appends '...'; the code point must be valid (unicode_is_valid). */
void quote_char(struct buf *out, uint32_t code);

/* Appends the bytes that a string literal stands for, given with its quotes
 * or back-quotes. They are never more than the literal's own. The literal must
 * be UTF-8. On failure out may have got a part. */
int unquote_string(struct buf *out, const uint8_t *literal, size_t size,
                   struct thresh_err *err);

/* The one code point that a character literal stands for. */
int unquote_char(uint32_t *code, const uint8_t *literal, size_t size,
                 struct thresh_err *err);

#endif
