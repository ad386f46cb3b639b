/* SPDX-License-Identifier: MIT
 *
 * For the tests of mutation: data between canaries, with which mutate_bytes is
 * called and checked. Every test starts with check_setup.
 */
#ifndef THRESH_TEST_MUTATE_CHECK_H
#define THRESH_TEST_MUTATE_CHECK_H

#include "unit.h"

#include "base/mutate.h"

#define CANARY   0xc5
#define MARGIN   96
#define MAX_SIZE 5000

/* A generator for what the tests themselves draw. */
static struct rng draws;

static uint8_t arena[MAX_SIZE + 2 * MARGIN];
static uint8_t *const data = arena + MARGIN;
static uint8_t other[300];
static uint8_t table[256];

/* A dictionary of a short token and a long one. */
static struct token check_token[3];
static struct alias_place check_alias[3];
static struct mutate_tokens check_tokens;

static inline void make_tokens(void)
{
    static const uint32_t weights[3] = {0, 1, 1};
    uint8_t bytes[100];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(128 + i);
    check_token[1] = token_make("t<>k", 4);
    check_token[2] = token_make(bytes, sizeof bytes);
    alias_build(check_alias, weights, 3);
    check_tokens = (struct mutate_tokens){check_token, check_alias, 3, 0};
}

static inline int check_setup(void **state)
{
    (void)state;
    draws.state = 12345;
    make_tokens();
    mutate_fill_table(table, NULL);
    return 0;
}

/* A bit for each operator that a trail names. */
static inline uint64_t made_by(uint64_t trail)
{
    uint64_t bits = 0;
    for (unsigned back = 0; back < MUTATE_TRAIL_MAX; back++) {
        unsigned op = mutate_trail_at(trail, back);
        bits |= op == MUTATE_MAKERS ? 0 : 1ull << op;
    }
    return bits;
}

/* Text with numbers in it, or any bytes. */
static inline void fill(uint8_t *bytes, size_t size, bool text)
{
    static const char *const words =
        "len=100, {\"a\": -7} 20201231 0x0f 1.5e9; ";
    size_t period = strlen(words);
    for (size_t i = 0; i < size; i++)
        bytes[i] =
            text ? (uint8_t)words[i % period] : (uint8_t)rng_next(&draws);
}

/* Mutates `size` bytes with the limit `max`, as mutate_bytes() or
 * mutate_again(), and checks the surroundings. */
static inline size_t
mutate_checked_by(size_t (*by)(struct mutate *, uint8_t *, size_t, size_t),
                  struct mutate *m, size_t size, size_t max)
{
    uint8_t other_was[sizeof other];
    memset(arena, CANARY, MARGIN);
    memset(data + max, CANARY, MARGIN);
    memcpy(other_was, other, sizeof other);
    size_t now = by(m, data, size, max);
    assert_true(now <= max);
    for (size_t i = 0; i < MARGIN; i++) {
        assert_int_equal(arena[i], CANARY);
        assert_int_equal(data[max + i], CANARY);
    }
    assert_memory_equal(other, other_was, sizeof other);
    return now;
}

static inline size_t mutate_checked(struct mutate *m, size_t size, size_t max)
{
    return mutate_checked_by(mutate_bytes, m, size, max);
}

/* A table with one operator alone. */
static inline void choose_only(unsigned op)
{
    memset(table, (int)op, sizeof table);
}

#endif
