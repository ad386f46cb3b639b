/* SPDX-License-Identifier: MIT
 *
 * The files of a merge, and what each of them covers. Pure: whoever learns
 * something about a file writes it down here.
 */
#ifndef THRESH_DRIVER_MERGE_FILES_H
#define THRESH_DRIVER_MERGE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct merge_file {
    char *path;
    uint64_t size; /* of the input, as it is run; once it is known */
    bool started;
    bool measured;      /* features are known; else, if started, it failed */
    uint32_t *features; /* counter * 8 + bucket; those of a counter together */
    size_t nfeatures;
    uint64_t content[2]; /* a hash of the file; 0, 0: not known */
};

struct merge_files {
    struct merge_file *list;
    size_t n;
    size_t nfirst; /* of the first corpus, which come first */
};

void merge_files_release(struct merge_files *files);

/* Appends a file; the path of that length is copied. NULL if memory is
 * refused. */
struct merge_file *merge_files_add(struct merge_files *files, const char *path,
                                   size_t length);

/* Makes the features of a file `n` ones, to be filled in at file->features.
 * False if memory is refused. */
bool merge_file_measured(struct merge_file *file, size_t n);

#endif
