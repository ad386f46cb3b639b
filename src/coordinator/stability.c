/* SPDX-License-Identifier: MIT
 *
 * See stability.h.
 */
#include "coordinator/stability.h"

#include <stdio.h>
#include <string.h>

#include "coordinator/places.h"
#include "coordinator/report_libfuzzer.h"
#include "coordinator/run.h"
#include "platform/symbols.h"

/* Functions that are counted, and that are named. */
#define COUNTED_MAX 128u
#define NAMED_MAX   5u

struct blame {
    const char *function;
    uint32_t edges;
};

struct blames {
    struct blame of[COUNTED_MAX];
    uint32_t n;
};

static const char *function_of(const struct run *run, uint32_t counter)
{
    struct place_of_code place;
    uint64_t start;
    if (!run->opt.counter_place || !run->opt.counter_place(counter, &place))
        return NULL;
    const struct symbols *symbols = symbols_of(place.module);
    return symbols ? symbols_function(symbols, place.address, &start) : NULL;
}

static void add(struct blames *b, const char *function)
{
    uint32_t i = 0;
    while (i < b->n && strcmp(b->of[i].function, function) != 0)
        i++;
    if (i == COUNTED_MAX)
        return;
    if (i == b->n)
        b->of[b->n++] = (struct blame){function, 0};
    b->of[i].edges++;
}

/* Takes the function with most edges from the list. */
static struct blame take_worst(struct blames *b)
{
    uint32_t worst = 0;
    for (uint32_t i = 1; i < b->n; i++)
        if (b->of[i].edges > b->of[worst].edges)
            worst = i;
    struct blame found = b->of[worst];
    b->of[worst] = b->of[--b->n];
    return found;
}

void stability_report(const struct run *run)
{
    const struct corpus *c = &run->corpus;
    struct blames blames = {.n = 0};
    char names[512] = "";
    if (!run->fuzzing || !c->unstable || !c->edges || libfuzzer_form_on())
        return;
    for (uint32_t i = 0; i < c->edges_end; i++) {
        const char *function = c->varies[i] ? function_of(run, i) : NULL;
        if (function)
            add(&blames, function);
    }
    for (uint32_t i = 0, used = 0; i < NAMED_MAX && blames.n; i++) {
        struct blame worst = take_worst(&blames);
        int n = snprintf(names + used, sizeof names - used, "%s%s (%u)",
                         i ? ", " : ": ", worst.function, worst.edges);
        if (n < 0 || (size_t)n >= sizeof names - used) {
            names[used] = 0;
            break;
        }
        used += (uint32_t)n;
    }
    report_line("fuzz: stability: %.1f%%; %u of %u edges vary while one input "
                "runs again%s%s",
                100.0 - 100.0 * c->unstable / c->edges, c->unstable, c->edges,
                names, blames.n ? ", ..." : "");
}
