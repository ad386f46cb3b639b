/* SPDX-License-Identifier: MIT
 *
 * Regular expressions: what matches, what is refused with which words, and
 * that patterns made to hurt do not.
 */
#include "unit.h"

#include <stdio.h>

#include "base/regexp.h"

static bool match_bytes(const char *pattern, const char *text, size_t size)
{
    struct regexp *re;
    struct thresh_err err = {0};
    if (regexp_new(&re, pattern, &err))
        fail_msg("%s: %s", pattern, err.msg);
    bool first = regexp_match(re, text, size);
    /* The working memory of one match must not reach into the next. */
    (void)regexp_match(re, "aAb_ \n0", 7);
    bool second = regexp_match(re, text, size);
    regexp_free(re);
    assert_int_equal(first, second);
    return first;
}

struct match_case {
    const char *pattern;
    const char *text;
    bool matches;
};

static void check_matches(const struct match_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct match_case *c = &cases[i];
        if (match_bytes(c->pattern, c->text, strlen(c->text)) != c->matches)
            fail_msg("/%s/ %s \"%s\"", c->pattern,
                     c->matches ? "does not match" : "matches", c->text);
    }
}

#define CHECK_MATCHES(cases) \
    check_matches(cases, sizeof(cases) / sizeof(cases)[0])

static void test_literals_match_anywhere(void **state)
{
    (void)state;
    static const struct match_case cases[] = {
        {"", "", true},           {"", "x", true},
        {"a", "", false},         {"bc", "abcd", true},
        {"bd", "abcd", false},    {"aab", "aaab", true},
        {"a.c", "abc", true},     {"a.c", "a\nc", false},
        {"a.c", "ac", false},     {"]", "]", true},
        {"}", "}", true},         {"\xc3\xa9t", "\xc3\xa9t\xc3\xa9", true},
        {"\xc3\xa9", "e", false},
    };
    CHECK_MATCHES(cases);
}

static void test_anchors(void **state)
{
    (void)state;
    static const struct match_case cases[] = {
        {"^a", "ab", true},
        {"^b", "ab", false},
        {"b$", "ab", true},
        {"a$", "ab", false},
        {"^$", "", true},
        {"^$", "a", false},
        {"^a$", "a\n", false},
        {"^b", "a\nb", false},
        {"\\Aa\\z", "a", true},
        {"\\Aa\\z", "aa", false},
        {"a^b", "ab", false},
        {"x*^a", "a", true},
        {"^*a", "ba", true},
        {"^+a", "ba", false},
        {"\\bfoo\\b", "a foo", true},
        {"\\bfoo\\b", "afoo", false},
        {"\\bfoo\\b", "foo_", false},
        {"\\bfoo\\b", "foo-", true},
        {"\\Boo", "foo", true},
        {"\\Bfoo", "foo", false},
        {"\\B", "", true},
        {"\\b", "", false},
        {"^a|b$", "ax", true},
        {"^a|b$", "xb", true},
        {"^a|b$", "bx", false},
        {"^(a|b)$", "ax", false},
    };
    CHECK_MATCHES(cases);
}

static void test_repetition(void **state)
{
    (void)state;
    static const struct match_case cases[] = {
        {"^ab*c$", "ac", true},
        {"^ab*c$", "abbbc", true},
        {"^ab*c$", "abbdc", false},
        {"^ab+c$", "ac", false},
        {"^ab+c$", "abbc", true},
        {"^ab?c$", "ac", true},
        {"^ab?c$", "abc", true},
        {"^ab?c$", "abbc", false},
        {"^ab*?c$", "abbc", true},
        {"^ab+?c$", "ac", false},
        {"^ab??c$", "abbc", false},
        {"^a{3}$", "aaa", true},
        {"^a{3}$", "aa", false},
        {"^a{3}$", "aaaa", false},
        {"^a{2,}$", "a", false},
        {"^a{2,}$", "aa", true},
        {"^a{2,}$", "aaaaa", true},
        {"^a{0,}$", "", true},
        {"^a{0,}$", "aaab", false},
        {"^a{1,}$", "", false},
        {"^a{2,4}$", "a", false},
        {"^a{2,4}$", "aa", true},
        {"^a{2,4}$", "aaaa", true},
        {"^a{2,4}$", "aaaaa", false},
        {"^a{0,2}$", "", true},
        {"^a{0,2}$", "aa", true},
        {"^a{0,2}$", "aaa", false},
        {"^a{0,1}b$", "ab", true},
        {"^xa{0}y$", "xy", true},
        {"^xa{0}y$", "xay", false},
        {"^xa{0,0}y$", "xay", false},
        {"^a{2}?$", "aa", true},
        {"^(ab){2}$", "abab", true},
        {"^(ab){2}$", "abb", false},
        {"^(a|bc){2,3}$", "abca", true},
        {"^(a|bc){2,3}$", "bcb", false},
        {"^(a{2}b){2}$", "aabaab", true},
        {"^(a{2}b){2}$", "aabab", false},
        {"^((a|b)?c)*$", "acbcc", true},
        {"^((a|b)?c)*$", "acbbc", false},
        {"^(a*)*$", "aaa", true},
        {"^(a*)*$", "ab", false},
        {"^(a*)+$", "", true},
        {"^(|a)+$", "aa", true},
        {"^(|a)+$", "ab", false},
        {"^()*$", "", true},
        {"^(){3,5}a$", "a", true},
        {"(){1}", "", true},
        {"(?:)*a", "b", false},
        {"^(a?){3}$", "aaaa", false},
        /* braces that are no count */
        {"^a{,2}$", "a{,2}", true},
        {"^a{$", "a{", true},
        {"^a{1$", "a{1", true},
        {"^a{x}$", "a{x}", true},
        {"^a{01}$", "a{01}", true},
        {"^{1,2x}$", "{1,2x}", true},
        {"^a*{$", "aa{", true},
    };
    CHECK_MATCHES(cases);
}

static void test_groups_and_alternation(void **state)
{
    (void)state;
    static const struct match_case cases[] = {
        {"^(a|b|c)$", "a", true},
        {"^(a|b|c)$", "b", true},
        {"^(a|b|c)$", "c", true},
        {"^(a|b|c)$", "d", false},
        {"^(?:ab|cd)e$", "cde", true},
        {"^(?:ab|cd)e$", "abd", false},
        {"^(a||b)$", "", true},
        {"^(|a)$", "a", true},
        {"^(a|)$", "", true},
        {"^(a|)b$", "b", true},
        {"^()$", "", true},
        {"a|", "x", true},
        {"^(a|(b|c)d|e)f$", "cdf", true},
        {"^(a|(b|c)d|e)f$", "ef", true},
        {"^(a|(b|c)d|e)f$", "bf", false},
        {"^(a|(b|c)*d|e)f$", "bcbdf", true},
        {"^(a|b+|c?d)+$", "abbdcd", true},
        {"^(a|b+|c?d)+$", "abbc", false},
    };
    CHECK_MATCHES(cases);
}

static void test_classes(void **state)
{
    (void)state;
    static const struct match_case cases[] = {
        {"^[abc]$", "b", true},
        {"^[abc]$", "d", false},
        {"^[a-c]+$", "abc", true},
        {"^[a-c]$", "-", false},
        {"^[^a-c]$", "d", true},
        {"^[^a-c]$", "a", false},
        {"^[^a]$", "\n", true},
        {"^[]a]$", "]", true},
        {"^[^]a]$", "]", false},
        {"^[^]a]$", "b", true},
        {"^[-a]$", "-", true},
        {"^[a-]$", "-", true},
        {"^[a\\-c]$", "b", false},
        {"^[a\\-c]$", "-", true},
        {"^[\\]]$", "]", true},
        {"^[\\x41-\\x43]$", "B", true},
        {"^[a^]$", "^", true},
        {"^[.*]$", ".", true},
        {"^[.*]$", "x", false},
        {"^[\\d_]$", "7", true},
        {"^[\\d_]$", "a", false},
        {"^[^\\d]$", "7", false},
        {"^[\\D]$", "a", true},
        {"^[\\D]$", "1", false},
        {"^[a-b-d]$", "c", false},
        {"^[a-b-d]$", "-", true},
        {"^[[:alpha:]]$", "q", true},
        {"^[[:alpha:]]$", "1", false},
        {"^[[:^alpha:]]$", "1", true},
        {"^[[:^alpha:]]$", "q", false},
        {"^[[:digit:]x]+$", "1x", true},
        {"^[[:upper:]]$", "a", false},
        {"^[[:xdigit:]]+$", "fF9", true},
        {"^[[:xdigit:]]$", "g", false},
        {"^[[:punct:]]+$", "!/:@[`{~", true},
        {"^[[:punct:]]$", "a", false},
        {"^[[:space:]]$", "\v", true},
        {"^[[:word:]]+$", "a_Z0", true},
        {"^[[:cntrl:]]$", "\x7f", true},
        {"^[[:ascii:]]$", "\x80", false},
        {"^[[:blank:]]$", "\n", false},
        {"^[[:graph:]]$", " ", false},
        {"^[[:print:]]$", " ", true},
        {"^[[:lower:]]$", "z", true},
        {"^[[:alnum:]]+$", "aZ9", true},
        {"^[[:a]$", ":", true},
        {"^\\d\\D$", "1a", true},
        {"^\\d$", "a", false},
        {"^\\s+$", " \t\n\f\r", true},
        {"^\\s$", "\v", false},
        {"^\\S$", " ", false},
        {"^\\w+$", "aZ_9", true},
        {"^\\w$", "-", false},
        {"^\\W$", "-", true},
        {"^[^\xff]$", "\xfe", true},
        {"^[\x80-\xff]$", "\xc3", true},
    };
    CHECK_MATCHES(cases);
}

static void test_escapes(void **state)
{
    (void)state;
    static const struct match_case cases[] = {
        {"^a\\.c$", "abc", false},
        {"^a\\.c$", "a.c", true},
        {"^\\t\\n\\r\\f\\v\\a$", "\t\n\r\f\v\a", true},
        {"^\\x4a\\x4A$", "JJ", true},
        {"^\\xfF$", "\xff", true},
        {"^\\*\\+\\?\\(\\)\\[\\]\\{\\}\\|\\^\\$\\\\$", "*+?()[]{}|^$\\", true},
        {"^\\/\\_\\ \\-$", "/_ -", true},
        {"^\\Qa.*(\\E+$", "a.*((", true},
        {"^\\Qa.c\\E$", "abc", false},
        {"^\\Q[$", "[$", true},
        {"^a\\Q\\Eb$", "ab", true},
        {"^\\Q\\\\E$", "\\", true},
    };
    CHECK_MATCHES(cases);
    assert_true(match_bytes("^a\\x00b$", "a\0b", 3));
    assert_true(match_bytes("^a.b$", "a\0b", 3));
    assert_false(match_bytes("b", "ab", 1));
}

static void test_ignoring_case(void **state)
{
    (void)state;
    static const struct match_case cases[] = {
        {"(?i)abc", "xABCx", true},       {"(?i)ABC", "abc", true},
        {"(?i)a|B", "b", true},           {"abc", "ABC", false},
        {"(?i)^[a-c]+$", "aBC", true},    {"(?i)^[A-C]+$", "abC", true},
        {"(?i)^[^a]$", "A", false},       {"(?i)^[^A]$", "a", false},
        {"(?i)^[[:upper:]]$", "a", true}, {"(?i)^[[:^upper:]]$", "a", false},
        {"(?i)^\\x41$", "a", true},       {"(?i)^\\QaB\\E$", "Ab", true},
        {"(?i)^[Z-a]+$", "zA_", true},    {"(?i)^[Z-a]$", "b", false},
        {"(?i)^\xc9$", "\xe9", false},    {"(?i)", "", true},
        {"(?i)[@[`{]", "aZ", false},      {"(?i)\\bA", "-a", true},
    };
    CHECK_MATCHES(cases);
}

static void check_refused(const char *pattern, const char *message)
{
    struct regexp *re = (struct regexp *)&pattern;
    struct thresh_err err = {0};
    if (regexp_new(&re, pattern, &err) != THRESH_EUSAGE)
        fail_msg("%s is not refused", pattern);
    assert_null(re);
    assert_int_equal(err.code, THRESH_EUSAGE);
    assert_string_equal(err.msg, message);
    assert_int_equal(regexp_new(&re, pattern, NULL), THRESH_EUSAGE);
}

static void test_refused_patterns(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        const char *why;
    } cases[] = {
        {"[", "missing closing ]: `[`"},
        {"x[a-z", "missing closing ]: `[a-z`"},
        {"[]", "missing closing ]: `[]`"},
        {"[^]", "missing closing ]: `[^]`"},
        {"[a-", "missing closing ]: `[a-`"},
        {"[[:alpha:]", "missing closing ]: `[[:alpha:]`"},
        {"[z-a]", "invalid character class range: `z-a`"},
        {"[[:foo:]]", "invalid character class range: `[:foo:]`"},
        {"[[:d:]]", "invalid character class range: `[:d:]`"},
        {"[[:^:]]", "invalid character class range: `[:^:]`"},
        {"[a-\\d]", "invalid escape sequence: `\\d`"},
        {"[\\y]", "invalid escape sequence: `\\y`"},
        {"[\\", "trailing backslash at end of expression: ``"},
        {"*", "missing argument to repetition operator: `*`"},
        {"+?", "missing argument to repetition operator: `+?`"},
        {"a|*", "missing argument to repetition operator: `*`"},
        {"(?i)*", "missing argument to repetition operator: `*`"},
        {"(?:?)", "missing argument to repetition operator: `?`"},
        {"({2})", "missing argument to repetition operator: `{2}`"},
        {"a**", "invalid nested repetition operator: `**`"},
        {"a*+b", "invalid nested repetition operator: `*+`"},
        {"a+??", "invalid nested repetition operator: `+??`"},
        {"a{2}{3}", "invalid nested repetition operator: `{2}{3}`"},
        {"a{2,1}", "invalid repeat count: `{2,1}`"},
        {"a{1001}?", "invalid repeat count: `{1001}`"},
        {"a{2,1001}", "invalid repeat count: `{2,1001}`"},
        {"a{99999999999999999999}",
         "invalid repeat count: `{99999999999999999999}`"},
        {"(abc", "missing closing ): `(abc`"},
        {"a(b(c)", "missing closing ): `a(b(c)`"},
        {"abc)", "unexpected ): `abc)`"},
        {"(?i)a)b", "unexpected ): `(?i)a)b`"},
        {"(?", "invalid or unsupported Perl syntax: `(?`"},
        {"a(?=b)", "invalid or unsupported Perl syntax: `(?=`"},
        {"a(?i)b", "invalid or unsupported Perl syntax: `(?i`"},
        {"abc\\", "trailing backslash at end of expression: ``"},
        {"\\y", "invalid escape sequence: `\\y`"},
        {"\\1", "invalid escape sequence: `\\1`"},
        {"\\E", "invalid escape sequence: `\\E`"},
        {"\\x", "invalid escape sequence: `\\x`"},
        {"\\x4", "invalid escape sequence: `\\x4`"},
        {"\\xg1", "invalid escape sequence: `\\xg`"},
        {"\\\xc3\xa9x", "invalid escape sequence: `\\\xc3\xa9`"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char message[200];
        snprintf(message, sizeof message, "error parsing regexp: %s",
                 cases[i].why);
        check_refused(cases[i].pattern, message);
    }
}

/* A pattern of `count` times the same piece, between two others. */
static char *repeated(const char *head, const char *piece, size_t count,
                      const char *tail)
{
    size_t size = strlen(piece);
    char *text = malloc(strlen(head) + count * size + strlen(tail) + 1);
    assert_non_null(text);
    strcpy(text, head);
    char *at = text + strlen(head);
    for (size_t i = 0; i < count; i++, at += size)
        memcpy(at, piece, size);
    strcpy(at, tail);
    return text;
}

static void check_refused_as(char *pattern, const char *why)
{
    struct regexp *re;
    struct thresh_err err = {0};
    assert_int_equal(regexp_new(&re, pattern, &err), THRESH_EUSAGE);
    assert_null(re);
    assert_non_null(strstr(err.msg, why));
    free(pattern);
}

static void test_limits(void **state)
{
    (void)state;
    struct regexp *re;
    char *deep = repeated("", "(", 1000, "");
    char *nested = repeated(deep, ")", 1000, "");
    assert_int_equal(regexp_new(&re, nested, NULL), 0);
    assert_true(regexp_match(re, "", 0));
    regexp_free(re);
    free(deep);
    free(nested);
    check_refused_as(repeated("", "(", 1001, ""), "nests too deeply");

    static const char too_large[] = "expression too large";
    check_refused_as(repeated("", "a", 40000, ""), too_large);
    check_refused_as(repeated("", "a|", 20000, ""), too_large);
    check_refused_as(repeated("", ".{0}", 40000, ""), too_large);
    check_refused_as(repeated("", "(a{1000}){1000}", 1, ""), too_large);
    check_refused_as(repeated("(a{1000}", "|b{1000}", 40, ")"), too_large);
    check_refused_as(repeated("", "(a", 900, "\\"), "trailing backslash");
}

/* These take a backtracking matcher longer than the universe has. */
static void test_patterns_made_to_hurt(void **state)
{
    (void)state;
    char *text = repeated("", "a", 1000, "");
    size_t size = strlen(text);
    assert_false(match_bytes("^(a+)+$b", text, size));
    assert_false(match_bytes("^((a*)*)*b", text, size));
    assert_false(match_bytes("^(a|a|aa)+$b", text, size));
    assert_false(match_bytes("(a?){100}a{1000}b", text, size));
    assert_true(match_bytes("^(a?){1000}a{1000}$", text, size));
    assert_false(match_bytes("^a{1000}a$", text, size));
    free(text);
}

static void test_freeing_nothing(void **state)
{
    (void)state;
    regexp_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_literals_match_anywhere),
        cmocka_unit_test(test_anchors),
        cmocka_unit_test(test_repetition),
        cmocka_unit_test(test_groups_and_alternation),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_ignoring_case),
        cmocka_unit_test(test_refused_patterns),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_patterns_made_to_hurt),
        cmocka_unit_test(test_freeing_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
