/* SPDX-License-Identifier: MIT
 *
 * What the sanitizers are told: each option we set, for each tool, and who
 * wins when the harness or the user says otherwise.
 */
#include "unit.h"

#include "driver/sanitizer_options.h"

static char text[2048];

static struct sanitizer_settings nothing(void)
{
    struct sanitizer_settings s = {.max_allocation = 0};
    for (int i = 0; i < TOOL_COUNT; i++)
        s.harness[i] = s.user[i] = "";
    return s;
}

static struct sanitizer_settings with(enum sanitizer_tool tool)
{
    struct sanitizer_settings s = nothing();
    s.has[tool] = true;
    return s;
}

static const char *setting(const struct sanitizer_settings *s,
                           enum sanitizer_tool tool)
{
    return sanitizer_setting(s, tool, text, sizeof text) ? text : NULL;
}

/* Whether the setting of a tool has this option, as "name=value". */
static bool has(const struct sanitizer_settings *s, enum sanitizer_tool tool,
                const char *option)
{
    const char *at = setting(s, tool);
    size_t n = strlen(option);
    at = strchr(at, '=');
    for (; at && *at; at = strchr(at + 1, ':'))
        if (strncmp(at + 1, option, n) == 0 && (!at[n + 1] || at[n + 1] == ':'))
            return true;
    return false;
}

static void test_every_tool_gets_what_all_have(void **state)
{
    (void)state;
    static const char *const options[] = {
        "symbolize=0",
        "exitcode=77",
        "abort_on_error=0",
        "handle_segv=1",
        "handle_sigbus=1",
        "handle_sigfpe=1",
        "handle_sigill=1",
        "handle_abort=1",
        "handle_sigtrap=1",
        "use_sigaltstack=1",
        "leak_check_at_exit=0",
        "malloc_context_size=10",
        "allocator_release_to_os_interval_ms=500",
    };
    for (int tool = 0; tool < TOOL_COUNT; tool++) {
        struct sanitizer_settings s = with((enum sanitizer_tool)tool);
        for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
            assert_true(has(&s, (enum sanitizer_tool)tool, options[i]));
    }
}

static void test_each_tool_gets_its_own(void **state)
{
    (void)state;
    static const struct {
        enum sanitizer_tool tool;
        const char *option;
    } cases[] = {
        {TOOL_ASAN, "halt_on_error=1"},
        {TOOL_ASAN, "detect_odr_violation=0"},
        {TOOL_ASAN, "detect_stack_use_after_return=1"},
        {TOOL_ASAN, "quarantine_size_mb=16"},
        {TOOL_UBSAN, "halt_on_error=1"},
        {TOOL_UBSAN, "print_stacktrace=1"},
        {TOOL_MSAN, "halt_on_error=1"},
        {TOOL_TSAN, "halt_on_error=1"},
        {TOOL_TSAN, "second_deadlock_stack=1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sanitizer_settings s = with(cases[i].tool);
        assert_true(has(&s, cases[i].tool, cases[i].option));
    }
    struct sanitizer_settings s = with(TOOL_LSAN);
    assert_false(has(&s, TOOL_LSAN, "quarantine_size_mb=16"));
    assert_false(has(&s, TOOL_LSAN, "halt_on_error=1"));
}

static void test_names_of_the_variables(void **state)
{
    (void)state;
    static const char *const starts[TOOL_COUNT] = {
        [TOOL_ASAN] = "ASAN_OPTIONS=symbolize=0:",
        [TOOL_UBSAN] = "UBSAN_OPTIONS=symbolize=0:",
        [TOOL_LSAN] = "LSAN_OPTIONS=symbolize=0:",
        [TOOL_MSAN] = "MSAN_OPTIONS=symbolize=0:",
        [TOOL_TSAN] = "TSAN_OPTIONS=symbolize=0:",
    };
    for (int i = 0; i < TOOL_COUNT; i++) {
        enum sanitizer_tool tool = (enum sanitizer_tool)i;
        struct sanitizer_settings s = with(tool);
        const char *given = setting(&s, tool);
        assert_int_equal(strncmp(given, starts[i], strlen(starts[i])), 0);
    }
}

static void test_a_tool_that_is_not_there_gets_nothing(void **state)
{
    (void)state;
    struct sanitizer_settings s = with(TOOL_ASAN);
    assert_null(setting(&s, TOOL_UBSAN));
    assert_non_null(setting(&s, TOOL_ASAN));
}

static void test_the_user_comes_last(void **state)
{
    (void)state;
    struct sanitizer_settings s = with(TOOL_ASAN);
    s.user[TOOL_ASAN] = "halt_on_error=0:verbosity=1";
    const char *given = setting(&s, TOOL_ASAN);
    const char *end = strstr(given, ":halt_on_error=0:verbosity=1");
    assert_non_null(end);
    assert_string_equal(end, ":halt_on_error=0:verbosity=1");
    assert_null(strstr(given, "halt_on_error=1"));
}

static void test_the_harness_wins_over_us(void **state)
{
    (void)state;
    struct sanitizer_settings s = with(TOOL_UBSAN);
    s.harness[TOOL_UBSAN] = "print_stacktrace=0,halt_on_error=0";
    assert_false(has(&s, TOOL_UBSAN, "halt_on_error=1"));
    assert_false(has(&s, TOOL_UBSAN, "print_stacktrace=1"));
    assert_true(has(&s, TOOL_UBSAN, "exitcode=77"));
    /* The runtime asks the harness itself. */
    assert_false(has(&s, TOOL_UBSAN, "halt_on_error=0"));
}

static void test_the_user_wins_over_the_harness(void **state)
{
    (void)state;
    struct sanitizer_settings s = with(TOOL_TSAN);
    s.harness[TOOL_TSAN] = "exitcode=5";
    s.user[TOOL_TSAN] = "exitcode=6";
    assert_true(has(&s, TOOL_TSAN, "exitcode=6"));
    assert_false(has(&s, TOOL_TSAN, "exitcode=5"));
    assert_false(has(&s, TOOL_TSAN, "exitcode=77"));
}

/* ASan reads LSAN_OPTIONS and UBSAN_OPTIONS after its own. */
static void
test_ours_in_one_variable_never_beats_theirs_in_another(void **state)
{
    (void)state;
    struct sanitizer_settings s = with(TOOL_ASAN);
    s.has[TOOL_LSAN] = s.has[TOOL_UBSAN] = true;
    s.user[TOOL_ASAN] = "exitcode=5";
    s.harness[TOOL_UBSAN] = "malloc_context_size=3";
    for (int tool = 0; tool < TOOL_MSAN; tool++) {
        assert_false(has(&s, (enum sanitizer_tool)tool, "exitcode=77"));
        assert_false(
            has(&s, (enum sanitizer_tool)tool, "malloc_context_size=10"));
        assert_true(has(&s, (enum sanitizer_tool)tool, "handle_abort=1"));
    }
}

static void test_a_tools_own_option_is_its_own(void **state)
{
    (void)state;
    struct sanitizer_settings s = with(TOOL_ASAN);
    s.has[TOOL_UBSAN] = true;
    s.user[TOOL_ASAN] = "halt_on_error=0";
    assert_true(has(&s, TOOL_UBSAN, "halt_on_error=1"));
    assert_false(has(&s, TOOL_ASAN, "halt_on_error=1"));
}

static void test_a_tool_that_is_not_there_decides_nothing(void **state)
{
    (void)state;
    struct sanitizer_settings s = with(TOOL_ASAN);
    s.user[TOOL_MSAN] = "exitcode=5";
    assert_true(has(&s, TOOL_ASAN, "exitcode=77"));
}

static void test_a_name_within_another_is_not_meant(void **state)
{
    (void)state;
    struct sanitizer_settings s = with(TOOL_ASAN);
    s.user[TOOL_ASAN] = "my_exitcode=1:exitcode_not=2:log_path='exitcode=3'";
    assert_true(has(&s, TOOL_ASAN, "exitcode=77"));
}

static void test_suppressions_need_names(void **state)
{
    (void)state;
    struct sanitizer_settings s = with(TOOL_ASAN);
    s.suppressions = true;
    assert_true(has(&s, TOOL_ASAN, "symbolize=1"));
    s.suppressions = false;
    assert_true(has(&s, TOOL_ASAN, "symbolize=0"));
    s.has[TOOL_LSAN] = true;
    s.user[TOOL_LSAN] = "suppressions=file";
    assert_true(has(&s, TOOL_ASAN, "symbolize=1"));
    s.user[TOOL_LSAN] = "";
    assert_true(has(&s, TOOL_ASAN, "symbolize=0"));
}

static void test_who_must_limit_allocations_itself(void **state)
{
    (void)state;
    static const bool itself[TOOL_COUNT] = {
        [TOOL_LSAN] = true, [TOOL_MSAN] = true, [TOOL_TSAN] = true};
    for (int i = 0; i < TOOL_COUNT; i++) {
        enum sanitizer_tool tool = (enum sanitizer_tool)i;
        struct sanitizer_settings s = with(tool);
        s.max_allocation = ((uint64_t)100 << 20) - 5;
        assert_int_equal(has(&s, tool, "max_allocation_size_mb=100"),
                         itself[i]);
        s.max_allocation = 0;
        assert_null(strstr(setting(&s, tool), "max_allocation_size_mb"));
    }
    struct sanitizer_settings s = with(TOOL_ASAN);
    s.has[TOOL_LSAN] = true;
    s.max_allocation = (uint64_t)1 << 20;
    assert_null(strstr(setting(&s, TOOL_LSAN), "max_allocation_size_mb"));
}

static void test_who_decides_on_leaks(void **state)
{
    (void)state;
    struct sanitizer_settings s = with(TOOL_ASAN);
    s.has[TOOL_LSAN] = true;
    assert_true(sanitizer_wants_leaks(&s));
    s.user[TOOL_MSAN] = "detect_leaks=0"; /* not there */
    assert_true(sanitizer_wants_leaks(&s));
    s.harness[TOOL_ASAN] = "a=1:detect_leaks=0";
    assert_false(sanitizer_wants_leaks(&s));
    s.user[TOOL_ASAN] = "detect_leaks=true";
    assert_true(sanitizer_wants_leaks(&s));
    s.user[TOOL_LSAN] = "detect_leaks=no";
    assert_false(sanitizer_wants_leaks(&s));
    s.user[TOOL_LSAN] = "detect_leaks=\"false\"";
    assert_false(sanitizer_wants_leaks(&s));
    s.user[TOOL_LSAN] = "detect_leaks=0:detect_leaks=1";
    assert_true(sanitizer_wants_leaks(&s));
}

static void test_too_small_a_buffer_is_refused(void **state)
{
    (void)state;
    struct sanitizer_settings s = with(TOOL_ASAN);
    s.user[TOOL_ASAN] = "verbosity=1";
    size_t needed = strlen(setting(&s, TOOL_ASAN)) + 1;
    char *small = malloc(needed);
    for (size_t size = 0; size < needed; size++)
        assert_false(sanitizer_setting(&s, TOOL_ASAN, small, size));
    assert_true(sanitizer_setting(&s, TOOL_ASAN, small, needed));
    assert_string_equal(small, text);
    free(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_tool_gets_what_all_have),
        cmocka_unit_test(test_each_tool_gets_its_own),
        cmocka_unit_test(test_names_of_the_variables),
        cmocka_unit_test(test_a_tool_that_is_not_there_gets_nothing),
        cmocka_unit_test(test_the_user_comes_last),
        cmocka_unit_test(test_the_harness_wins_over_us),
        cmocka_unit_test(test_the_user_wins_over_the_harness),
        cmocka_unit_test(
            test_ours_in_one_variable_never_beats_theirs_in_another),
        cmocka_unit_test(test_a_tools_own_option_is_its_own),
        cmocka_unit_test(test_a_tool_that_is_not_there_decides_nothing),
        cmocka_unit_test(test_a_name_within_another_is_not_meant),
        cmocka_unit_test(test_suppressions_need_names),
        cmocka_unit_test(test_who_must_limit_allocations_itself),
        cmocka_unit_test(test_who_decides_on_leaks),
        cmocka_unit_test(test_too_small_a_buffer_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
