/* SPDX-License-Identifier: MIT
 *
 * Writing of floating-point numbers; see float_text.h.
 *
 * The free-format algorithm of Steele and White ("How to print floating-point
 * numbers accurately", 1990) with the scaling of Burger and Dybvig (1996):
 * long division of the number by powers of ten, where after each digit it is
 * known how far the true value may be missed without meeting a neighbour.
 *
 * The largest intermediate number is the smallest denormal's denominator,
 * 2^1076 times ten, or the largest number itself: below 2^1140.
 */
#include "base/float_text.h"

#include <stdbool.h>
#include <string.h>

#include "base/bignum.h"

#define MAX_DIGITS 17 /* enough for any double */

const struct float_format float_text_single = {
    .sign = 0x80000000u,
    .infinity = 0x7f800000u,
    .precision = 24,
    .least = -149,
};
const struct float_format float_text_double = {
    .sign = 0x8000000000000000u,
    .infinity = 0x7ff0000000000000u,
    .precision = 53,
    .least = -1074,
};

/* A positive number in division: value = rest / unit * 10^point. Every number
 * from (rest - below) to (rest + above) reads back as the same bits, the two
 * ends only if `ends`. */
struct division {
    struct bignum rest;
    struct bignum unit;
    struct bignum below;
    struct bignum above;
    int32_t point;
    bool ends;
};

/* A number as 0.DIGITS * 10^point. */
struct decimal {
    char digit[MAX_DIGITS];
    size_t digits;
    int32_t point;
};

static void set_power(struct bignum *n, size_t exponent)
{
    bignum_set(n, 1);
    bignum_shift(n, exponent);
}

/* Sets the division up with point = 0. */
static void begin(struct division *d, const struct float_format *format,
                  uint64_t magnitude)
{
    uint64_t hidden = (uint64_t)1 << (format->precision - 1);
    int32_t field = (int32_t)(magnitude / hidden);
    uint64_t mantissa = magnitude % hidden;
    int32_t exponent = format->least;
    if (field) {
        mantissa += hidden;
        exponent += field - 1;
    }
    /* Halves of the gaps to the neighbours must be whole: everything is
     * doubled, and once more where the lower gap is half the upper one. */
    bool narrow = mantissa == hidden && field > 1;
    size_t doublings = narrow ? 2 : 1;
    size_t up = exponent > 0 ? (size_t)exponent : 0;
    size_t down = exponent < 0 ? (size_t)-exponent : 0;
    bignum_set(&d->rest, mantissa);
    bignum_shift(&d->rest, doublings + up);
    set_power(&d->unit, doublings + down);
    set_power(&d->above, doublings - 1 + up);
    set_power(&d->below, up);
    d->point = 0;
    /* A text halfway to a neighbour reads back as the even one. */
    d->ends = mantissa % 2 == 0;
}

/* Whether the number's upper bound, times `factor`, reaches the unit. */
static bool reaches_unit(const struct division *d, uint32_t factor)
{
    struct bignum bound = d->rest;
    bignum_add(&bound, &d->above);
    bignum_multiply_add(&bound, factor, 0);
    int order = bignum_compare(&bound, &d->unit);
    return d->ends ? order >= 0 : order > 0;
}

static void times_power_of_ten(struct division *d, uint32_t power)
{
    bignum_multiply_power(&d->rest, 10, power);
    bignum_multiply_power(&d->above, 10, power);
    bignum_multiply_power(&d->below, 10, power);
}

/* Scales so that the upper bound lies between a tenth of the unit and the
 * unit: the next digit is then the first that is not zero. */
static void scale(struct division *d)
{
    int64_t bits =
        (int64_t)bignum_bits(&d->rest) - (int64_t)bignum_bits(&d->unit);
    d->point = (int32_t)(bits * 30103 / 100000); /* log10(2); may miss by 1 */
    if (d->point > 0)
        bignum_multiply_power(&d->unit, 10, (uint32_t)d->point);
    else
        times_power_of_ten(d, (uint32_t)-d->point);
    while (reaches_unit(d, 1)) {
        bignum_multiply_add(&d->unit, 10, 0);
        d->point++;
    }
    while (!reaches_unit(d, 10)) {
        times_power_of_ten(d, 1);
        d->point--;
    }
}

static void divide(struct division *d, struct decimal *out)
{
    out->digits = 0;
    out->point = d->point;
    for (;;) {
        times_power_of_ten(d, 1);
        int digit = 0;
        while (bignum_compare(&d->rest, &d->unit) >= 0) {
            bignum_subtract(&d->rest, &d->unit);
            digit++;
        }
        int order = bignum_compare(&d->rest, &d->below);
        bool may_stay = d->ends ? order <= 0 : order < 0;
        bool may_rise = reaches_unit(d, 1);
        bool last = may_stay || may_rise;
        if (may_stay && may_rise) {
            bignum_multiply_add(&d->rest, 2, 0);
            order = bignum_compare(&d->rest, &d->unit);
            may_rise = order > 0 || (order == 0 && digit % 2 != 0);
        }
        /* No carry: a 9 that may rise would have ended at the digit before. */
        if (may_rise)
            digit++;
        out->digit[out->digits++] = (char)('0' + digit);
        if (last || out->digits == MAX_DIGITS)
            return;
    }
}

/* d.ddde+XX */
static char *write_scientific(char *p, const struct decimal *d)
{
    *p++ = d->digit[0];
    if (d->digits > 1) {
        *p++ = '.';
        memcpy(p, d->digit + 1, d->digits - 1);
        p += d->digits - 1;
    }
    int32_t exponent = d->point - 1;
    *p++ = 'e';
    *p++ = exponent < 0 ? '-' : '+';
    if (exponent < 0)
        exponent = -exponent;
    if (exponent >= 100)
        *p++ = (char)('0' + exponent / 100);
    *p++ = (char)('0' + exponent / 10 % 10);
    *p++ = (char)('0' + exponent % 10);
    return p;
}

static char *write_plain(char *p, const struct decimal *d)
{
    int32_t digits = (int32_t)d->digits;
    int32_t first = d->point < 0 ? d->point : 0;
    int32_t end = d->point > digits ? d->point : digits;
    if (d->point <= 0)
        *p++ = '0';
    for (int32_t i = first; i < end; i++) {
        if (i == d->point)
            *p++ = '.';
        if (i >= 0 && i < digits)
            *p++ = d->digit[i];
        else
            *p++ = '0';
    }
    return p;
}

static size_t write_word(char *out, const char *word)
{
    size_t size = 0;
    for (; word[size]; size++)
        out[size] = word[size];
    return size;
}

size_t float_text_write(char out[FLOAT_TEXT_MAX],
                        const struct float_format *format, uint64_t bits)
{
    uint64_t magnitude = bits & (format->sign - 1);
    if (magnitude > format->infinity)
        return write_word(out, "NaN");
    if (magnitude == format->infinity)
        return write_word(out, bits & format->sign ? "-Inf" : "+Inf");
    char *p = out;
    if (bits & format->sign)
        *p++ = '-';
    if (!magnitude) {
        *p++ = '0';
        return (size_t)(p - out);
    }
    struct division division;
    struct decimal decimal;
    begin(&division, format, magnitude);
    scale(&division);
    divide(&division, &decimal);
    p = decimal.point < -3 || decimal.point > 6 ? write_scientific(p, &decimal)
                                                : write_plain(p, &decimal);
    return (size_t)(p - out);
}
