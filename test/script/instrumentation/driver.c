/* SPDX-License-Identifier: MIT
 *
 * Calls an instrumented target as a worker would, and prints what became of
 * its instrumentation, as name=value lines. compare.c is compiled with
 * disarm_call renamed to counted_disarm_call, so that callbacks which still
 * happen are counted on their way.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Nothing is probed here. */
struct operands;
void probe_record(struct operands *operands);
void probe_stop(void);
void probe_record(struct operands *operands)
{
    (void)operands;
}
void probe_stop(void)
{
}

#include "worker/compare.h"
#include "worker/counters.h"
#include "worker/disarm.h"

int target(const unsigned char *data, size_t size);
void counted_disarm_call(uintptr_t ret, uintptr_t callback);

static const char busy[] = "hello { \"a\" : 12345, 'b' : [1,2,3] } world #99";
static unsigned long calls;

void counted_disarm_call(uintptr_t ret, uintptr_t callback)
{
    calls++;
    disarm_call(ret, callback);
}

static void run(const char *text)
{
    target((const unsigned char *)text, strlen(text));
}

static unsigned take_range(const struct counter_range *range)
{
    unsigned hit = 0;
    for (uint32_t i = 0; i < range->count; i++) {
        uint64_t value = 0;
        char *counter = (char *)range->start + (size_t)i * range->width;
        memcpy(&value, counter, range->width);
        memset(counter, 0, range->width);
        hit += value != 0;
    }
    return hit;
}

/* Counters that are not zero, which are set to zero. */
static unsigned take_hits(void)
{
    size_t n;
    const struct counter_range *range = counters_ranges(&n);
    unsigned hit = 0;
    for (size_t i = 0; i < n; i++)
        hit += take_range(&range[i]);
    return hit;
}

static unsigned hits_by_span(void)
{
    size_t n;
    const struct counter_span *span = counters_spans(&n);
    unsigned hit = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < span[i].words; k++)
            hit += span[i].index_of_word[k] != UINT32_MAX &&
                   ((const int64_t *)span[i].start)[k] != 0;
    return hit;
}

int main(void)
{
    size_t sites, sites_before;
    if (!counters_prepare())
        return 1;
    run(busy);
    disarm_sites(&sites_before);
    compare_disarm();
    errno = 77;
    run(busy);
    int kept_errno = errno == 77;
    unsigned long first = calls;
    for (int i = 0; i < 100; i++)
        run(busy);
    disarm_sites(&sites);
    take_hits();
    run(busy);
    unsigned by_span = hits_by_span();
    unsigned hit = take_hits();
    run("");
    unsigned hit_empty = take_hits();
    printf("total=%u\nsources=%u\n", counters_total(), counters_sources());
    printf("hit=%u\nhit_by_span=%u\nhit_empty=%u\n", hit, by_span, hit_empty);
    printf("first_calls=%lu\nlater_calls=%lu\n", first, calls - first);
    printf("sites_before=%zu\nsites=%zu\n", sites_before, sites);
    printf("errno_kept=%d\npc=%d\n", kept_errno, counters_pc(0) != 0);
    printf("refused=%d\n", counters_refusal() != NULL);
    return 0;
}
