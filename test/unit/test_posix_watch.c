/* SPDX-License-Identifier: MIT
 *
 * Looking at processes that run: what they use, and who is asked where it is.
 */
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/platform.h"
#include "platform/posix.h"

/* Long enough to never matter on a loaded machine; tests that fail end. */
#define PATIENCE_US (60 * 1000000ULL)

static int answers[2]; /* a pipe */

static void tell_asked(int signal)
{
    (void)signal;
    (void)!write(answers[1], "asked", 5);
}

static void wait_for_ever(void)
{
    for (;;)
        (void)pause();
}

/* Answers when asked where it is, and uses the processor; its child does
 * neither. Ends when the child does. */
static void answer_and_spin(void)
{
    pid_t child = fork();
    if (child == 0)
        wait_for_ever();
    (void)signal(POSIX_ASK_SIGNAL, tell_asked);
    (void)!write(answers[1], "ready", 5);
    while (waitpid(child, NULL, WNOHANG) == 0)
        continue;
}

static struct platform_process start(void (*part)(void))
{
    assert_int_equal(pipe(answers), 0);
    pid_t pid = fork();
    if (pid == 0) {
        (void)setpgid(0, 0);
        part();
        _exit(0);
    }
    (void)close(answers[1]);
    return (struct platform_process){.id = pid, .guarded = true};
}

/* The next five bytes that it writes. */
static void assert_told(const char *text)
{
    char told[6] = "";
    for (size_t n = 0; n < 5;) {
        ssize_t r = read(answers[0], told + n, 5 - n);
        assert_true(r > 0);
        n += (size_t)r;
    }
    assert_string_equal(told, text);
}

static void end(struct platform_process *process)
{
    platform_kill(process);
    uint64_t deadline = platform_now_us() + PATIENCE_US;
    while (platform_poll_exit(process).kind == PLATFORM_RUNNING &&
           platform_now_us() < deadline)
        platform_sleep_us(1000);
    assert_int_equal(process->id, 0);
    (void)close(answers[0]);
}

static void test_a_peek_reaches_who_answers_and_nobody_else(void **state)
{
    (void)state;
    struct platform_process p = start(answer_and_spin);
    assert_told("ready");
    for (int i = 0; i < 3; i++) {
        platform_peek_stack(&p);
        assert_told("asked");
    }
    assert_int_equal(platform_poll_exit(&p).kind, PLATFORM_RUNNING);
    end(&p);
    platform_peek_stack(&p);
}

static void test_the_processors_time_is_that_of_the_process(void **state)
{
    (void)state;
    struct platform_process p = start(answer_and_spin);
    assert_told("ready");
    uint64_t from_us = platform_cpu_us(&p);
    uint64_t deadline = platform_now_us() + PATIENCE_US;
    while (platform_cpu_us(&p) < from_us + 50000 &&
           platform_now_us() < deadline)
        platform_sleep_us(1000);
    assert_true(platform_cpu_us(&p) >= from_us + 50000);
    end(&p);
    assert_int_equal(platform_cpu_us(&p), 0);
}

static void test_who_waits_uses_no_processor(void **state)
{
    (void)state;
    struct platform_process p = start(wait_for_ever);
    platform_sleep_us(200000);
    assert_true(platform_cpu_us(&p) < 100000);
    assert_true(platform_resident_bytes(&p) >= 4096);
    end(&p);
    assert_int_equal(platform_resident_bytes(&p), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_peek_reaches_who_answers_and_nobody_else),
        cmocka_unit_test(test_the_processors_time_is_that_of_the_process),
        cmocka_unit_test(test_who_waits_uses_no_processor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
