/* SPDX-License-Identifier: MIT
 *
 * See names.h.
 */
#include "base/names.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool names_add(struct names *names, const char *name)
{
    if (names->n == names->capacity) {
        size_t capacity = names->capacity ? names->capacity * 2 : 64;
        char **list = realloc(names->list, capacity * sizeof *list);
        if (!list)
            return false;
        names->list = list;
        names->capacity = capacity;
    }
    size_t size = strlen(name) + 1;
    char *copy = malloc(size);
    if (!copy)
        return false;
    memcpy(copy, name, size);
    names->list[names->n++] = copy;
    return true;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int names_visit(struct names *names, int (*visit)(void *ctx, const char *name),
                void *ctx)
{
    int r = 0;
    if (names->n > 0)
        qsort(names->list, names->n, sizeof *names->list, compare);
    for (size_t i = 0; !r && i < names->n; i++)
        r = visit(ctx, names->list[i]);
    return r;
}

void names_free(struct names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->list[i]);
    free(names->list);
    *names = (struct names){0};
}

const char *names_split(const char *path, char *dir, size_t size)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 1;
    const char *from = slash ? path : ".";
    n += n == 0; /* "/file" lies in "/" */
    if (n >= size)
        return NULL;
    memcpy(dir, from, n);
    dir[n] = 0;
    return slash ? slash + 1 : path;
}

void names_temporary(char *out, size_t size, long writer, unsigned number)
{
    (void)snprintf(out, size, "%s%ld-%u", NAMES_TEMPORARY, writer, number);
}

bool names_is_temporary(const char *name)
{
    return strncmp(name, NAMES_TEMPORARY, sizeof NAMES_TEMPORARY - 1) == 0;
}

long names_writer(const char *name)
{
    char *end;
    if (!names_is_temporary(name))
        return 0;
    long writer = strtol(name + sizeof NAMES_TEMPORARY - 1, &end, 10);
    return writer > 0 && writer < INT_MAX && *end == '-' ? writer : 0;
}
