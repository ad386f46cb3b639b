/* SPDX-License-Identifier: MIT
 *
 * What was printed before a failing execution, told by what that prints alone.
 */
#include "unit.h"

#include "coordinator/earlier.h"

static size_t earlier(const char *output, const char *again)
{
    return earlier_size(output, strlen(output), again, strlen(again));
}

static void test_it_ends_where_the_failing_one_begins(void **state)
{
    (void)state;
    assert_int_equal(earlier("one\ntwo\n", "two\n"), 4);
    assert_int_equal(earlier("one\nbad\npid 12\n", "bad\npid 3456\n"), 4);
    assert_int_equal(earlier("two\n", "two\n"), 0);
    assert_int_equal(earlier("one\ntwo", "two"), 4);
}

static void test_the_last_such_line_counts(void **state)
{
    (void)state;
    assert_int_equal(earlier("run\nrun\nrun\n", "run\n"), 8);
}

static void test_part_of_a_line_is_none(void **state)
{
    (void)state;
    assert_int_equal(earlier("not two\n", "two\n"), 0);
    assert_int_equal(earlier("two\nnot two\n", "two\n"), 0);
}

static void test_without_output_of_its_own_all_is_earlier(void **state)
{
    (void)state;
    assert_int_equal(earlier("one\ntwo\n", ""), 8);
    assert_int_equal(earlier("", ""), 0);
}

static void test_what_differs_has_nothing_before_it(void **state)
{
    (void)state;
    assert_int_equal(earlier("a\nb\n", "c\n"), 0);
    assert_int_equal(earlier("a\n", "much longer than that\n"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_ends_where_the_failing_one_begins),
        cmocka_unit_test(test_the_last_such_line_counts),
        cmocka_unit_test(test_part_of_a_line_is_none),
        cmocka_unit_test(test_without_output_of_its_own_all_is_earlier),
        cmocka_unit_test(test_what_differs_has_nothing_before_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
