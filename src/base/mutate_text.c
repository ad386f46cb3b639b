/* SPDX-License-Identifier: MIT
 *
 * Operators on decimal numbers in text: lengths, versions, years, whatever a
 * parser reads with strtol and believes.
 */
#include "base/mutate_ops.h"

#include <string.h>

/* As many digits as any 64-bit number has. */
#define MAX_DIGITS 20u
/* How far a number is looked for: most text that has any has one as near. */
#define MAX_SEARCH 32u

struct number {
    uint32_t at; /* of the first digit */
    uint32_t digits;
    bool minus; /* there is a sign before it */
};

static bool is_digit(uint8_t c)
{
    return (uint8_t)(c - '0') < 10;
}

/* Finds the number at or soon after `at`; false if there is none. */
static bool find_number(const struct edit *e, uint32_t at, struct number *n)
{
    uint32_t end = e->size;
    if (end - at > MAX_SEARCH)
        end = at + MAX_SEARCH;
    while (at < end && !is_digit(e->data[at]))
        at++;
    if (at == end)
        return false;
    uint32_t first = at;
    while (first && at - first < MAX_DIGITS && is_digit(e->data[first - 1]))
        first--;
    end = first;
    while (end < e->size && end - first < MAX_DIGITS && is_digit(e->data[end]))
        end++;
    n->at = first;
    n->digits = end - first;
    n->minus = first && e->data[first - 1] == '-';
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

/* Writes a number in decimal, at least `least` digits wide, before `end`.
 * Returns the number of digits. */
static uint32_t write_digits(uint8_t *end, uint64_t value, uint32_t least)
{
    uint32_t n = 0;
    while (value || n < least || !n) {
        *--end = (uint8_t)('0' + value % 10);
        value /= 10;
        n++;
    }
    return n;
}

/* Another number in place of `value`, in two's complement: a little more or
 * less three times in eight. */
static uint64_t change_number(struct edit *e, uint64_t value, uint64_t bits)
{
    uint64_t little = 1 + mutate_low(bits, 35);
    switch (bits >> 32 & 7) {
    case 0:
        return value + 1;
    case 1:
        return value - 1;
    case 2:
        return bits & 0x100 ? value + little : value - little;
    case 3:
        return value * 10 + little % 10;
    case 4:
        return bits & 0x100 ? value * 2 : value / 2;
    case 5:
        return -value;
    default:
        return draw_number(&e->m->rng, bits);
    }
}

bool mutate_ascii_integer(struct edit *e, uint64_t bits)
{
    struct number n;
    if (!e->size || !find_number(e, mutate_high(bits, e->size), &n))
        return false;
    uint64_t value = 0;
    for (uint32_t i = 0; i < n.digits; i++)
        value = value * 10 + (uint64_t)(e->data[n.at + i] - '0');
    /* The low bits of the place that was drawn are as good as fresh ones only
     * for long data, so draw again. */
    uint64_t fresh = rng_next(&e->m->rng);
    value = change_number(e, n.minus ? -value : value, fresh);
    bool minus = value >> 63;

    uint8_t text[MAX_DIGITS + 1];
    uint8_t *end = text + sizeof text;
    /* A number with leading zeros is likely of a fixed width. */
    uint32_t least = e->data[n.at] == '0' ? n.digits : 1;
    uint32_t size = write_digits(end, minus ? -value : value, least);
    if (minus)
        end[-(int)++size] = '-';

    uint32_t at = n.at - n.minus;
    uint32_t was = n.digits + n.minus;
    if (size == was && !memcmp(e->data + at, end - size, size))
        return false;
    if (size > was && size - was > e->max - e->size)
        return false;
    memmove(e->data + at + size, e->data + at + was, e->size - at - was);
    memcpy(e->data + at, end - size, size);
    e->size = e->size - was + size;
    return true;
}

bool mutate_insert_integer(struct edit *e, uint64_t bits)
{
    uint8_t text[MAX_DIGITS + 1];
    uint8_t *end = text + sizeof text;
    uint64_t value = draw_number(&e->m->rng, bits);
    /* Negative ones when they are boundaries; random ones up to 2^64. */
    bool minus = bits & 0x100 && value >> 63;
    uint32_t size = write_digits(end, minus ? -value : value, 1);
    if (minus)
        end[-(int)++size] = '-';
    if (size > e->max - e->size)
        return false;
    uint32_t at = mutate_high(bits, e->size + 1);
    mutate_open_gap(e, at, size);
    memcpy(e->data + at, end - size, size);
    return true;
}
