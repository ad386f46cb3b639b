/* SPDX-License-Identifier: MIT
 *
 * See trace.h.
 */
#include "worker/trace.h"

#include "platform/guest.h"
#include "worker/compare.h"

bool trace_init(struct trace *t,
                bool (*execute)(void *ctx, const struct input *in), void *ctx)
{
    *t = (struct trace){.execute = execute, .ctx = ctx};
    t->of_entry = guest_pages(sizeof *t->of_entry, false, NULL);
    t->of_change = guest_pages(sizeof *t->of_change, false, NULL);
    t->solve = guest_pages(sizeof *t->solve, false, NULL);
    return t->of_entry && t->of_change && t->solve;
}

/* An integer, one more than the entry's, if that is allowed. */
static bool increase(const struct signature *sig, struct input *in,
                     uint32_t arg)
{
    enum input_kind kind = sig->kind[arg];
    size_t width = kind_width(kind);
    if (!width || kind == KIND_BOOL || kind_is_float(kind))
        return false;
    uint64_t value = value_load(in->arg[arg].data, width) + 1;
    value &= value_mask(width);
    value_store(in->arg[arg].data, width, value);
    return domain_has(&sig->domain[arg], kind, value);
}

bool trace_entry(struct trace *t, struct runner *r, const struct input *entry)
{
    const struct signature *sig = &r->target.sig;
    struct input in;
    solve_init(t->solve, sig, entry);
    runner_load(r, entry, &in);
    compare_record(t->of_entry);
    bool more = t->execute(t->ctx, &in);
    for (uint32_t i = 0; more && i < sig->nargs; i++) {
        runner_load(r, entry, &in);
        if (!increase(sig, &in, i))
            continue;
        compare_record(t->of_change);
        more = t->execute(t->ctx, &in);
        solve_linear(t->solve, i, t->of_entry, t->of_change);
    }
    trace_end();
    solve_equal(t->solve, t->of_entry);
    return more;
}

void trace_end(void)
{
    compare_disarm();
}
