/* SPDX-License-Identifier: MIT
 *
 * Floating-point numbers as decimal text, exactly: writing gives the fewest
 * digits that read back as the same bits and, of those, the nearest to the
 * true value; reading rounds the true value of the text to nearest even. libc
 * has no shortest printing, and its reading and printing follow the locale.
 *
 * Numbers are passed as their bits, so that nothing depends on the machine's
 * floating-point unit or its modes.
 */
#ifndef THRESH_BASE_FLOAT_TEXT_H
#define THRESH_BASE_FLOAT_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* The two formats of IEEE 754 that corpus files name. */
struct float_format {
    uint64_t sign;      /* the sign bit */
    uint64_t infinity;  /* the bits of +Inf: everything above them is NaN */
    uint32_t precision; /* bits of the mantissa, the hidden one included */
    int32_t least;      /* the smallest positive number is 2^least */
};
extern const struct float_format float_text_single;
extern const struct float_format float_text_double;

/* Room for the longest text, "-2.2250738585072014e-308", without a NUL. */
#define FLOAT_TEXT_MAX 24

/* Writes the text and returns its size: plain (`0.0001`, `123456`) for decimal
 * exponents of -4 to 5, else scientific (`1e+06`, `1.5e-05`); `NaN`, `+Inf`,
 * `-Inf`, `-0`. No NUL is added. */
size_t float_text_write(char out[FLOAT_TEXT_MAX],
                        const struct float_format *format, uint64_t bits);

/* Reads a whole text: an optional `-`, then a decimal number, or a hexadecimal
 * one with its `p` exponent, as Go writes them. Underscores are skipped
 * wherever they stand: their places are the tokenizer's concern. Returns
 * THRESH_EFORMAT if the text is no such number, THRESH_ELIMIT if it is beyond
 * the largest finite one; *bits is set only on success. */
int float_text_read(const struct float_format *format, const char *text,
                    size_t size, uint64_t *bits);

#endif
