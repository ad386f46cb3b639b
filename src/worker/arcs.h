/* SPDX-License-Identifier: MIT
 *
 * gcc's counter arrays, put in order. There is one array for each function,
 * thousands in a program, most of them a few words long and near each other.
 * Sorted and bridged into spans they can be scanned like one array. Apart from
 * counters.c because one-byte counters need none of this, and from gcov.c
 * because it knows nothing of gcc.
 */
#ifndef THRESH_WORKER_ARCS_H
#define THRESH_WORKER_ARCS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/counters.h"

/* The counters of one function. */
struct arc_array {
    int64_t *start;
    uint32_t count;
    uint32_t first;        /* index of its first counter, once dealt */
    uint32_t module;       /* rank of its module in registration order */
    uintptr_t segment_end; /* of the memory it lies in; 0 if unknown */
};

struct arcs {
    struct arc_array *array;
    size_t n;
};

/* Takes the n pending arrays from gcov.h, sorted by module and address. False
 * if memory is refused. The memory is never given back. */
bool arcs_collect(struct arcs *arcs, size_t n);

/* How many spans the arrays make; and appends them to spans[*n], once the
 * arrays' indexes are dealt. False if memory is refused. */
size_t arcs_count_spans(const struct arcs *arcs);
bool arcs_fill_spans(const struct arcs *arcs, struct counter_span *spans,
                     size_t *n);

#endif
