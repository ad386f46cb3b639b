/* SPDX-License-Identifier: MIT
 *
 * Running given inputs once each, isolated from each other and from us: what
 * test mode needs. Inputs are added one after the other and run side by side
 * in a few workers; how each ended is told in the order in which they were
 * added. Apart from the event loop of a fuzzing run, which has a corpus and a
 * search; here there is a queue.
 *
 * Owns its processes and its copies of the inputs that wait. One thread.
 */
#ifndef THRESH_COORDINATOR_REPLAY_H
#define THRESH_COORDINATOR_REPLAY_H

#include "coordinator/history.h"
#include "coordinator/options.h"
#include "coordinator/verdict.h"

struct replay;

enum replay_how {
    REPLAY_RAN,        /* verdict says how it ended */
    REPLAY_NO_VERDICT, /* none could be had: error says why */
    REPLAY_ENGINE,     /* the same, and we are to blame */
    REPLAY_NOT_RUN,    /* time was up, or the user interrupted, before */
};

/* How one input ended; valid during the call that tells it. */
struct replay_result {
    const char *name;
    enum replay_how how;
    const struct verdict *verdict;
    const struct thresh_err *error;
    const char *output; /* what the process printed for it; never NULL */
    size_t output_size;
    uint64_t us; /* it took, the start of a process included */
};

typedef void (*replay_tell)(void *ctx, const struct replay_result *result);

struct replay_spec {
    const struct options *opt; /* outlives the replay */
    uint64_t max_bytes;        /* an argument of the inputs */
    uint64_t repeat;           /* each is run so many times; 0: once */
    uint64_t deadline_us;      /* all must have ended by then; 0: none */
    uint64_t timeout_us;       /* what the deadline was made of, for texts */
    replay_tell tell;
    void *ctx;
};

int replay_new(struct replay **r, const struct replay_spec *spec,
               struct thresh_err *err);
/* Ends what runs still. No-op on NULL. */
void replay_free(struct replay *r);

/* Adds an input, to be run after those of a history in a process that has run
 * nothing if there are any (the history is taken, and left empty); the verdict
 * is of the first that does not pass. Waits, and tells of others, while too
 * many are on their way. Returns 1 if it will not be run and neither will what
 * comes after it. */
int replay_add(struct replay *r, const char *name, const struct input *in,
               struct history *before, struct thresh_err *err);

/* Adds one that has no verdict already. */
int replay_add_error(struct replay *r, const char *name,
                     const struct thresh_err *why, struct thresh_err *err);

/* Waits until all that were added have been told. */
void replay_settle(struct replay *r);

/* The most memory that a worker had resident, in bytes. */
uint64_t replay_peak_resident(const struct replay *r);

/* Waits until all that were added have been told, and the workers have left.
 * Nothing may be added afterwards. False: a tear-down failed, which has been
 * told. */
bool replay_finish(struct replay *r);

#endif
