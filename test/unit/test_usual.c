/* SPDX-License-Identifier: MIT
 *
 * What takes long: never the first, never what is short, and neither one slow
 * entry nor one quick one decides for all.
 */
#include "unit.h"

#include "base/usual.h"

static struct usual usual_of(uint32_t us, int times)
{
    struct usual u = {0};
    for (int i = 0; i < times; i++)
        usual_add(&u, us);
    return u;
}

static void test_of_nothing_nothing_is_much(void **state)
{
    (void)state;
    const struct usual none = {0};
    assert_false(usual_is_exceeded(&none, UINT32_MAX));
}

static void test_what_is_alone_is_usual(void **state)
{
    (void)state;
    for (uint32_t us = 0; us < 100000000; us += us / 7 + 1) {
        struct usual u = usual_of(us, 1);
        assert_false(usual_is_exceeded(&u, us));
    }
}

static void test_eight_times_the_usual_is_much(void **state)
{
    (void)state;
    for (uint32_t us = 500; us < 10000000; us += us / 5) {
        struct usual u = usual_of(us, 100);
        assert_false(usual_is_exceeded(&u, us / 10 * 75));
        assert_true(usual_is_exceeded(&u, us / 10 * 86));
    }
}

static void test_two_milliseconds_are_not_much(void **state)
{
    (void)state;
    struct usual u = usual_of(0, 100);
    assert_false(usual_is_exceeded(&u, 2000));
    assert_true(usual_is_exceeded(&u, 2001));
}

static void test_one_slow_entry_does_not_hide_itself(void **state)
{
    (void)state;
    struct usual u = usual_of(1, 1);
    usual_add(&u, 300000);
    assert_true(usual_is_exceeded(&u, 300000));
}

static void test_one_quick_entry_makes_no_others_slow(void **state)
{
    (void)state;
    struct usual u = usual_of(5000, 10);
    usual_add(&u, 0);
    assert_false(usual_is_exceeded(&u, 5000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_of_nothing_nothing_is_much),
        cmocka_unit_test(test_what_is_alone_is_usual),
        cmocka_unit_test(test_eight_times_the_usual_is_much),
        cmocka_unit_test(test_two_milliseconds_are_not_much),
        cmocka_unit_test(test_one_slow_entry_does_not_hide_itself),
        cmocka_unit_test(test_one_quick_entry_makes_no_others_slow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
