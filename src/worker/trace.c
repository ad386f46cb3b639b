/* SPDX-License-Identifier: MIT
 *
 * See trace.h.
 */
#include "worker/trace.h"

#include "base/copy.h"
#include "platform/guest.h"
#include "worker/compare.h"

/* Variable arguments that are larger, all together, are not coloured. */
#define ROOM ((size_t)SOLVE_PLACES)
/* Executions that colour one argument: two for each byte, up to this. */
#define COLOUR_TRIES 256u
/* Executions that make digits of one argument, each level above the first. */
#define DIGITS_TRIES 64u
/* Bytes that an argument is made longer by: what is a half, a quarter, an eighth
 * of its size is larger by whole numbers. */
#define LONGER 8u

/* Bytes that a variant is longer by, at most, before it is mutated. */
#define APPENDED_MAX 16u
/* Bytes up to which an entry is short. bench/EXPERIMENTS.md, "Longer inputs". */
#define SHORT 64u

bool trace_init(struct trace *t, trace_execute *execute, void *ctx)
{
    *t = (struct trace){.execute = execute, .ctx = ctx};
    t->of_change = guest_pages(sizeof *t->of_change, false, NULL);
    t->colour = guest_pages(sizeof *t->colour, false, NULL);
    t->solve = guest_pages(sizeof *t->solve, false, NULL);
    t->climb = guest_pages(sizeof *t->climb, false, NULL);
    t->wish = guest_pages(ROOM, false, NULL);
    t->variant = guest_pages(ROOM + COPY_SLACK, false, NULL);
    bool all = t->of_change && t->colour && t->solve && t->climb && t->wish &&
               t->variant;
    for (uint32_t i = 0; i < SOLVE_RUNS; i++) {
        struct trace_run *run = &t->run[i];
        run->operands = guest_pages(sizeof *run->operands, false, NULL);
        run->room = guest_pages(ROOM + COPY_SLACK, false, NULL);
        all &= run->operands && run->room;
    }
    return all;
}

/* ---- colouring ---- */

/* Makes the runs' inputs the entry's, but for room of their own for the
 * variable arguments. False if there is too much or nothing to be coloured. */
static bool lay_out(struct trace *t, const struct signature *sig,
                    const struct input *entry)
{
    size_t used = 0;
    for (uint32_t i = 0; i < SOLVE_RUNS; i++)
        t->run[i].in = *entry;
    for (uint32_t arg = 0; arg < sig->nargs; arg++) {
        if (kind_width(sig->kind[arg]))
            continue;
        for (uint32_t i = 1; i < SOLVE_RUNS && used <= ROOM; i++)
            t->run[i].in.arg[arg].data = t->run[i].room + used;
        used += entry->arg[arg].size;
        if (used > ROOM)
            return false;
    }
    return used > 0;
}

static bool run(struct trace *t, struct runner *r, const struct input *input,
                bool recording, uint64_t *did)
{
    struct input in;
    runner_load(r, input, &in);
    return t->execute(t->ctx, &in, recording, did);
}

/* Goes on with the colouring of an argument of one run's input, whose others
 * are as they are. */
static bool go_on(struct trace *t, struct runner *r, const struct input *in,
                  uint32_t tries, uint64_t wanted)
{
    uint64_t did;
    for (uint32_t i = 0; i < tries && colour_next(t->colour); i++) {
        if (!run(t, r, in, false, &did))
            return false;
        colour_answer(t->colour, did == wanted);
    }
    return true;
}

static bool colour_argument(struct trace *t, struct runner *r, uint32_t arg,
                            uint64_t wanted, struct rng *rng)
{
    const struct span *from = &t->run[SOLVE_ENTRY].in.arg[arg];
    struct input *in = &t->run[SOLVE_COLOURED].in;
    uint32_t tries =
        from->size < COLOUR_TRIES / 2 ? 2 * from->size : COLOUR_TRIES;
    colour_begin(t->colour, from->data, in->arg[arg].data, from->size,
                 rng_stream(rng_next(rng), arg), t->level % 2 == 0);
    return go_on(t, r, in, tries, wanted);
}

/* Digits where they change nothing. At first it is only hoped that nothing is
 * changed: whoever expects no numbers should not have to pay for them. */
static bool put_digits(struct trace *t, struct runner *r, uint32_t arg,
                       enum solve_run_kind kind, uint64_t wanted,
                       struct rng *rng)
{
    const struct span *from = &t->run[SOLVE_ENTRY].in.arg[arg];
    struct input *in = &t->run[kind].in;
    colour_digits(from->data, t->run[SOLVE_COLOURED].in.arg[arg].data, t->wish,
                  from->size, rng, kind == SOLVE_PARTED_DIGITS);
    colour_wish(t->colour, from->data, t->wish, in->arg[arg].data, from->size);
    if (t->level == 0) {
        (void)colour_next(t->colour);
        return true;
    }
    return go_on(t, r, in, DIGITS_TRIES * t->level, wanted);
}

/* Calls a step for each variable argument. */
#define EACH_VARIABLE(sig, arg)                       \
    for (uint32_t arg = 0; arg < (sig)->nargs; arg++) \
        if (!kind_width((sig)->kind[arg]))

/* Takes the colour from every second piece of an argument: what is made of two
 * places (one xored with the other, their difference) is a function of one of
 * them while the other one stays. */
static void colour_pieces(const struct span *from, struct span *to,
                          struct rng *rng)
{
    unsigned shift = 0;
    while (from->size >> shift > 2)
        shift++;
    shift = rng_below(rng, shift + 1);
    uint32_t kept = rng_below(rng, 2);
    for (uint32_t i = 0; i < from->size; i++)
        if ((i >> shift & 1) == kept)
            to->data[i] = from->data[i];
}

static void copy_entry(struct trace *t, const struct signature *sig)
{
    const struct input *entry = &t->run[SOLVE_ENTRY].in;
    EACH_VARIABLE(sig, arg)
    for (uint32_t i = 1; i < SOLVE_RUNS; i++)
        for (uint32_t k = 0; k < entry->arg[arg].size; k++)
            t->run[i].in.arg[arg].data[k] = entry->arg[arg].data[k];
}

/* Makes the inputs of the coloured runs. *colours is false if they are those of
 * the entry: there is nothing to colour, or it does not do the same twice. */
static bool colour(struct trace *t, struct runner *r, const struct input *entry,
                   struct rng *rng, uint64_t *did, bool *colours)
{
    const struct signature *sig = &r->target.sig;
    uint64_t first;
    *did = 0;
    *colours = lay_out(t, sig, entry);
    if (!*colours)
        return true;
    if (!run(t, r, entry, false, &first) || !run(t, r, entry, false, did))
        return false;
    *colours = first == *did;
    if (!*colours)
        return true;
    copy_entry(t, sig);
    bool pieces = t->level > 1 && rng_below(rng, 2);
    EACH_VARIABLE(sig, arg)
    {
        if (!colour_argument(t, r, arg, *did, rng))
            return false;
        if (pieces)
            colour_pieces(&entry->arg[arg], &t->run[SOLVE_COLOURED].in.arg[arg],
                          rng);
    }
    EACH_VARIABLE(sig, arg)
    {
        colour_again(
            entry->arg[arg].data, t->run[SOLVE_COLOURED].in.arg[arg].data,
            t->run[SOLVE_AGAIN].in.arg[arg].data, entry->arg[arg].size, rng);
        if (!put_digits(t, r, arg, SOLVE_PARTED_DIGITS, *did, rng) ||
            !put_digits(t, r, arg, SOLVE_DIGITS, *did, rng))
            return false;
    }
    return true;
}

/* ---- variants ---- */

/* So many random bytes behind what an argument holds. */
static void append(const struct signature *sig, struct input *in, uint32_t arg,
                   uint32_t max_bytes, uint32_t more, struct rng *rng)
{
    struct span *data = &in->arg[arg];
    size_t limit = mutate_limit(sig, arg, max_bytes);
    for (; more && data->size < limit; more--)
        data->data[data->size++] = (uint8_t)rng_next(rng);
}

bool trace_keep(struct trace *t, const struct signature *sig,
                const struct input *in, struct input *kept)
{
    size_t used = 0;
    *kept = *in;
    for (uint32_t arg = 0; arg < sig->nargs; arg++) {
        struct span *to = &kept->arg[arg];
        if (in->arg[arg].size > ROOM - used)
            return false;
        to->data = t->variant + used;
        for (uint32_t i = 0; i < to->size; i++)
            to->data[i] = in->arg[arg].data[i];
        used += to->size;
    }
    return true;
}

bool trace_variant(struct trace *t, struct runner *r, const struct input *entry,
                   struct mutate *mutate, uint32_t max_bytes,
                   struct input *variant)
{
    const struct signature *sig = &r->target.sig;
    struct input in;
    runner_load(r, entry, &in);
    EACH_VARIABLE(sig, arg)
    if (rng_below(&mutate->rng, 2))
        append(sig, &in, arg, max_bytes,
               rng_below(&mutate->rng, APPENDED_MAX) + 1, &mutate->rng);
    (void)mutate_input(mutate, sig, &in, max_bytes, NULL);
    return trace_keep(t, sig, &in, variant);
}

bool trace_longer(struct trace *t, struct runner *r, const struct input *entry,
                  uint32_t max_bytes, struct rng *rng, struct input *longer)
{
    const struct signature *sig = &r->target.sig;
    struct input in;
    size_t size = 0, before = 0;
    runner_load(r, entry, &in);
    EACH_VARIABLE(sig, arg)
    {
        before += in.arg[arg].size;
        append(sig, &in, arg, max_bytes, APPENDED_MAX, rng);
        size += in.arg[arg].size;
    }
    return before <= SHORT && size > before && trace_keep(t, sig, &in, longer);
}

/* ---- recorded runs ---- */

/* The entry, twice: what is not the same both times did not come from it. */
static bool record_entry(struct trace *t, struct runner *r)
{
    struct trace_run *now = &t->run[SOLVE_ENTRY];
    uint64_t did;
    compare_record(now->operands);
    bool more = run(t, r, &now->in, true, &did);
    compare_record(t->of_change);
    more = more && run(t, r, &now->in, true, &did);
    operands_mark_noise(now->operands, t->of_change);
    solve_init(t->solve, &r->target.sig, &now->in, now->operands, t->level);
    t->runs = 1;
    return more;
}

static bool record_colours(struct trace *t, struct runner *r, uint64_t wanted)
{
    uint64_t did;
    for (; t->runs <= SOLVE_DIGITS; t->runs++) {
        struct trace_run *now = &t->run[t->runs];
        compare_record(now->operands);
        if (!run(t, r, &now->in, true, &did))
            return false;
        solve_add_run(t->solve, &now->in, now->operands, did == wanted);
    }
    return true;
}

/* An integer, one more than the entry's, or anything else some bytes longer.
 * Returns by how much, 0 if that is not allowed. */
static uint32_t increase(const struct signature *sig, struct input *in,
                         uint32_t arg)
{
    enum input_kind kind = sig->kind[arg];
    size_t width = kind_width(kind);
    struct span *data = &in->arg[arg];
    if (!width) {
        uint32_t room = sig->max_bytes[arg] - data->size;
        uint32_t grown = room < LONGER ? room : LONGER;
        for (uint32_t i = 0; i < grown; i++)
            data->data[data->size++] = '0';
        return grown;
    }
    if (kind == KIND_BOOL || kind_is_float(kind))
        return 0;
    uint64_t value = value_load(data->data, width) + 1;
    value &= value_mask(width);
    value_store(data->data, width, value);
    return domain_has(&sig->domain[arg], kind, value);
}

static bool record_changes(struct trace *t, struct runner *r,
                           const struct input *entry)
{
    const struct signature *sig = &r->target.sig;
    struct input in;
    uint64_t did;
    for (uint32_t arg = 0; arg < sig->nargs; arg++) {
        runner_load(r, entry, &in);
        uint32_t grown = increase(sig, &in, arg);
        if (!grown)
            continue;
        compare_record(t->of_change);
        bool more = t->execute(t->ctx, &in, true, &did);
        if (kind_width(sig->kind[arg]))
            solve_linear(t->solve, arg, t->of_change);
        else
            solve_longer(t->solve, arg, grown, t->of_change);
        if (!more)
            return false;
    }
    return true;
}

/* The entry with one byte after the other changed, where sums are looked for. */
static bool record_sums(struct trace *t, struct runner *r,
                        const struct input *entry)
{
    struct input in;
    uint64_t did;
    uint32_t n = sum_begin(&t->sum, t->solve, t->level / 2);
    for (uint32_t i = 0; i < n; i++) {
        runner_load(r, entry, &in);
        sum_step(&t->sum, i, &in);
        compare_record(t->of_change);
        bool more = t->execute(t->ctx, &in, true, &did);
        sum_seen(&t->sum, i, t->of_change);
        t->recorded++;
        if (!more)
            return false;
    }
    sum_end(&t->sum, t->solve);
    return true;
}

bool trace_entry(struct trace *t, struct runner *r, const struct input *entry,
                 unsigned level, struct rng *rng)
{
    uint64_t did;
    bool colours;
    t->level = level;
    t->recorded = 0;
    if (!colour(t, r, entry, rng, &did, &colours))
        return false;
    bool more = record_entry(t, r) && (!colours || record_colours(t, r, did)) &&
                record_changes(t, r, entry) &&
                (level % 2 == 0 || record_sums(t, r, entry));
    trace_end();
    if (more)
        solve_equal(t->solve);
    return more;
}

void trace_end(void)
{
    compare_disarm();
}
