/* SPDX-License-Identifier: MIT
 *
 * The growing buffer: its content stays a C string, its maximum holds, and a
 * failure sticks.
 */
#include "unit.h"

#include "base/buf.h"

/* AddressSanitizer, if it is there, is to refuse memory as malloc does. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
{
    return "allocator_may_return_null=1";
}

static void test_empty(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 10);
    assert_string_equal(buf_text(&b), "");
    buf_add(&b, NULL, 0);
    assert_string_equal(buf_text(&b), "");
    assert_int_equal(b.size, 0);
    assert_false(b.failed);
    buf_clear(&b);
    buf_release(&b);
    buf_release(&b);
}

static void test_append(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 1000);
    buf_add_text(&b, "abc");
    buf_add_char(&b, '-');
    buf_addf(&b, "%d/%s", 42, "x");
    buf_add(&b, "\0y", 2);
    assert_int_equal(b.size, 10);
    assert_memory_equal(b.data, "abc-42/x\0y", 11);
    assert_false(b.failed);
    buf_clear(&b);
    assert_int_equal(b.size, 0);
    assert_string_equal(buf_text(&b), "");
    buf_add_text(&b, "again");
    assert_string_equal(buf_text(&b), "again");
    buf_release(&b);
    assert_null(b.data);
    assert_int_equal(b.max, 1000);
}

static void test_grows(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, SIZE_MAX - 1);
    for (int i = 0; i < 10000; i++) {
        buf_add_char(&b, (char)('a' + i % 26));
        assert_true(b.capacity > b.size);
        assert_int_equal(b.data[b.size], 0);
    }
    for (size_t i = 0; i < 10000; i++)
        assert_int_equal(b.data[i], 'a' + i % 26);
    char *word = malloc(5001);
    assert_non_null(word);
    memset(word, 'w', 5000);
    word[5000] = 0;
    buf_addf(&b, "%s!", word);
    assert_int_equal(b.size, 15001);
    assert_string_equal(buf_text(&b) + 15000, "!");
    free(word);
    buf_release(&b);
}

static void test_maximum(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 5);
    buf_add_text(&b, "12345");
    assert_false(b.failed);
    buf_add(&b, NULL, 0);
    assert_false(b.failed);
    buf_add_char(&b, '6');
    assert_true(b.failed);
    assert_string_equal(buf_text(&b), "12345");
    /* It sticks, even for what would fit. */
    b.size = 0;
    buf_add_text(&b, "1");
    assert_int_equal(b.size, 0);
    buf_clear(&b);
    assert_false(b.failed);
    buf_addf(&b, "%d", 123456);
    assert_true(b.failed);
    assert_string_equal(buf_text(&b), "");
    buf_release(&b);
    assert_false(b.failed);
    buf_add(&b, "x", SIZE_MAX);
    assert_true(b.failed);
    buf_release(&b);
}

static void test_no_memory(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, SIZE_MAX);
    buf_add_text(&b, "kept");
    /* More than any allocator gives; nothing may be read for it. */
    buf_add(&b, "", SIZE_MAX / 2);
    assert_true(b.failed);
    assert_string_equal(buf_text(&b), "kept");
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),     cmocka_unit_test(test_append),
        cmocka_unit_test(test_grows),     cmocka_unit_test(test_maximum),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
