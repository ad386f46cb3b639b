/* SPDX-License-Identifier: MIT
 *
 * See arcs.h.
 */
#include "worker/arcs.h"

#include "platform/guest.h"
#include "platform/segment.h"
#include "worker/gcov.h"

/* The widest gap that is cheaper to read than a new span is to begin. */
#define BRIDGE_MAX 256

/* Modules told apart by rank; those beyond are ordered by address. */
#define MODULES_MAX 256

static uint32_t rank_of(uintptr_t module)
{
    static uintptr_t modules[MODULES_MAX];
    static uint32_t n;
    for (uint32_t i = 0; i < n; i++)
        if (modules[i] == module)
            return i;
    if (n == MODULES_MAX)
        return n;
    modules[n] = module;
    return n++;
}

static void find_modules(struct arcs *arcs)
{
    struct segment s = {0};
    for (size_t i = 0; i < arcs->n; i++) {
        struct arc_array *a = &arcs->array[i];
        uintptr_t start = (uintptr_t)a->start;
        uintptr_t size = a->count * sizeof *a->start;
        a->module = MODULES_MAX + 1;
        a->segment_end = 0;
        if (!segment_holds(&s, start, size) && !segment_find(start, &s)) {
            s = (struct segment){0};
            continue;
        }
        a->module = rank_of(s.module);
        a->segment_end = s.end;
    }
}

static bool before(const struct arc_array *a, const struct arc_array *b)
{
    if (a->module != b->module)
        return a->module < b->module;
    return (uintptr_t)a->start < (uintptr_t)b->start;
}

static void sift_down(struct arc_array *heap, size_t at, size_t n)
{
    struct arc_array moving = heap[at];
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && before(&heap[child], &heap[child + 1]))
            child++;
        if (!before(&moving, &heap[child]))
            break;
        heap[at] = heap[child];
    }
    heap[at] = moving;
}

/* Heapsort, because the C library's qsort allocates. */
static void sort(struct arc_array *array, size_t n)
{
    for (size_t i = n / 2; i-- > 0;)
        sift_down(array, i, n);
    for (size_t i = n; i-- > 1;) {
        struct arc_array largest = array[0];
        array[0] = array[i];
        array[i] = largest;
        sift_down(array, 0, i);
    }
}

bool arcs_collect(struct arcs *arcs, size_t n)
{
    *arcs = (struct arcs){.n = n};
    if (!n)
        return true;
    arcs->array = guest_pages(n * sizeof *arcs->array, false, NULL);
    if (!arcs->array)
        return false;
    gcov_take(arcs->array);
    find_modules(arcs);
    sort(arcs->array, n);
    return true;
}

/* Whether b may share a span with a, which ends before it. */
static bool bridged(const struct arc_array *a, const struct arc_array *b)
{
    uintptr_t end = (uintptr_t)(a->start + a->count);
    uintptr_t next = (uintptr_t)b->start;
    return a->module == b->module && a->segment_end &&
           a->segment_end == b->segment_end && next >= end &&
           next - end <= BRIDGE_MAX && (next - end) % sizeof(int64_t) == 0;
}

static size_t last_of_span(const struct arcs *arcs, size_t i)
{
    while (i + 1 < arcs->n && bridged(&arcs->array[i], &arcs->array[i + 1]))
        i++;
    return i;
}

static size_t words_of_span(const struct arcs *arcs, size_t from, size_t to)
{
    const struct arc_array *a = arcs->array;
    return (size_t)(a[to].start + a[to].count - a[from].start);
}

size_t arcs_count_spans(const struct arcs *arcs)
{
    size_t n = 0;
    for (size_t i = 0; i < arcs->n; i = last_of_span(arcs, i) + 1)
        n++;
    return n;
}

/* Fills the index table of the span from array `from` to array `to`. */
static void fill_indexes(const struct arcs *arcs, size_t from, size_t to,
                         uint32_t *index_of_word)
{
    const int64_t *start = arcs->array[from].start;
    size_t word = 0;
    for (size_t i = from; i <= to; i++) {
        const struct arc_array *a = &arcs->array[i];
        while (word < (size_t)(a->start - start))
            index_of_word[word++] = UINT32_MAX;
        for (uint32_t k = 0; k < a->count; k++)
            index_of_word[word++] = a->first + k;
    }
}

bool arcs_fill_spans(const struct arcs *arcs, struct counter_span *spans,
                     size_t *n)
{
    size_t words = 0;
    for (size_t i = 0, to; i < arcs->n; i = to + 1) {
        to = last_of_span(arcs, i);
        words += words_of_span(arcs, i, to);
    }
    uint32_t *table = guest_pages(words * sizeof *table, false, NULL);
    if (!table)
        return false;
    for (size_t i = 0, to; i < arcs->n; i = to + 1) {
        to = last_of_span(arcs, i);
        words = words_of_span(arcs, i, to);
        fill_indexes(arcs, i, to, table);
        spans[(*n)++] =
            (struct counter_span){arcs->array[i].start, words, table};
        table += words;
    }
    return true;
}
