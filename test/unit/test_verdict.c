/* SPDX-License-Identifier: MIT
 *
 * Verdicts: that every end of a process is called what it is, and that the
 * input, we and others are never confused.
 */
#include "unit.h"

#include <stdio.h>

#include "coordinator/verdict.h"
#include "ends.h"

#define SECOND_US 1000000u

static struct process process;
static struct limits limits = {.input_us = 3 * SECOND_US,
                               .max_resident = (uint64_t)100 << 20};

static int make(void **state)
{
    struct thresh_err err;
    (void)state;
    return platform_output_new(&process.output, &err);
}

static void print(const char *text, size_t size)
{
    platform_output_clear(process.output);
    assert_int_equal(platform_write_all(process.output, text, size, NULL), 0);
}

static struct verdict judge(struct process_end end)
{
    struct verdict v;
    verdict_of_end(&v, &end, &process, &limits);
    assert_true(v.died);
    return v;
}

static struct process_end signalled(int number)
{
    return (struct process_end){.exit = {PLATFORM_SIGNALLED, number},
                                .blames_input = true,
                                .state = PROCESS_BUSY};
}

static struct process_end exited(int code)
{
    return (struct process_end){.exit = {PLATFORM_EXITED, code},
                                .blames_input = true,
                                .state = PROCESS_BUSY};
}

static void test_signals_of_crashes_are_failures(void **state)
{
    (void)state;
    static const int crashes[] = {END_CRASHES};
    print("", 0);
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++) {
        struct verdict v = judge(signalled(crashes[i]));
        assert_int_equal(v.kind, VERDICT_FAIL);
        assert_string_equal(v.title, platform_signal_name(crashes[i]));
    }
    struct verdict v = judge(signalled(END_ABORT));
    assert_string_equal(v.title, END_ABORT_NAME);
    assert_string_equal(
        v.detail,
        "fuzzing process hung or terminated unexpectedly: signal: aborted");
}

static void test_signals_from_outside_are_nobodys_failure(void **state)
{
    (void)state;
    static const int outside[] = {END_OUTSIDE};
    print("", 0);
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++)
        assert_int_equal(judge(signalled(outside[i])).kind, VERDICT_OUTSIDE);
    assert_string_equal(judge(signalled(END_KILLED)).title,
                        "fuzzing process terminated by unexpected signal; no "
                        "crash will be recorded: signal: killed");
}

static void test_any_exit_of_the_target_is_a_failure(void **state)
{
    (void)state;
    print("", 0);
    for (int code = 0; code < 256; code += 51) {
        struct verdict v = judge(exited(code));
        assert_int_equal(v.kind, VERDICT_FAIL);
    }
    assert_string_equal(judge(exited(99)).title, "exit status 99");
    assert_string_equal(judge(exited(0)).detail,
                        "fuzzing process hung or terminated unexpectedly: "
                        "exit status 0");
}

static void test_an_address_is_told(void **state)
{
    (void)state;
    struct process_end end = signalled(END_ACCESS);
    end.words.kind = LAST_WORDS_SIGNAL;
    end.words.address = 0x12345;
    assert_string_equal(judge(end).title,
                        END_ACCESS_NAME " on address 0x12345");
}

static void test_a_hang_is_a_timeout(void **state)
{
    (void)state;
    struct process_end end = signalled(END_KILLED);
    end.killed = KILL_HANG;
    struct verdict v = judge(end);
    assert_int_equal(v.kind, VERDICT_FAIL);
    assert_true(v.timeout);
    assert_string_equal(v.title, "timeout after 3.00s");
    limits.source = LIMIT_ADAPTIVE;
    assert_string_equal(judge(end).title, "timeout after 3.00s (adaptive; "
                                          "-inputtimeout sets it)");
    limits.source = LIMIT_DEFAULT;
    assert_string_equal(judge(end).title, "timeout after 3.00s (default; "
                                          "-inputtimeout sets it)");
    limits.source = LIMIT_GIVEN;
}

static void
test_too_much_memory_is_a_failure_wherever_it_is_noticed(void **state)
{
    (void)state;
    static const enum process_state states[] = {PROCESS_IDLE, PROCESS_BUSY};
    for (size_t i = 0; i < 2; i++) {
        struct process_end end = signalled(END_KILLED);
        end.killed = KILL_MEMORY;
        end.state = states[i];
        end.blames_input = false;
        end.resident = (uint64_t)123 << 20;
        struct verdict v = judge(end);
        assert_int_equal(v.kind, VERDICT_FAIL);
        assert_true(v.memory);
        assert_string_equal(v.title,
                            "out of memory (resident 123 MB, limit 100 MB)");
    }
}

static void test_what_was_said_before_counts_more_than_memory(void **state)
{
    (void)state;
    struct process_end end = signalled(END_ABORT);
    end.killed = KILL_MEMORY;
    end.words.kind = LAST_WORDS_SIGNAL;
    struct verdict v = judge(end);
    assert_false(v.memory);
    assert_string_equal(v.title, END_ABORT_NAME);
}

static void test_one_allocation_above_the_limit_is_a_failure(void **state)
{
    (void)state;
    struct process_end end = exited(1);
    end.words = (struct last_words){.kind = LAST_WORDS_ALLOCATION,
                                    .text = "out of memory: malloc(77)"};
    struct verdict v = judge(end);
    assert_int_equal(v.kind, VERDICT_FAIL);
    assert_false(v.memory);
    assert_string_equal(v.title, "out of memory: malloc(77)");
    assert_string_equal(v.key, "memory allocation");
}

static void test_leaksanitizer_out_of_order_is_nobodys_failure(void **state)
{
    (void)state;
    struct process_end end = exited(77);
    end.words.kind = LAST_WORDS_NO_LEAKS;
    struct verdict v = judge(end);
    assert_int_equal(v.kind, VERDICT_OUTSIDE);
    assert_true(v.no_leaks);
}

static void test_what_no_input_ran_for_is_ours(void **state)
{
    (void)state;
    struct process_end end = exited(4);
    end.blames_input = false;
    end.state = PROCESS_STARTING;
    struct verdict v = judge(end);
    assert_int_equal(v.kind, VERDICT_ENGINE);
    assert_string_equal(v.title, "fuzzing process terminated without fuzzing: "
                                 "exit status 4");

    end = exited(70);
    end.blames_input = false;
    end.words.kind = LAST_WORDS_ENGINE;
    memcpy(end.words.text, "no memory", 10);
    v = judge(end);
    assert_int_equal(v.kind, VERDICT_ENGINE);
    assert_non_null(strstr(v.title, "internal failure: no memory"));
}

static void test_a_lie_is_never_an_inputs_failure(void **state)
{
    (void)state;
    struct process_end end = signalled(END_ACCESS);
    end.killed = KILL_LIE;
    assert_int_equal(judge(end).kind, VERDICT_ENGINE);
    end = signalled(END_KILLED);
    end.killed = KILL_LIE;
    assert_int_equal(judge(end).kind, VERDICT_ENGINE);
}

static void test_a_failed_check_is_known_by_its_place(void **state)
{
    (void)state;
    struct process_end end = signalled(END_ABORT), other = end;
    end.words.kind = other.words.kind = LAST_WORDS_CHECK;
    strcpy(end.words.text, "a.c:12: check failed: x: value 1");
    strcpy(other.words.text, "a.c:12: check failed: x: value 2");
    assert_string_equal(judge(end).title, "a.c:12: check failed: x: value 1");
    assert_string_equal(judge(end).key, judge(other).key);
    strcpy(other.words.text, "a.c:13: check failed: x: value 1");
    assert_string_not_equal(judge(end).key, judge(other).key);
}

static const char asan_report[] =
    "some output\n"
    "==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602 at "
    "pc 0x5 bp 0x7 sp 0x7\n"
    "READ of size 1 at 0x602 thread T0\n"
    "    #0 0x5 in skip_ws /src/url.c:88\n"
    "SUMMARY: AddressSanitizer: heap-buffer-overflow /src/url.c:88 in "
    "skip_ws\n";

static void test_a_report_outranks_the_exit_status(void **state)
{
    (void)state;
    print(asan_report, sizeof asan_report - 1);
    assert_non_null(strstr(judge(exited(77)).title, "heap-buffer-overflow"));
    assert_int_equal(judge(exited(0)).kind, VERDICT_FAIL);
    print("", 0);
    assert_string_equal(judge(exited(77)).title, "exit status 77");
}

static void test_a_nul_in_the_output_hides_nothing(void **state)
{
    (void)state;
    char text[sizeof asan_report + 4] = "\0a\0";
    memcpy(text + 4, asan_report, sizeof asan_report - 1);
    print(text, sizeof asan_report + 3);
    assert_non_null(strstr(judge(exited(77)).title, "heap-buffer-overflow"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signals_of_crashes_are_failures),
        cmocka_unit_test(test_signals_from_outside_are_nobodys_failure),
        cmocka_unit_test(test_any_exit_of_the_target_is_a_failure),
        cmocka_unit_test(test_an_address_is_told),
        cmocka_unit_test(test_a_hang_is_a_timeout),
        cmocka_unit_test(
            test_too_much_memory_is_a_failure_wherever_it_is_noticed),
        cmocka_unit_test(test_what_was_said_before_counts_more_than_memory),
        cmocka_unit_test(test_one_allocation_above_the_limit_is_a_failure),
        cmocka_unit_test(test_leaksanitizer_out_of_order_is_nobodys_failure),
        cmocka_unit_test(test_what_no_input_ran_for_is_ours),
        cmocka_unit_test(test_a_lie_is_never_an_inputs_failure),
        cmocka_unit_test(test_a_failed_check_is_known_by_its_place),
        cmocka_unit_test(test_a_report_outranks_the_exit_status),
        cmocka_unit_test(test_a_nul_in_the_output_hides_nothing),
    };
    return cmocka_run_group_tests(tests, make, NULL);
}
