/* SPDX-License-Identifier: MIT
 *
 * A growing list of strings, for command lines. The list owns copies of what
 * is put in. It is always followed by a NULL, so that `item` is an argv. When
 * memory runs out the program ends with one message: a command-line tool can
 * do nothing better.
 */
#ifndef THRESH_TOOL_WORDS_H
#define THRESH_TOOL_WORDS_H

#include <stddef.h>

#include "base/format.h"

struct words {
    char **item; /* NULL until something was added */
    size_t n;
    size_t capacity;
};

/* A zeroed struct is an empty list. */
void words_release(struct words *w);
void words_add(struct words *w, const char *text);
void words_add_all(struct words *w, const struct words *others);
FORMATS(2, 3)
void words_addf(struct words *w, const char *fmt, ...);

/* Memory that can't be refused; free() it. */
void *words_memory(void *old, size_t count, size_t size);

#endif
