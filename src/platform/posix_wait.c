/* SPDX-License-Identifier: MIT
 *
 * The one place where the host sleeps. Signals become readable bytes: handlers
 * count and write to a pipe of our own, which is polled together with the
 * workers' pipes, so that nothing that comes between two waits is missed.
 */
#include "platform/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>
#endif

static platform_handle wake_read = PLATFORM_NO_HANDLE;
static platform_handle wake_write = PLATFORM_NO_HANDLE;
static atomic_uint interrupts;
static atomic_int last_interrupt;
static bool adopts; /* orphans become children of this process */

uint64_t platform_now_us(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t platform_utc_seconds(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec;
}

void platform_sleep_us(uint64_t us)
{
    struct timespec left = {.tv_sec = (time_t)(us / 1000000),
                            .tv_nsec = (long)(us % 1000000) * 1000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

/* A full pipe is no loss: it wakes us all the same. */
static void wake(void)
{
    int saved = errno;
    ssize_t n = write((int)wake_write, "", 1);
    (void)n;
    errno = saved;
}

static void on_child(int signal)
{
    (void)signal;
    wake();
}

static void on_interrupt(int signal)
{
    bool request = signal == SIGUSR1 || signal == SIGUSR2;
    atomic_store(&last_interrupt, request            ? PLATFORM_REQUEST
                                  : signal == SIGINT ? PLATFORM_INTERRUPT
                                                     : PLATFORM_TERMINATE);
    atomic_fetch_add(&interrupts, 1);
    wake();
}

static int catch_signal(int signal, void (*handler)(int))
{
    struct sigaction action = {.sa_flags = SA_RESTART};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    if (signal == SIGCHLD)
        action.sa_flags |= SA_NOCLDSTOP;
    return sigaction(signal, &action, NULL);
}

static bool is_set_to(int signal, void (*handler)(int))
{
    struct sigaction action;
    return sigaction(signal, NULL, &action) == 0 &&
           action.sa_handler == handler;
}

int platform_watch(struct thresh_err *err)
{
    if (wake_read != PLATFORM_NO_HANDLE)
        return 0;
    int r = platform_pipe(&wake_read, &wake_write, err);
    if (r)
        return r;
    bool ok = fcntl((int)wake_write, F_SETFL, O_NONBLOCK) == 0 &&
              catch_signal(SIGCHLD, on_child) == 0 &&
              catch_signal(SIGINT, on_interrupt) == 0 &&
              catch_signal(SIGTERM, on_interrupt) == 0;
    /* Started under nohup it shall go on when the terminal goes. SIGINT is
     * caught even if ignored: scripts start us with & and then send it. */
    if (ok && !is_set_to(SIGHUP, SIG_IGN))
        ok = catch_signal(SIGHUP, on_interrupt) == 0;
    /* A file beyond ulimit -f shall be an error to report, not our death. */
    if (ok && is_set_to(SIGXFSZ, SIG_DFL))
        ok = catch_signal(SIGXFSZ, SIG_IGN) == 0;
    if (!ok)
        return posix_fail(err, errno, "catch signals");
#if defined(__linux__)
    adopts = prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
#endif
    return 0;
}

int platform_watch_requests(bool usr1, bool usr2, struct thresh_err *err)
{
    int r = platform_watch(err);
    if (!r && ((usr1 && catch_signal(SIGUSR1, on_interrupt) != 0) ||
               (usr2 && catch_signal(SIGUSR2, on_interrupt) != 0)))
        r = posix_fail(err, errno, "catch signals");
    return r;
}

unsigned platform_interrupts(enum platform_interrupt *last)
{
    unsigned n = atomic_load(&interrupts);
    if (last)
        *last = (enum platform_interrupt)atomic_load(&last_interrupt);
    return n;
}

/* Whether there were any. */
static bool drain_wakes(void)
{
    char bytes[64];
    ssize_t n = read((int)wake_read, bytes, sizeof bytes);
    bool any = n > 0;
    while (n == (ssize_t)sizeof bytes)
        n = read((int)wake_read, bytes, sizeof bytes);
    return any;
}

/* Milliseconds for poll, rounded up so that a deadline has passed when it
 * ends. */
static int timeout_ms(uint64_t deadline_us)
{
    if (deadline_us == UINT64_MAX)
        return -1;
    uint64_t now = platform_now_us();
    if (now >= deadline_us)
        return 0;
    uint64_t ms = (deadline_us - now - 1) / 1000 + 1;
    return ms > INT_MAX ? INT_MAX : (int)ms;
}

bool platform_wait(const platform_handle *pipes, bool *ready, size_t n,
                   uint64_t deadline_us)
{
    if (!posix_poll(pipes, ready, n, wake_read, timeout_ms(deadline_us))) {
        /* Reads never block, so a wrong "ready" costs a little time only. */
        for (size_t i = 0; i < n; i++)
            ready[i] = pipes[i] != PLATFORM_NO_HANDLE;
        platform_sleep_us(1000);
        return true;
    }
    bool woken = wake_read == PLATFORM_NO_HANDLE || drain_wakes();
    /* With many children this takes its time: not without reason. */
    static bool hidden;
    if (adopts && (woken || hidden))
        hidden = posix_reap_strays();
    return woken;
}
