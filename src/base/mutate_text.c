/* SPDX-License-Identifier: MIT
 *
 * Operators on decimal numbers in text: lengths, versions, years, whatever a
 * parser reads with strtol and believes.
 */
#include "base/mutate_ops.h"

#include <string.h>

/* As many digits as any 64-bit number has. */
#define MAX_DIGITS 20u
/* Numbers are looked for in this many bytes, some before the place drawn and
 * more behind it: most text that has numbers has one as near. */
#define WINDOW 32u
#define BEFORE 12u

struct number {
    uint32_t at; /* of the first digit */
    uint32_t digits;
    bool minus; /* there is a sign before it */
};

/* A bit for each byte of a word that is a decimal digit, in their order. */
static uint32_t digit_bits(const uint8_t *p)
{
    const uint64_t high = 0x8080808080808080u;
    uint64_t word = 0;
    for (int i = 0; i < 8; i++)
        word |= (uint64_t)p[i] << (8 * i);
    uint64_t value = word ^ 0x3030303030303030u;
    /* The high bit of a byte becomes set unless the byte is below 10. */
    uint64_t not_digit = ((value & ~high) + 0x7676767676767676u) | value;
    return (uint32_t)(((~not_digit & high) >> 7) * 0x0102040810204080u >> 56);
}

/* Finds the first number that ends at or soon after `at`; false if there is
 * none. Of a run of digits that is longer than the window or than any number,
 * a part is found. */
static bool find_number(const struct edit *e, uint32_t at, struct number *n)
{
    uint8_t copy[WINDOW] = {0};
    uint32_t start = at < BEFORE ? 0 : at - BEFORE;
    const uint8_t *window = e->data + start;
    uint32_t size = mutate_smaller(e->size - start, WINDOW);
    if (e->max - start < WINDOW) {
        memcpy(copy, window, size);
        window = copy;
    }
    uint64_t digits = 0;
    for (uint32_t i = 0; i < WINDOW / 8; i++)
        digits |= (uint64_t)digit_bits(window + (size_t)8 * i) << (8 * i);
    digits &= (1ull << size) - 1;
    uint64_t behind = digits >> (at - start) << (at - start);
    if (!behind)
        return false;
    uint32_t found = (uint32_t)__builtin_ctzll(behind);
    /* The other bytes before it; the bit added makes it one at least. */
    uint64_t others = (~digits & ((1ull << found) - 1)) << 1 | 1;
    uint32_t first = 63u - (uint32_t)__builtin_clzll(others);
    uint32_t end = found + (uint32_t)__builtin_ctzll(~digits >> found);
    n->at = start + first;
    n->digits = mutate_smaller(end - first, MAX_DIGITS);
    n->minus = n->at && e->data[n->at - 1] == '-';
    return true;
}

/* A number drawn to be anything: a boundary, or a random one of any size. */
static uint64_t draw_number(struct rng *rng, uint64_t bits)
{
    uint64_t random = rng_next(rng);
    if (bits & 0x100)
        return mutate_boundary(random, 1u << (bits >> 9 & 3));
    return random >> (bits >> 9 & 63);
}

/* The text of a number, from `start` on; behind it is room for a piece. */
struct decimal {
    uint8_t text[1 + MAX_DIGITS + PIECE_SIZE];
    uint32_t start;
    uint32_t size;
};

/* Writes a number with at least `least` digits. */
static void write_decimal(struct decimal *out, uint64_t value, uint32_t least,
                          bool minus)
{
    uint32_t at = 1 + MAX_DIGITS;
    memset(out->text + at - least, '0', least);
    least = at - least;
    for (; value; value /= 10)
        out->text[--at] = (uint8_t)('0' + value % 10);
    at = mutate_smaller(at, least);
    out->text[at - 1] = '-';
    out->start = at - minus;
    out->size = 1 + MAX_DIGITS - out->start;
}

/* Puts the text of a number in place of `was` bytes; false if there is no
 * room. */
static bool put_decimal(struct edit *e, uint32_t at, uint32_t was,
                        const struct decimal *d)
{
    if (d->size > was && d->size - was > e->max - e->size)
        return false;
    struct piece p = mutate_piece_load(d->text + d->start);
    return mutate_replace(e, at, was, d->size, &p);
}

/* Another number in place of `value`, in two's complement. */
static uint64_t change_number(struct edit *e, uint64_t value, uint64_t bits)
{
    uint64_t little = 1 + mutate_low(bits, 35);
    switch (bits >> 5 & 7) {
    case 0:
        return value + 1;
    case 1:
        return value - 1;
    case 2:
        return bits & 1 ? value + little : value - little;
    case 3:
        return value * 10 + little % 10;
    case 4:
        return bits & 1 ? value * 2 : value / 2;
    case 5:
        return -value;
    default:
        return draw_number(&e->m->rng, bits);
    }
}

bool mutate_ascii_integer(struct edit *e, struct draw d)
{
    struct number n;
    if (!e->size || !find_number(e, mutate_high(d.a, e->size), &n))
        return false;
    if (d.a & 0x100) {
        /* Another digit: as likely as everything else together. */
        uint8_t *digit = e->data + n.at + mutate_high(d.b, n.digits);
        uint32_t more = 1 + mutate_low(d.b, 9);
        *digit = (uint8_t)('0' + (*digit - '0' + more) % 10);
        return true;
    }
    uint64_t value = 0;
    for (uint32_t i = 0; i < n.digits; i++)
        value = value * 10 + (uint64_t)(e->data[n.at + i] - '0');
    value = n.minus ? -value : value;
    uint64_t changed = change_number(e, value, d.b);
    if (changed == value)
        return false;
    bool minus = changed >> 63;
    /* A number with leading zeros is likely of a fixed width. */
    uint32_t least = e->data[n.at] == '0' ? n.digits : 1;
    struct decimal text;
    write_decimal(&text, minus ? -changed : changed, least, minus);
    return put_decimal(e, n.at - n.minus, n.digits + n.minus, &text);
}

bool mutate_insert_integer(struct edit *e, struct draw d)
{
    uint64_t value = draw_number(&e->m->rng, d.b);
    /* Negative ones when they are boundaries; random ones up to 2^64. */
    bool minus = d.b & 0x100 && value >> 63;
    struct decimal text;
    write_decimal(&text, minus ? -value : value, 1, minus);
    return put_decimal(e, mutate_high(d.a, e->size + 1), 0, &text);
}
