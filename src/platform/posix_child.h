/* SPDX-License-Identifier: MIT
 *
 * The child's side of platform_spawn: from fork to exec. Apart because other
 * rules hold here: memory is a copy, locks may be held for ever, so only
 * async-signal-safe calls are made and everything is prepared by the parent.
 */
#ifndef THRESH_PLATFORM_POSIX_CHILD_H
#define THRESH_PLATFORM_POSIX_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "platform/platform.h"

struct posix_child {
    const char *path;
    char *const *argv;
    char *const *environment;
    int fds[PLATFORM_MAX_CHILD_HANDLES];
    int nfds;
    int output; /* -1: standard streams are inherited */
    bool own_stdout;
    bool guarded;
    pid_t parent;
    int failure_fd; /* takes a struct posix_child_failure; exec closes it */
};

enum posix_child_step {
    POSIX_CHILD_DESCRIPTORS,
    POSIX_CHILD_EXEC,
};

struct posix_child_failure {
    int os; /* 0: none */
    enum posix_child_step step;
};

/* Becomes the program, or reports why not and ends. All signals are blocked
 * when it is called. */
_Noreturn void posix_child_run(const struct posix_child *child);

/* What was attempted, for a message. */
const char *posix_child_step_text(enum posix_child_step step);

#endif
