/* SPDX-License-Identifier: MIT
 *
 * Pipes, waiting, interrupts, and facts about this system. Processes, files
 * and memory have tests of their own.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "platform/platform.h"

/* Long enough to never matter on a loaded machine; tests that fail end. */
#define PATIENCE_US (60 * 1000000ULL)

/* ---- pipes ---- */

static void test_write_to_closed_pipe_is_an_error(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    platform_handle r, w;
    sigset_t pending;
    assert_int_equal(platform_pipe(&r, &w, &err), 0);
    platform_close(&r);
    assert_int_equal(r, PLATFORM_NO_HANDLE);
    platform_close(&r);
    signal(SIGPIPE, SIG_DFL);
    assert_int_equal(platform_write_all(w, "x", 1, &err), THRESH_EIO);
    assert_int_equal(err.os, EPIPE);
    sigpending(&pending);
    assert_false(sigismember(&pending, SIGPIPE));
    /* Also where the signal is ignored and none will ever be pending. */
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(platform_write_all(w, "x", 1, &err), THRESH_EIO);
    signal(SIGPIPE, SIG_DFL);
    platform_close(&w);
}

static void test_someone_elses_sigpipe_is_kept(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    platform_handle r, w;
    sigset_t only, pending;
    sigemptyset(&only);
    sigaddset(&only, SIGPIPE);
    sigprocmask(SIG_BLOCK, &only, NULL);
    raise(SIGPIPE);
    assert_int_equal(platform_pipe(&r, &w, &err), 0);
    platform_close(&r);
    assert_int_equal(platform_write_all(w, "x", 1, &err), THRESH_EIO);
    sigpending(&pending);
    assert_true(sigismember(&pending, SIGPIPE));
    int signal;
    sigwait(&only, &signal);
    sigprocmask(SIG_UNBLOCK, &only, NULL);
    platform_close(&w);
}

static void test_pipe_reads_never_block(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    platform_handle r, w;
    char text[8];
    assert_int_equal(platform_pipe(&r, &w, &err), 0);
    assert_int_equal(platform_read_some(r, text, 8, &err), PLATFORM_AGAIN);
    assert_int_equal(platform_write_all(w, "abc", 3, &err), 0);
    assert_int_equal(platform_read_some(r, text, 8, &err), 3);
    platform_close(&w);
    assert_int_equal(platform_read_some(r, text, 8, &err), 0);
    platform_handle copy = r;
    platform_close(&r);
    assert_int_equal(platform_read_some(copy, text, 8, &err), THRESH_EIO);
    assert_int_equal(err.os, EBADF);
}

/* Started with closed standard streams, no pipe may take their place. */
static void test_standard_streams_are_never_taken(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    platform_handle r = 0, w = 0, output = 0;
    struct platform_shared shared = {0};
    int saved = fcntl(0, F_DUPFD_CLOEXEC, 20);
    int saved_out = fcntl(1, F_DUPFD_CLOEXEC, 20);
    close(0);
    close(1);
    int made = platform_pipe(&r, &w, &err);
    made |= platform_output_new(&output, &err);
    made |= platform_shared_new(&shared, "test", 4096, true, &err);
    dup2(saved, 0);
    dup2(saved_out, 1);
    close(saved);
    close(saved_out);
    assert_int_equal(made, 0);
    assert_true(r > 2 && w > 2 && output > 2 && shared.read_handle > 2);
    assert_int_equal(fcntl((int)r, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl((int)w, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl((int)output, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl((int)shared.read_handle, F_GETFD), FD_CLOEXEC);
    platform_close(&r);
    platform_close(&w);
    platform_close(&output);
    platform_shared_free(&shared);
}

/* ---- waiting ---- */

static void wait_until_ready(const platform_handle *pipes, bool *ready,
                             size_t n)
{
    uint64_t deadline = platform_now_us() + PATIENCE_US;
    bool any = false;
    while (!any && platform_now_us() < deadline) {
        platform_wait(pipes, ready, n, deadline);
        for (size_t i = 0; i < n; i++)
            any = any || ready[i];
    }
    assert_true(any);
}

static void test_wait_ends_by_data_and_by_end(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    platform_handle r[3], w[3];
    bool ready[3];
    assert_int_equal(platform_pipe(&r[0], &w[0], &err), 0);
    assert_int_equal(platform_pipe(&r[2], &w[2], &err), 0);
    r[1] = PLATFORM_NO_HANDLE;
    assert_int_equal(platform_write_all(w[2], "x", 1, &err), 0);
    wait_until_ready(r, ready, 3);
    assert_false(ready[0]);
    assert_false(ready[1]);
    assert_true(ready[2]);
    char byte;
    assert_int_equal(platform_read_some(r[2], &byte, 1, &err), 1);
    platform_close(&w[0]);
    wait_until_ready(r, ready, 3);
    assert_true(ready[0]);
    assert_false(ready[1]);
    assert_false(ready[2]);
    platform_close(&r[0]);
    platform_close(&r[2]);
    platform_close(&w[2]);
}

static void test_wait_ends_at_the_deadline(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    platform_handle r, w;
    bool ready = true;
    assert_int_equal(platform_pipe(&r, &w, &err), 0);
    platform_wait(&r, &ready, 1, 0);
    assert_false(ready);
    uint64_t deadline = platform_now_us() + 3000;
    while (platform_now_us() < deadline) {
        ready = true;
        platform_wait(&r, &ready, 1, deadline);
        assert_false(ready);
    }
    platform_close(&r);
    platform_close(&w);
}

/* Without a deadline: only the end of the child can end this wait. */
static void test_wait_ends_by_the_end_of_a_child(void **state)
{
    (void)state;
    const char *const argv[] = {"true", NULL};
    struct platform_spawn spec = {
        .path = "/bin/true", .argv = argv, .output = PLATFORM_NO_HANDLE};
    struct platform_process process;
    platform_handle none = PLATFORM_NO_HANDLE;
    bool ready;
    alarm(60);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(platform_spawn(&spec, &process, NULL), 0);
        while (platform_poll_exit(&process).kind == PLATFORM_RUNNING)
            platform_wait(&none, &ready, 1, UINT64_MAX);
    }
    alarm(0);
}

static void test_interrupts_are_counted_and_wake(void **state)
{
    (void)state;
    enum platform_interrupt last;
    platform_handle none = PLATFORM_NO_HANDLE;
    bool ready;
    unsigned before = platform_interrupts(&last);
    assert_int_equal(last, PLATFORM_NO_INTERRUPT);
    raise(SIGINT);
    raise(SIGINT);
    alarm(60);
    platform_wait(&none, &ready, 1, UINT64_MAX);
    alarm(0);
    assert_int_equal(platform_interrupts(&last), before + 2);
    assert_int_equal(last, PLATFORM_INTERRUPT);
    raise(SIGHUP);
    assert_int_equal(platform_interrupts(&last), before + 3);
    assert_int_equal(last, PLATFORM_TERMINATE);
    raise(SIGTERM);
    assert_int_equal(platform_interrupts(NULL), before + 4);
}

static void test_many_pipes(void **state)
{
    (void)state;
    enum { N = 200 };
    struct thresh_err err = {0};
    platform_handle r[N], w[N];
    bool ready[N];
    for (size_t i = 0; i < N; i++)
        assert_int_equal(platform_pipe(&r[i], &w[i], &err), 0);
    for (size_t i = 0; i < N; i += 7)
        assert_int_equal(platform_write_all(w[i], "x", 1, &err), 0);
    wait_until_ready(r, ready, N);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(ready[i], i % 7 == 0);
        platform_close(&r[i]);
        platform_close(&w[i]);
    }
}

/* ---- this system ---- */

static void test_system_facts(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    char text[4096], small[1];
    assert_true(platform_cpu_count() >= 1);
    assert_int_equal(platform_self_path()[0], '/');
    assert_int_equal(platform_current_dir(text, sizeof text, &err), 0);
    assert_true(platform_is_dir(text));
    assert_int_equal(platform_current_dir(small, sizeof small, &err),
                     THRESH_EIO);
    uint64_t one = platform_entropy();
    uint64_t other = platform_entropy();
    assert_true(one != other);
    assert_false(platform_is_terminal(99));
}

static void test_cache_home(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    char text[4096], small[4];
    setenv("XDG_CACHE_HOME", "/x/y", 1);
    assert_int_equal(platform_cache_home(text, sizeof text, &err), 0);
    assert_string_equal(text, "/x/y");
    assert_int_equal(platform_cache_home(small, sizeof small, &err),
                     THRESH_EIO);
    setenv("XDG_CACHE_HOME", "relative", 1);
    setenv("HOME", "/tmp", 1);
    assert_int_equal(platform_cache_home(text, sizeof text, &err), 0);
    assert_string_equal(text, "/tmp/.cache");
    unsetenv("XDG_CACHE_HOME");
    setenv("HOME", "/nonexistent", 1);
    setenv("TMPDIR", "/nonexistent/tmp", 1);
    assert_int_equal(platform_cache_home(text, sizeof text, &err), 0);
    assert_memory_equal(text, "/nonexistent/tmp/cache-", 23);
    unsetenv("TMPDIR");
}

static void test_signals_have_names(void **state)
{
    (void)state;
    assert_string_equal(platform_signal_name(SIGSEGV), "SIGSEGV");
    assert_string_equal(platform_signal_text(SIGKILL), "killed");
    assert_string_equal(platform_signal_text(SIGTERM), "terminated");
    assert_string_equal(platform_signal_name(99), "signal 99");
    assert_string_equal(platform_signal_text(99), "signal 99");
    static const int crashes[] = {SIGSEGV, SIGBUS,  SIGILL, SIGFPE,
                                  SIGTRAP, SIGABRT, SIGSYS, SIGPIPE};
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++)
        assert_true(platform_signal_is_crash(crashes[i]));
    static const int others[] = {SIGKILL, SIGTERM, SIGHUP, SIGINT, SIGALRM, 99};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(platform_signal_is_crash(others[i]));
}

int main(void)
{
    if (platform_watch(NULL) != 0 || platform_watch(NULL) != 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write_to_closed_pipe_is_an_error),
        cmocka_unit_test(test_someone_elses_sigpipe_is_kept),
        cmocka_unit_test(test_pipe_reads_never_block),
        cmocka_unit_test(test_standard_streams_are_never_taken),
        cmocka_unit_test(test_wait_ends_by_data_and_by_end),
        cmocka_unit_test(test_wait_ends_at_the_deadline),
        cmocka_unit_test(test_wait_ends_by_the_end_of_a_child),
        cmocka_unit_test(test_interrupts_are_counted_and_wake),
        cmocka_unit_test(test_many_pipes),
        cmocka_unit_test(test_system_facts),
        cmocka_unit_test(test_cache_home),
        cmocka_unit_test(test_signals_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
