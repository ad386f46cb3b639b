/* SPDX-License-Identifier: MIT
 *
 * Counters as code, in libFuzzer's mode: where they are, and what of the
 * program a run has covered, as text at its end. Of counters that clang made
 * with a table of places; others have none. See libfuzzer.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/corpus.h"
#include "coordinator/symbolise.h"
#include "driver/counter_place.h"
#include "driver/libfuzzer.h"
#include "platform/symbols.h"
#include "worker/counters.h"

/* Addresses that are asked for at once. */
#define CHUNK 128u

/* ---- the function in focus ---- */

static uint8_t *focus; /* by counter, whether it is in the function */
static uint32_t nfocus;

/* As the symbol has it, or as C++ writes a function in no namespace. */
static bool is_called(const char *symbol, const char *name)
{
    char mangled[256];
    int n = snprintf(mangled, sizeof mangled, "_Z%zu%s", strlen(name), name);
    return strcmp(symbol, name) == 0 ||
           (n > 0 && (size_t)n < sizeof mangled &&
            strncmp(symbol, mangled, (size_t)n) == 0);
}

bool libfuzzer_focus_on(const char *name)
{
    bool inside = false, met = false;
    nfocus = counters_total();
    free(focus);
    focus = calloc((size_t)nfocus + 1, 1);
    for (uint32_t i = 0; focus && i < nfocus; i++) {
        struct place_of_code place;
        uint64_t start;
        if (!counter_code(i, &place))
            inside = false;
        else if (place.entry) {
            /* A function is what follows its entry. */
            const struct symbols *symbols = symbols_of(place.module);
            const char *symbol =
                symbols ? symbols_function(symbols, place.address, &start)
                        : NULL;
            inside = symbol && is_called(symbol, name);
        }
        focus[i] = inside;
        met |= inside;
    }
    return met;
}

bool libfuzzer_in_focus(uint32_t counter)
{
    return focus && counter < nfocus && focus[counter];
}

/* ---- what was covered ---- */

struct covered {
    uint32_t counter;
    bool seen;
    struct place_of_code place;
};

struct coverage {
    struct covered *list;
    uint32_t n;
};

static void collect(struct coverage *c, const struct corpus *corpus)
{
    c->list = calloc((size_t)corpus->counters + 1, sizeof *c->list);
    for (uint32_t i = 0; c->list && i < corpus->counters; i++) {
        struct covered *at = &c->list[c->n];
        at->counter = i;
        at->seen = corpus->seen[i] != 0;
        c->n += counter_code(i, &at->place);
    }
}

/* Entries that reach a counter. */
static uint32_t count_hits(const struct corpus *corpus, uint32_t counter)
{
    uint32_t hits = 0;
    for (uint32_t i = 0; i < corpus->count; i++) {
        const struct entry *e = &corpus->entries[i];
        for (uint32_t k = 0; k < e->nfeatures; k++)
            if (e->features[k] >> 8 == counter) {
                hits++;
                break;
            }
    }
    return hits;
}

static const struct symbolised *line_of(const struct symbolise *names,
                                        const struct place_of_code *p)
{
    static char nothing[] = "??";
    static const struct symbolised unknown = {nothing, nothing, 0};
    size_t n;
    const struct symbolised *at =
        symbolise_get(names, p->module, p->address, &n);
    return at ? &at[n - 1] : &unknown; /* not what was inlined there */
}

static void add_function(struct buf *out, const struct symbolise *names,
                         const struct covered *first, uint32_t n,
                         const struct corpus *corpus)
{
    const struct symbolised *at = line_of(names, &first->place);
    uint32_t hits = count_hits(corpus, first->counter), seen = 0;
    for (uint32_t i = 0; i < n; i++)
        seen += first[i].seen;
    buf_addf(out, "%sCOVERED_FUNC: hits: %u edges: %u/%u %s %s:%u\n",
             first->seen ? "" : "UN", hits, seen, n, at->function, at->file,
             at->line);
    for (uint32_t i = 0; first->seen && i < n; i++) {
        const struct symbolised *edge = line_of(names, &first[i].place);
        if (!first[i].seen)
            buf_addf(out, "  UNCOVERED_PC: %s:%u\n", edge->file, edge->line);
    }
}

/* "U" and "C" and the lines of either. */
static void add_lines(struct buf *out, const struct symbolise *names,
                      const struct covered *first, uint32_t n)
{
    for (int seen = 0; seen < 2; seen++) {
        buf_add_char(out, seen ? 'C' : 'U');
        for (uint32_t i = 0; i < n; i++)
            if (first[i].seen == (seen == 1))
                buf_addf(out, " %u", line_of(names, &first[i].place)->line);
        buf_add_char(out, '\n');
    }
}

static void add_coverage(struct buf *out, const struct corpus *corpus,
                         bool full)
{
    struct coverage c = {0};
    uint32_t next;
    collect(&c, corpus);
    buf_add_text(out, full ? "FULL COVERAGE:\n" : "COVERAGE:\n");
    for (uint32_t at = 0; at < c.n; at = next) {
        /* A function is what follows its entry. */
        next = at + 1;
        while (next < c.n && !c.list[next].place.entry)
            next++;
        struct symbolise *names = symbolise_new();
        for (uint32_t i = at; i < next && i < at + CHUNK; i++)
            symbolise_want(names, c.list[i].place.module,
                           c.list[i].place.address);
        symbolise_ask(names);
        if (full)
            add_lines(out, names, &c.list[at], next - at);
        else
            add_function(out, names, &c.list[at], next - at, corpus);
        symbolise_free(names);
    }
    free(c.list);
}

static void add_entries(struct buf *out, const struct corpus *corpus)
{
    unsigned n = 0;
    for (uint32_t i = 0; i < corpus->count; i++) {
        const struct entry *e = &corpus->entries[i];
        if (!e->nfeatures || e->disabled)
            continue;
        buf_addf(out, "  [%3u ", n++);
        lineage_add_sha1(out, corpus, i);
        buf_addf(out, "] sz: %5u runs: %5.0f succ: %5u focus: %d\n", e->bytes,
                 e->picks, e->offspring, e->focused);
    }
}

void libfuzzer_describe(void *ctx, const struct corpus *corpus)
{
    struct libfuzzer *l = ctx;
    struct buf *out = &l->description;
    if (l->flags.print_full_coverage)
        add_coverage(out, corpus, true);
    if (l->flags.print_coverage)
        add_coverage(out, corpus, false);
    if (l->flags.print_corpus_stats)
        add_entries(out, corpus);
}
