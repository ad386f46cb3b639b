/* SPDX-License-Identifier: MIT
 *
 * See minimise_value.h. The stages follow each other; each proposes its
 * candidates one by one, and what is not simpler or not allowed is passed over.
 *
 *     PLAIN   the simplest value, then a list of plain ones or the choices
 *     POSITIVE, WHOLE   without the sign, without the fraction
 *     TENS    floats too large to be counted in ones: the least power of ten
 *     SEARCH  binary search for the least distance from the simplest value
 *     BITS    single bits of the distance removed
 *     DIGITS  floats: fewer decimal digits
 */
#include "base/minimise_value.h"

#include <stdio.h>
#include <string.h>

#include "base/float_text.h"

enum stage { PLAIN, POSITIVE, WHOLE, TENS, SEARCH, BITS, DIGITS, DONE };

static const uint32_t plain_runes[] = {'0', 'A', 'a', ' ', '1'};
#define PLAIN_RUNES (sizeof plain_runes / sizeof plain_runes[0])

static const double plain_floats[] = {0, 1, -1, 2, 10, 100, 0.5};
#define PLAIN_FLOATS (sizeof plain_floats / sizeof plain_floats[0])

/* ---- floats by their bits ---- */

static const struct float_format *format_of(enum input_kind kind)
{
    return kind == KIND_FLOAT ? &float_text_single : &float_text_double;
}

static uint64_t magnitude(enum input_kind kind, uint64_t value)
{
    return value & ~format_of(kind)->sign;
}

static uint64_t canonical_nan(enum input_kind kind)
{
    return kind == KIND_FLOAT ? 0x7fc00000u : 0x7ff8000000000001u;
}

/* Drops the fraction of a finite number; *n is what is left, without its sign,
 * if it has no more bits than the format's precision. */
static bool whole_part(enum input_kind kind, uint64_t value, uint64_t *n)
{
    const struct float_format *f = format_of(kind);
    uint32_t fraction = f->precision - 1;
    uint64_t bias = (f->infinity >> fraction) >> 1;
    uint64_t exponent = magnitude(kind, value) >> fraction;
    uint64_t one = (uint64_t)1 << fraction;
    *n = 0;
    if (exponent < bias)
        return true;
    if (exponent > bias + fraction)
        return false;
    *n = ((value & (one - 1)) | one) >> (fraction - (exponent - bias));
    return true;
}

/* The float of a whole number that fits. */
static uint64_t from_whole(enum input_kind kind, uint64_t n, bool negative)
{
    uint64_t value = 0;
    double d = negative ? -(double)n : (double)n;
    (void)domain_convert(kind, &d, &value);
    return value;
}

static bool is_whole(enum input_kind kind, uint64_t value, uint64_t *n)
{
    return whole_part(kind, value, n) &&
           from_whole(kind, *n, false) == magnitude(kind, value);
}

/* ---- which of two is simpler ---- */

/* Compared from the first number on. */
struct rank {
    uint64_t number[4];
};

static struct rank rank_float(enum input_kind kind, uint64_t value)
{
    const struct float_format *f = format_of(kind);
    uint64_t size = magnitude(kind, value);
    uint64_t sign = value != size;
    uint64_t n;
    if (size > f->infinity)
        return (struct rank){{3, value != canonical_nan(kind), value}};
    if (size == f->infinity)
        return (struct rank){{2, sign}};
    if (is_whole(kind, value, &n))
        return (struct rank){{0, n, sign}};
    char text[FLOAT_TEXT_MAX];
    return (struct rank){{1, float_text_write(text, f, size), size, sign}};
}

/* How far an integer is from the simplest, and on which side. */
static uint64_t distance(const struct minimise_value *m, uint64_t value,
                         bool *below)
{
    uint64_t a = value_widen(m->kind, value);
    uint64_t b = value_widen(m->kind, domain_simplest(m->domain, m->kind));
    *below = domain_key(m->kind, value) <
             domain_key(m->kind, domain_simplest(m->domain, m->kind));
    return *below ? b - a : a - b;
}

static struct rank rank_of(const struct minimise_value *m, uint64_t value)
{
    bool below = false;
    uint64_t plain = 0;
    if (m->domain->limited && m->domain->nchoices)
        return (struct rank){{domain_choice_index(m->domain, m->kind, value)}};
    if (kind_is_float(m->kind) && value == domain_simplest(m->domain, m->kind))
        return (struct rank){{0}};
    if (kind_is_float(m->kind))
        return rank_float(m->kind, value);
    if (m->kind == KIND_RUNE)
        while (plain < PLAIN_RUNES && plain_runes[plain] != value)
            plain++;
    uint64_t far = distance(m, value, &below);
    return (struct rank){{plain, far, below}};
}

static bool is_simpler(const struct minimise_value *m, uint64_t a, uint64_t b)
{
    struct rank ra = rank_of(m, a);
    struct rank rb = rank_of(m, b);
    for (size_t i = 0; i < sizeof ra.number / sizeof ra.number[0]; i++)
        if (ra.number[i] != rb.number[i])
            return ra.number[i] < rb.number[i];
    return false;
}

bool minimise_value_simpler(enum input_kind kind, const struct domain *domain,
                            uint64_t a, uint64_t b)
{
    struct minimise_value m = {.kind = kind, .domain = domain};
    return is_simpler(&m, a, b);
}

/* ---- candidates ---- */

static bool plain(struct minimise_value *m)
{
    unsigned i = m->step++;
    uint64_t *to = &m->candidate;
    if (m->domain->limited && m->domain->nchoices) {
        *to = domain_choice(m->domain, m->kind, i % m->domain->nchoices);
        return i < m->domain->nchoices;
    }
    *to = domain_simplest(m->domain, m->kind);
    if (i-- == 0)
        return true;
    if (m->kind == KIND_RUNE && i < PLAIN_RUNES) {
        *to = plain_runes[i];
        return true;
    }
    if (!kind_is_float(m->kind) || i > PLAIN_FLOATS)
        return false;
    if (i < PLAIN_FLOATS)
        (void)domain_convert(m->kind, &plain_floats[i], to);
    else
        *to = canonical_nan(m->kind);
    /* NaN for NaN alone: it seldom stands for a number. */
    return i < PLAIN_FLOATS ||
           magnitude(m->kind, m->best) > format_of(m->kind)->infinity;
}

static bool positive(struct minimise_value *m)
{
    m->candidate = kind_is_float(m->kind)
                       ? magnitude(m->kind, m->best)
                       : -m->best & value_mask(kind_width(m->kind));
    return m->step++ == 0;
}

/* The largest number that whole_part() knows, for what is above it. */
static uint64_t most_whole(enum input_kind kind)
{
    return ((uint64_t)1 << format_of(kind)->precision) - 1;
}

static bool whole(struct minimise_value *m)
{
    uint64_t n;
    uint64_t size = magnitude(m->kind, m->best);
    if (m->step++ || size > format_of(m->kind)->infinity)
        return false;
    if (!whole_part(m->kind, m->best, &n))
        n = most_whole(m->kind);
    m->candidate = from_whole(m->kind, n, m->best != size);
    return true;
}

/* The best as a number of steps from the simplest value, if it is one. */
static bool steps(const struct minimise_value *m, uint64_t *n, bool *below)
{
    if (!kind_is_float(m->kind)) {
        *n = distance(m, m->best, below);
        return true;
    }
    *below = m->best != magnitude(m->kind, m->best);
    return is_whole(m->kind, m->best, n);
}

static uint64_t at_steps(const struct minimise_value *m, uint64_t n, bool below)
{
    if (kind_is_float(m->kind))
        return from_whole(m->kind, n, below);
    uint64_t from = domain_simplest(m->domain, m->kind);
    return (below ? from - n : from + n) & value_mask(kind_width(m->kind));
}

static bool search(struct minimise_value *m)
{
    uint64_t high;
    bool below;
    if (!steps(m, &high, &below))
        return false;
    /* The last candidate, if it was refused, was too near. */
    if (m->step++ == 0)
        m->low = 0;
    if (high <= m->low + 1)
        return false;
    m->start = m->low + (high - m->low) / 2;
    m->candidate = at_steps(m, m->start, below);
    return true;
}

static bool bits(struct minimise_value *m)
{
    uint64_t n;
    bool below;
    if (!steps(m, &n, &below))
        return false;
    while (m->step < 64 && !(n >> (63 - m->step) & 1))
        m->step++;
    if (m->step == 64)
        return false;
    n &= ~((uint64_t)1 << (63 - m->step++));
    m->candidate = at_steps(m, n, below);
    return true;
}

/* A finite number's shortest text as digits * 10^exponent. */
static unsigned decimal(enum input_kind kind, uint64_t value, uint64_t *digits,
                        int *exponent)
{
    char text[FLOAT_TEXT_MAX + 1];
    size_t size = float_text_write(text, format_of(kind), value);
    unsigned count = 0;
    bool fraction = false;
    *digits = 0;
    *exponent = 0;
    text[size] = 0;
    const char *c = text;
    for (; *c && *c != 'e'; c++) {
        fraction |= *c == '.';
        if (*c < '0' || *c > '9')
            continue;
        *digits = *digits * 10 + (uint64_t)(*c - '0');
        count += *digits > 0;
        *exponent -= fraction;
    }
    int sign = *c && c[1] == '-' ? -1 : 1;
    int ten = 0;
    for (c += *c ? 2 : 0; *c; c++)
        ten = ten * 10 + (*c - '0');
    *exponent += sign * ten;
    return count;
}

/* The candidate becomes number * 10^exponent; one that is no float, the best,
 * which is passed over. */
static void from_decimal(struct minimise_value *m, uint64_t number,
                         int exponent)
{
    char text[64];
    bool negative = m->best != magnitude(m->kind, m->best);
    int n = snprintf(text, sizeof text, "%s%llue%d", negative ? "-" : "",
                     (unsigned long long)number, exponent);
    m->candidate = m->best;
    (void)float_text_read(format_of(m->kind), text, (size_t)n, &m->candidate);
}

/* The exponent of a number's first decimal digit, and of infinity one that no
 * number has. */
static int tens_of(enum input_kind kind, uint64_t size)
{
    uint64_t number;
    int exponent;
    if (size == format_of(kind)->infinity)
        return kind == KIND_FLOAT ? 39 : 309;
    unsigned count = decimal(kind, size, &number, &exponent);
    return (int)count + exponent - 1;
}

/* Binary search between those that can be counted in ones and the best. */
static bool tens(struct minimise_value *m)
{
    uint64_t n;
    uint64_t size = magnitude(m->kind, m->best);
    if (size > format_of(m->kind)->infinity || whole_part(m->kind, m->best, &n))
        return false;
    if (m->step++ == 0)
        m->low = (uint64_t)tens_of(
            m->kind, from_whole(m->kind, most_whole(m->kind), false));
    uint64_t high = (uint64_t)tens_of(m->kind, size);
    if (high <= m->low + 1)
        return false;
    m->start = m->low + (high - m->low) / 2;
    from_decimal(m, 1, (int)m->start);
    return true;
}

/* One digit, then two, and so on; each cut off and rounded up. */
static bool fewer_digits(struct minimise_value *m)
{
    uint64_t number;
    int exponent;
    if (m->step == 0)
        m->start = m->best;
    uint64_t size = magnitude(m->kind, m->start);
    if (size >= format_of(m->kind)->infinity)
        return false;
    unsigned count = decimal(m->kind, size, &number, &exponent);
    unsigned keep = 1 + m->step / 2;
    if (keep >= count)
        return false;
    for (unsigned i = keep; i < count; i++, exponent++)
        number /= 10;
    number += m->step++ % 2;
    from_decimal(m, number, exponent);
    return true;
}

static bool propose(struct minimise_value *m)
{
    switch (m->stage) {
    case PLAIN:
        return plain(m);
    case POSITIVE:
        return positive(m);
    case WHOLE:
        return kind_is_float(m->kind) && whole(m);
    case TENS:
        return kind_is_float(m->kind) && tens(m);
    case SEARCH:
        return search(m);
    case BITS:
        return bits(m);
    default:
        return kind_is_float(m->kind) && fewer_digits(m);
    }
}

void minimise_value_init(struct minimise_value *m, enum input_kind kind,
                         const struct domain *domain, uint64_t value)
{
    *m = (struct minimise_value){.kind = kind, .domain = domain, .best = value};
}

/* What a refused candidate says to its stage. */
static void refused(struct minimise_value *m)
{
    if (m->stage == TENS || m->stage == SEARCH)
        m->low = m->start;
}

bool minimise_value_next(struct minimise_value *m, uint64_t *candidate)
{
    bool choices = m->domain->limited && m->domain->nchoices;
    m->pending = false;
    while (m->stage != DONE && !m->pending) {
        if (!propose(m)) {
            m->stage = choices ? DONE : m->stage + 1;
            m->step = 0;
        } else if (domain_has(m->domain, m->kind, m->candidate) &&
                   is_simpler(m, m->candidate, m->best)) {
            m->pending = true;
        } else {
            refused(m);
        }
    }
    *candidate = m->candidate;
    return m->pending;
}

void minimise_value_result(struct minimise_value *m, bool still_fails)
{
    if (!m->pending)
        return;
    m->pending = false;
    if (still_fails)
        m->best = m->candidate;
    else
        refused(m);
}
