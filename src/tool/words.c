/* SPDX-License-Identifier: MIT
 *
 * See words.h.
 */
#include "tool/words.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/tool.h"

void *words_memory(void *old, size_t count, size_t size)
{
    void *memory = NULL;
    if (count <= SIZE_MAX / size)
        memory = realloc(old, count * size);
    if (!memory) {
        (void)fputs("thresh: no memory\n", stderr);
        exit(TOOL_EXIT_FAILED);
    }
    return memory;
}

void words_release(struct words *w)
{
    for (size_t i = 0; i < w->n; i++)
        free(w->item[i]);
    free(w->item);
    *w = (struct words){0};
}

static void take(struct words *w, char *text)
{
    if (w->n + 2 > w->capacity) {
        w->capacity = w->capacity ? 2 * w->capacity : 32;
        w->item = words_memory(w->item, w->capacity, sizeof *w->item);
    }
    w->item[w->n++] = text;
    w->item[w->n] = NULL;
}

void words_add(struct words *w, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = words_memory(NULL, size, 1);
    memcpy(copy, text, size);
    take(w, copy);
}

void words_add_all(struct words *w, const struct words *others)
{
    for (size_t i = 0; i < others->n; i++)
        words_add(w, others->item[i]);
}

void words_addf(struct words *w, const char *fmt, ...)
{
    va_list ap;
    va_list again;
    va_start(ap, fmt);
    va_copy(again, ap);
    char *text = words_memory(NULL, 1, 1);
    int n = vsnprintf(text, 1, fmt, ap);
    if (n > 0) {
        text = words_memory(text, (size_t)n + 1, 1);
        (void)vsnprintf(text, (size_t)n + 1, fmt, again);
    }
    va_end(again);
    va_end(ap);
    take(w, text);
}
