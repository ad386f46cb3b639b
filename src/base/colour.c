/* SPDX-License-Identifier: MIT
 *
 * See colour.h.
 */
#include "base/colour.h"

#include <string.h>

/* So many hexadecimal digits are no word. */
#define WORD 5u

/* Another byte of the same class. */
static uint8_t like(struct rng *rng, uint8_t was)
{
    static const struct {
        uint8_t first, count;
    } classes[] = {{'0', 10}, {'a', 26}, {'A', 26}};
    for (unsigned i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        uint32_t n = classes[i].count;
        uint32_t at = (uint32_t)was - classes[i].first;
        if (at < n)
            return (uint8_t)(classes[i].first +
                             (at + 1 + rng_below(rng, n - 1)) % n);
    }
    if (was == ' ')
        return '\t';
    if (was == '\t' || was == '\n' || was == '\r')
        return ' ';
    if (was > ' ' && was < 0x7f) {
        static const char marks[] = "!#$%&*+,-./:;<=>?@^_|~";
        uint8_t mark = (uint8_t)marks[rng_below(rng, sizeof marks - 1)];
        return mark == was ? '\'' : mark;
    }
    uint8_t other = (uint8_t)(0x80 | (rng_next(rng) >> 40));
    return (uint8_t)(other == was ? other ^ 1 : other);
}

static uint8_t any(struct rng *rng, uint8_t was)
{
    return (uint8_t)(was + 1 + rng_below(rng, 255));
}

static void paint(struct colour *c)
{
    for (uint32_t i = 0; i < c->now.size; i++) {
        uint32_t at = c->now.at + i;
        c->to[at] = c->wish  ? c->wish[at]
                    : c->any ? any(&c->rng, c->from[at])
                             : like(&c->rng, c->from[at]);
    }
}

static void put(struct colour *c, uint32_t at, uint32_t size)
{
    if (size == 0 || c->count == COLOUR_RANGES)
        return;
    c->range[(c->first + c->count++) % COLOUR_RANGES] =
        (struct colour_range){at, size};
}

static void begin(struct colour *c, const uint8_t *from, uint8_t *to,
                  uint32_t size)
{
    c->from = from;
    c->wish = NULL;
    c->to = to;
    c->size = size;
    c->any = false;
    c->first = c->count = 0;
    if (size)
        memcpy(to, from, size);
    put(c, 0, size);
}

void colour_begin(struct colour *c, const uint8_t *from, uint8_t *to,
                  uint32_t size, struct rng rng, bool any)
{
    begin(c, from, to, size);
    c->rng = rng;
    c->any = any;
}

void colour_wish(struct colour *c, const uint8_t *from, const uint8_t *wish,
                 uint8_t *to, uint32_t size)
{
    begin(c, from, to, size);
    c->wish = wish;
}

bool colour_next(struct colour *c)
{
    if (c->count == 0)
        return false;
    c->now = c->range[c->first];
    c->first = (c->first + 1) % COLOUR_RANGES;
    c->count--;
    paint(c);
    return true;
}

/* Whether nearly all of it is white space, which has so few values that places
 * stay alike when each byte remains of its class. No text is like that. */
static bool is_blank(const struct colour *c)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->size; i++) {
        uint8_t byte = c->from[i];
        n += byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
    }
    return n > c->size / 4 * 3;
}

void colour_answer(struct colour *c, bool same)
{
    struct colour_range r = c->now;
    if (same)
        return;
    memcpy(c->to + r.at, c->from + r.at, r.size);
    if (c->any && r.size == c->size && !is_blank(c)) {
        c->any = false;
        put(c, r.at, r.size);
    } else if (r.size > 1) {
        put(c, r.at, r.size / 2);
        put(c, r.at + r.size / 2, r.size - r.size / 2);
    }
}

void colour_again(const uint8_t *from, const uint8_t *coloured, uint8_t *to,
                  uint32_t size, struct rng *rng)
{
    /* Nothing of a text has become something else than of its class if nothing
     * of it has left its class. */
    for (uint32_t i = 0; i < size; i++)
        to[i] = from[i] == coloured[i] ? from[i] : like(rng, coloured[i]);
}

/* Digits of some base in a row before a place, as far as it matters. */
static uint32_t digits_before(const uint8_t *text, uint32_t at, bool hex)
{
    uint32_t n = 0;
    while (n < at && n < WORD) {
        uint8_t c = text[at - n - 1];
        uint8_t low = c | 0x20;
        if (!(c >= '0' && c <= '9') && !(hex && low >= 'a' && low <= 'f'))
            break;
        n++;
    }
    return n;
}

/* Whether a byte is what ends a number: then it goes on doing so. Short words
 * may be made of hexadecimal digits, too. */
static bool ends_number(const uint8_t *text, uint32_t at)
{
    uint32_t before = digits_before(text, at, false);
    if (before && digits_before(text, at + 1, false) == 0)
        return true;
    before = digits_before(text, at, true);
    return before >= WORD && digits_before(text, at + 1, true) == 0;
}

void colour_digits(const uint8_t *from, const uint8_t *coloured, uint8_t *to,
                   uint32_t size, struct rng *rng, bool parted)
{
    uint32_t left = 4 + rng_below(rng, 6);
    for (uint32_t i = 0; i < size; i++) {
        bool free = from[i] != coloured[i] && !ends_number(from, i);
        uint8_t digit = (uint8_t)('0' + rng_below(rng, 10));
        to[i] = !free ? from[i] : parted && left == 0 ? ' ' : digit;
        left = left && free ? left - 1 : 4 + rng_below(rng, 6);
    }
}
