/* SPDX-License-Identifier: MIT
 *
 * Operators that change bytes and binary numbers where they stand.
 */
#include "base/mutate_ops.h"

#include <string.h>

bool mutate_flip_bit(struct edit *e, struct draw d)
{
    if (!e->size)
        return false;
    e->data[mutate_high(d.a, e->size)] ^= (uint8_t)(1u << (d.a >> 8 & 7));
    return true;
}

bool mutate_random_byte(struct edit *e, struct draw d)
{
    if (!e->size)
        return false;
    e->data[mutate_high(d.a, e->size)] ^= (uint8_t)(1 + mutate_low(d.a, 255));
    return true;
}

bool mutate_increment_byte(struct edit *e, struct draw d)
{
    if (!e->size)
        return false;
    uint8_t *p = e->data + mutate_high(d.a, e->size);
    *p = (uint8_t)(*p + (d.a >> 7 & 2) - 1);
    return true;
}

/* A number of 1, 2, 4 or 8 bytes in the data, in either byte order, seen
 * through a window of 8 bytes that lies within the data whenever the data is
 * so long. */
struct cell {
    uint8_t *window;
    uint64_t mask;  /* the bits of the number's width */
    uint64_t value; /* whatever is outside the mask has no meaning */
    uint32_t width;
    uint32_t shift;      /* of the number in the window */
    uint64_t big_endian; /* all ones or zero */
};

/* The window as a number whose low byte comes first, whatever the machine. */
static uint64_t little_endian(uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap64(word);
#else
    return word;
#endif
}

static inline uint64_t load_window(const struct edit *e, const uint8_t *window)
{
    uint64_t word = 0;
    if (e->size >= 8)
        memcpy(&word, window, 8);
    else
        memcpy(&word, window, e->size);
    return little_endian(word);
}

/* Turns the number's bytes round if it is big-endian. */
static inline uint64_t turn(const struct cell *c, uint64_t value)
{
    uint64_t turned = __builtin_bswap64(value) >> (64 - 8 * c->width);
    return value ^ ((turned ^ value) & c->big_endian);
}

/* Draws a cell; there is at least one byte. */
static inline struct cell open_cell(const struct edit *e, struct draw d)
{
    uint32_t log =
        mutate_smaller(d.a >> 8 & 3, 31u - (uint32_t)__builtin_clz(e->size));
    struct cell c = {.width = 1u << log};
    uint32_t at = mutate_high(d.a, e->size - c.width + 1);
    uint32_t last = e->size > 8 ? e->size - 8 : 0;
    uint32_t start = mutate_smaller(at, last);
    c.mask = UINT64_MAX >> (64 - 8 * c.width);
    c.big_endian = -(d.a >> 10 & 1);
    c.shift = 8 * (at - start);
    c.window = e->data + start;
    c.value = turn(&c, load_window(e, c.window) >> c.shift);
    return c;
}

/* Writes a number into its cell; false if it was there before. */
static inline bool close_cell(const struct edit *e, const struct cell *c,
                              uint64_t value)
{
    uint64_t changed = turn(c, (value ^ c->value) & c->mask);
    uint64_t word = little_endian(load_window(e, c->window) ^
                                  (changed & c->mask) << c->shift);
    if (e->size >= 8)
        memcpy(c->window, &word, 8);
    else
        memcpy(c->window, &word, e->size);
    return changed != 0;
}

bool mutate_add(struct edit *e, struct draw d)
{
    if (!e->size)
        return false;
    struct cell c = open_cell(e, d);
    uint64_t amount = 1 + (d.b >> 32) * 35 / (1ull << 32);
    uint64_t sign = -(d.b & 1);
    return close_cell(e, &c, c.value + ((amount ^ sign) - sign));
}

bool mutate_negate(struct edit *e, struct draw d)
{
    if (!e->size)
        return false;
    struct cell c = open_cell(e, d);
    /* Bits flipped or, with one added, the sign changed. */
    return close_cell(e, &c, ~c.value + (d.b & 1));
}

/* Values at which programs change their mind, by the least number of bytes
 * that hold them: a cell takes any that fits. */
static const int64_t boundaries[] = {
    /* 1 */
    -128, -1, 0, 1, 16, 32, 64, 100, 127,
    /* 2 */
    -32768, -129, 128, 255, 256, 512, 1000, 1024, 4096, 32767,
    /* 4 */
    INT32_MIN, -100663046, -32769, 32768, 65535, 65536, 100663045, INT32_MAX,
    /* 8 */
    INT64_MIN, INT64_MIN + 1, INT32_MIN - 1LL, 1LL << 31, UINT32_MAX, 1LL << 32,
    (1LL << 53) - 1, 1LL << 53, (1LL << 53) + 1, INT64_MAX - 1, INT64_MAX};

uint64_t mutate_boundary(uint64_t bits, uint32_t width)
{
    static const uint8_t count[9] = {[1] = 9, [2] = 19, [4] = 27, [8] = 38};
    _Static_assert(sizeof boundaries / sizeof boundaries[0] == 38,
                   "count is of another table");
    uint64_t listed = (uint64_t)boundaries[mutate_high(bits, count[width])];
    /* A power of two or a neighbour of one: all the limits of bit fields. */
    uint64_t power = 1ull << (bits >> 8 & (8 * width - 1));
    power += (bits >> 14 & 0xff) % 3 - 1;
    return bits & 3 ? listed : power;
}

bool mutate_interesting(struct edit *e, struct draw d)
{
    if (!e->size)
        return false;
    struct cell c = open_cell(e, d);
    return close_cell(e, &c, mutate_boundary(d.b, c.width));
}

bool mutate_swap_bytes(struct edit *e, struct draw d)
{
    if (e->size < 2)
        return false;
    uint8_t *a = e->data + mutate_high(d.a, e->size);
    uint8_t *b = e->data + mutate_high(d.b, e->size);
    uint8_t was = *a;
    *a = *b;
    *b = was;
    return *a != was;
}

bool mutate_shuffle(struct edit *e, struct draw d)
{
    uint8_t was[8];
    if (e->size < 3)
        return false;
    uint32_t n = 3 + mutate_low(d.a, mutate_smaller(e->size, 8) - 2);
    uint8_t *p = e->data + mutate_high(d.a, e->size - n + 1);
    memcpy(was, p, n);
    for (uint32_t i = n - 1; i; i--, d.b >>= 8) {
        uint32_t j = (uint32_t)(d.b & 0xff) * (i + 1) >> 8;
        uint8_t c = p[i];
        p[i] = p[j];
        p[j] = c;
    }
    return memcmp(was, p, n) != 0;
}
