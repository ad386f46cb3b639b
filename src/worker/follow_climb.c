/* SPDX-License-Identifier: MIT
 *
 * See batch_parts.h: what base/climb asks to be run.
 */
#include "worker/batch_parts.h"
#include "worker/compare.h"
#include "worker/probe.h"

/* Runs that count as one recorded execution, whose price has the change of the
 * code in it: between these it stays as it is. */
#define RUNS_PER_RECORD 4u

/* Runs for one comparison; with probes each one is much dearer. */
#define RUNS        1500u
#define RUNS_PROBED 600u

struct climbing {
    struct batch *b;
    struct search *s;
    const struct find_origin *origin;
    uint32_t runs;
};

static enum climb_outcome run(void *ctx, const struct input *base, uint32_t arg,
                              const uint32_t *at, const uint8_t *bytes,
                              uint32_t n, const struct operands **o)
{
    struct climbing *k = ctx;
    struct batch *b = k->b;
    struct input in;
    bool is_new;
    if (is_over(b))
        return CLIMB_OVER;
    runner_load(b->runner, base, &in);
    for (uint32_t i = 0; i < n; i++)
        in.arg[arg].data[at[i]] = bytes[i];
    compare_record(b->trace.of_change);
    follow_recorded(b, &in, &is_new);
    *o = b->trace.of_change;
    k->s->recorded += k->runs++ % RUNS_PER_RECORD == 0;
    if (!is_new)
        return CLIMB_RAN;
    trace_end();
    return !is_over(b) && batch_try(b, k->s, &in, k->origin) ? CLIMB_FOUND
                                                             : CLIMB_OVER;
}

bool follow_climb(struct batch *b, struct search *s, unsigned turn,
                  const struct find_origin *origin)
{
    struct climbing k = {b, s, origin, 0};
    if (s->ascii)
        return true;
    bool more = climb(b->trace.climb, b->trace.solve, turn,
                      probe_is_allowed() ? RUNS_PROBED : RUNS, run, &k);
    trace_end();
    return more;
}
