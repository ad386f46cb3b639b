/* SPDX-License-Identifier: MIT
 *
 * Colouring against targets that are played here: all bytes that do not matter
 * get other values, and no others.
 */
#include <ctype.h>

#include "unit.h"

#include "base/colour.h"

#define SIZE 200u

static struct colour colour;
static uint8_t from[SIZE], to[SIZE], again[SIZE];

static int setup(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < SIZE; i++)
        from[i] = (uint8_t)("some Text, with 123 numbers\n"[i % 28]);
    return 0;
}

typedef bool same_fn(const uint8_t *text);

static uint32_t run(same_fn *same, bool any)
{
    uint32_t tries = 0;
    colour_begin(&colour, from, to, SIZE, (struct rng){7}, any);
    for (; colour_next(&colour); tries++)
        colour_answer(&colour, same(to));
    assert_true(same(to));
    return tries;
}

static bool whatever(const uint8_t *text)
{
    (void)text;
    return true;
}

static bool nothing(const uint8_t *text)
{
    return memcmp(text, from, SIZE) == 0;
}

static bool matters(uint32_t i)
{
    return i < 4 || (i >= 60 && i < 70) || i == SIZE - 1;
}

static bool fixed_bytes(const uint8_t *text)
{
    for (uint32_t i = 0; i < SIZE; i++)
        if (matters(i) && text[i] != from[i])
            return false;
    return true;
}

static int class_of(uint8_t c)
{
    return isdigit(c)   ? 1
           : islower(c) ? 2
           : isupper(c) ? 3
           : isspace(c) ? 4
           : ispunct(c) ? 5
                        : 6;
}

static bool same_form(const uint8_t *text)
{
    for (uint32_t i = 0; i < SIZE; i++)
        if (class_of(text[i]) != class_of(from[i]))
            return false;
    return true;
}

static void all_is_coloured_at_once_where_nothing_matters(void **state)
{
    (void)state;
    assert_int_equal(run(whatever, true), 1);
    for (uint32_t i = 0; i < SIZE; i++)
        assert_int_not_equal(to[i], from[i]);
}

static void nothing_is_coloured_where_all_matters(void **state)
{
    (void)state;
    (void)run(nothing, true);
    assert_memory_equal(to, from, SIZE);
}

static void what_matters_stays(void **state)
{
    (void)state;
    uint32_t tries = run(fixed_bytes, true);
    for (uint32_t i = 0; i < SIZE; i++)
        assert_int_equal(to[i] == from[i], matters(i));
    assert_true(tries < 120);
}

/* Tabs for spaces would leave all places alike. */
static void blanks_become_anything_but_what_matters(void **state)
{
    uint32_t values[256] = {0}, distinct = 0;
    (void)state;
    memset(from, ' ', SIZE);
    (void)run(fixed_bytes, true);
    for (uint32_t i = 0; i < SIZE; i++) {
        assert_int_equal(to[i] == from[i], matters(i));
        distinct += values[to[i]]++ == 0;
    }
    assert_true(distinct > 50);
}

static void text_stays_of_one_form(void **state)
{
    (void)state;
    assert_int_equal(run(same_form, true), 2);
    assert_int_equal(run(same_form, false), 1);
    for (uint32_t i = 0; i < SIZE; i++)
        assert_int_not_equal(to[i], from[i]);
}

static void again_is_another_one_of_the_same_bytes(void **state)
{
    (void)state;
    struct rng rng = {3};
    uint32_t differ = 0;
    (void)run(fixed_bytes, false);
    colour_again(from, to, again, SIZE, &rng);
    for (uint32_t i = 0; i < SIZE; i++) {
        if (matters(i))
            assert_int_equal(again[i], from[i]);
        differ += again[i] != to[i];
    }
    assert_true(differ > SIZE / 2);
}

static void digits_come_where_the_colour_is(void **state)
{
    (void)state;
    struct rng rng = {5};
    (void)run(fixed_bytes, false);
    memcpy(from + 100, "77 and abcdef.", 14);
    colour_digits(from, to, again, SIZE, &rng, false);
    for (uint32_t i = 0; i < SIZE; i++)
        assert_true(isdigit(again[i]) || again[i] == from[i]);
    /* What ends a number still does. */
    assert_int_equal(again[102], ' ');
    assert_int_equal(again[113], '.');
    uint32_t parts = 0;
    colour_digits(from, to, again, SIZE, &rng, true);
    for (uint32_t i = 10; i < 60; i++)
        parts += again[i] == ' ' && from[i] != ' ';
    assert_true(parts > 2);
}

static void a_wish_is_granted_where_it_can_be(void **state)
{
    (void)state;
    uint8_t wish[SIZE];
    memset(wish, '9', SIZE);
    colour_wish(&colour, from, wish, to, SIZE);
    while (colour_next(&colour))
        colour_answer(&colour, fixed_bytes(to));
    for (uint32_t i = 0; i < SIZE; i++)
        assert_int_equal(to[i], matters(i) ? from[i] : '9');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(all_is_coloured_at_once_where_nothing_matters,
                               setup),
        cmocka_unit_test_setup(nothing_is_coloured_where_all_matters, setup),
        cmocka_unit_test_setup(what_matters_stays, setup),
        cmocka_unit_test_setup(blanks_become_anything_but_what_matters, setup),
        cmocka_unit_test_setup(text_stays_of_one_form, setup),
        cmocka_unit_test_setup(again_is_another_one_of_the_same_bytes, setup),
        cmocka_unit_test_setup(digits_come_where_the_colour_is, setup),
        cmocka_unit_test_setup(a_wish_is_granted_where_it_can_be, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
