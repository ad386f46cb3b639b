/* SPDX-License-Identifier: MIT
 *
 * Bytes as hexadecimal digits, and back.
 */
#ifndef HEX_H
#define HEX_H

#include <stddef.h>

/* Writes 2 * size digits and a NUL to `text`. */
void hex_encode(const char *data, size_t size, char *text);

/* Reads digits up to the NUL; returns the number of bytes written to `data`,
 * which has room for half as many as there are digits, or -1 if the text is no
 * sequence of pairs of digits. */
int hex_decode(const char *text, char *data);

#endif
