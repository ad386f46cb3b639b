/* SPDX-License-Identifier: MIT
 *
 * See places.h.
 */
#include "coordinator/places.h"

#include <stdio.h>
#include <string.h>

#include "coordinator/run.h"
#include "coordinator/symbolise.h"
#include "platform/symbols.h"

/* Places of one find that are told; as many as symbolise takes. */
#define TOLD_MAX 256u

struct reached {
    struct place_of_code place[TOLD_MAX];
    uint32_t n;
    uint32_t functions;
};

static void collect(struct reached *r, const struct run *run,
                    const uint32_t *features, uint32_t n)
{
    uint32_t last = UINT32_MAX;
    r->n = r->functions = 0;
    for (uint32_t i = 0; i < n && r->n < TOLD_MAX; i++) {
        uint32_t counter = features[i] >> 8;
        struct place_of_code *p = &r->place[r->n];
        if (counter == last || run->corpus.seen[counter] ||
            !run->opt.places->of(counter, p))
            continue;
        last = counter;
        r->functions += p->entry;
        r->n++;
    }
}

/* Functions by the module's own symbols, which costs nothing. */
static void tell_functions(const struct reached *r, unsigned most)
{
    uint32_t told = 0;
    for (uint32_t i = 0; i < r->n && told < most; i++) {
        const struct place_of_code *p = &r->place[i];
        uint64_t start;
        if (!p->entry)
            continue;
        const struct symbols *symbols = symbols_of(p->module);
        const char *name =
            symbols ? symbols_function(symbols, p->address, &start) : NULL;
        (void)fprintf(stderr, "\tNEW_FUNC[%u/%u]: 0x%llx in %s (%s+0x%llx)\n",
                      ++told, r->functions, (unsigned long long)p->pc,
                      name ? name : "??", p->module,
                      (unsigned long long)p->address);
    }
}

/* All of them with their lines; and whether the one that is looked for is
 * among them. */
static bool tell_lines(const struct reached *r, const struct places *places,
                       bool tell)
{
    bool met = false;
    struct symbolise *names = symbolise_new();
    for (uint32_t i = 0; i < r->n; i++)
        symbolise_want(names, r->place[i].module, r->place[i].address);
    symbolise_ask(names);
    for (uint32_t i = 0; i < r->n; i++) {
        const struct place_of_code *p = &r->place[i];
        char text[1024];
        size_t n;
        const struct symbolised *at =
            symbolise_get(names, p->module, p->address, &n);
        if (at)
            (void)snprintf(text, sizeof text, "in %.300s %.600s:%u",
                           at[0].function, at[0].file, at[0].line);
        else
            (void)snprintf(text, sizeof text, "(%.900s+0x%llx)", p->module,
                           (unsigned long long)p->address);
        if (tell)
            (void)fprintf(stderr, "\tNEW_PC: 0x%llx %s\n",
                          (unsigned long long)p->pc, text);
        met |= places->exit_pos && strstr(text, places->exit_pos);
    }
    symbolise_free(names);
    return met;
}

static void note_focus(struct run *run, uint32_t entry,
                       const uint32_t *features, uint32_t n)
{
    struct entry *e = &run->corpus.entries[entry];
    for (uint32_t i = 0; run->opt.places->focus && i < n; i++)
        e->focused |= run->opt.places->focus(features[i] >> 8);
}

/* Of those that count as units. */
static bool is_in_focus(const struct entry *e)
{
    return e->focused && e->nfeatures && !e->disabled;
}

uint32_t places_focused(const struct run *run)
{
    uint32_t n = 0;
    if (!run->opt.places || !run->opt.places->focus)
        return 0;
    for (uint32_t i = 0; i < run->corpus.count; i++)
        n += is_in_focus(&run->corpus.entries[i]);
    return n;
}

void places_reached(struct run *run, uint32_t entry, const uint32_t *features,
                    uint32_t n)
{
    struct reached r;
    const struct places *places = run->opt.places;
    note_focus(run, entry, features, n);
    if (run->stopping)
        return;
    collect(&r, run, features, n);
    bool all = places->all && run->fuzzing;
    if (r.n == 0)
        return;
    if ((all || places->exit_pos) && tell_lines(&r, places, all)) {
        report_line("INFO: found line matching '%s', exiting.",
                    places->exit_pos);
        run_stop(run);
    }
    if (run->fuzzing)
        tell_functions(&r, places->functions);
}
