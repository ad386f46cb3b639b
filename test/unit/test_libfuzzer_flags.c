/* SPDX-License-Identifier: MIT
 *
 * libFuzzer's flags: whose command line it is, and what values mean.
 */
#include "unit.h"

#include "driver/libfuzzer_flags.h"

#define MAX_ARGS 8

static int count(const char *const *args)
{
    int n = 0;
    while (args[n])
        n++;
    return n;
}

static enum libfuzzer_mode mode_of(const char *const *args)
{
    const char *ours, *theirs;
    return libfuzzer_mode_of(count(args), (char **)(uintptr_t)args, &ours,
                             &theirs);
}

static void test_modes(void **state)
{
    static const struct {
        enum libfuzzer_mode mode;
        const char *args[MAX_ARGS];
    } cases[] = {
        {MODE_THRESH, {"x"}},
        {MODE_THRESH, {"x", "-fuzz=."}},
        {MODE_THRESH, {"x", "-fuzz", "."}},
        {MODE_THRESH, {"x", "--fuzz", ".", "-v"}},
        {MODE_THRESH, {"x", "-seed=1", "-timeout=3", "-dict=d"}},
        {MODE_THRESH, {"x", "-seed", "1"}},
        {MODE_THRESH, {"x", "-help"}},
        {MODE_THRESH, {"x", "-nosuch=1"}},
        {MODE_THRESH, {"x", "-fuzz=.", "stray"}},
        {MODE_LIBFUZZER, {"x", "corpus"}},
        {MODE_LIBFUZZER, {"x", "-seed=1", "corpus"}},
        {MODE_LIBFUZZER, {"x", "--"}},
        {MODE_LIBFUZZER, {"x", "--", "-seed=1"}},
        {MODE_LIBFUZZER, {"x", "-runs=1", "-nosuch=1", "--fuzz=1"}},
        {MODE_LIBFUZZER, {"x", "-help=1"}},
        {MODE_LIBFUZZER, {"x", "-ignore_remaining_args=1", "-fuzz=."}},
        {MODE_BOTH, {"x", "-runs=1", "-fuzz=."}},
        {MODE_BOTH, {"x", "-v", "-merge=1", "a", "b"}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(mode_of(cases[i].args), cases[i].mode);
}

static void parse(struct libfuzzer_flags *flags, const char *const *args)
{
    assert_true(
        libfuzzer_flags_parse(flags, count(args), (char **)(uintptr_t)args));
}

static void test_defaults(void **state)
{
    struct libfuzzer_flags f;
    (void)state;
    parse(&f, (const char *const[]){"x", NULL});
    assert_int_equal(f.runs, -1);
    assert_int_equal(f.timeout, 1200);
    assert_int_equal(f.rss_limit_mb, 2048);
    assert_int_equal(f.error_exitcode, 77);
    assert_int_equal(f.timeout_exitcode, 70);
    assert_int_equal(f.len_control, 100);
    assert_int_equal(f.reload, 1);
    assert_int_equal(f.ignore_ooms, 1);
    assert_int_equal(f.ignore_crashes, 0);
    assert_int_equal(f.print_funcs, 2);
    assert_int_equal(f.report_slow_units, 10);
    assert_null(f.artifact_prefix);
    assert_null(f.dict);
    assert_int_equal(f.ninputs, 0);
    libfuzzer_flags_release(&f);
}

static void test_values(void **state)
{
    struct libfuzzer_flags f;
    (void)state;
    parse(&f, (const char *const[]){"x", "-runs=12", "-seed=-1",
                                    "-timeout=", "-dict=a=b", "in",
                                    "-max_len=9z", "out", NULL});
    assert_int_equal(f.runs, 12);
    assert_int_equal((unsigned)f.seed, 4294967295u);
    assert_int_equal(f.timeout, 0);
    assert_string_equal(f.dict, "a=b");
    assert_int_equal(f.max_len, 9);
    assert_int_equal(f.ninputs, 2);
    assert_string_equal(f.inputs[0], "in");
    assert_string_equal(f.inputs[1], "out");
    libfuzzer_flags_release(&f);
}

static void test_what_is_left_to_the_target(void **state)
{
    struct libfuzzer_flags f;
    (void)state;
    parse(&f, (const char *const[]){"x", "--runs=5", "--", "-runs=3",
                                    "-ignore_remaining_args=1", "-runs=7",
                                    "stray", NULL});
    assert_int_equal(f.runs, 3);
    assert_int_equal(f.ninputs, 0);
    libfuzzer_flags_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_what_is_left_to_the_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
