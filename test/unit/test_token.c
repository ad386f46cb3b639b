/* SPDX-License-Identifier: MIT
 *
 * Dictionary files: what AFL and libFuzzer accept is accepted, and of what is
 * not the line and the reason are told. Lists of tokens: good ones arrive,
 * lies are noticed.
 */
#include "unit.h"

#include "base/rng.h"
#include "base/token.h"

static struct dictionary_reader reader(const char *text, size_t size)
{
    return (struct dictionary_reader){.text = (const uint8_t *)text,
                                      .size = size};
}

static void forms_of_a_line(void **state)
{
    static const struct {
        const char *line;
        const char *bytes;
        size_t size;
    } good[] = {
        {"\"abc\"", "abc", 3},
        {"name=\"abc\"", "abc", 3},
        {"  name = \"abc\"  ", "abc", 3},
        {"name@3=\"abc\"", "abc", 3},
        {"name@1[4]=\"abc\"", "abc", 3},
        {"name\"abc\"", "abc", 3},
        {"\"abc\"\r\n", "abc", 3},
        {"\"abc\" # a comment with \"quotes\"", "abc", 3},
        {"\"a#b\"", "a#b", 3},
        {"\"\\x00\\xfF\\\\\\\"\"", "\0\377\\\"", 4},
        {"\"a\"b\"", "a\"b", 3},
        {"\"\\n\\r\\t\\0\"", "\n\r\t\0", 4},
        {"\"\\d+\"", "\\d+", 3},
        {"\"\303\251\"", "\303\251", 2},
        {"\"\\\\\"", "\\", 1},
        {"\xef\xbb\xbf\"abc\"", "abc", 3},
        {"=\"=\"", "=", 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct dictionary_reader r = reader(good[i].line, strlen(good[i].line));
        struct token t;
        struct thresh_err err;
        assert_int_equal(dictionary_read(&r, &t, &err), DICTIONARY_TOKEN);
        assert_int_equal(t.size, good[i].size);
        assert_memory_equal(t.bytes, good[i].bytes, t.size);
        assert_int_equal(t.bytes[t.size], 0);
        assert_int_equal(dictionary_read(&r, &t, &err), DICTIONARY_END);
    }
}

static void bad_lines_are_named(void **state)
{
    static const struct {
        const char *line;
        const char *why;
    } bad[] = {
        {"abc", "with quotes"},
        {"name=abc", "with quotes"},
        {"\"abc", "no closing quote"},
        {"\"abc\\\"", "no closing quote"},
        {"\"abc\" x", "no closing quote"},
        {"\"\"", "empty"},
        {"\"\\xg0\"", "two hexadecimal digits"},
        {"\"\\x1\"", "two hexadecimal digits"},
        {"\"\\x", "two hexadecimal digits"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct dictionary_reader r = reader(bad[i].line, strlen(bad[i].line));
        struct token t;
        struct thresh_err err;
        assert_int_equal(dictionary_read(&r, &t, &err), DICTIONARY_BAD);
        assert_non_null(strstr(err.msg, bad[i].why));
        assert_int_equal(dictionary_read(&r, &t, &err), DICTIONARY_END);
    }
}

static void lines_are_counted(void **state)
{
    static const char text[] = "# AFL\n\n\"a\"\r\n \t# x\nbad\n\n\"b\"";
    struct dictionary_reader r = reader(text, sizeof text - 1);
    struct token t;
    struct thresh_err err;
    (void)state;
    assert_int_equal(dictionary_read(&r, &t, &err), DICTIONARY_TOKEN);
    assert_int_equal(r.line, 3);
    assert_int_equal(dictionary_read(&r, &t, &err), DICTIONARY_BAD);
    assert_int_equal(r.line, 5);
    assert_int_equal(dictionary_read(&r, &t, &err), DICTIONARY_TOKEN);
    assert_int_equal(r.line, 7);
    assert_int_equal(t.bytes[0], 'b');
    assert_int_equal(dictionary_read(&r, &t, &err), DICTIONARY_END);
}

static void long_values(void **state)
{
    char text[TOKEN_MAX + 4];
    struct token t;
    struct thresh_err err;
    (void)state;
    memset(text, 'x', sizeof text);
    text[0] = text[TOKEN_MAX + 1] = '"';
    struct dictionary_reader r = reader(text, TOKEN_MAX + 2);
    assert_int_equal(dictionary_read(&r, &t, &err), DICTIONARY_TOKEN);
    assert_int_equal(t.size, TOKEN_MAX);
    text[TOKEN_MAX + 1] = 'x';
    text[TOKEN_MAX + 2] = '"';
    r = reader(text, TOKEN_MAX + 3);
    assert_int_equal(dictionary_read(&r, &t, &err), DICTIONARY_BAD);
    assert_non_null(strstr(err.msg, "longer than 128 bytes"));
}

/* Whatever a file holds, reading it ends and stays inside (the memory is
 * exact, for sanitizers). */
static void noise_is_read_to_its_end(void **state)
{
    static const char alphabet[] = "\"\"\"\\\\x0fn=@# a\n\n\r\377";
    struct rng rng = {11};
    (void)state;
    for (unsigned round = 0; round < test_rounds(20000, 1000000); round++) {
        size_t size = rng_below(&rng, 60);
        char *text = malloc(size + 1);
        assert_non_null(text);
        for (size_t i = 0; i < size; i++)
            text[i] = alphabet[rng_below(&rng, sizeof alphabet)];
        struct dictionary_reader r = reader(text, size);
        struct token t;
        struct thresh_err err;
        enum dictionary_event event;
        uint32_t line = 0;
        while ((event = dictionary_read(&r, &t, &err)) != DICTIONARY_END) {
            assert_true(r.line > line);
            line = r.line;
            assert_true(event == DICTIONARY_BAD ||
                        (t.size > 0 && t.size <= TOKEN_MAX));
        }
        assert_int_equal(r.at, size);
        free(text);
    }
}

static void lists_arrive(void **state)
{
    uint8_t list[200];
    size_t used = 0, at = 0;
    struct token a = token_make("abc", 3), t;
    struct token b = token_make(list, 0);
    bool lie;
    (void)state;
    memset(b.bytes, 'b', sizeof b.bytes);
    b.size = TOKEN_MAX;
    assert_true(token_list_add(list, sizeof list, &used, &a));
    assert_true(token_list_add(list, sizeof list, &used, &b));
    assert_false(token_list_add(list, sizeof list, &used, &b));
    assert_int_equal(used, 4 + 129);
    assert_true(token_list_take(list, used, &at, &t, &lie));
    assert_int_equal(t.size, 3);
    assert_true(token_list_take(list, used, &at, &t, &lie));
    assert_int_equal(t.size, TOKEN_MAX);
    assert_false(token_list_take(list, used, &at, &t, &lie));
    assert_false(lie);
}

static void lying_lists_are_refused(void **state)
{
    static const uint8_t empty[] = {0, 1, 'a'};
    static const uint8_t cut[] = {3, 'a', 'b'};
    uint8_t long_one[200] = {129};
    struct token t;
    size_t at = 0;
    bool lie;
    (void)state;
    assert_false(token_list_take(empty, sizeof empty, &at, &t, &lie));
    assert_true(lie);
    assert_false(token_list_take(cut, sizeof cut, &at, &t, &lie));
    assert_true(lie);
    assert_false(token_list_take(long_one, sizeof long_one, &at, &t, &lie));
    assert_true(lie);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_of_a_line),
        cmocka_unit_test(bad_lines_are_named),
        cmocka_unit_test(lines_are_counted),
        cmocka_unit_test(long_values),
        cmocka_unit_test(noise_is_read_to_its_end),
        cmocka_unit_test(lists_arrive),
        cmocka_unit_test(lying_lists_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
