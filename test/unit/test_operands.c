/* SPDX-License-Identifier: MIT
 *
 * What is kept of what was compared: a loop takes away no room from the rest,
 * and the same comparison is found in two executions.
 */
#include "unit.h"

#include "base/operands.h"

static struct operands one, two;

static void compared(struct operands *o, uint64_t site, uint64_t a, uint64_t b)
{
    operands_add(o, (struct operand){.a = a, .b = b, .site = site, .width = 4});
}

static int setup(void **state)
{
    (void)state;
    operands_clear(&one);
    operands_clear(&two);
    return 0;
}

static void nothing_is_in_fresh_memory(void **state)
{
    (void)state;
    static struct operands fresh;
    struct operand op = {.site = 0, .width = 4};
    assert_null(operands_like(&fresh, &op));
    assert_false(operands_met(&fresh, &op, 0));
    compared(&fresh, 0, 1, 2);
    assert_int_equal(fresh.n, 1);
    assert_ptr_equal(operands_like(&fresh, &fresh.op[0]), &fresh.op[0]);
}

static void a_loop_keeps_its_ends(void **state)
{
    (void)state;
    compared(&one, 1, 0, 0);
    for (uint64_t i = 0; i < 1000000; i++)
        compared(&one, 2, i, 7);
    compared(&one, 3, 0, 0);
    assert_int_equal(one.n, OPERANDS_PER_SITE + 2);
    struct operand first = {.site = 2, .nth = 0, .width = 4};
    struct operand last = {.site = 2, .nth = 999999, .width = 4};
    struct operand middle = {.site = 2, .nth = 5000, .width = 4};
    assert_int_equal(operands_like(&one, &first)->a, 0);
    assert_int_equal(operands_like(&one, &last)->a, 999999);
    assert_null(operands_like(&one, &middle));
}

static void the_same_comparison_is_found(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 500; i++) {
        compared(&one, i % 100, i, 1);
        compared(&two, i % 100, i + 1000, 1);
    }
    for (uint32_t i = 0; i < one.n; i++) {
        const struct operand *like = operands_like(&two, &one.op[i]);
        assert_non_null(like);
        assert_int_equal(like->a, one.op[i].a + 1000);
    }
    compared(&one, 100, 1, 1);
    assert_null(operands_like(&two, &one.op[one.n - 1]));
    operands_clear(&two);
    assert_null(operands_like(&two, &one.op[0]));
}

static void what_was_met_is_known(void **state)
{
    (void)state;
    compared(&one, 1, 5, 4);
    compared(&one, 1, 5, 5);
    assert_true(operands_met(&one, &one.op[0], 5));
    assert_false(operands_met(&one, &one.op[0], 4));
}

static void what_varies_is_noise(void **state)
{
    (void)state;
    compared(&one, 1, 5, 4);
    compared(&two, 1, 5, 4);
    compared(&one, 2, 5, 4);
    compared(&two, 2, 5, 6);
    compared(&one, 3, 5, 4);
    operands_mark_noise(&one, &two);
    assert_false(one.op[0].noise);
    assert_true(one.op[1].noise);
    assert_true(one.op[2].noise);
}

static void what_goes_further_is_known(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 100; i++)
        compared(&one, 1, i, 7);
    for (uint32_t i = 0; i < 50; i++)
        compared(&two, 1, i, 8);
    assert_false(operands_beyond(&two, &one));
    assert_true(operands_beyond(&one, &two));
    compared(&two, 2, 1, 1);
    assert_true(operands_beyond(&two, &one));
}

static void too_much_is_dropped(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 3 * OPERANDS_MAX; i++)
        compared(&one, i, i, 1);
    assert_true(one.n <= OPERANDS_MAX);
    assert_true(one.nsites < OPERAND_SITES);
    for (uint64_t site = 0; site < 20; site++)
        for (unsigned i = 0; i < 2 * OPERANDS_PER_SITE; i++)
            compared(&one, site, i, 1);
    assert_true(one.n <= OPERANDS_MAX);
    char text[1000];
    memset(text, 'x', sizeof text);
    for (unsigned i = 0; i < 3 * OPERAND_TEXTS_MAX; i++) {
        text[0] = (char)i;
        operands_add_text(&one, TEXT_EQUAL, false, text, sizeof text, text, 3);
    }
    assert_int_equal(one.ntexts, OPERAND_TEXTS_MAX);
    assert_int_equal(one.text[0].a_size, OPERAND_TEXT);
    assert_int_equal(one.text[0].b_size, 3);
    struct operand_text last = {.nth = 3 * OPERAND_TEXTS_MAX - 1};
    const struct operand_text *like = operands_text_like(&one, &last);
    assert_non_null(like);
    assert_int_equal(like->a[0], (uint8_t)last.nth);
}

static void bytes_are_counted_by_site(void **state)
{
    static const uint8_t a[16] = {1}, b[16] = {2};
    (void)state;
    operands_add_bytes(&one, 7, a, b, 16);
    operands_add_bytes(&one, 7, b, a, 16);
    operands_add_text(&two, TEXT_EQUAL, false, a, 4, b, 4);
    operands_add_bytes(&two, 8, a, a, 16);
    operands_add_bytes(&two, 7, a, a, 16);
    operands_add_bytes(&two, 7, b, b, 16);
    const struct operand_text *like = operands_text_like(&two, &one.text[1]);
    assert_non_null(like);
    assert_int_equal(like->site, 7);
    assert_int_equal(like->nth, 1);
    assert_null(operands_text_like(&one, &two.text[1]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(bytes_are_counted_by_site, setup),
        cmocka_unit_test_setup(nothing_is_in_fresh_memory, setup),
        cmocka_unit_test_setup(a_loop_keeps_its_ends, setup),
        cmocka_unit_test_setup(the_same_comparison_is_found, setup),
        cmocka_unit_test_setup(what_was_met_is_known, setup),
        cmocka_unit_test_setup(what_varies_is_noise, setup),
        cmocka_unit_test_setup(what_goes_further_is_known, setup),
        cmocka_unit_test_setup(too_much_is_dropped, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
