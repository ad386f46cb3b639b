/* SPDX-License-Identifier: MIT
 *
 * Operators that change the size: they remove ranges of bytes, or insert new
 * ones, copies, and pieces of `other`. Those that insert do so only where
 * there is room: nothing is pushed off the end but by cross and truncate.
 */
#include "base/mutate_ops.h"

#include <string.h>

/* What is put in at once at most: a long run fills any fixed buffer, and more
 * comes by repetition. */
#define MAX_INSERT 4096u

/* One byte repeated is half of the time anything up to this, as libFuzzer's
 * runs are: fields and buffers have sizes like these. bench/EXPERIMENTS.md,
 * "Longer inputs". */
#define LONG_RUN 128u

/* The bytes behind a place, in registers while others take their place: of most
 * inputs all of them. bench/EXPERIMENTS.md, "Blocks of 128 bytes". */
struct tail {
    uint64_t word[16];
};

/* Whether the bytes from `from` to the end can be moved to `to` as a tail. */
static bool is_tail(const struct edit *e, uint32_t from, uint32_t to)
{
    uint32_t further = from > to ? from : to;
    return e->size - from <= sizeof(struct tail) &&
           further + sizeof(struct tail) <= e->max;
}

/* Moves what is from `from` to the end to `to` and sets the size. */
static void move_tail(struct edit *e, uint32_t from, uint32_t to)
{
    struct tail tail;
    uint32_t n = e->size - from;
    if (is_tail(e, from, to)) {
        memcpy(&tail, e->data + from, sizeof tail);
        memcpy(e->data + to, &tail, sizeof tail);
    } else {
        memmove(e->data + to, e->data + from, n);
    }
    e->size = to + n;
}

bool mutate_replace(struct edit *e, uint32_t at, uint32_t was, uint32_t n,
                    const struct piece *p)
{
    struct tail tail;
    if (is_tail(e, at + was, at + n)) {
        /* More is written than n, and then overwritten by what follows. */
        memcpy(&tail, e->data + at + was, sizeof tail);
        memcpy(e->data + at, p, PIECE_SIZE);
        memcpy(e->data + at + n, &tail, sizeof tail);
        e->size = e->size - was + n;
    } else {
        move_tail(e, at + was, at + n);
        memcpy(e->data + at, p, n);
    }
    return true;
}

bool mutate_delete(struct edit *e, struct draw d)
{
    if (e->size < 2)
        return false;
    uint32_t n = mutate_length(d.b, e->size - 1);
    uint32_t at = mutate_high(d.a, e->size - n + 1);
    move_tail(e, at + n, at);
    return true;
}

bool mutate_truncate(struct edit *e, struct draw d)
{
    if (!e->size)
        return false;
    e->size = mutate_high(d.a, e->size);
    return true;
}

bool mutate_insert_random(struct edit *e, struct draw d)
{
    uint32_t room = e->max - e->size;
    if (!room)
        return false;
    uint32_t n = 1 + mutate_low(d.a, mutate_smaller(room, 8));
    uint32_t at = mutate_high(d.a, e->size + 1);
    struct piece p = {{d.b}};
    return mutate_replace(e, at, 0, n, &p);
}

bool mutate_insert_same(struct edit *e, struct draw d)
{
    uint32_t room = e->max - e->size;
    if (!room)
        return false;
    uint32_t ordinary = mutate_length(d.b, mutate_smaller(room, MAX_INSERT));
    uint32_t longer = 1 + mutate_high(d.b, mutate_smaller(room, LONG_RUN));
    uint32_t n = d.b & 0x40 ? ordinary : longer;
    uint32_t at = mutate_high(d.a, e->size + 1);
    uint8_t random = (uint8_t)(d.a >> 16);
    /* Half of the time a longer run of what is there. */
    uint8_t present = e->size ? e->data[at - (at > 0)] : random;
    uint8_t value = d.a & 0x100 ? present : random;
    if (n <= PIECE_SIZE) {
        struct piece p = mutate_piece_same(value);
        return mutate_replace(e, at, 0, n, &p);
    }
    move_tail(e, at, at + n);
    memset(e->data + at, value, n);
    return true;
}

bool mutate_copy_insert(struct edit *e, struct draw d)
{
    uint32_t room = e->max - e->size;
    if (!room || !e->size)
        return false;
    uint32_t n = mutate_length(d.b, mutate_smaller(room, e->size));
    uint32_t from = mutate_high(d.a, e->size - n + 1);
    uint32_t at = rng_below(&e->m->rng, e->size + 1);
    if (n <= PIECE_SIZE && from + PIECE_SIZE <= e->max) {
        struct piece p = mutate_piece_load(e->data + from);
        return mutate_replace(e, at, 0, n, &p);
    }
    move_tail(e, at, at + n);
    /* What lay before the gap is where it was, the rest is n further on. */
    uint32_t before = from < at ? mutate_smaller(n, at - from) : 0;
    memcpy(e->data + at, e->data + from, before);
    memcpy(e->data + at + before, e->data + from + before + n, n - before);
    return true;
}

/* Puts n bytes, at most a piece, after themselves `more` times, in copies of
 * constant size; what follows is put over what they write too much. */
static void repeat_piece(struct edit *e, uint32_t from, uint32_t n,
                         uint32_t more)
{
    struct tail tail;
    struct piece p = mutate_piece_load(e->data + from);
    uint8_t *at = e->data + from + n;
    memcpy(&tail, at, sizeof tail);
    for (uint32_t i = 0; i < more; i++, at += n)
        memcpy(at, &p, sizeof p);
    memcpy(at, &tail, sizeof tail);
    e->size += more * n;
}

bool mutate_repeat(struct edit *e, struct draw d)
{
    uint32_t room = e->max - e->size;
    if (!room || !e->size)
        return false;
    uint32_t n = mutate_smaller(mutate_smaller(e->size, room), MAX_INSERT);
    n = mutate_length(d.b, n);
    uint32_t from = mutate_high(d.a, e->size - n + 1);
    /* 2 to 16 in all, smaller numbers more often. */
    uint32_t more = 1 + mutate_low(d.a, 2u << (d.b >> 5 & 3));
    more = mutate_smaller(more, mutate_smaller(15, room / n));
    uint32_t end = from + n + more * n;
    if (n <= PIECE_SIZE && end + PIECE_SIZE <= e->max &&
        is_tail(e, from + n, end)) {
        repeat_piece(e, from, n, more);
        return true;
    }
    move_tail(e, from + n, end);
    for (uint32_t i = 1; i <= more; i++)
        memcpy(e->data + from + (size_t)i * n, e->data + from, n);
    return true;
}

bool mutate_splice_insert(struct edit *e, struct draw d)
{
    uint32_t room = e->max - e->size;
    uint32_t size = mutate_other_size(e);
    if (!room || !size)
        return false;
    uint32_t n = mutate_splice_length(d, mutate_smaller(room, size));
    uint32_t from = mutate_high(d.a, size - n + 1);
    uint32_t at = rng_below(&e->m->rng, e->size + 1);
    if (n <= PIECE_SIZE) {
        struct piece p = mutate_piece_within(e->m->other, size, from, n);
        return mutate_replace(e, at, 0, n, &p);
    }
    move_tail(e, at, at + n);
    memcpy(e->data + at, e->m->other + from, n);
    return true;
}

bool mutate_cross(struct edit *e, struct draw d)
{
    uint32_t size = mutate_other_size(e);
    if (!size)
        return false;
    uint32_t head = mutate_high(d.a, e->size + 1);
    uint32_t from = d.a & 0x100 ? mutate_high(d.b, size) : head;
    if (from >= size)
        from = mutate_high(d.b, size);
    uint32_t n = mutate_smaller(size - from, e->max - head);
    const uint8_t *tail = e->m->other + from;
    if (head + n == e->size && !memcmp(e->data + head, tail, n))
        return false;
    memcpy(e->data + head, tail, n);
    e->size = head + n;
    return true;
}
