/* SPDX-License-Identifier: MIT
 *
 * Operators on the characters of UTF-8 text: what is inserted, replaced and
 * deleted is a whole code point, so that text stays text. Surrogates and what
 * lies beyond the last code point are encoded as if they were characters:
 * decoders have to refuse them.
 */
#include "base/mutate_ops.h"

#include "base/unicode.h"

/* The encoding of any number below 2^21, in a piece. */
static uint32_t encode(uint32_t code, struct piece *p)
{
    uint8_t out[PIECE_SIZE] = {0};
    uint32_t n = 0;
    code &= 0x1fffff;
    if (code < 0x80) {
        out[n++] = (uint8_t)code;
    } else if (code < 0x800) {
        out[n++] = (uint8_t)(0xc0 | code >> 6);
    } else if (code < 0x10000) {
        out[n++] = (uint8_t)(0xe0 | code >> 12);
        out[n++] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
    } else {
        out[n++] = (uint8_t)(0xf0 | code >> 18);
        out[n++] = (uint8_t)(0x80 | (code >> 12 & 0x3f));
        out[n++] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
    }
    if (code >= 0x80)
        out[n++] = (uint8_t)(0x80 | (code & 0x3f));
    *p = mutate_piece_load(out);
    return n;
}

/* Where the character begins that the byte at `at` is part of. */
static uint32_t begin_of(const struct edit *e, uint32_t at)
{
    uint32_t back = 0;
    while (back < 3 && back < at && (e->data[at - back] & 0xc0) == 0x80)
        back++;
    return at - back;
}

/* A character, of which there is one: its place and size; a byte that is part
 * of none is one by itself. */
static uint32_t pick(const struct edit *e, struct draw d, uint32_t *at,
                     uint32_t *code)
{
    *at = begin_of(e, mutate_high(d.a, e->size));
    size_t used = unicode_decode(e->data + *at, e->size - *at, code);
    if (!used)
        *code = e->data[*at];
    return used ? (uint32_t)used : 1;
}

static bool put(struct edit *e, uint32_t at, uint32_t was, uint32_t code)
{
    struct piece p;
    uint32_t n = encode(code, &p);
    if (n > was && n - was > e->max - e->size)
        return false;
    return mutate_replace(e, at, was, n, &p);
}

bool mutate_insert_rune(struct edit *e, struct draw d)
{
    uint32_t at = mutate_high(d.a, e->size + 1);
    if (at < e->size)
        at = begin_of(e, at);
    return put(e, at, 0, mutate_rune(d.b, 'a'));
}

bool mutate_change_rune(struct edit *e, struct draw d)
{
    uint32_t at, was, size;
    if (!e->size)
        return false;
    size = pick(e, d, &at, &was);
    uint32_t now = mutate_rune(d.b, was);
    return (now & 0x1fffff) != was && put(e, at, size, now);
}

bool mutate_delete_rune(struct edit *e, struct draw d)
{
    uint32_t at, code;
    struct piece nothing = {{0}};
    if (e->size < 2)
        return false;
    uint32_t size = pick(e, d, &at, &code);
    return mutate_replace(e, at, size, 0, &nothing);
}
