/* SPDX-License-Identifier: MIT
 *
 * unicode.h: strict UTF-8 in both directions, printable and white space.
 */
#include "unit.h"

#include "base/unicode.h"

static void test_round_trip_of_every_code_point(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= UNICODE_MAX; code++) {
        if (!unicode_is_valid(code))
            continue;
        uint8_t utf8[UNICODE_MAX_UTF8];
        uint32_t back = 0;
        size_t size = unicode_encode(code, utf8);
        assert_int_equal(unicode_decode(utf8, sizeof utf8, &back), size);
        assert_int_equal(back, code);
        assert_int_equal(unicode_decode_last(utf8, size, &back), size);
        assert_int_equal(back, code);
        /* One byte short is nothing. */
        assert_int_equal(unicode_decode(utf8, size - 1, &back), 0);
    }
}

static void test_sizes(void **state)
{
    static const struct {
        uint32_t code;
        const char *utf8;
    } cases[] = {
        {0x7f, "\x7f"},
        {0x80, "\xc2\x80"},
        {0x7ff, "\xdf\xbf"},
        {0x800, "\xe0\xa0\x80"},
        {0xffff, "\xef\xbf\xbf"},
        {0x10000, "\xf0\x90\x80\x80"},
        {0x10ffff, "\xf4\x8f\xbf\xbf"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t utf8[UNICODE_MAX_UTF8];
        size_t size = unicode_encode(cases[i].code, utf8);
        assert_int_equal(size, strlen(cases[i].utf8));
        assert_memory_equal(utf8, cases[i].utf8, size);
    }
}

static void test_invalid_sequences(void **state)
{
    static const char *const cases[] = {
        "",
        "\x80",             /* continuation alone */
        "\xbf",             /* the same */
        "\xc0\x80",         /* overlong NUL */
        "\xc1\xbf",         /* overlong ASCII */
        "\xe0\x9f\xbf",     /* overlong, 3 bytes */
        "\xf0\x8f\xbf\xbf", /* overlong, 4 bytes */
        "\xed\xa0\x80",     /* surrogate */
        "\xed\xbf\xbf",     /* surrogate */
        "\xf4\x90\x80\x80", /* beyond the last code point */
        "\xf5\x80\x80\x80", /* the same */
        "\xff",
        "\xc3",
        "\xc3(",
        "\xe2\x82",
        "\xe2(\xac",
        "\xf0\x9f\x98(",
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t code = 1234;
        size_t size = strlen(cases[i]);
        assert_int_equal(unicode_decode((const uint8_t *)cases[i], size, &code),
                         0);
        assert_int_equal(code, 1234);
    }
}

static void test_decode_last(void **state)
{
    const uint8_t text[] = "a\xc3\xa9\x80";
    uint32_t code;
    (void)state;
    assert_int_equal(unicode_decode_last(text, 1, &code), 1);
    assert_int_equal(code, 'a');
    assert_int_equal(unicode_decode_last(text, 3, &code), 2);
    assert_int_equal(code, 0xe9);
    assert_int_equal(unicode_decode_last(text, 4, &code), 0);
    assert_int_equal(unicode_decode_last(text, 0, &code), 0);
}

static void test_valid(void **state)
{
    (void)state;
    assert_true(unicode_is_valid(0));
    assert_true(unicode_is_valid(0xd7ff));
    assert_false(unicode_is_valid(0xd800));
    assert_false(unicode_is_valid(0xdfff));
    assert_true(unicode_is_valid(0xe000));
    assert_true(unicode_is_valid(0x10ffff));
    assert_false(unicode_is_valid(0x110000));
    assert_false(unicode_is_valid(UINT32_MAX));
}

static void test_print(void **state)
{
    static const uint32_t yes[] = {
        ' ',
        'a',
        '~',
        0xa1,
        0xff,
        0x3c0,
        0x300,
        0x4e16,
        0xfffd,
        0x1f600,
        0xac00,
        0xd7a3,
        0x9fff,
        0x20000,
        0x323af,
        0xe01ef,
        /* assigned by Unicode 15.0 */
        0xcf3,
        0xece,
        0x11f00,
        0x1fae8,
        0x31350,
    };
    static const uint32_t no[] = {
        0,
        0x1f,
        0x7f,
        0x80,
        0xa0,
        0xad,
        0x378,
        0x2028,
        0x200b,
        0x3000,
        0xfeff,
        0xd800,
        0xe000,
        0xffff,
        0x10fffd,
        0x10ffff,
        UINT32_MAX,
        /* a format character of 15.0; later assignments: 15.1, 16.0 */
        0x13439,
        0x2ffc,
        0x2ebf0,
        0x1c89,
    };
    (void)state;
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        assert_true(unicode_is_print(yes[i]));
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        assert_false(unicode_is_print(no[i]));
}

/* The number of printable code points in Unicode 15.0: graphic characters
 * (149,014 by its release notes) without the 16 spaces other than ASCII's. */
static void test_print_count(void **state)
{
    unsigned count = 0;
    (void)state;
    for (uint32_t code = 0; code <= UNICODE_MAX; code++)
        count += unicode_is_print(code);
    assert_int_equal(count, 149014 - 16);
    for (size_t i = 1; i < unicode_print_edges; i++)
        assert_true(unicode_print_edge[i - 1] < unicode_print_edge[i]);
}

static void test_space(void **state)
{
    unsigned count = 0;
    (void)state;
    for (uint32_t code = 0; code <= UNICODE_MAX; code++)
        count += unicode_is_space(code);
    assert_int_equal(count, 25); /* White_Space in PropList.txt */
    assert_true(unicode_is_space('\v'));
    assert_true(unicode_is_space(0x85));
    assert_true(unicode_is_space(0x200a));
    assert_false(unicode_is_space(0x200b));
    assert_false(unicode_is_space(0xfeff));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip_of_every_code_point),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_invalid_sequences),
        cmocka_unit_test(test_decode_last),
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_print_count),
        cmocka_unit_test(test_space),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
