/* SPDX-License-Identifier: MIT
 *
 * Running other programs side by side: a few at a time, the output of each kept
 * together, ended when the user interrupts. Apart from what is run, which the
 * callers know.
 */
#ifndef THRESH_TOOL_TASKS_H
#define THRESH_TOOL_TASKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "platform/platform.h"
#include "tool/words.h"

/* One program. A zeroed one is empty. */
struct task {
    const char *path; /* the program; NULL: this one */
    struct words argv;
    size_t tag;             /* the caller's */
    const char *const *env; /* as platform_spawn() takes it; NULL: as it is */
    size_t output_max;      /* of its output, so much is kept; 0: 4 MB */
    /* Filled when it has ended: */
    bool started;
    struct platform_exit exit;
    char *output; /* its end, if it was long; owned; never NULL then */
};

void task_release(struct task *task);

/* Whether it ran and ended with 0. */
bool task_is_good(const struct task *task);

/* Runs them, `parallel` at a time, and calls `ended`, which may be NULL, for
 * each when it has ended; when that returns false no further ones are begun.
 * THRESH_EIO when the system refuses one; 1 when the user interrupted, of which
 * all that ran are dead then. */
int tasks_run(struct task *tasks, size_t n, size_t parallel,
              bool (*ended)(void *ctx, struct task *task), void *ctx,
              struct thresh_err *err);

#endif
