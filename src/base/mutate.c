/* SPDX-License-Identifier: MIT
 *
 * See mutate.h. This file chooses: the argument, how many operators, and which
 * from the table. What they do is in the files that mutate_ops.h names.
 */
#include "base/mutate.h"

#include <string.h>

#include "base/mutate_ops.h"

static mutate_op *const operators[MUTATE_COUNT] = {
    [MUTATE_FLIP_BIT] = mutate_flip_bit,
    [MUTATE_RANDOM_BYTE] = mutate_random_byte,
    [MUTATE_INCREMENT_BYTE] = mutate_increment_byte,
    [MUTATE_ADD] = mutate_add,
    [MUTATE_INTERESTING] = mutate_interesting,
    [MUTATE_NEGATE] = mutate_negate,
    [MUTATE_SWAP_BYTES] = mutate_swap_bytes,
    [MUTATE_SHUFFLE] = mutate_shuffle,
    [MUTATE_DELETE] = mutate_delete,
    [MUTATE_INSERT_RANDOM] = mutate_insert_random,
    [MUTATE_INSERT_SAME] = mutate_insert_same,
    [MUTATE_OVERWRITE_SAME] = mutate_overwrite_same,
    [MUTATE_COPY_INSERT] = mutate_copy_insert,
    [MUTATE_COPY_OVERWRITE] = mutate_copy_overwrite,
    [MUTATE_SWAP_RANGES] = mutate_swap_ranges,
    [MUTATE_REPEAT] = mutate_repeat,
    [MUTATE_TRUNCATE] = mutate_truncate,
    [MUTATE_ASCII_INTEGER] = mutate_ascii_integer,
    [MUTATE_INSERT_INTEGER] = mutate_insert_integer,
    [MUTATE_INSERT_RUNE] = mutate_insert_rune,
    [MUTATE_CHANGE_RUNE] = mutate_change_rune,
    [MUTATE_DELETE_RUNE] = mutate_delete_rune,
    [MUTATE_SPLICE_INSERT] = mutate_splice_insert,
    [MUTATE_SPLICE_OVERWRITE] = mutate_splice_overwrite,
    [MUTATE_CROSS] = mutate_cross,
    [MUTATE_DICTIONARY_INSERT] = mutate_dictionary_insert,
    [MUTATE_DICTIONARY_OVERWRITE] = mutate_dictionary_overwrite,
};

/* How many operators are stacked, each entry equally likely: one half of the
 * time, 2.4 on average. */
static const uint8_t depths[64] = {
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,  1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2,  2, 2, 2,
    2, 2, 2, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 5, 6, 7, 8, 12, 16};

/* Operators drawn in vain before the data is given up as it is: with weights
 * that leave nothing for, say, empty data, the search must still go on. */
#define MAX_VAIN 64

/* One argument in so many is taken whole from the other input. */
#define WHOLE_ARGUMENT 8
/* One change of a string in so many is one that keeps text text. */
#define AS_TEXT 6
/* One number in so many is made from another argument. */
#define RELATED_NUMBER 16

static const uint8_t defaults[MUTATE_COUNT] = {
#define MUTATE_WEIGHT(name, weight) [MUTATE_##name] = (weight),
    MUTATE_OPERATORS(MUTATE_WEIGHT)
#undef MUTATE_WEIGHT
};

void mutate_weights(uint8_t weights[MUTATE_COUNT], bool dictionary)
{
    memcpy(weights, defaults, sizeof defaults);
    if (!dictionary)
        weights[MUTATE_DICTIONARY_INSERT] =
            weights[MUTATE_DICTIONARY_OVERWRITE] = 0;
}

void mutate_fill_table(uint8_t table[256], const uint8_t *weights)
{
    if (!weights)
        weights = defaults;
    uint32_t places[MUTATE_COUNT];
    uint32_t left = 256;
    for (uint32_t i = 0; i < MUTATE_COUNT; i++) {
        places[i] = weights[i] > 0;
        left -= places[i];
    }
    /* The rest as parliaments share out seats: one by one to whoever has most
     * weight for twice its places plus one (Sainte-Laguë). */
    for (; left; left--) {
        uint32_t best = 0;
        for (uint32_t i = 1; i < MUTATE_COUNT; i++) {
            if (weights[i] * (2 * places[best] + 1) >
                weights[best] * (2 * places[i] + 1))
                best = i;
        }
        places[best]++;
    }
    for (uint32_t i = 0; i < MUTATE_COUNT; i++) {
        memset(table, (int)i, places[i]);
        table += places[i];
    }
}

bool mutate_needs_other(enum mutate_operator op)
{
    switch (op) {
    case MUTATE_SPLICE_INSERT:
    case MUTATE_SPLICE_OVERWRITE:
    case MUTATE_CROSS:
        return true;
    default:
        return false;
    }
}

bool mutate_applies_to_nothing(enum mutate_operator op)
{
    switch (op) {
    case MUTATE_INSERT_RANDOM:
    case MUTATE_INSERT_SAME:
    case MUTATE_INSERT_INTEGER:
    case MUTATE_INSERT_RUNE:
    case MUTATE_DICTIONARY_INSERT:
        return true;
    default:
        return false;
    }
}

static bool applies_alone(enum mutate_operator op)
{
    return !mutate_needs_other(op);
}

/* A table of the places of another that hold what applies. */
static void choose(uint8_t to[256], const uint8_t from[256],
                   bool (*applies)(enum mutate_operator op))
{
    uint32_t n = 0;
    uint8_t chosen[256];
    for (uint32_t i = 0; i < 256; i++)
        if (applies(from[i]))
            chosen[n++] = from[i];
    for (uint32_t i = 0; i < 256; i++)
        to[i] = n ? chosen[i * n / 256] : from[i];
}

void mutate_fill_tables(struct mutate_tables *t, const uint8_t *weights)
{
    mutate_fill_table(t->all, weights);
    choose(t->alone, t->all, applies_alone);
    choose(t->from_nothing, t->all, mutate_applies_to_nothing);
}

static inline struct draw draw(struct rng *rng)
{
    struct draw d = {.a = rng_next(rng)};
    d.b = rng_next(rng);
    return d;
}

static inline __attribute__((always_inline)) struct draw
draw_ahead(struct mutate *m)
{
    struct draw d = m->ahead;
    m->ahead.a = rng_next(&m->rng);
    m->ahead.b = rng_next(&m->rng);
    return d;
}

/* Draws operators until one changes something, and adds it to a trail; none
 * when it was in vain too often. */
static inline uint64_t change_once(struct edit *e, const uint8_t *table,
                                   const uint8_t *from_nothing, uint32_t *vain,
                                   uint64_t trail)
{
    for (; *vain < MAX_VAIN; ++*vain) {
        struct draw d = draw_ahead(e->m);
        uint8_t op = (e->size ? table : from_nothing)[d.a & 0xff];
        if (__builtin_expect(operators[op](e, d), 1)) {
            e->m->last = op;
            return mutate_trail(trail, op);
        }
    }
    return trail;
}

static inline void begin_drawing(struct mutate *m)
{
    if (__builtin_expect(!m->is_ahead, 0))
        m->ahead = draw(&m->rng);
    m->is_ahead = true;
}

static struct edit begin_edit(struct mutate *m, uint8_t *data, size_t size,
                              size_t max)
{
    begin_drawing(m);
    return (struct edit){.m = m,
                         .data = data,
                         .size = (uint32_t)(size < max ? size : max),
                         .max = (uint32_t)max};
}

/* A stack of operators on data; `again`, the last one was in vain, for which
 * one takes its place. */
static size_t stack(struct mutate *m, uint8_t *data, size_t size, size_t max,
                    bool again)
{
    struct edit e = begin_edit(m, data, size, max);
    bool alone = !m->other_size && m->alone;
    const uint8_t *table = alone ? m->alone : m->table;
    const uint8_t *from_nothing = alone ? m->from_nothing : m->table;
    uint32_t vain = 0;
    uint32_t depth = again ? 1 : depths[rng_next(&m->rng) >> 58];
    uint64_t trail = change_once(&e, table, from_nothing, &vain, m->trail);
    while (--depth)
        trail = change_once(&e, table, from_nothing, &vain, trail);
    m->trail = trail;
    return e.size;
}

static __attribute__((noinline)) size_t another(struct mutate *m, uint8_t *data,
                                                size_t size, size_t max)
{
    return stack(m, data, size, max, true);
}

size_t mutate_again(struct mutate *m, uint8_t *data, size_t size, size_t max)
{
    struct edit e = begin_edit(m, data, size, max);
    if (__builtin_expect(!operators[m->last](&e, draw_ahead(m)), 0))
        return another(m, data, e.size, max);
    m->trail = mutate_trail(m->trail, m->last);
    return e.size;
}

size_t mutate_bytes(struct mutate *m, uint8_t *data, size_t size, size_t max)
{
    return stack(m, data, size, max, false);
}

/* Puts another argument in place of one, cut to limit; false if it is what
 * was there. */
static bool replace(struct span *arg, const struct span *with, size_t limit)
{
    uint32_t size = with->size < limit ? with->size : (uint32_t)limit;
    if (size == arg->size && (!size || !memcmp(arg->data, with->data, size)))
        return false;
    if (size)
        memcpy(arg->data, with->data, size);
    arg->size = size;
    return true;
}

/* One operator that keeps text text; false if it does not apply. */
static bool mutate_as_text(struct mutate *m, struct span *arg, size_t limit)
{
    static mutate_op *const text[] = {mutate_insert_rune, mutate_change_rune,
                                      mutate_delete_rune, mutate_ascii_integer};
    struct edit e = {.m = m, .max = (uint32_t)limit};
    e.data = arg->data;
    e.size = (uint32_t)(arg->size < limit ? arg->size : limit);
    struct draw d = draw(&m->rng);
    bool changed = text[d.b >> 5 & 3](&e, d);
    arg->size = e.size;
    return changed;
}

static void mutate_variable(struct mutate *m, struct span *arg, size_t limit,
                            const struct span *other)
{
    if (!limit) {
        arg->size = 0;
        return;
    }
    const uint8_t *outer = m->other;
    size_t outer_size = m->other_size;
    m->other = other ? other->data : NULL;
    m->other_size = other ? other->size : 0;
    arg->size = (uint32_t)mutate_bytes(m, arg->data, arg->size, limit);
    m->other = outer;
    m->other_size = outer_size;
}

/* Puts into a number what another argument says, its value or its size, or a
 * neighbour of that: indexes, lengths and ends refer to each other. False if
 * that changes nothing. */
static bool relate(struct rng *rng, const struct signature *sig,
                   struct input *in, uint32_t to)
{
    uint64_t bits = rng_next(rng);
    uint32_t from = mutate_high(bits, in->nargs);
    size_t width = kind_width(sig->kind[to]);
    size_t from_width = kind_width(sig->kind[from]);
    if (kind_is_float(sig->kind[to]) != kind_is_float(sig->kind[from]) ||
        sig->kind[to] == KIND_BOOL)
        return false;
    uint64_t value = in->arg[from].size;
    if (from_width)
        value = value_widen(sig->kind[from],
                            value_load(in->arg[from].data, from_width));
    value += (bits & 3) == 1;
    value -= (bits & 3) == 2;
    value &= value_mask(width);
    if (value == value_load(in->arg[to].data, width) ||
        !domain_has(&sig->domain[to], sig->kind[to], value))
        return false;
    value_store(in->arg[to].data, width, value);
    return true;
}

uint32_t mutate_input(struct mutate *m, const struct signature *sig,
                      struct input *in, size_t max,
                      const struct input *other_in)
{
    if (!sig->nargs)
        return 0;
    uint32_t i = rng_below(&m->rng, sig->nargs);
    struct span *arg = &in->arg[i];
    const struct span *other = other_in ? &other_in->arg[i] : NULL;
    size_t width = kind_width(sig->kind[i]);
    size_t limit = width ? width : mutate_limit(sig, i, max);
    /* With one argument that would be the other input itself. */
    if (other && sig->nargs > 1 && !rng_below(&m->rng, WHOLE_ARGUMENT) &&
        replace(arg, other, limit))
        return i;
    if (width && sig->nargs > 1 && !rng_below(&m->rng, RELATED_NUMBER) &&
        relate(&m->rng, sig, in, i))
        return i;
    if (width)
        mutate_value(&m->rng, sig->kind[i], &sig->domain[i], arg->data);
    else if (sig->kind[i] != KIND_STRING || !limit ||
             rng_below(&m->rng, AS_TEXT) || !mutate_as_text(m, arg, limit))
        mutate_variable(m, arg, limit, other);
    return i;
}
