/* SPDX-License-Identifier: MIT
 *
 * Signals by name. One table; numbers differ between systems and processors.
 */
#include "platform/posix.h"

#include <signal.h>
#include <stdio.h>

static const struct {
    int signal;
    bool crash;
    const char *name;
    const char *text;
} signals[] = {
    {SIGHUP, false, "SIGHUP", "hangup"},
    {SIGINT, false, "SIGINT", "interrupt"},
    {SIGQUIT, false, "SIGQUIT", "quit"},
    {SIGILL, true, "SIGILL", "illegal instruction"},
    {SIGTRAP, true, "SIGTRAP", "trace/breakpoint trap"},
    {SIGABRT, true, "SIGABRT", "aborted"},
    {SIGBUS, true, "SIGBUS", "bus error"},
    {SIGFPE, true, "SIGFPE", "floating point exception"},
    {SIGKILL, false, "SIGKILL", "killed"},
    {SIGUSR1, false, "SIGUSR1", "user defined signal 1"},
    {SIGSEGV, true, "SIGSEGV", "segmentation fault"},
    {SIGUSR2, false, "SIGUSR2", "user defined signal 2"},
    /* Nobody sends it by hand: the program wrote to a closed pipe. */
    {SIGPIPE, true, "SIGPIPE", "broken pipe"},
    {SIGALRM, false, "SIGALRM", "alarm clock"},
    {SIGTERM, false, "SIGTERM", "terminated"},
#if defined(SIGSTKFLT)
    {SIGSTKFLT, false, "SIGSTKFLT", "stack fault"},
#endif
    {SIGCHLD, false, "SIGCHLD", "child exited"},
    {SIGCONT, false, "SIGCONT", "continued"},
    {SIGSTOP, false, "SIGSTOP", "stopped (signal)"},
    {SIGTSTP, false, "SIGTSTP", "stopped"},
    {SIGTTIN, false, "SIGTTIN", "stopped (tty input)"},
    {SIGTTOU, false, "SIGTTOU", "stopped (tty output)"},
    {SIGURG, false, "SIGURG", "urgent I/O condition"},
    {SIGXCPU, false, "SIGXCPU", "CPU time limit exceeded"},
    {SIGXFSZ, false, "SIGXFSZ", "file size limit exceeded"},
    {SIGVTALRM, false, "SIGVTALRM", "virtual timer expired"},
    {SIGPROF, false, "SIGPROF", "profiling timer expired"},
#if defined(SIGWINCH)
    {SIGWINCH, false, "SIGWINCH", "window changed"},
#endif
#if defined(SIGIO)
    {SIGIO, false, "SIGIO", "I/O possible"},
#endif
#if defined(SIGPWR)
    {SIGPWR, false, "SIGPWR", "power failure"},
#endif
    {SIGSYS, true, "SIGSYS", "bad system call"},
};

enum { NSIGNALS = sizeof signals / sizeof *signals };

static size_t find(int signal)
{
    size_t i = 0;
    while (i < NSIGNALS && signals[i].signal != signal)
        i++;
    return i;
}

const char *platform_signal_name(int signal)
{
    static char unnamed[32];
    size_t i = find(signal);
    if (i < NSIGNALS)
        return signals[i].name;
    (void)snprintf(unnamed, sizeof unnamed, "signal %d", signal);
    return unnamed;
}

const char *platform_signal_text(int signal)
{
    size_t i = find(signal);
    return i < NSIGNALS ? signals[i].text : platform_signal_name(signal);
}

bool platform_signal_is_crash(int signal)
{
    size_t i = find(signal);
    return i < NSIGNALS && signals[i].crash;
}

bool platform_signal_is_abort(int signal)
{
    return signal == SIGABRT;
}

bool platform_signal_is_overflow(int signal)
{
    (void)signal;
    return false;
}
