/* SPDX-License-Identifier: MIT
 *
 * See merge_files.h.
 */
#include "driver/merge_files.h"

#include <stdlib.h>
#include <string.h>

void merge_files_release(struct merge_files *files)
{
    for (size_t i = 0; i < files->n; i++) {
        free(files->list[i].path);
        free(files->list[i].features);
    }
    free(files->list);
    *files = (struct merge_files){0};
}

struct merge_file *merge_files_add(struct merge_files *files, const char *path,
                                   size_t length)
{
    if ((files->n & (files->n - 1)) == 0) {
        size_t room = files->n ? files->n * 2 : 1;
        struct merge_file *longer = realloc(files->list, room * sizeof *longer);
        if (!longer)
            return NULL;
        files->list = longer;
    }
    char *copy = malloc(length + 1);
    if (!copy)
        return NULL;
    memcpy(copy, path, length);
    copy[length] = 0;
    struct merge_file *file = &files->list[files->n++];
    *file = (struct merge_file){.path = copy};
    return file;
}

bool merge_file_measured(struct merge_file *file, size_t n)
{
    uint32_t *room = malloc((n + 1) * sizeof *room);
    if (!room)
        return false;
    free(file->features);
    file->features = room;
    file->nfeatures = n;
    file->started = file->measured = true;
    return true;
}
