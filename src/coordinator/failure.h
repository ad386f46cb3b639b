/* SPDX-License-Identifier: MIT
 *
 * A failure from the moment it is found until it is reported, and afterwards
 * as the group that later ones of its kind belong to: saved at once, confirmed
 * by running it again in fresh processes, minimised while it stays the same
 * failure, saved again in place of the original. A state machine that says
 * which run it wants next and is told how that run ended; it knows nothing of
 * workers.
 *
 *   BLAME -----> CONFIRM --n runs, some fail--> MINIMISE --> FINAL --> DONE
 *   PROBE ------/   ^  \--none fails--> HISTORY --nothing found------>/  |
 *                   \----found----------/            RECHECK <--smaller--/
 *
 * Where earlier inputs are needed, each run is a sequence: those inputs, one
 * after the other in a fresh process, and then the input itself. failure_next()
 * gives them one by one.
 *
 * Owns its copies of the inputs and the minimiser.
 */
#ifndef THRESH_COORDINATOR_FAILURE_H
#define THRESH_COORDINATOR_FAILURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/protocol.h"
#include "coordinator/history.h"
#include "coordinator/options.h"
#include "coordinator/shrink.h"
#include "coordinator/store.h"
#include "coordinator/verdict.h"

enum failure_state {
    FAILURE_BLAME,   /* a worker grew: its batch is replayed for the input */
    FAILURE_PROBE,   /* one run of a saved input that has a history */
    FAILURE_CONFIRM, /* fresh runs of it */
    FAILURE_HISTORY, /* looking for what must run before it */
    FAILURE_MINIMISE,
    FAILURE_FINAL,   /* one run of the minimised input, for its own report */
    FAILURE_RECHECK, /* one run of a smaller input that was found later */
    FAILURE_DONE,
};

enum failure_origin {
    FAILURE_FOUND,
    FAILURE_SEED, /* an input the user gave: never written, only reported */
};

/* How much an execution that takes long is like a known hang. */
enum likeness {
    UNLIKE,
    LIKE, /* in the same function, which others may call, too */
    SAME, /* in its loop */
};

/* Runs that confirm a failure. */
#define CONFIRM_RUNS 5

/* The run a failure wants. */
struct failure_run {
    const uint8_t *packed; /* valid until failure_ran; NULL: replay `batch` */
    size_t size;
    uint64_t from;  /* a replay's: record the executions from here... */
    uint64_t until; /* ...and end before this one */
    bool fresh;     /* in a process that has run nothing yet */
    bool follows;   /* in the process of the run before, which lives still */
    bool exact;     /* in exact heap blocks */
};

struct failure {
    enum failure_state state;
    enum failure_origin origin;
    char entry_name[64]; /* FAILURE_SEED: which */
    bool in_corpus;      /* an entry failed, as it was */
    struct verdict verdict;
    /* The key while fuzzing, where an over-read of the input may be called
     * something else than in an exact heap block. */
    char found_key[VERDICT_TEXT];
    uint8_t *packed; /* the best so far */
    size_t size;
    size_t first_bytes; /* of the arguments, as found */
    unsigned confirmed; /* of `confirm_runs` runs, how many failed likewise */
    unsigned confirm_runs;
    unsigned alone_runs; /* that passed before its history was looked for */
    uint64_t count;      /* times it was found */
    /* Of a hang: the outermost frames that all its stacks share, so many as
     * were looked at, and the most that any has. The innermost that is shared
     * is where it loops, or a helper that the loop was in each time. */
    uint32_t shared;
    uint32_t deepest;
    uint32_t looks;
    bool watched; /* runs watch memory */

    /* What became of it other than a failure of its own. */
    bool dropped;            /* nothing: no input is to blame */
    struct failure *same_as; /* it turned out to be one that was known */

    /* Of the saved file, "" while there is none; a whole path where files are
     * plain. */
    char name[STORE_PATH_SIZE];
    struct thresh_err save_error; /* code != 0: saving failed */
    size_t saved_size;            /* packed, of what is saved */
    bool reported;

    /* The request that it is from, which its snapshot's slot is kept for while
     * it may be replayed; kind 0: none. */
    struct request batch;
    uint64_t batch_execs; /* executions made, with the failing one */
    uint64_t window;      /* executions whose inputs surely fit an outbox */
    bool holds_slot;
    uint64_t process_execs; /* BLAME: made by the process that grew */

    struct history history;
    uint32_t history_tried; /* in vain, if there was none */
    bool asked;             /* `run` waits for its end */
    struct failure_run run;
    uint32_t step;          /* earlier inputs of the sequence that have run */
    uint32_t steps;         /* that it has */
    const uint8_t *running; /* what comes after them */
    size_t running_size;

    struct shrink shrink;
    bool minimising; /* said so */

    uint8_t *smaller; /* found later, for RECHECK */
    size_t smaller_size;

    char *made; /* how, in libFuzzer's words; NULL: not told */

    char *output; /* the last process's output that belongs to it */
    size_t output_size;
    char *earlier; /* what that printed in which it was found, before it */
    size_t earlier_size;
};

/* A new failure with copies of its arguments, in the state CONFIRM. NULL if
 * memory is refused. */
struct failure *failure_new(const struct options *opt,
                            const struct verdict *verdict,
                            const uint8_t *packed, size_t size,
                            enum failure_origin origin, const char *entry_name);
void failure_free(struct failure *f);

/* The run wanted next, the same until it has ended; false when DONE. */
bool failure_next(struct failure *f, const struct options *opt,
                  struct failure_run *run);

/* How that run ended and how long it took. Output is copied if it is kept. */
void failure_ran(struct failure *f, const struct options *opt,
                 const struct verdict *verdict, const char *output,
                 size_t output_size, uint64_t us);

/* The same for replays. BLAME: the input to blame, NULL: none. HISTORY: the
 * inputs from `from` on, oldest first, which are taken. */
void failure_blamed(struct failure *f, const struct options *opt,
                    const struct verdict *verdict, const uint8_t *packed,
                    size_t size);
void failure_fetched(struct failure *f, struct history *inputs, uint64_t from);

/* Begins the sequence anew: its process was lost. */
void failure_restart(struct failure *f);

/* Whether it is between two runs of a sequence. */
bool failure_is_in_sequence(const struct failure *f);

/* Whether its batch may still be replayed. */
bool failure_needs_batch(const struct failure *f);

/* Inputs that must run before it. */
uint32_t failure_needs(const struct failure *f);

/* Keeps what a process printed that belongs to it. */
void failure_keep_output(struct failure *f, const char *output, size_t size);

/* Whether a verdict is of this failure. */
bool failure_is(const struct failure *f, const struct verdict *v);

/* While a hang is confirmed: where it is now. */
void failure_hangs_in(struct failure *f, const struct stack *where);

/* How sure it is that an execution with this stack is in the loop of a hang. */
enum likeness failure_likeness(const struct failure *f,
                               const struct stack *where);

/* Whether it was not reproduced, and this is one of the times (1, 2, 4, ...)
 * that something is done about it. */
bool failure_is_doubtful(const struct failure *f);

/* Takes note of another input of this failure: the smallest is what counts.
 * True if it takes the place of the one there was, which nothing was done with
 * yet, or in vain. */
bool failure_offer(struct failure *f, const struct options *opt,
                   const uint8_t *packed, size_t size);

/* Gives up what is not finished; what is best so far stands. */
void failure_stop(struct failure *f);

/* Saves the best so far with what must run before it (and removes the file of
 * the original, once it has been replaced). Sets save_error instead of failing.
 */
void failure_save(struct failure *f, const struct options *opt);

/* The kind of failure as libFuzzer's names of files have it: "crash", "leak",
 * "timeout", "oom". */
const char *failure_artifact_kind(const struct verdict *v);

/* Removes what was saved. */
void failure_unsave(struct failure *f, const struct options *opt);

/* The best input so far. */
void failure_input(const struct failure *f, const struct options *opt,
                   struct input *in);

#endif
