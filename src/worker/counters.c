/* SPDX-License-Identifier: MIT
 *
 * See counters.h. Registered runs are kept in a fixed static table; what is
 * built of them, and gcc's many small arrays, in pages. When modules are
 * loaded later, a longer table replaces the old one, whose pages stay.
 */
#include "worker/counters.h"

#include <string.h>

#include "platform/guest.h"
#include "worker/arcs.h"
#include "worker/gcov.h"
#include "worker/sancov.h"
#include "worker/values.h"

#define RUNS_MAX 1024
/* Indexes are 32 bits wide and UINT32_MAX means none. */
#define COUNTERS_MAX (UINT32_MAX - 1)

struct run {
    uint8_t *start;
    uint32_t count;
    uint32_t first;         /* index, once prepared */
    const uintptr_t *pairs; /* {pc, flags} of each counter, or NULL */
};

static struct run runs[RUNS_MAX];
static uint32_t nruns;
static uint32_t nruns_prepared;
static uint32_t dropped;
static unsigned sources;

static struct counter_range *ranges;
static size_t nranges;
static struct counter_span *spans;
static size_t nspans;
static uint32_t total;
static uint32_t of_values;

void counters_drop(void)
{
    dropped++;
}

void counters_add(void *start, size_t count, enum counter_source source)
{
    if (!count)
        return;
    for (uint32_t i = 0; i < nruns; i++)
        if (runs[i].start == start)
            return;
    sources |= source;
    if (nruns == RUNS_MAX || count > COUNTERS_MAX) {
        counters_drop();
        return;
    }
    runs[nruns++] = (struct run){.start = start, .count = (uint32_t)count};
}

void counters_add_pcs(const uintptr_t *pairs, size_t count)
{
    if (nruns && runs[nruns - 1].count == count)
        runs[nruns - 1].pairs = pairs;
}

/* Appends a range, or makes the last one longer if this directly follows. Indexes are dealt in order of appending. */
static void append(struct counter_range *table, void *start, uint32_t count,
                   uint8_t width)
{
    struct counter_range *back = nranges ? &table[nranges - 1] : NULL;
    if (back && back->width == width &&
        (uint8_t *)back->start + (size_t)back->count * width == start)
        back->count += count;
    else
        table[nranges++] = (struct counter_range){
            .start = start, .count = count, .first = total, .width = width};
    total += count;
}

/* A table with room for `more` elements after the n old ones. */
static void *grow(const void *old, size_t n, size_t more, size_t size)
{
    void *table = guest_pages((n + more) * size, false, NULL);
    if (table && n)
        memcpy(table, old, n * size);
    return table;
}

static void take_runs(struct counter_range *table)
{
    for (; nruns_prepared < nruns; nruns_prepared++) {
        struct run *run = &runs[nruns_prepared];
        if (run->count > COUNTERS_MAX - total) {
            run->count = 0;
            counters_drop();
        }
        run->first = total;
        if (run->count)
            append(table, run->start, run->count, 1);
    }
}

static void take_arcs(struct counter_range *table, struct arcs *arcs)
{
    for (size_t i = 0; i < arcs->n; i++) {
        struct arc_array *array = &arcs->array[i];
        if (array->count > COUNTERS_MAX - total) {
            array->count = 0;
            counters_drop();
        }
        array->first = total;
        if (array->count)
            append(table, array->start, array->count, 8);
    }
}

static void take_values(struct counter_range *table)
{
    uint32_t n;
    uint8_t *start = values_counters(&n);
    if (n > COUNTERS_MAX - total)
        return;
    append(table, start, n, 1);
    of_values = n;
}

bool counters_prepare(void)
{
    bool values = values_wanted() && !of_values;
    size_t arrays = gcov_pending();
    sancov_collect(nruns == 0 && total == 0 && arrays == 0);
    size_t new_runs = nruns - nruns_prepared;
    if (!new_runs && !arrays && !values)
        return true;
    struct counter_range *table =
        grow(ranges, nranges, new_runs + arrays + values, sizeof *ranges);
    struct arcs arcs;
    if (!table || !arcs_collect(&arcs, arrays))
        return false;
    ranges = table;
    take_runs(table);
    take_arcs(table, &arcs);
    if (values)
        take_values(table);
    if (!arrays)
        return true;
    sources |= COUNTERS_GCC_ARCS;
    struct counter_span *longer =
        grow(spans, nspans, arcs_count_spans(&arcs), sizeof *spans);
    if (!longer)
        return false;
    spans = longer;
    return arcs_fill_spans(&arcs, spans, &nspans);
}

const struct counter_range *counters_ranges(size_t *n)
{
    *n = nranges;
    return ranges;
}

const struct counter_span *counters_spans(size_t *n)
{
    *n = nspans;
    return spans;
}

uint32_t counters_total(void)
{
    return total;
}

uint32_t counters_of_values(void)
{
    return of_values;
}

unsigned counters_sources(void)
{
    return sancov_uses_trace_pc() ? sources
                                  : sources & ~(unsigned)COUNTERS_TRACE_PC;
}

uint32_t counters_dropped(void)
{
    return dropped;
}

/* The {pc, flags} of a counter, or NULL. */
static const uintptr_t *pair_of(uint32_t index)
{
    for (uint32_t i = 0; i < nruns_prepared; i++) {
        const struct run *run = &runs[i];
        if (index >= run->first && index - run->first < run->count)
            return run->pairs ? &run->pairs[2 * (size_t)(index - run->first)]
                              : NULL;
    }
    return NULL;
}

bool counters_pc_table(size_t number, const uintptr_t **pairs, size_t *n)
{
    for (uint32_t i = 0; i < nruns_prepared; i++) {
        if (!runs[i].pairs || number--)
            continue;
        *pairs = runs[i].pairs;
        *n = runs[i].count;
        return true;
    }
    return false;
}

uintptr_t counters_pc(uint32_t index)
{
    const uintptr_t *pair = pair_of(index);
    return pair ? pair[0] : 0;
}

bool counters_is_entry(uint32_t index)
{
    const uintptr_t *pair = pair_of(index);
    return pair && (pair[1] & 1);
}

const char *counters_refusal(void)
{
    return gcov_refusal();
}
