/* SPDX-License-Identifier: MIT
 *
 * Notes in "starts" each child that the engine starts, and in "reaps" how it
 * ended, as the engine was told: "exit 0", "signal 9". Link with
 * -Wl,--wrap=fork,--wrap=waitpid.
 */
#ifndef THRESH_TEST_REAPS_H
#define THRESH_TEST_REAPS_H

#include "fault.h"

pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __real_waitpid(pid_t pid, int *status, int options);
pid_t __wrap_waitpid(pid_t pid, int *status, int options);

pid_t __wrap_fork(void)
{
    pid_t pid = __real_fork();
    if (pid > 0)
        note("starts", "%d", (int)pid);
    return pid;
}

pid_t __wrap_waitpid(pid_t pid, int *status, int options)
{
    pid_t r = __real_waitpid(pid, status, options);
    if (r > 0 && status && WIFSIGNALED(*status))
        note("reaps", "signal %d", WTERMSIG(*status));
    else if (r > 0 && status && WIFEXITED(*status))
        note("reaps", "exit %d", WEXITSTATUS(*status));
    return r;
}

#endif
