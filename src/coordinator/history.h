/* SPDX-License-Identifier: MIT
 *
 * The inputs that ran before a failing one, and the search for those of them
 * that it needs. A state machine like the minimiser: it asks for older inputs
 * of the batch, or names the inputs to be run before the failing one in a
 * fresh process, and is told what happened. It knows nothing of workers and
 * files.
 *
 *   GROW --the last 1, 2, 4... bring it back--> SHORTEN --> FOUND
 *     \--not even the last HISTORY_MAX do--> NONE
 *
 * Owns its copies of the inputs.
 */
#ifndef THRESH_COORDINATOR_HISTORY_H
#define THRESH_COORDINATOR_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/minimise.h"

/* Inputs, and bytes of inputs, that are looked at. */
#define HISTORY_MAX       1024u
#define HISTORY_BYTES_MAX ((size_t)64 << 20)

enum history_state {
    HISTORY_GROW,
    HISTORY_SHORTEN,
    HISTORY_FOUND,
    HISTORY_NONE,
};

struct history_input {
    uint8_t *packed;
    size_t size;
};

struct history {
    enum history_state state;
    struct history_input *input; /* oldest first */
    uint32_t count;
    uint32_t capacity;
    size_t bytes;

    /* Executions [0, unknown) of the batch have not been fetched. */
    uint64_t unknown;
    uint64_t window; /* executions that one fetch surely brings */
    unsigned fetches;
    bool brief; /* what one fetch of few brings must do */

    uint32_t wanted;       /* GROW: how many of the last are tried */
    uint32_t most;         /* so many were tried in vain */
    uint32_t early;        /* so many failed before their turn; 0: not */
    const uint32_t *tried; /* indexes, those that are tried now */
    uint32_t ntried;
    uint32_t *tail;            /* GROW: what `tried` is */
    struct minimise *shortest; /* SHORTEN: over indexes */
};

/* What is wanted next. */
enum history_step {
    HISTORY_FETCH, /* executions [from, until) of the batch: history_older() */
    HISTORY_TRY,   /* the inputs `tried`, then the failing one */
    HISTORY_END,
};

/* Begins the search before an execution of a batch that was the number
 * `execution` in it, counted from 0. One fetch brings `window` executions. */
void history_begin(struct history *h, uint64_t execution, uint64_t window);
void history_release(struct history *h);

/* Appends a copy of an input. False if memory is refused or it is too much. */
bool history_add(struct history *h, const uint8_t *packed, size_t size);

enum history_step history_next(struct history *h, uint64_t *from,
                               uint64_t *until);

/* Puts what a fetch brought, executions [from, ...), before what is known, and
 * leaves `older` empty. */
void history_older(struct history *h, struct history *older, uint64_t from);

/* Tells how the try ended: whether the failure came back, and after how many of
 * the inputs, which is ntried unless one of them failed already. */
void history_result(struct history *h, bool failed, uint32_t ran);

/* Ends the search; what is the shortest so far stands, or nothing. */
void history_stop(struct history *h);

#endif
