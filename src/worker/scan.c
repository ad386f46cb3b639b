/* SPDX-License-Identifier: MIT
 *
 * See scan.h.
 */
#include "worker/scan.h"

#include "platform/guest.h"
#include "worker/counters.h"

bool scan_init(struct scan *s)
{
    size_t nranges;
    size_t nspans;
    const struct counter_range *range = counters_ranges(&nranges);
    const struct counter_span *span = counters_spans(&nspans);
    size_t n = nspans;
    for (size_t i = 0; i < nranges; i++)
        n += range[i].width == 1;
    *s = (struct scan){0};
    s->run = guest_pages((n + 1) * sizeof *s->run, false, NULL);
    if (!s->run)
        return false;
    for (size_t i = 0; i < nranges; i++)
        if (range[i].width == 1)
            s->run[s->n++] = (struct scan_run){.start = range[i].start,
                                               .count = range[i].count,
                                               .first = range[i].first};
    for (size_t i = 0; i < nspans; i++)
        s->run[s->n++] =
            (struct scan_run){.start = span[i].start,
                              .count = (uint32_t)span[i].words,
                              .index_of_word = span[i].index_of_word};
    enum coverage_kind kind = coverage_best();
    for (size_t i = 0; i < s->n; i++)
        s->run[i].passes = coverage_passes(kind, s->run[i].count);
    return true;
}

void scan_visit(const struct scan *s,
                void (*visit)(void *ctx, uint32_t index, uint64_t value),
                void *ctx)
{
    for (const struct scan_run *r = s->run; r < s->run + s->n; r++)
        if (r->index_of_word)
            coverage_visit64(r->start, r->count, r->index_of_word, 0, visit,
                             ctx);
        else
            coverage_visit8(r->start, r->count, r->first, visit, ctx);
}
