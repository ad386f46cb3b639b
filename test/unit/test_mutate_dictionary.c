/* SPDX-License-Identifier: MIT
 *
 * The operators that bring in tokens: whole, at every place, within the limit,
 * and saying which.
 */
#include "mutate_check.h"

/* Runs one operator, once, on `size` equal bytes; false if it did nothing. */
static bool once(struct mutate *m, uint64_t seed, size_t size, size_t max,
                 size_t *now)
{
    *m = (struct mutate){.rng = {seed}, .table = table, .last = table[0]};
    m->tokens = check_tokens;
    memset(data, '.', size);
    *now = mutate_checked_by(mutate_again, m, size, max);
    return m->trail != 0;
}

/* The place of the token that m names as its last. */
static size_t place_of(const struct mutate *m, size_t size)
{
    assert_in_range(m->tokens.last, 1, 2);
    const struct token *t = &check_token[m->tokens.last];
    for (size_t at = 0; at + t->size <= size; at++)
        if (memcmp(data + at, t->bytes, t->size) == 0)
            return at;
    fail_msg("token %u is not there", m->tokens.last);
    return 0;
}

static void tokens_are_inserted_everywhere(void **state)
{
    bool seen[3][151] = {{false}};
    unsigned two = 0;
    (void)state;
    choose_only(MUTATE_DICTIONARY_INSERT);
    for (uint64_t seed = 0; seed < 5000; seed++) {
        struct mutate m;
        size_t now;
        assert_true(once(&m, seed, 150, 1000, &now));
        uint32_t size = check_token[m.tokens.last].size;
        two += now != 150 + size;
        assert_true(now == 150 + size || now == 150 + size + 4 ||
                    now == 150 + size + 100);
        seen[m.tokens.last][place_of(&m, now) % 151] = true;
    }
    /* One in eight is two. */
    assert_in_range(two, 500, 750);
    for (size_t at = 0; at <= 150; at++)
        assert_true(seen[1][at] && seen[2][at]);
}

/* Also over the end, so far as the limit goes. */
static void tokens_overwrite_everywhere(void **state)
{
    bool seen[3][151] = {{false}};
    (void)state;
    choose_only(MUTATE_DICTIONARY_OVERWRITE);
    for (uint64_t seed = 0; seed < 40000; seed++) {
        struct mutate m;
        size_t now;
        assert_true(once(&m, seed, 150, 200, &now));
        size_t at = place_of(&m, now);
        size_t end = at + check_token[m.tokens.last].size;
        assert_int_equal(now, end > 150 ? end : 150);
        seen[m.tokens.last][at] = true;
    }
    for (size_t at = 0; at <= 150; at++)
        assert_true(seen[1][at] && (seen[2][at] || at > 100));
}

static void what_is_too_long_is_not_put_in(void **state)
{
    (void)state;
    for (int op = MUTATE_DICTIONARY_INSERT; op <= MUTATE_DICTIONARY_OVERWRITE;
         op++) {
        choose_only((unsigned)op);
        for (uint64_t seed = 0; seed < 200; seed++) {
            struct mutate m;
            size_t now;
            if (once(&m, seed, 20, 30, &now))
                assert_int_equal(m.tokens.last, 1);
            assert_false(once(&m, seed, 2, 3, &now));
            assert_int_equal(m.tokens.last, 0);
        }
    }
}

/* Without a dictionary, or when "none" is drawn, other operators work. */
static void no_token_is_no_change(void **state)
{
    static const uint32_t none[3] = {1, 0, 0};
    (void)state;
    choose_only(MUTATE_DICTIONARY_INSERT);
    table[0] = MUTATE_FLIP_BIT;
    alias_build(check_alias, none, 3);
    for (int round = 0; round < 2; round++) {
        for (uint64_t seed = 0; seed < 50; seed++) {
            struct mutate m;
            size_t now;
            (void)once(&m, seed, 20, 300, &now);
            assert_int_equal(now, 20);
            assert_int_equal(m.tokens.last, 0);
            assert_true(m.trail == 0 ||
                        made_by(m.trail) == 1u << MUTATE_FLIP_BIT);
        }
        check_tokens.n = 0;
    }
}

/* A token over its own bytes changes nothing, and is none. */
static void the_same_is_no_change(void **state)
{
    (void)state;
    choose_only(MUTATE_DICTIONARY_OVERWRITE);
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct mutate m = {.rng = {seed}, .table = table, .last = table[0]};
        m.tokens = check_tokens;
        memcpy(data, "t<>k", 4);
        size_t now = mutate_checked_by(mutate_again, &m, 4, 4);
        assert_int_equal(now, 4);
        assert_memory_equal(data, "t<>k", 4);
        assert_int_equal(m.trail, 0);
    }
}

static void weights_without_dictionary(void **state)
{
    uint8_t weights[MUTATE_COUNT];
    (void)state;
    mutate_weights(weights, true);
    assert_true(weights[MUTATE_DICTIONARY_INSERT] > 0);
    assert_true(weights[MUTATE_DICTIONARY_OVERWRITE] > 0);
    mutate_weights(weights, false);
    assert_int_equal(weights[MUTATE_DICTIONARY_INSERT], 0);
    assert_int_equal(weights[MUTATE_DICTIONARY_OVERWRITE], 0);
    assert_true(weights[MUTATE_FLIP_BIT] > 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, check_setup)
    const struct CMUnitTest tests[] = {
        TEST(tokens_are_inserted_everywhere), TEST(tokens_overwrite_everywhere),
        TEST(what_is_too_long_is_not_put_in), TEST(no_token_is_no_change),
        TEST(the_same_is_no_change),          TEST(weights_without_dictionary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
