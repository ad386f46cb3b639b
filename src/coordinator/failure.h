/* SPDX-License-Identifier: MIT
 *
 * A failure from the moment it is found until it is reported: saved at once,
 * confirmed by running it again in fresh processes, minimised while it stays
 * the same failure, saved again in place of the original. A state machine that
 * says which run it wants next and is told how that run ended; it knows nothing
 * of workers.
 *
 *   CONFIRM --n runs--> MINIMISE --no candidate or budget--> FINAL --> DONE
 *
 * Owns its copies of the input and the minimiser.
 */
#ifndef THRESH_COORDINATOR_FAILURE_H
#define THRESH_COORDINATOR_FAILURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/minimise.h"
#include "coordinator/options.h"
#include "coordinator/store.h"
#include "coordinator/verdict.h"

enum failure_state {
    FAILURE_CONFIRM,
    FAILURE_MINIMISE,
    FAILURE_FINAL, /* one run of the minimised input, for its own report */
    FAILURE_DONE,
};

enum failure_origin {
    FAILURE_FOUND,
    FAILURE_SEED, /* an input the user gave: never written, only reported */
};

/* Runs that confirm a failure. */
#define CONFIRM_RUNS 5

struct failure {
    enum failure_state state;
    enum failure_origin origin;
    char entry_name[64]; /* FAILURE_SEED: which */
    struct verdict verdict;
    /* The key while fuzzing, where an over-read of the input may be called
     * something else than in an exact heap block. */
    char found_key[VERDICT_TEXT];
    uint8_t *packed; /* the best so far */
    size_t size;
    size_t first_bytes; /* of the arguments, as found */
    unsigned confirmed; /* of `confirm_runs` runs, how many failed likewise */
    unsigned confirm_runs;
    unsigned count; /* times it was found */
    /* Found in a worker that had grown above its memory limit, to so much, in
     * so many executions. Its input is under suspicion, not yet saved. */
    uint64_t grown_bytes;
    uint64_t grown_execs;

    char name[STORE_NAME_SIZE]; /* of the saved file, "" while there is none */
    struct thresh_err save_error; /* code != 0: saving failed */

    uint32_t arg; /* being minimised */
    struct minimise *minimise;
    uint8_t *candidate;
    uint64_t minimise_tries;
    uint64_t minimise_started_us;
    bool minimising; /* said so */

    char *output; /* the last process's output that belongs to it */
    size_t output_size;
};

/* The run a failure wants. */
struct failure_run {
    const uint8_t *packed; /* valid until failure_ran */
    size_t size;
    bool fresh; /* in a process that has run nothing yet */
    bool exact; /* in exact heap blocks */
    bool leaks; /* with a look for leaks afterwards */
};

/* A new failure with copies of its arguments. NULL if memory is refused. */
struct failure *failure_new(const struct options *opt,
                            const struct verdict *verdict,
                            const uint8_t *packed, size_t size,
                            enum failure_origin origin, const char *entry_name);
void failure_free(struct failure *f);

/* The run wanted next; false when DONE. now_us is used for the time budget. */
bool failure_next(struct failure *f, const struct options *opt, uint64_t now_us,
                  struct failure_run *run);

/* How that run ended. Output is copied if it is kept. */
void failure_ran(struct failure *f, const struct options *opt,
                 const struct verdict *verdict, const char *output,
                 size_t output_size);

/* Whether a verdict is of this failure. */
bool failure_is(const struct failure *f, const struct verdict *v);

/* Whether the input under suspicion has been found innocent. */
bool failure_is_growth(const struct failure *f);

/* Gives up what is not finished; what is best so far stands. */
void failure_stop(struct failure *f);

/* Saves the best so far (and removes the file of the original, once it has
 * been replaced). Sets save_error instead of failing. */
void failure_save(struct failure *f, const struct options *opt);

/* The best input so far. */
void failure_input(const struct failure *f, const struct options *opt,
                   struct input *in);

#endif
