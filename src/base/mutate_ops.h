/* SPDX-License-Identifier: MIT
 *
 * What the files of the mutator share, and nobody else includes: the text
 * under edit, the operators' common shape, and the draws they are made of.
 * mutate.c picks and stacks; mutate_cell.c changes bytes and binary numbers in
 * place, mutate_range.c removes and inserts ranges, mutate_overwrite.c changes
 * them in place, mutate_text.c changes decimal numbers, mutate_dictionary.c puts
 * in tokens, and mutate_value.c changes arguments of fixed width.
 *
 * What an operator costs is, nearly all of it, branches that nobody can
 * predict, since random numbers decide them. Hence tables, masks and copies of
 * constant size here where a branch would read more simply.
 *
 * All sizes are below 2^31, so sums of two fit in 32 bits.
 */
#ifndef THRESH_BASE_MUTATE_OPS_H
#define THRESH_BASE_MUTATE_OPS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/mutate.h"

/* Bytes from size to max are scratch: operators may read and write them. */
struct edit {
    struct mutate *m;
    uint8_t *data;
    uint32_t size;
    uint32_t max; /* size never exceeds it */
};

/* An operator. Returns false, having changed nothing, where it does not apply
 * or would change nothing. */
typedef bool mutate_op(struct edit *e, struct draw d);

mutate_op mutate_flip_bit, mutate_random_byte, mutate_increment_byte,
    mutate_add, mutate_interesting, mutate_negate, mutate_swap_bytes,
    mutate_shuffle;
mutate_op mutate_delete, mutate_truncate, mutate_insert_random,
    mutate_insert_same, mutate_copy_insert, mutate_repeat, mutate_splice_insert,
    mutate_cross;
mutate_op mutate_overwrite_same, mutate_copy_overwrite, mutate_swap_ranges,
    mutate_splice_overwrite;
mutate_op mutate_ascii_integer, mutate_insert_integer;
mutate_op mutate_dictionary_insert, mutate_dictionary_overwrite;
mutate_op mutate_insert_rune, mutate_change_rune, mutate_delete_rune;

/* A boundary value for an integer of 1, 2, 4 or 8 bytes, to be cut to its
 * width. */
uint64_t mutate_boundary(uint64_t bits, uint32_t width);

/* A code point, or what is taken for one, that may take the place of another:
 * one that software treats specially, its other case, a neighbour. */
uint32_t mutate_rune(uint64_t bits, uint32_t was);

/* Changes the bytes of an argument of fixed width, always to another value of
 * its domain, if there is one. */
void mutate_value(struct rng *rng, enum input_kind kind,
                  const struct domain *domain, uint8_t *data);

/* ---- draws ---- */

/* The high half of `bits` as a number below n. */
static inline uint32_t mutate_high(uint64_t bits, uint32_t n)
{
    return (uint32_t)(((bits >> 32) * n) >> 32);
}

/* Bits 8 to 31 as a number below n, for n that are small beside 2^24. */
static inline uint32_t mutate_low(uint64_t bits, uint32_t n)
{
    return (uint32_t)(((bits >> 8 & 0xffffff) * n) >> 24);
}

static inline uint32_t mutate_smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* A length from 1 to n, for n of at least 1, from the low 5 and the high 32
 * bits: two thirds up to 8, most others up to 32, then powers of two, rarely
 * anything. */
static inline uint32_t mutate_length(uint64_t bits, uint32_t n)
{
    static const uint32_t limits[32] = {
        8, 8, 8, 8, 8, 8, 8,  8,  8,  8,  8,  8,  8,  8,  8,  8,
        8, 8, 8, 8, 8, 8, 32, 32, 32, 32, 32, 32, 32, 32, 32, UINT32_MAX};
    uint32_t choice = bits & 31;
    uint32_t power = 1u << mutate_high(bits, 32u - (uint32_t)__builtin_clz(n));
    uint32_t any = 1 + mutate_high(bits, mutate_smaller(n, limits[choice]));
    return choice - 28 < 3 ? power : any;
}

/* The part of `other` that is taken into account. */
static inline uint32_t mutate_other_size(const struct edit *e)
{
    size_t size = e->m->other_size;
    return size < INT32_MAX ? (uint32_t)size : INT32_MAX;
}

/* A length to take from `other`: half of the time longer than one's own would
 * be, because it is foreign. */
static inline uint32_t mutate_splice_length(struct draw d, uint32_t limit)
{
    uint32_t ordinary = mutate_length(d.b, limit);
    uint32_t longer = 1 + mutate_low(d.b, mutate_smaller(limit, 4096));
    return d.a & 0x100 ? ordinary : longer;
}

/* ---- short pieces, moved in copies of constant size ---- */

#define PIECE_SIZE 32

/* A short range in registers: the first bytes count. */
struct piece {
    uint64_t word[PIECE_SIZE / 8];
};

/* Puts the first n bytes of a piece in place of `was` bytes at `at`; there is
 * room. Always true, so that operators can end with it. */
bool mutate_replace(struct edit *e, uint32_t at, uint32_t was, uint32_t n,
                    const struct piece *p);

static inline struct piece mutate_piece_load(const uint8_t *from)
{
    struct piece p;
    memcpy(&p, from, sizeof p);
    return p;
}

static inline struct piece mutate_piece_same(uint8_t value)
{
    uint64_t word = 0x0101010101010101u * value;
    return (struct piece){{word, word, word, word}};
}

/* n bytes of a memory of `size` bytes, of which none outside may be read. */
static inline struct piece mutate_piece_within(const uint8_t *memory,
                                               uint32_t size, uint32_t from,
                                               uint32_t n)
{
    uint8_t window[2 * PIECE_SIZE] = {0};
    if (size < PIECE_SIZE) {
        memcpy(window, memory + from, n);
        return mutate_piece_load(window);
    }
    uint32_t start = mutate_smaller(from, size - PIECE_SIZE);
    memcpy(window, memory + start, PIECE_SIZE);
    return mutate_piece_load(window + (from - start));
}

#endif
