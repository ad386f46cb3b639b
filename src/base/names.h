/* SPDX-License-Identifier: MIT
 *
 * Names of files: a list of them that is visited in byte order, their place in
 * a path, and those of temporary files, which tell who writes them. Pure; the
 * directories themselves are in platform.
 */
#ifndef THRESH_BASE_NAMES_H
#define THRESH_BASE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

struct names {
    char **list;
    size_t n;
    size_t capacity;
};

/* Adds a copy of a name to a list that was zeroed at first; false without
 * memory. */
bool names_add(struct names *names, const char *name);

/* Calls visit for each name, in byte order, until it returns non-zero, which
 * is then returned; else 0. */
int names_visit(struct names *names, int (*visit)(void *ctx, const char *name),
                void *ctx);

/* Frees all; the list is as at first. */
void names_free(struct names *names);

/* Takes a path apart: writes its directory ("." if it names none) and returns
 * its name, which is part of it; NULL if there is no room. */
const char *names_split(const char *path, char *dir, size_t size);

/* Temporary files: this, the writer's process number, '-', any number. */
#define NAMES_TEMPORARY ".thresh-tmp-"

/* Writes the name of a writer's temporary number `number`. */
void names_temporary(char *out, size_t size, long writer, unsigned number);

bool names_is_temporary(const char *name);

/* The process number of a temporary's writer; 0 for names that no writer
 * gives. */
long names_writer(const char *name);

#endif
