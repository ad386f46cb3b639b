/* SPDX-License-Identifier: MIT
 *
 * Text of strangers made fit for a terminal: lines and tabs stay, everything
 * else that is not printable UTF-8 is shown as \xNN, so that no escape sequence
 * of a target moves the cursor or renames the window. Apart from quote.h, whose
 * literals are to be read back.
 */
#ifndef THRESH_BASE_PRINTABLE_H
#define THRESH_BASE_PRINTABLE_H

#include "base/buf.h"

void printable_add(struct buf *out, const char *text, size_t size);

/* The same in place, for a line: what can't be printed becomes '?'. */
void printable_line(char *text);

/* Whether bytes are mostly text. Nothing at all is text. */
bool printable_is_text(const uint8_t *data, size_t size);

#endif
