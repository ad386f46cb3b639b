/* SPDX-License-Identifier: MIT
 *
 * The coordinator: everything -fuzz does once the flags are understood. Starts
 * workers, hands out work, takes in what they find, until time, count, a
 * failure or the user ends it. Never runs target code.
 *
 * A target may be fuzzed in one go, or in slices between which others have
 * their turn (rounds.h); what it has learnt stays, its processes end.
 */
#ifndef THRESH_COORDINATOR_COORDINATOR_H
#define THRESH_COORDINATOR_COORDINATOR_H

#include "base/error.h"
#include "coordinator/options.h"
#include "coordinator/report.h"

struct run;

/* A part of a run; of both, 0 means no limit, and as much as there was. */
struct slice {
    uint64_t us;
    uint64_t execs;
};

/* Fuzzes one target to the end and reports; its last numbers go to *p. Every
 * child is reaped and every temporary gone when it returns. */
enum outcome coordinator_run(const struct options *opt, struct progress *p);

/* The same in parts. Reads the corpus of a target; opt outlives the run. On
 * failure *run is NULL, and coordinator_refused() tells the user. */
int coordinator_new(struct run **run, const struct options *opt,
                    struct thresh_err *err);
enum outcome coordinator_refused(const struct options *opt,
                                 const struct thresh_err *err);

/* Fuzzes for a slice, and tells how much of it was used up by the search: work
 * on failures is not counted. */
void coordinator_search(struct run *run, const struct slice *slice,
                        struct slice *used);

/* Whether no further slice makes sense: a failure was found, the run itself
 * failed, or the user wants it to end. */
bool coordinator_has_ended(const struct run *run);

/* Finishes the work on failures, reports, and frees the run. Its last numbers
 * go to *p. */
enum outcome coordinator_end(struct run *run, struct progress *p);

#endif
