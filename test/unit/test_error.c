/* SPDX-License-Identifier: MIT
 *
 * Errors as values: texts are cut to fit.
 */
#include "unit.h"

#include "base/error.h"

static void test_fail_fills_and_returns(void **state)
{
    (void)state;
    struct thresh_err err = {.os = 99};
    int rc = thresh_fail(&err, THRESH_EIO, "open %s: %d", "file", 7);
    assert_int_equal(rc, THRESH_EIO);
    assert_int_equal(err.code, THRESH_EIO);
    assert_int_equal(err.os, 0);
    assert_string_equal(err.msg, "open file: 7");
    assert_int_equal(thresh_fail(NULL, THRESH_ENOMEM, "%d", 1), THRESH_ENOMEM);
}

static void test_long_text_is_cut(void **state)
{
    (void)state;
    struct thresh_err err;
    char text[2 * sizeof err.msg];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = 0;
    thresh_fail(&err, THRESH_EUSAGE, "%s", text);
    assert_int_equal(strlen(err.msg), sizeof err.msg - 1);
    assert_memory_equal(err.msg, text, sizeof err.msg - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fail_fills_and_returns),
        cmocka_unit_test(test_long_text_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
