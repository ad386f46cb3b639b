/* SPDX-License-Identifier: MIT
 *
 * The dictionary of a run: what is added once, what makes way for what, and
 * how weights follow what tokens bring.
 */
#include "unit.h"

#include <stdio.h>

#include "coordinator/dictionary.h"

static struct dictionary dictionary;
static struct token *memory;

static int setup(void **state)
{
    struct thresh_err err;
    (void)state;
    memory = calloc(DICTIONARY_MAX, sizeof *memory);
    assert_non_null(memory);
    return dictionary_init(&dictionary, memory, &err);
}

static int teardown(void **state)
{
    (void)state;
    dictionary_release(&dictionary);
    free(memory);
    return 0;
}

static bool add(const char *text, enum token_origin origin)
{
    struct token t = token_make(text, strlen(text));
    return dictionary_add(&dictionary, &t, origin);
}

static bool add_number(unsigned n, enum token_origin origin)
{
    char text[20];
    (void)snprintf(text, sizeof text, "token%u", n);
    return add(text, origin);
}

/* How often a token is drawn, of 100000. */
static uint32_t frequency(uint32_t index)
{
    struct rng rng = {7};
    uint32_t n = 0;
    dictionary_weigh(&dictionary);
    for (int i = 0; i < 100000; i++)
        n += alias_pick(dictionary.alias, dictionary.count, &rng) == index;
    return n;
}

static void nothing_is_no_dictionary(void **state)
{
    (void)state;
    dictionary_weigh(&dictionary);
    assert_int_equal(dictionary.count, 0);
    assert_int_equal(dictionary.version, 0);
    assert_false(add("", TOKEN_OF_USER));
    assert_int_equal(dictionary.count, 0);
}

static void tokens_are_added_once(void **state)
{
    (void)state;
    assert_true(add("abc", TOKEN_OF_USER));
    assert_false(add("abc", TOKEN_OF_USER));
    assert_true(add("abd", TOKEN_COMPARED));
    assert_false(add("abc", TOKEN_COMPARED));
    assert_int_equal(dictionary.count, 3);
    assert_int_equal(dictionary.token[0].size, 0);
    assert_memory_equal(dictionary.token[1].bytes, "abc", 4);
    for (unsigned i = 0; i < 3000; i++)
        assert_true(add_number(i, TOKEN_OF_USER));
    for (unsigned i = 0; i < 3000; i++)
        assert_false(add_number(i, TOKEN_OF_USER));
}

/* The user's tokens are always drawn; what only lies in the program's data
 * seldom, together with anything else or alone. */
static void origins_have_their_shares(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 100; i++)
        add_number(i, TOKEN_STATIC);
    assert_in_range(frequency(0), 86000, 89000);
    add("u", TOKEN_OF_USER);
    assert_int_equal(frequency(0), 0);
    assert_in_range(frequency(101), 87000, 91000);
}

static void finds_make_weight_and_vain_uses_take_it(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 10; i++)
        add_number(i, TOKEN_COMPARED);
    uint32_t fresh = frequency(3);
    assert_in_range(fresh, 4500, 5500);
    dictionary_credit(&dictionary, 3);
    uint32_t credited = frequency(3);
    assert_true(credited > 3 * fresh);
    dictionary_spend(&dictionary, 40000000);
    uint32_t aged = frequency(4);
    assert_true(aged > 0 && aged < fresh / 8);
    assert_true(frequency(3) < credited);
}

/* One that lies about and pays gets out of the crowd. */
static void a_static_token_is_promoted(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        add_number(i, TOKEN_STATIC);
    uint32_t before = frequency(5);
    dictionary_credit(&dictionary, 5);
    assert_true(frequency(5) > 100 * (before + 1));
    assert_int_equal(dictionary.alive[TOKEN_STATIC], 999);
    assert_int_equal(dictionary.alive[TOKEN_COMPARED], 1);
}

static void the_oldest_compared_make_way(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 1024; i++)
        assert_true(add_number(i, TOKEN_COMPARED));
    dictionary_credit(&dictionary, 1);
    assert_true(add("late", TOKEN_COMPARED));
    assert_int_equal(dictionary.alive[TOKEN_COMPARED], 1024);
    assert_true(frequency(1) > 0);
    assert_int_equal(frequency(2), 0);
    /* Not again: its place is kept for batches that may use it. */
    assert_false(add_number(1, TOKEN_COMPARED));
    /* But as the user's word it counts. */
    assert_false(add_number(1, TOKEN_OF_USER));
    assert_true(frequency(2) > 0);
}

static void there_is_an_end(void **state)
{
    unsigned added = 0;
    (void)state;
    for (unsigned i = 0; i < 2 * DICTIONARY_MAX; i++)
        added += add_number(i, TOKEN_COMPARED);
    assert_int_equal(added, DICTIONARY_MAX - 1);
    assert_int_equal(dictionary.count, DICTIONARY_MAX);
    dictionary_credit(&dictionary, DICTIONARY_MAX);
    dictionary_credit(&dictionary, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_no_dictionary),
        TEST(tokens_are_added_once),
        TEST(origins_have_their_shares),
        TEST(finds_make_weight_and_vain_uses_take_it),
        TEST(a_static_token_is_promoted),
        TEST(the_oldest_compared_make_way),
        TEST(there_is_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
