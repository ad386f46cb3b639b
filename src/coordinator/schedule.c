/* SPDX-License-Identifier: MIT
 *
 * See schedule.h.
 */
#include "coordinator/schedule.h"

#include "coordinator/corpus.h"

/* Weights are 32-bit integers; an ordinary entry has this one. */
#define UNIT 65536.0

/* Executions after which an entry's bonus for being fresh has halved. */
#define FRESH_EXECS 4096.0
#define FRESH_BONUS 15.0

/* An entry that owns no feature is not useless (its surroundings differ), but
 * it is not what the corpus stands on. */
#define UNOWNED_SHARE 0.125

/* A slow entry is not drawn less often than it must be to learn whether those
 * like it are slow, too. bench/EXPERIMENTS.md, "Slow entries". */
#define SLOW_SHARE 0.0625

/* libFuzzer's -focus_function: entries that reach it before all others, by as
 * much as there. */
#define FOCUS_TIMES 1000.0

/* Owned features that still add weight. */
#define OWNED_MAX 16u

/* An execution that raises counters fewer times than this costs less than
 * making a mutant; then of so many mutants one is made from the entry.
 * bench/EXPERIMENTS.md, "Chains of mutants". */
#define CHEAP_COST  64.0
#define CHAIN_CHEAP 18

/* libFuzzer's -len_control=100: the limit rises after 100 * log2(limit)
 * executions without a find; then again and again until there is one.
 * bench/EXPERIMENTS.md, "Longer inputs". */
#define LENGTH_PATIENCE 100u
#define LENGTH_PACE     60u
/* Nothing shorter is mutated; until then the limit is what the corpus has, as
 * libFuzzer's is. */
#define LENGTH_START 64u
#define LENGTH_FIRST 4u

static uint64_t log2_floor(uint64_t n)
{
    return n ? 63u - (uint64_t)__builtin_clzll(n) : 0;
}

/* Of an execution, with what it costs besides. */
static double work_of(const struct entry *e)
{
    return (double)e->cost + 16.0;
}

double schedule_price(const struct entry *e)
{
    return work_of(e) * ((double)e->bytes + 16.0);
}

static double average_work(const struct entry *entries, uint32_t n)
{
    double sum = 0;
    uint32_t used = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (entries[i].disabled)
            continue;
        sum += work_of(&entries[i]);
        used++;
    }
    return used ? sum / used : 1;
}

double schedule_dearness(const struct entry *entries, uint32_t n,
                         const uint32_t *some, uint32_t nsome)
{
    double sum = 0;
    for (uint32_t i = 0; i < nsome; i++)
        sum += work_of(&entries[some[i]]);
    return nsome ? sum / nsome / average_work(entries, n) : 1;
}

void schedule_weigh(const struct entry *entries, uint32_t n, uint32_t *weights)
{
    double average = average_work(entries, n);
    for (uint32_t i = 0; i < n; i++) {
        const struct entry *e = &entries[i];
        if (e->disabled || e->reloaded) {
            weights[i] = 0;
            continue;
        }
        uint32_t owned = e->owned < OWNED_MAX ? e->owned : OWNED_MAX;
        double w = owned ? 1.0 + owned / 4.0 : UNOWNED_SHARE;
        w *= 1.0 + FRESH_BONUS / (1.0 + e->picks / FRESH_EXECS);
        double ratio = work_of(e) / average;
        w *= ratio > 4 ? 0.25 : ratio < 0.5 ? 1.5 : 1.0;
        if (e->slow)
            w *= SLOW_SHARE;
        if (e->focused)
            w *= FOCUS_TIMES;
        w /= 1.0 + (double)log2_floor(e->bytes + 1) / 8.0;
        weights[i] = (uint32_t)(w * UNIT / 16.0) + 1;
    }
}

void schedule_spend(struct entry *entries, uint32_t n, const uint32_t *weights,
                    uint64_t execs)
{
    double total = 0;
    for (uint32_t i = 0; i < n; i++)
        total += weights[i];
    if (total <= 0)
        return;
    for (uint32_t i = 0; i < n; i++)
        entries[i].picks += (double)execs * weights[i] / total;
}

uint32_t schedule_chain(const struct entry *entries, uint32_t n)
{
    double sum = 0;
    uint32_t used = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (entries[i].disabled)
            continue;
        sum += (double)entries[i].cost;
        used++;
    }
    return sum < CHEAP_COST * used ? CHAIN_CHEAP : 1;
}

void length_init(struct length_control *l, uint64_t longest, uint64_t max)
{
    l->max = max;
    l->limit = longest > LENGTH_FIRST ? longest : LENGTH_FIRST;
    if (l->limit > max)
        l->limit = max;
    l->last_change = 0;
    l->slowness = 100;
}

void length_found(struct length_control *l, uint64_t bytes, uint64_t execs)
{
    if (bytes > l->limit)
        l->limit = bytes < l->max ? bytes : l->max;
    l->last_change = execs;
}

void length_step(struct length_control *l, uint64_t execs)
{
    if (l->limit < LENGTH_START)
        l->limit = LENGTH_START < l->max ? LENGTH_START : l->max;
    uint64_t patience =
        LENGTH_PATIENCE * log2_floor(l->limit + 1) * l->slowness / 100;
    uint64_t pace = LENGTH_PACE * l->slowness / 100;
    while (l->limit < l->max && execs - l->last_change > patience) {
        uint64_t rise = log2_floor(l->limit + 1);
        l->limit = l->limit + rise < l->max ? l->limit + rise : l->max;
        l->last_change += pace ? pace : 1;
    }
}
