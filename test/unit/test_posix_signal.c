/* SPDX-License-Identifier: MIT
 *
 * What only POSIX has: signals, those of pipes and those that interrupt,
 * descriptors and where they must not be, and the directory for caches.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "platform/platform.h"

static void test_closed_pipes_raise_no_signal(void **state)
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
    (void)platform_wait(&none, &ready, 1, UINT64_MAX);
    alarm(0);
    assert_int_equal(platform_interrupts(&last), before + 2);
    assert_int_equal(last, PLATFORM_INTERRUPT);
    raise(SIGHUP);
    assert_int_equal(platform_interrupts(&last), before + 3);
    assert_int_equal(last, PLATFORM_TERMINATE);
    raise(SIGTERM);
    assert_int_equal(platform_interrupts(NULL), before + 4);
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

int main(void)
{
    if (platform_watch(NULL) != 0 || platform_watch(NULL) != 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed_pipes_raise_no_signal),
        cmocka_unit_test(test_someone_elses_sigpipe_is_kept),
        cmocka_unit_test(test_standard_streams_are_never_taken),
        cmocka_unit_test(test_interrupts_are_counted_and_wake),
        cmocka_unit_test(test_signals_have_names),
        cmocka_unit_test(test_cache_home),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
