/* SPDX-License-Identifier: MIT
 *
 * What files of corpora are known to cover, kept between merges, so that one
 * that was ended goes on, and a corpus that has grown costs what is new in it.
 * It holds for one build of a program, and for the files' content, whatever
 * they are called.
 *
 *     "thresh features", version, hash of the program and settings, number
 *     of each file: hash of its bytes, size of the input, number of features,
 *     the features
 *
 * All in native byte order: it is of use on the machine alone that wrote it.
 * Nobody is believed: what does not add up is no cache. A file that failed is
 * not in it, and fails again.
 */
#ifndef THRESH_DRIVER_MERGE_CACHE_H
#define THRESH_DRIVER_MERGE_CACHE_H

#include "base/error.h"
#include "driver/merge_files.h"

struct merge_cache {
    char dir[4096];
    char name[256];
    uint64_t key[2];
    uint8_t *bytes; /* of the file, if there was a good one */
    size_t size;
    const uint8_t **known; /* the files in it, by their hashes */
    size_t nknown;
    size_t nused; /* lookups that were answered */
};

/* Reads the cache of a target, if there is one for this build: `dir` is the
 * program's cache, max_bytes the largest argument, by which inputs are cut. */
void merge_cache_open(struct merge_cache *c, const char *dir,
                      const char *target, uint64_t max_bytes);
void merge_cache_release(struct merge_cache *c);

/* Fills in what is known of a file with these bytes. */
void merge_cache_look_up(struct merge_cache *c, struct merge_file *file,
                         const uint8_t *data, size_t size);

/* Writes down what is known of files. */
int merge_cache_save(const struct merge_cache *c,
                     const struct merge_files *files, struct thresh_err *err);

#endif
