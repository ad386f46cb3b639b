/* SPDX-License-Identifier: MIT
 *
 * Natural numbers of a few thousand bits: just what exact conversion between
 * decimal and binary floating point needs (float_text.h), with no allocation.
 * Chosen for being checkable, not for speed: floats are converted when files
 * are read and written, never while the target runs.
 */
#ifndef THRESH_BASE_BIGNUM_H
#define THRESH_BASE_BIGNUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 2816 bits. The numbers of float_text_read.c stay below 2600 bits, those of
 * float_text_write.c below 1140; both bounds are derived there. */
#define BIGNUM_WORDS 88

struct bignum {
    size_t used;                 /* words without leading zeros; 0 is zero */
    uint32_t word[BIGNUM_WORDS]; /* least significant first */
};

void bignum_set(struct bignum *n, uint64_t value);
size_t bignum_bits(const struct bignum *n);

/* n = n * factor + addend. */
void bignum_multiply_add(struct bignum *n, uint32_t factor, uint32_t addend);

/* n = n * base^power, base at most 10. */
void bignum_multiply_power(struct bignum *n, uint32_t base, uint32_t power);

/* n = n * 2^bits. */
void bignum_shift(struct bignum *n, size_t bits);

/* n = n + other. */
void bignum_add(struct bignum *n, const struct bignum *other);

/* n = n - other, which must not be larger. */
void bignum_subtract(struct bignum *n, const struct bignum *other);

/* Below, equal to or above 0 as a is below, equal to or above b. */
int bignum_compare(const struct bignum *a, const struct bignum *b);

#endif
