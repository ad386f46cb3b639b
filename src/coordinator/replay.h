/* SPDX-License-Identifier: MIT
 *
 * Running given inputs once each, isolated from each other and from us: what
 * test mode and re-runs of saved inputs need. A plain sequence of calls around
 * one worker, apart from the event loop of a fuzzing run.
 */
#ifndef THRESH_COORDINATOR_REPLAY_H
#define THRESH_COORDINATOR_REPLAY_H

#include "coordinator/corpus.h"
#include "coordinator/history.h"
#include "coordinator/limits.h"
#include "coordinator/options.h"
#include "coordinator/process.h"
#include "coordinator/verdict.h"

struct replay {
    struct options opt;
    struct corpus corpus; /* only for the shared memory a worker expects */
    struct process process;
    char *output; /* of the last input, NUL-terminated */
    size_t output_size;
    struct limits limits;
    bool torn; /* a failing check has torn the target off its work */
    bool interrupted;
};

/* Prepares for inputs of up to max_bytes an argument. */
int replay_init(struct replay *r, const struct options *opt, uint64_t max_bytes,
                struct thresh_err *err);
void replay_release(struct replay *r);

/* Runs one input, after those of a history in a process of their own if there
 * are any. The verdict is of the first that does not pass; an error means that
 * none could be had at all. */
int replay_run(struct replay *r, const struct input *in,
               const struct history *before, struct verdict *v,
               struct thresh_err *err);

#endif
