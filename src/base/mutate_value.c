/* SPDX-License-Identifier: MIT
 *
 * Typed mutation: arguments of fixed width, changed as what they are. Numbers
 * live in 64-bit words here, in two's complement or as the bits of a float,
 * and are cut to their width at the end; thus one function serves all widths.
 */
#include "base/mutate_ops.h"

#include <string.h>

/* A number below 2^k for a random k up to n: all scales alike. */
static uint64_t any_scale(struct rng *rng, uint32_t n)
{
    uint32_t k = rng_below(rng, n);
    return rng_next(rng) >> (63 - k);
}

/* Changes the decimal notation of a magnitude: a digit more, a digit less, or
 * another digit somewhere. */
static uint64_t change_digits(uint64_t value, uint64_t bits)
{
    uint64_t digit = mutate_low(bits, 10);
    uint64_t unit = 1;
    switch (bits >> 32 & 3) {
    case 0:
        return value * 10 + digit;
    case 1:
        return value / 10;
    default:
        for (uint64_t i = bits >> 34 & 31; i && unit <= value / 10; i--)
            unit *= 10;
        return value - value / unit % 10 * unit + digit * unit;
    }
}

static uint64_t change_integer(struct rng *rng, uint64_t value, uint32_t width,
                               bool is_signed)
{
    uint32_t n = 8 * width;
    uint64_t bits = rng_next(rng);
    uint64_t amount = 1 + mutate_low(bits, 35);
    bool negative = is_signed && value >> (n - 1) & 1;
    uint64_t magnitude = (negative ? -value : value) & value_mask(width);
    switch (bits & 15) {
    case 0:
    case 1:
        return value + amount;
    case 2:
    case 3:
        return value - amount;
    case 4:
        return value + any_scale(rng, n);
    case 5:
        return value - any_scale(rng, n);
    case 6:
    case 7:
        return value ^ 1ull << mutate_high(bits, n);
    case 8:
        return -value;
    case 9:
        return ~value;
    case 10:
        magnitude = bits & 0x100 ? magnitude << 1 : magnitude >> 1;
        return negative ? -magnitude : magnitude;
    case 11:
        magnitude = change_digits(magnitude, bits);
        return negative ? -magnitude : magnitude;
    case 12:
        return is_signed && bits & 0x100 ? -any_scale(rng, n)
                                         : any_scale(rng, n);
    default:
        return mutate_boundary(rng_next(rng), width);
    }
}

/* Code points by what software does to them: how long their UTF-8 is, and
 * what is no character at all. */
static const struct {
    uint32_t first;
    uint32_t count;
} rune_ranges[] = {
    {0x00, 0x20},         {0x20, 0x5f},         {0x7f, 0x21},
    {0xa0, 0x760},        {0x800, 0xd000},      {0xd800, 0x800},
    {0xe000, 0x2000},     {0x10000, 0x100000},  {0x110000, 0x110000},
    {0x7ffffff0, 0x0010}, {0x80000000, 0x1000}, {0xfffffff0, 0x0010},
};

static const uint32_t special_runes[] = {
    0x85,   0xad,   0xdf,   0x130,  0x131,   0x17f,   0x1c5,    0x301,
    0x3c2,  0x6dd,  0x1e9e, 0x200b, 0x200d,  0x200e,  0x2028,   0x2029,
    0x202e, 0x212a, 0x3000, 0xac00, 0xd7ff,  0xd800,  0xdbff,   0xdc00,
    0xdfff, 0xe000, 0xfb00, 0xfdd0, 0xfe0f,  0xfeff,  0xfffd,   0xfffe,
    0xffff, 0x7f,   0x80,   0x7ff,  0x800,   0x10000, 0x10ffff, 0x110000,
    '"',    '\'',   '\\',   '%',    0x1f1e6, 0x1f3fb, 0x1f600,  0x1fffff};

uint32_t mutate_rune(uint64_t bits, uint32_t was)
{
    const uint32_t ranges = sizeof rune_ranges / sizeof rune_ranges[0];
    const uint32_t specials = sizeof special_runes / sizeof special_runes[0];
    uint32_t i = mutate_low(bits, ranges);
    switch (bits & 7) {
    case 0:
    case 1:
    case 2:
        return rune_ranges[i].first + mutate_high(bits, rune_ranges[i].count);
    case 3:
    case 4:
        return special_runes[mutate_high(bits, specials)];
    case 5:
        return was ^ 0x20; /* the other case, for many letters */
    default:
        return bits & 0x100 ? was + 1 : was - 1;
    }
}

static uint64_t change_rune(struct rng *rng, uint64_t value)
{
    uint64_t bits = rng_next(rng);
    return bits >> 62 ? mutate_rune(bits, (uint32_t)value)
                      : change_integer(rng, value, 4, true);
}

/* What distinguishes the two IEEE 754 formats. */
struct format {
    uint32_t width; /* bytes */
    uint32_t fraction_bits;
    uint32_t exponent_max; /* all ones, of infinities and NaNs */
};

static const struct format single_format = {4, 23, 0xff};
static const struct format double_format = {8, 52, 0x7ff};

static uint32_t exponent_of(const struct format *f, uint64_t value)
{
    return (uint32_t)(value >> f->fraction_bits) & f->exponent_max;
}

static uint64_t fraction_mask(const struct format *f)
{
    return (1ull << f->fraction_bits) - 1;
}

/* The power of two 2^n, n within the format. */
static uint64_t power_of_two(const struct format *f, int n)
{
    return (uint64_t)(n + (int)(f->exponent_max / 2)) << f->fraction_bits;
}

/* A value at which arithmetic changes its rules, with any sign. */
static uint64_t special_float(const struct format *f, uint64_t bits)
{
    static const int8_t powers[] = {0, 1, -1, 7, 8, 15, 16, 31, 32, 63, 64};
    const uint32_t count = sizeof powers;
    uint64_t infinity = (uint64_t)f->exponent_max << f->fraction_bits;
    uint64_t one_up = 1ull << f->fraction_bits;
    uint64_t sign = (bits >> 8 & 1) << (8 * f->width - 1);
    switch (bits >> 32 & 15) {
    case 0:
    case 1:
        return sign; /* zero */
    case 2:
        return sign | infinity;
    case 3:
        return sign | infinity | one_up >> 1; /* NaN */
    case 4:
        return sign | (infinity + 1); /* signalling NaN */
    case 5:
        return sign | 1; /* the least denormal */
    case 6:
        return sign | (one_up - 1); /* the greatest denormal */
    case 7:
        return sign | one_up; /* the least normal number */
    case 8:
        return sign | (infinity - 1); /* the greatest number */
    case 9: /* where integers stop being exact, and around it */
        return sign | (power_of_two(f, (int)f->fraction_bits + 1) + 1 -
                       (bits >> 9) % 3);
    case 10: /* the difference between 1 and its neighbour */
        return sign | power_of_two(f, -(int)f->fraction_bits);
    default: /* limits of integers, and their neighbours */
        return sign | (power_of_two(f, powers[mutate_low(bits, count)]) + 1 -
                       (bits >> 36) % 3);
    }
}

static double to_double(const struct format *f, uint64_t value)
{
    double d = 0;
    float s = 0;
    uint32_t half = (uint32_t)value;
    if (f->width == 8) {
        memcpy(&d, &value, sizeof d);
        return d;
    }
    memcpy(&s, &half, sizeof s);
    return s;
}

static uint64_t from_double(const struct format *f, double d)
{
    uint64_t value = 0;
    uint32_t half = 0;
    float s = (float)d;
    if (f->width == 8) {
        memcpy(&value, &d, sizeof value);
        return value;
    }
    memcpy(&half, &s, sizeof half);
    return half;
}

/* Whether to calculate with a value is safe. A target may have asked for a
 * signal at an overflow, an underflow or an invalid operation, and it would be
 * ours: so only values in the middle of the range. */
static bool is_moderate(const struct format *f, uint64_t value)
{
    uint32_t distance = exponent_of(f, value) - (f->exponent_max / 2 - 50);
    return distance <= 100 || !(value << (64 - 8 * f->width) << 1);
}

static uint64_t calculate(const struct format *f, uint64_t value, uint64_t bits)
{
    if (!is_moderate(f, value))
        return special_float(f, bits);
    double d = to_double(f, value);
    double operand = 1 + (int)mutate_high(bits, bits & 0x100 ? 1000 : 10);
    switch (bits >> 9 & 3) {
    case 0:
        return from_double(f, d + operand);
    case 1:
        return from_double(f, d - operand);
    case 2:
        return from_double(f, d * operand);
    default:
        return from_double(f, d / operand);
    }
}

/* Drops what is behind the binary point. */
static uint64_t truncate_float(const struct format *f, uint64_t value)
{
    uint32_t bias = f->exponent_max / 2;
    uint32_t exponent = exponent_of(f, value);
    if (exponent < bias)
        return value & 1ull << (8 * f->width - 1);
    if (exponent - bias >= f->fraction_bits)
        return value;
    return value & ~(fraction_mask(f) >> (exponent - bias));
}

static uint64_t change_float(struct rng *rng, const struct format *f,
                             uint64_t value)
{
    static const double divisors[] = {1, 1, 10, 100};
    uint64_t bits = rng_next(rng);
    uint64_t exponent_unit = 1ull << f->fraction_bits;
    uint64_t amount = mutate_high(bits, bits & 0x100 ? f->exponent_max : 8);
    switch (bits & 15) {
    case 0:
        return value + 1;
    case 1:
        return value - 1;
    case 2:
    case 3:
    case 4:
        return special_float(f, bits);
    case 5:
        return value ^ 1ull << (8 * f->width - 1);
    case 6:
        return value + (amount + 1) * exponent_unit;
    case 7:
        return value - (amount + 1) * exponent_unit;
    case 8:
    case 9:
        return value ^ 1ull << mutate_high(bits, 8 * f->width);
    case 10:
        return truncate_float(f, value);
    case 11: /* what a person would write: 12, -3.4, 0.05 */
        return from_double(f, ((int)mutate_high(bits, 2001) - 1000) /
                                  divisors[bits >> 8 & 3]);
    case 12:
        return rng_next(rng);
    default:
        return calculate(f, value, bits);
    }
}

static uint64_t change(struct rng *rng, enum input_kind kind, uint64_t value,
                       uint32_t width)
{
    switch (kind) {
    case KIND_FLOAT:
        return change_float(rng, &single_format, value);
    case KIND_DOUBLE:
        return change_float(rng, &double_format, value);
    case KIND_RUNE:
        return change_rune(rng, value);
    case KIND_INT8:
    case KIND_INT16:
    case KIND_INT32:
    case KIND_INT64:
    case KIND_INT:
        return change_integer(rng, value, width, true);
    default:
        return change_integer(rng, value, width, false);
    }
}

/* The allowed value after this one, the first after the last. */
static uint64_t next_value(const struct domain *domain, enum input_kind kind,
                           uint64_t value)
{
    if (domain->nchoices) {
        uint32_t i = domain_choice_index(domain, kind, value) + 1;
        return domain_choice(domain, kind, i % domain->nchoices);
    }
    uint64_t key = domain_key(kind, value);
    return domain_value(kind, key < domain->most ? key + 1 : domain->least);
}

/* An allowed value in place of a changed one, now and then a limit. */
static uint64_t keep_within(struct rng *rng, const struct domain *domain,
                            enum input_kind kind, uint64_t value, uint64_t old)
{
    uint64_t bits = rng_next(rng);
    value = bits & 7 ? domain_fit(domain, kind, value, bits >> 3)
                     : domain_edge(domain, kind, bits >> 3);
    return value == old ? next_value(domain, kind, old) : value;
}

void mutate_value(struct rng *rng, enum input_kind kind,
                  const struct domain *domain, uint8_t *data)
{
    if (kind == KIND_BOOL) {
        *data = !*data;
        return;
    }
    uint32_t width = (uint32_t)kind_width(kind);
    if (!width)
        return;
    uint64_t old = value_load(data, width);
    uint64_t value = old;
    /* One change, or more in one case of four. */
    do {
        value = change(rng, kind, value, width) & value_mask(width);
    } while (rng_below(rng, 4) == 0);
    if (domain->limited)
        value = keep_within(rng, domain, kind, value, old);
    else if (value == old)
        value ^= 1ull << rng_below(rng, 8 * width);
    value_store(data, width, value);
}
