/* SPDX-License-Identifier: MIT
 *
 * Reading of floating-point numbers; see float_text.h.
 *
 * The text is a fraction of two natural numbers times a power of two; long
 * division gives as many bits as the format has room for, and what is left
 * says how to round. Of the digits only so many are kept that no boundary
 * between two floats can tell more of them apart: a boundary has at most 768
 * decimal digits, so that beyond MAX_DECIMAL digits it only matters whether
 * there is anything but zeros.
 *
 * The largest intermediate numbers, with 781 digits at hand and numbers below
 * 10^-330 already known to be zero, are 10^781 and 5^1111: below 2^2600.
 */
#include "base/float_text.h"

#include <stdbool.h>

#include "base/bignum.h"
#include "base/error.h"

#define MAX_DECIMAL 780
#define MAX_HEX     16 /* 61 bits at least */

/* Exponents are cut here: no text in memory has as many digits, so that the
 * result is zero or out of range whatever the digits are. */
#define MAX_EXPONENT ((int64_t)1 << 56)

/* What the text says: digits * base^exponent, or with base 16 digits *
 * 2^exponent. */
struct number {
    struct bignum digits;
    int64_t exponent;
    int64_t count; /* digits kept, without leading zeros */
    uint32_t base;
    bool sticky; /* something not zero was dropped */
};

struct text {
    const char *at;
    const char *end;
};

/* The next character that is no underscore, 0 at the end. */
static char peek(struct text *t)
{
    while (t->at < t->end && *t->at == '_')
        t->at++;
    if (t->at == t->end)
        return '\0';
    return *t->at;
}

static bool accept(struct text *t, char c)
{
    if (!c || peek(t) != c)
        return false;
    t->at++;
    return true;
}

/* Takes a letter given in both cases. */
static bool accept_letter(struct text *t, const char *cases)
{
    return accept(t, cases[0]) || accept(t, cases[1]);
}

/* Takes a digit of the base, or returns false. */
static bool accept_digit(struct text *t, uint32_t base, uint32_t *digit)
{
    char c = peek(t);
    uint32_t value;
    if (c >= '0' && c <= '9')
        value = (uint32_t)(c - '0');
    else if (c >= 'a' && c <= 'f')
        value = (uint32_t)(c - 'a') + 10;
    else if (c >= 'A' && c <= 'F')
        value = (uint32_t)(c - 'A') + 10;
    else
        return false;
    if (value >= base)
        return false;
    t->at++;
    *digit = value;
    return true;
}

/* Takes a run of digits, those of a fraction if after_point, and returns
 * whether there were any. */
static bool read_digits(struct text *t, struct number *n, bool after_point)
{
    int64_t weight = n->base == 16 ? 4 : 1;
    int64_t keep = n->base == 16 ? MAX_HEX : MAX_DECIMAL;
    bool any = false;
    uint32_t digit;
    while (accept_digit(t, n->base, &digit)) {
        any = true;
        if (n->count < keep) {
            bignum_multiply_add(&n->digits, n->base, digit);
            n->count += n->digits.used > 0;
            n->exponent -= after_point ? weight : 0;
        } else {
            n->sticky = n->sticky || digit;
            n->exponent += after_point ? 0 : weight;
        }
    }
    return any;
}

static bool read_exponent(struct text *t, struct number *n)
{
    bool negative = accept(t, '-');
    if (!negative)
        accept(t, '+');
    int64_t exponent = 0;
    bool any = false;
    uint32_t digit;
    while (accept_digit(t, 10, &digit)) {
        any = true;
        if (exponent < MAX_EXPONENT)
            exponent = exponent * 10 + digit;
    }
    n->exponent += negative ? -exponent : exponent;
    return any;
}

static bool read_number(struct text *t, struct number *n)
{
    *n = (struct number){.base = 10};
    /* The zero of 0x is a harmless leading digit. */
    bool any = accept(t, '0');
    if (any && accept_letter(t, "xX")) {
        n->base = 16;
        any = false;
    }
    any = read_digits(t, n, false) || any;
    if (accept(t, '.'))
        any = read_digits(t, n, true) || any;
    if (!any)
        return false;
    if (n->sticky) {
        /* Stands for whatever follows: no boundary lies in between. */
        bignum_multiply_add(&n->digits, n->base, 1);
        n->count++;
        n->exponent -= n->base == 16 ? 4 : 1;
    }
    if (n->base == 16) {
        if (!accept_letter(t, "pP") || !read_exponent(t, n))
            return false;
    } else if (accept_letter(t, "eE") && !read_exponent(t, n)) {
        return false;
    }
    return !peek(t) && t->at == t->end;
}

/* Divides over / under, which are not zero, and rounds the quotient times
 * 2^exponent. Destroys both. The result may be infinity. */
static uint64_t divide(const struct float_format *format, struct bignum *over,
                       struct bignum *under, int64_t exponent)
{
    /* Scaled to a quotient of at least 1 and below 2. */
    size_t over_bits = bignum_bits(over);
    size_t under_bits = bignum_bits(under);
    exponent += (int64_t)over_bits - (int64_t)under_bits;
    if (over_bits > under_bits)
        bignum_shift(under, over_bits - under_bits);
    else
        bignum_shift(over, under_bits - over_bits);
    if (bignum_compare(over, under) < 0) {
        bignum_shift(over, 1);
        exponent--;
    }
    /* Denormal numbers have fewer bits, or none before the point. */
    int64_t smallest_normal = format->least + (int64_t)format->precision - 1;
    int64_t bits = format->precision;
    if (exponent < smallest_normal)
        bits -= smallest_normal - exponent;
    if (bits < 0)
        return 0;
    uint64_t mantissa = 0;
    for (int64_t i = 0; i < bits; i++) {
        mantissa <<= 1;
        if (bignum_compare(over, under) >= 0) {
            bignum_subtract(over, under);
            mantissa |= 1;
        }
        bignum_shift(over, 1);
    }
    int order = bignum_compare(over, under);
    if (order > 0 || (order == 0 && mantissa % 2 != 0))
        mantissa++;
    /* The mantissa's hidden bit, and any carry, add to the exponent's field. */
    if (exponent > smallest_normal)
        mantissa += (uint64_t)(exponent - smallest_normal)
                    << (format->precision - 1);
    return mantissa;
}

/* The magnitude's bits; beyond the largest finite number, infinity or more. */
static uint64_t round_number(const struct float_format *format,
                             struct number *n)
{
    struct bignum under;
    if (!n->digits.used)
        return 0;
    bignum_set(&under, 1);
    if (n->base == 16) {
        if (n->exponent > 2048)
            return format->infinity;
        if (n->exponent < -2048)
            return 0;
        return divide(format, &n->digits, &under, n->exponent);
    }
    if (n->exponent + n->count > 310)
        return format->infinity;
    if (n->exponent + n->count < -330)
        return 0;
    /* 10^x = 5^x * 2^x keeps the numbers shorter. */
    if (n->exponent < 0)
        bignum_multiply_power(&under, 5, (uint32_t)-n->exponent);
    else
        bignum_multiply_power(&n->digits, 5, (uint32_t)n->exponent);
    return divide(format, &n->digits, &under, n->exponent);
}

int float_text_read(const struct float_format *format, const char *text,
                    size_t size, uint64_t *bits)
{
    struct text t = {text, text + size};
    struct number number;
    bool negative = accept(&t, '-');
    if (!read_number(&t, &number))
        return THRESH_EFORMAT;
    uint64_t magnitude = round_number(format, &number);
    if (magnitude >= format->infinity)
        return THRESH_ELIMIT;
    *bits = magnitude | (negative ? format->sign : 0);
    return 0;
}
