/* SPDX-License-Identifier: MIT
 *
 * Operators that overwrite ranges of bytes: with one value, with a copy from
 * elsewhere in the data or in `other`, or with each other.
 */
#include "base/mutate_ops.h"

#include <string.h>

/* Overwrites n bytes, at most PIECE_SIZE, of a place with room for as many;
 * false if they are the same. The rest is written as it was. */
static bool put(uint8_t *at, const struct piece *with, uint32_t n)
{
    static const uint8_t masks[2 * PIECE_SIZE] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    struct piece mask = mutate_piece_load(masks + PIECE_SIZE - n);
    struct piece p = mutate_piece_load(at);
    uint64_t differ = 0;
    for (int i = 0; i < PIECE_SIZE / 8; i++) {
        uint64_t change = (p.word[i] ^ with->word[i]) & mask.word[i];
        differ |= change;
        p.word[i] ^= change;
    }
    memcpy(at, &p, sizeof p);
    return differ != 0;
}

/* Whether n bytes at two places may be touched as pieces. */
static bool is_piece(const struct edit *e, uint32_t n, uint32_t at,
                     uint32_t other_at)
{
    uint32_t further = at > other_at ? at : other_at;
    return n <= PIECE_SIZE && further + PIECE_SIZE <= e->max;
}

/* Copies n bytes, which may overlap, over those at `at`; false if they are the
 * same. */
static bool overwrite(uint8_t *at, const uint8_t *from, uint32_t n)
{
    if (!memcmp(at, from, n))
        return false;
    memmove(at, from, n);
    return true;
}

bool mutate_overwrite_same(struct edit *e, struct draw d)
{
    if (!e->size)
        return false;
    uint32_t n = mutate_length(d.b, e->size);
    uint32_t at = mutate_high(d.a, e->size - n + 1);
    uint8_t *p = e->data + at;
    /* Half of the time a byte that occurs here: it is more likely to mean
     * something than a random one. */
    uint8_t random = (uint8_t)(d.a >> 16);
    uint8_t present = e->data[mutate_low(d.b, mutate_smaller(e->size, 4096))];
    uint8_t value = d.a & 0x100 ? present : random;
    if (is_piece(e, n, at, at)) {
        struct piece same = mutate_piece_same(value);
        return put(p, &same, n);
    }
    uint32_t same = 0;
    while (same < n && p[same] == value)
        same++;
    memset(p + same, value, n - same);
    return same < n;
}

bool mutate_copy_overwrite(struct edit *e, struct draw d)
{
    if (e->size < 2)
        return false;
    uint32_t n = mutate_length(d.b, e->size - 1);
    uint32_t from = mutate_high(d.a, e->size - n + 1);
    uint32_t at = rng_below(&e->m->rng, e->size - n + 1);
    if (is_piece(e, n, at, from)) {
        struct piece p = mutate_piece_load(e->data + from);
        return put(e->data + at, &p, n);
    }
    return overwrite(e->data + at, e->data + from, n);
}

bool mutate_splice_overwrite(struct edit *e, struct draw d)
{
    uint32_t size = mutate_other_size(e);
    uint32_t both = mutate_smaller(size, e->size);
    if (!both)
        return false;
    uint32_t n = mutate_splice_length(d, both);
    /* Half of the time to where it stood: fields keep their places. */
    bool moves = d.a & 0x200;
    uint32_t from = mutate_high(d.a, (moves ? size : both) - n + 1);
    uint32_t at = rng_below(&e->m->rng, e->size - n + 1);
    at = moves ? at : from;
    if (is_piece(e, n, at, at)) {
        struct piece p = mutate_piece_within(e->m->other, size, from, n);
        return put(e->data + at, &p, n);
    }
    return overwrite(e->data + at, e->m->other + from, n);
}

bool mutate_swap_ranges(struct edit *e, struct draw d)
{
    if (e->size < 2)
        return false;
    uint32_t n = mutate_length(d.b, e->size / 2);
    uint32_t first = mutate_high(d.a, e->size - 2 * n + 1);
    uint32_t second = first + n;
    second += rng_below(&e->m->rng, e->size - second - n + 1);
    uint8_t *a = e->data + first;
    uint8_t *b = e->data + second;
    if (is_piece(e, n, first, second)) {
        struct piece was_a = mutate_piece_load(a);
        struct piece was_b = mutate_piece_load(b);
        put(a, &was_b, n);
        return put(b, &was_a, n);
    }
    uint8_t differ = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint8_t was = a[i];
        differ |= was ^ b[i];
        a[i] = b[i];
        b[i] = was;
    }
    return differ != 0;
}
