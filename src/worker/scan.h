/* SPDX-License-Identifier: MIT
 *
 * The passes over all counters of the program: which memory to look at, in the
 * order of looking. Apart from counters.h, which knows where counters come
 * from, because the hot loop wants a list of its own: one-byte runs and spans,
 * and nothing of gcc's thousands of arrays. The list is made once and belongs
 * to this file's struct for the life of the process.
 */
#ifndef THRESH_WORKER_SCAN_H
#define THRESH_WORKER_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/coverage.h"

/* Memory of counters of one width. */
struct scan_run {
    void *start;
    uint32_t count; /* of bytes or 64-bit words */
    uint32_t first; /* one-byte counters: index of the first */
    /* 64-bit ones: see struct counter_span. NULL: they have one byte. */
    const uint32_t *index_of_word;
    struct coverage_passes passes; /* the best for so many, here */
};

struct scan {
    struct scan_run *run;
    size_t n;
};

/* Lists what counters_prepare() has found. False if memory is refused. */
bool scan_init(struct scan *s);

/* Compares the counters with the seen-map and clears them; *novel then holds
 * what is new. Inline, as a part of each execution. */
static inline void scan_pass(const struct scan *s, const uint8_t *seen,
                             struct coverage_novel *novel)
{
    novel->total = 0;
    for (const struct scan_run *r = s->run, *end = r + s->n; r < end; r++)
        if (r->index_of_word)
            r->passes.pass64(r->start, r->count, r->index_of_word, seen, 0,
                             novel);
        else
            r->passes.pass8(r->start, r->count, seen + r->first, r->first,
                            novel);
}

/* Clears the counters and calls visit for each that was not zero. */
void scan_visit(const struct scan *s,
                void (*visit)(void *ctx, uint32_t index, uint64_t value),
                void *ctx);

#endif
