/* SPDX-License-Identifier: MIT
 *
 * Patterns of names: how they are cut into elements and alternatives, and what
 * they say of whole and of partial paths.
 */
#include "unit.h"

#include "base/name_match.h"

static enum name_match_result match(const char *pattern, const char *target,
                                    const char *seed)
{
    struct name_match *m;
    struct thresh_err err = {0};
    if (name_match_new(&m, pattern, "-run", &err))
        fail_msg("%s: %s", pattern, err.msg);
    const char *names[] = {target, seed};
    enum name_match_result result = name_match_path(m, names, seed ? 2 : 1);
    name_match_free(m);
    return result;
}

static void test_paths(void **state)
{
    (void)state;
    enum {
        NONE = NAME_MATCH_NONE,
        PARTIAL = NAME_MATCH_PARTIAL,
        FULL = NAME_MATCH_FULL,
    };
    static const struct {
        const char *pattern;
        const char *target;
        const char *seed;
        int result;
    } cases[] = {
        {"", "parse", NULL, FULL},
        {"", "parse", "seed", FULL},
        {"ars", "parse", NULL, FULL},
        {"ars", "parse", "seed", FULL},
        {"^ars", "parse", "ars", NONE},
        {"parse/9a", "parse", NULL, PARTIAL},
        {"parse/9a", "parse", "9a3c", FULL},
        {"parse/9a", "parse", "8a3c", NONE},
        {"parse/9a", "url", NULL, NONE},
        {"parse/9a", "url", "9a3c", NONE},
        {"/9a", "url", "9a3c", FULL},
        {"url/", "url", NULL, PARTIAL},
        {"url/", "url", "x", FULL},
        {"a/b/c", "a", "b", PARTIAL},
        /* no '/': one regular expression */
        {"a|b", "b", NULL, FULL},
        {"a|b", "c", "b", NONE},
        {"(?i)a|b", "B", NULL, FULL},
        {"^(a|b)$", "ab", NULL, NONE},
        /* alternatives */
        {"a/b|c", "a", NULL, PARTIAL},
        {"a/b|c", "a", "b", FULL},
        {"a/b|c", "a", "c", NONE},
        {"a/b|c", "c", NULL, FULL},
        {"a/b|c", "c", "x", FULL},
        {"c|a/b", "a", "b", FULL},
        {"c|a/b", "a", "x", NONE},
        {"a/b|a", "a", NULL, FULL},
        {"a|a/b", "a", NULL, FULL},
        {"a/b|c/d", "c", "d", FULL},
        {"a/b|c/d", "c", "b", NONE},
        {"a/(b|c)", "a", "c", FULL},
        {"a/[b|c]", "a", "|", FULL},
        /* a '/' that is none */
        {"^a[/]$", "a/", NULL, FULL},
        {"^[[:alpha:]]/b$", "a", "b", FULL},
        {"^(a/b)$", "a/b", NULL, FULL},
        {"^a\\/b$", "a/b", NULL, FULL},
        {"^(a[)]/)$", "a)/", NULL, FULL},
        {"^a]/b$", "a]", "b", FULL},
        {"^\\[/b$", "[", "b", FULL},
        {"^\\(/b$", "(", "b", FULL},
        {"^[(]/b$", "(", "b", FULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int result =
            (int)match(cases[i].pattern, cases[i].target, cases[i].seed);
        if (result != cases[i].result)
            fail_msg("%s on %s/%s: %d instead of %d", cases[i].pattern,
                     cases[i].target, cases[i].seed ? cases[i].seed : "",
                     result, cases[i].result);
    }
}

static void test_no_names_match_in_part(void **state)
{
    (void)state;
    struct name_match *m;
    assert_int_equal(name_match_new(&m, "a", "-run", NULL), 0);
    assert_int_equal(name_match_path(m, NULL, 0), NAME_MATCH_PARTIAL);
    name_match_free(m);
}

static void check_refused(const char *pattern, const char *flag,
                          const char *message)
{
    struct name_match *m = (struct name_match *)&pattern;
    struct thresh_err err = {0};
    assert_int_equal(name_match_new(&m, pattern, flag, &err), THRESH_EUSAGE);
    assert_null(m);
    assert_int_equal(err.code, THRESH_EUSAGE);
    assert_string_equal(err.msg, message);
    assert_int_equal(name_match_new(&m, pattern, flag, NULL), THRESH_EUSAGE);
}

static void test_refused_patterns(void **state)
{
    (void)state;
    check_refused("[", "-run",
                  "invalid regexp for element 0 of -run (\"[\"): "
                  "error parsing regexp: missing closing ]: `[`");
    check_refused("a/b)", "-fuzz",
                  "invalid regexp for element 1 of -fuzz (\"b)\"): "
                  "error parsing regexp: unexpected ): `b)`");
    check_refused("a|b\"*+", "-skip",
                  "invalid regexp for element 0 of -skip (\"a|b\\\"*+\"): "
                  "error parsing regexp: invalid nested repetition operator: "
                  "`*+`");
    check_refused("a/b|c/*", "-run",
                  "invalid regexp for alternation 1 of element 1 of -run "
                  "(\"*\"): error parsing regexp: missing argument to "
                  "repetition operator: `*`");
    check_refused("*|b/c", "-run",
                  "invalid regexp for alternation 0 of element 0 of -run "
                  "(\"*\"): error parsing regexp: missing argument to "
                  "repetition operator: `*`");
    check_refused("a/\\", "-run",
                  "invalid regexp for element 1 of -run (\"\\\\\"): error "
                  "parsing regexp: trailing backslash at end of expression: "
                  "``");
}

static void test_long_element_leaves_room_for_the_reason(void **state)
{
    (void)state;
    char pattern[2000];
    memset(pattern, 'a', sizeof pattern);
    memcpy(pattern + sizeof pattern - 3, "**", 3);
    struct name_match *m;
    struct thresh_err err = {0};
    assert_int_equal(name_match_new(&m, pattern, "-run", &err), THRESH_EUSAGE);
    assert_non_null(strstr(err.msg, "aaa...\"): error parsing regexp: invalid "
                                    "nested repetition operator: `**`"));
}

static void test_freeing_nothing(void **state)
{
    (void)state;
    name_match_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_no_names_match_in_part),
        cmocka_unit_test(test_refused_patterns),
        cmocka_unit_test(test_long_element_leaves_room_for_the_reason),
        cmocka_unit_test(test_freeing_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
