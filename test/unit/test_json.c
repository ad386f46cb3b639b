/* SPDX-License-Identifier: MIT
 *
 * JSON: commas where they belong, strings that stay valid whatever they hold.
 */
#include "unit.h"

#include "base/json.h"

static struct buf text;
static struct json json;

static int start(void **state)
{
    (void)state;
    buf_init(&text, 1000);
    json_init(&json, &text);
    return 0;
}

static int release(void **state)
{
    (void)state;
    buf_release(&text);
    return 0;
}

static void test_object_with_everything(void **state)
{
    (void)state;
    json_open(&json, '{');
    json_key(&json, "a");
    json_u64(&json, UINT64_MAX);
    json_key(&json, "b");
    json_open(&json, '[');
    json_bool(&json, true);
    json_text(&json, "x");
    json_open(&json, '{');
    json_close(&json, '}');
    json_close(&json, ']');
    json_key(&json, "c");
    json_seconds(&json, 1000001);
    json_close(&json, '}');
    assert_string_equal(buf_text(&text),
                        "{\"a\":18446744073709551615,"
                        "\"b\":[true,\"x\",{}],\"c\":1.000001}");
}

static void test_values_in_a_row(void **state)
{
    (void)state;
    json_open(&json, '[');
    json_open(&json, '[');
    json_close(&json, ']');
    json_bool(&json, false);
    json_u64(&json, 0);
    json_close(&json, ']');
    assert_string_equal(buf_text(&text), "[[],false,0]");
}

static void test_escapes(void **state)
{
    (void)state;
    json_bytes(&json, "\"\\\n\t\r\0\x1b\x7f/", 9);
    assert_string_equal(buf_text(&text),
                        "\"\\\"\\\\\\n\\t\\u000d\\u0000\\u001b\\u007f/\"");
}

static void test_bytes_that_are_no_text(void **state)
{
    (void)state;
    json_bytes(&json, "\xc3\xa4\xff\xc3", 4);
    assert_string_equal(buf_text(&text), "\"\xc3\xa4\\ufffd\\ufffd\"");
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, start, release)
    const struct CMUnitTest tests[] = {
        CASE(test_object_with_everything),
        CASE(test_values_in_a_row),
        CASE(test_escapes),
        CASE(test_bytes_that_are_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
