/* SPDX-License-Identifier: MIT
 *
 * Errors as values: codes are distinct and negative, texts are cut to fit.
 */
#include "unit.h"

#include "base/error.h"

static const int codes[] = {
#define ERROR_CODE(name, text) THRESH_##name,
    THRESH_ERRORS(ERROR_CODE)
#undef ERROR_CODE
};

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

static void test_codes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        assert_true(codes[i] < 0);
        assert_string_not_equal(thresh_code_text(codes[i]), "unknown error");
        for (size_t k = 0; k < i; k++) {
            assert_int_not_equal(codes[i], codes[k]);
            assert_string_not_equal(thresh_code_text(codes[i]),
                                    thresh_code_text(codes[k]));
        }
    }
    assert_string_equal(thresh_code_text(0), "no error");
    assert_string_equal(thresh_code_text(1), "unknown error");
    assert_string_equal(thresh_code_text(-1000), "unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fail_fills_and_returns),
        cmocka_unit_test(test_long_text_is_cut),
        cmocka_unit_test(test_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
