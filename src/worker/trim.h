/* SPDX-License-Identifier: MIT
 *
 * Making an entry smaller while it still shows what it is kept for. It stands
 * apart from minimising failures (base/minimise, which it uses), because here
 * the target lives on, so that a try costs an execution and not a message; and
 * from calibration, because what it looks for are features that the
 * coordinator has named, not new ones.
 *
 * Owns two buffers for each argument of variable size.
 */
#ifndef THRESH_WORKER_TRIM_H
#define THRESH_WORKER_TRIM_H

#include "base/minimise.h"
#include "worker/runner.h"

struct trim {
    uint8_t *buffer[INPUT_MAX_ARGS][2];
    /* Runs an input, which lies where runner_load() puts it, and tells whether
     * it is as good as the entry; *more is cleared when no further one may be
     * run. */
    bool (*keeps)(void *ctx, const struct input *in, bool *more);
    void *ctx;
};

/* False if memory is refused. */
bool trim_init(struct trim *t, const struct signature *sig,
               bool (*keeps)(void *ctx, const struct input *in, bool *more),
               void *ctx);

/* Takes away what is not needed from the arguments of variable size, one after
 * the other. True if something could go: then *best is what is left; its spans
 * point into the entry and into t's buffers, and are valid until the next
 * call. */
bool trim_entry(struct trim *t, struct runner *r, const struct input *entry,
                struct input *best);

#endif
