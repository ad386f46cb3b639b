/* SPDX-License-Identifier: MIT
 *
 * See instrumented.h. What is said about objects must be true, so nothing is
 * said where instrumentation leaves no trace in the program: trace-pc, and
 * clang's counters without a table of their addresses.
 */
#include "driver/instrumented.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "coordinator/report.h"
#include "platform/objects.h"
#include "worker/counters.h"

/* Names that a warning shows, and the objects it chooses them from. */
#define NAMES_SHOWN 5
#define MISSING_MAX 4096
#define LIST_MAX    512
#define NAME_SIZE   64

struct missing {
    char name[NAME_SIZE];
    uint64_t bytes;
    uint32_t order;
};

struct tally {
    uintptr_t *pcs; /* of all counters, sorted */
    size_t npcs;
    uint32_t objects;
    uint32_t instrumented;
    uint32_t harnesses; /* that are not instrumented */
    struct missing *missing;
    uint32_t nmissing; /* in the array; the count is objects - instrumented */
};

static int by_value(const void *a, const void *b)
{
    uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;
    return (x > y) - (x < y);
}

/* Largest first: it is what the search misses most. */
static int by_size(const void *a, const void *b)
{
    const struct missing *x = a, *y = b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? 1 : -1;
    return (x->order > y->order) - (x->order < y->order);
}

/* Gathers the addresses of this process's instrumented code. Returns false if
 * some of it does not tell them. */
static bool gather_pcs(struct tally *t)
{
    unsigned sources = counters_sources();
    bool tells = true;
    uint32_t total = counters_total();
    if (sources & (COUNTERS_TRACE_PC | COUNTERS_GUARDS))
        return false;
    if (!(sources & COUNTERS_CLANG_INLINE))
        return true; /* gcc's are told by symbols */
    t->pcs = calloc((size_t)total + 1, sizeof *t->pcs);
    if (!t->pcs)
        return false;
    for (uint32_t i = 0; i < total; i++) {
        uintptr_t pc = counters_pc(i);
        if (pc)
            t->pcs[t->npcs++] = pc;
    }
    tells = t->npcs > 0;
    if (tells)
        qsort(t->pcs, t->npcs, sizeof *t->pcs, by_value);
    return tells;
}

static bool covers(void *ctx, uintptr_t start, uintptr_t end)
{
    const struct tally *t = ctx;
    size_t low = 0, high = t->npcs;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (t->pcs[middle] < start)
            low = middle + 1;
        else
            high = middle;
    }
    return low < t->npcs && t->pcs[low] < end;
}

static void count(void *ctx, const struct object *o)
{
    struct tally *t = ctx;
    t->objects++;
    if (o->instrumented) {
        t->instrumented++;
        return;
    }
    t->harnesses += o->harness;
    if (t->nmissing == MISSING_MAX)
        return;
    struct missing *m = &t->missing[t->nmissing];
    *m = (struct missing){.bytes = o->bytes, .order = t->nmissing};
    (void)snprintf(m->name, sizeof m->name, "%s", o->name);
    t->nmissing++;
}

/* "foo.c, bar.c and 3 more" */
static void write_names(const struct tally *t, struct buf *out)
{
    uint32_t all = t->objects - t->instrumented;
    uint32_t shown = all < NAMES_SHOWN ? all : NAMES_SHOWN;
    if (t->nmissing)
        qsort(t->missing, t->nmissing, sizeof *t->missing, by_size);
    for (uint32_t i = 0; i < shown; i++)
        buf_addf(out, "%s%s", i ? ", " : "", t->missing[i].name);
    if (all > shown)
        buf_addf(out, " and %u more", all - shown);
}

static void report_missing(const struct tally *t)
{
    struct buf names;
    uint32_t all = t->objects - t->instrumented;
    /* A harness only hands the input on; if it alone has no counters, nothing
     * is lost. Where it is all there is, it is what is tested. */
    if (all == 0 || (t->instrumented > 0 && all == t->harnesses))
        return;
    buf_init(&names, LIST_MAX);
    write_names(t, &names);
    report_line("warning: %u of %u objects %s not instrumented and invisible "
                "to the search: %s; compile %s with `thresh cc`",
                all, t->objects, all == 1 ? "is" : "are", buf_text(&names),
                all == 1 ? "it" : "them");
    buf_release(&names);
}

static void report_nothing(void)
{
    report_line("warning: the test binary was not built with coverage "
                "instrumentation, so fuzzing will run without coverage "
                "guidance and may be inefficient; compile the code under test "
                "with `thresh cc`");
}

static void report_counters(const struct tally *t, uint32_t counters)
{
    const char *s = counters == 1 ? "" : "s";
    if (!t->instrumented)
        report_line("fuzz: %u counter%s", counters, s);
    else if (t->instrumented == t->objects)
        report_line("fuzz: %u counter%s in %u object%s", counters, s,
                    t->objects, t->objects == 1 ? "" : "s");
    else
        report_line("fuzz: %u counter%s in %u of %u objects", counters, s,
                    t->instrumented, t->objects);
}

void instrumented_report(uint32_t counters)
{
    struct tally t = {0};
    const char *refusal = counters_refusal();
    if (refusal)
        report_line("warning: %s", refusal);
    if (counters == 0) {
        report_nothing();
        return;
    }
    /* Counts of trace-pc begin with its first call, which may come in workers
     * only: here it looks like no instrumentation. */
    bool known = counters_prepare() && counters_sources() != 0;
    if (counters == UINT32_MAX && !known)
        return;
    if (counters == UINT32_MAX)
        counters = counters_total();
    t.missing = calloc(MISSING_MAX, sizeof *t.missing);
    if (t.missing && known && gather_pcs(&t)) {
        struct objects_query query = {covers, count, &t};
        (void)objects_list(&query);
    }
    report_counters(&t, counters);
    report_missing(&t);
    free(t.missing);
    free(t.pcs);
}
