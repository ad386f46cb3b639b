/* SPDX-License-Identifier: MIT
 *
 * Notes in "starts" each child that the coordinator starts, and in "reaps" how
 * it ended, as the coordinator was told: "exit 0", "signal 9". What workers
 * fork is left out: they may be killed before they can tell. Link with
 * -Wl,--wrap=fork,--wrap=waitpid.
 */
#ifndef THRESH_TEST_REAPS_H
#define THRESH_TEST_REAPS_H

#include "fault.h"

pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __real_waitpid(pid_t pid, int *status, int options);
pid_t __wrap_waitpid(pid_t pid, int *status, int options);

static bool reaps_in_worker;
static pid_t reaps_started[10000];
static size_t reaps_nstarted;

__attribute__((constructor)) static void reaps_look(void)
{
    reaps_in_worker = starts_as_worker();
}

pid_t __wrap_fork(void)
{
    pid_t pid = __real_fork();
    if (pid <= 0 || reaps_in_worker)
        return pid;
    note("starts", "%d", (int)pid);
    reaps_started[reaps_nstarted++] = pid;
    return pid;
}

pid_t __wrap_waitpid(pid_t pid, int *status, int options)
{
    pid_t r = __real_waitpid(pid, status, options);
    size_t i = 0;
    while (i < reaps_nstarted && reaps_started[i] != r)
        i++;
    if (i == reaps_nstarted)
        return r;
    if (r > 0 && status && WIFSIGNALED(*status))
        note("reaps", "signal %d", WTERMSIG(*status));
    else if (r > 0 && status && WIFEXITED(*status))
        note("reaps", "exit %d", WEXITSTATUS(*status));
    return r;
}

#endif
