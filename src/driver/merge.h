/* SPDX-License-Identifier: MIT
 *
 * Merging corpora: running their files, and taking those that together cover
 * what all of them do. The part that libFuzzer's -merge=1 and Thresh's own
 * -mergeinto share; what is said about it, and what is remembered of files, is
 * theirs. A file that fails is told of and left out; it ends nothing, since
 * files run in workers.
 *
 * The result depends neither on the order in which workers answer nor on how
 * many there are.
 */
#ifndef THRESH_DRIVER_MERGE_H
#define THRESH_DRIVER_MERGE_H

#include "base/error.h"
#include "coordinator/coordinator.h"
#include "driver/merge_files.h"

struct merge {
    const struct options *opt; /* of the target; outlives the merge */
    struct merge_files files;
    size_t nfailed;
    /* Called for a file that has just been read and is to be run; if it sets
     * its features, or that it was started, it is not run. May be NULL. */
    void (*look_up)(void *ctx, struct merge_file *file, const uint8_t *data,
                    size_t size);
    /* Called when a file has been run, or could not be: then with the reason. */
    void (*ran)(void *ctx, const struct merge_file *file, const char *failed);
    void *ctx;
    struct thresh_err *err;

    /* The rest is private. */
    size_t next;    /* file to be given to a worker */
    size_t *by_run; /* the file that a seed's number names */
    size_t nruns;
    uint8_t *memory;  /* of the input that was given last */
    uint8_t *covered; /* a bit for each feature, by its number */
    size_t ncovered;  /* of what is told by merge_choose() */
};

struct merge_gain {
    size_t files, features, edges;
};

/* Appends all files of a directory, and of those in it, in a fixed order. Of
 * the first directory's, files.nfirst tells the number: the caller's. */
int merge_list(struct merge *m, const char *dir);

/* Runs the files of which nothing is known. */
enum outcome merge_measure(struct merge *m, struct progress *p);

/* Writes to directory `out` the files that bring something new to what the
 * first ones cover, smallest first; with `fewest` those that bring most first,
 * which are fewer and larger. */
int merge_choose(struct merge *m, const char *out, bool fewest,
                 struct merge_gain *gain);

void merge_release(struct merge *m);

#endif
