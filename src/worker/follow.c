/* SPDX-License-Identifier: MIT
 *
 * See batch_parts.h: traces, and the inputs that follow from them.
 */
#include <string.h>

#include "platform/guest.h"
#include "worker/batch_parts.h"
#include "worker/call_stack.h"
#include "worker/compare.h"
#include "worker/tokens.h"

/* Candidates tried of one entry; four times as many when it is traced
 * again. */
#define CANDIDATES_TRIED 512u
/* Of them so many of the least promising, sixteen times as many again. */
#define RARE_TRIED 128u

/* Mutants of an entry that are recorded and mended: so many if none of them
 * needs it, at first, and more for each that was new. */
#define REPAIRS_IN_VAIN 8u
#define REPAIRED_FIRST  64u
#define REPAIRED_MORE   24u
#define REPAIRED_MOST   1024u
/* Numbers mended in one mutant. */
#define REPAIRS_IN_A_ROW 4u

/* Candidates tried of an input that is traced after an entry, of them so many of
 * the least promising; those of which one may get further; how often one after
 * the other. bench/EXPERIMENTS.md, comparisons. */
#define FURTHER_CANDIDATES 256u
#define FURTHER_RARE       128u
#define FURTHER_TRIED      64u
#define FURTHER_MOST       16u

/* Candidates that may get somewhere without a counter that says so; those of
 * them that are recorded to see where; how often one after the other. */
#define HIDDEN_TRIED    16u
#define HIDDEN_RECORDED 4u
#define HIDDEN_MOST     4u

/* What tracing an entry once more, longer, counts as: recorded executions, as
 * many as the price of a trace in coordinator/traces.c. */
#define LONGER_RECORDS 8u
/* The first entries are, at once, the others when the search is stuck, and all
 * when it has been for long. bench/EXPERIMENTS.md, "Longer inputs". */
#define LONGER_ENTRIES 64u
#define LONGER_LEVEL   5u

/* What an execution did, and whether it was something new. */
struct deed {
    const uint8_t *seen;
    uint64_t hash;
    uint64_t counts; /* of all counters together */
    uint32_t cells;  /* counters that are not zero */
    bool strays;     /* one of them is none of those that are marked */
    bool is_new;
};

/* Counters that an input has counted in, by their index; in a program with more
 * of them than there is room for some share a place. */
#define MARKS 65536u
static struct {
    uint64_t bits[MARKS / 64];
    uint32_t n;
} marks;

static void add_to_deed(void *ctx, uint32_t index, uint64_t value)
{
    struct deed *d = ctx;
    d->hash = (d->hash ^ (value << 32 | index)) * 0x9e3779b97f4a7c15u;
    d->hash ^= d->hash >> 29;
    d->counts += value;
    d->cells++;
    d->strays |= !(marks.bits[index % MARKS / 64] >> index % 64 & 1);
    d->is_new |= (coverage_bucket(value) & ~d->seen[index]) != 0;
}

static void mark(void *ctx, uint32_t index, uint64_t value)
{
    (void)ctx;
    (void)value;
    marks.bits[index % MARKS / 64] |= (uint64_t)1 << index % 64;
    marks.n++;
}

/* Whoever records comparisons uses the stack himself. */
static bool execute_unmeasured(struct batch *b, const struct input *in)
{
    depth_pause(&b->runner->depth);
    bool accepted = execute(b, in);
    depth_measure(&b->runner->depth, false);
    return accepted;
}

/* Executes an input and clears the counters. */
static void execute_deed(struct batch *b, const struct input *in,
                         struct deed *deed)
{
    *deed = (struct deed){.seen = b->runner->seen, .hash = 1};
    bool accepted = execute_unmeasured(b, in);
    runner_visit(b->runner, add_to_deed, deed);
    deed->is_new &= accepted;
}

/* Likewise. */
static void execute_marking(struct batch *b, const struct input *in)
{
    memset(&marks, 0, sizeof marks);
    (void)execute_unmeasured(b, in);
    runner_visit(b->runner, mark, NULL);
}

/* Made for a trace of an entry. */
static struct find_origin traced_from(uint32_t entry, unsigned op)
{
    return (struct find_origin){
        .flags = FIND_TRACED, .parent = entry, .trail = mutate_trail(0, op)};
}

/* What turns out to be new is run again as mutants are, but not while
 * comparisons are recorded. */
bool follow_execute(void *ctx, const struct input *in, bool recording,
                    uint64_t *did)
{
    struct batch *b = ctx;
    struct deed deed;
    if (is_over(b))
        return false;
    execute_deed(b, in, &deed);
    *did = deed.hash;
    if (recording || !deed.is_new)
        return true;
    struct find_origin origin = traced_from(b->traced, MUTATE_RANDOM_BYTE);
    return !is_over(b) && batch_try(b, b->traced_by, in, &origin);
}

void follow_recorded(struct batch *b, const struct input *in, bool *is_new)
{
    struct deed deed;
    execute_deed(b, in, &deed);
    *is_new = deed.is_new;
}

/* Tells of a comparison that was passed as checksums are. */
static void tell_checksum(struct region *region, uint64_t site)
{
    uint32_t n = region->nchecksums;
    for (uint32_t i = 0; i < n && i < REGION_CHECKSUMS; i++)
        if (region->checksum[i].pc == site)
            return;
    if (n >= REGION_CHECKSUMS)
        return;
    struct engine_place *place = &region->checksum[n];
    place->offset = 0;
    place->module[0] = 0;
    call_stack_engine(place, (const void *)(uintptr_t)site);
    region->nchecksums = n + 1;
}

/* ---- candidates ---- */

/* What a candidate makes of an input, in the work buffers. */
static void make_candidate(struct batch *b, const struct input *base,
                           uint32_t i, struct input *in)
{
    runner_load(b->runner, base, in);
    solve_apply(b->trace.solve, i, in);
}

/* Applies a candidate, runs it, and tells if it passed a checksum. */
static bool try_candidate(struct batch *b, struct search *s,
                          const struct input *base, uint32_t i,
                          const struct find_origin *origin)
{
    struct input in;
    make_candidate(b, base, i, &in);
    if (s->ascii)
        batch_make_ascii(&in.arg[0]);
    uint32_t records = b->outbox.records;
    bool more = batch_try(b, s, &in, origin);
    uint64_t site = solve_checksum(b->trace.solve, i);
    if (site && b->outbox.records > records)
        tell_checksum(b->runner->region, site);
    return more;
}

/* The first n candidates, one after the other. False when the batch should
 * end. */
static bool try_candidates(struct batch *b, struct search *s,
                           const struct input *base, uint32_t n,
                           const struct find_origin *origin)
{
    for (uint32_t i = 0; i < n; i++)
        if (is_over(b) || !try_candidate(b, s, base, i, origin))
            return false;
    return true;
}

/* ---- repairs ---- */

/* Makes a variant of an entry that holds what the entry holds: a mutant that
 * breaks none of its equal comparisons any more, as far as they can be mended.
 * False if nothing more is to be run. */
static bool make_variant(struct batch *b, struct search *s, struct input *base,
                         const struct find_origin *origin)
{
    struct runner *r = b->runner;
    struct operands *o = b->trace.of_change;
    struct input in, variant;
    struct deed deed;
    runner_load(r, base, &in);
    compare_record(o);
    execute_deed(b, &in, &deed);
    repair_init(&b->repair, &r->target.sig, base, o);
    bool made =
        trace_variant(&b->trace, r, base, &s->mutate, s->max_bytes, &variant);
    for (unsigned i = 0; made && i <= REPAIRS_IN_A_ROW && !is_over(b); i++) {
        runner_load(r, &variant, &in);
        compare_record(o);
        execute_deed(b, &in, &deed);
        s->recorded++;
        if (deed.is_new || !repair_mend(&b->repair, &variant, o))
            break;
    }
    trace_end();
    if (is_over(b))
        return false;
    if (made)
        *base = variant;
    return !made || !deed.is_new || batch_try(b, s, &in, origin);
}

/* Runs a mutant with its comparisons recorded, mends what it broke of what the
 * entry held, and so on until it does something new or nothing is to be mended.
 * *gain counts what was mended and what was new. False when the batch should
 * end. Comparisons are recorded afterwards or not. */
static bool run_repaired(struct batch *b, struct search *s, struct input *in,
                         const struct find_origin *origin, uint32_t *mended,
                         uint32_t *finds)
{
    for (unsigned i = 0; i <= REPAIRS_IN_A_ROW; i++) {
        struct deed deed;
        if (is_over(b))
            return false;
        compare_record(b->trace.of_change);
        execute_deed(b, in, &deed);
        s->recorded++;
        if (deed.is_new) {
            trace_end();
            *finds += i > 0;
            return !is_over(b) && batch_try(b, s, in, origin);
        }
        if (!repair_mend(&b->repair, in, b->trace.of_change))
            return true;
        ++*mended;
    }
    return true;
}

/* Candidates once more, then mutants, each mended. Goes on as long as it brings
 * something. */
static bool try_repaired(struct batch *b, struct search *s,
                         const struct input *base, uint32_t candidates,
                         const struct find_origin *origin)
{
    struct input in;
    uint32_t tries = REPAIRED_FIRST;
    uint32_t mended = 0, finds = 0;
    bool more = true;
    for (uint32_t k = 0; more && k < REPAIRED_MOST; k++) {
        if ((!mended && k >= REPAIRS_IN_VAIN) || k >= tries)
            break;
        struct find_origin made = *origin;
        runner_load(b->runner, base, &in);
        if (k % 2 == 0 && k / 2 < candidates) {
            solve_apply(b->trace.solve, k / 2, &in);
        } else {
            s->mutate.trail = 0;
            batch_mutate(b, s, &in, NULL);
            made.trail = s->mutate.trail;
        }
        uint32_t before = finds;
        more = run_repaired(b, s, &in, &made, &mended, &finds);
        tries += (finds - before) * REPAIRED_MORE;
    }
    trace_end();
    return more;
}

/* ---- inputs traced after an entry ---- */

/* Which candidates get further than the input they are made from, without being
 * new: they count more, as one more round of a loop does, and the least more.
 * *best is none if there is none. False when the batch should end. */
static bool find_further(struct batch *b, struct search *s,
                         const struct input *base, uint32_t n, uint32_t *best)
{
    (void)s;
    struct input in;
    struct deed was, now;
    uint64_t least = UINT64_MAX;
    *best = n;
    if (is_over(b))
        return false;
    runner_load(b->runner, base, &in);
    execute_deed(b, &in, &was);
    for (uint32_t i = 0; i < n && i < FURTHER_TRIED; i++) {
        if (is_over(b))
            return false;
        make_candidate(b, base, i, &in);
        if (in.arg[0].size != base->arg[0].size)
            continue;
        execute_deed(b, &in, &now);
        if (now.counts > was.counts && now.counts - was.counts < least) {
            least = now.counts - was.counts;
            *best = i;
        }
    }
    return true;
}

/* Which of the first candidates meets a comparison that the input they are made
 * from did not, though some of the same counters have counted and no other.
 * Like find_further(). */
static bool find_hidden(struct batch *b, struct search *s,
                        const struct input *base, uint32_t n, uint32_t *best)
{
    struct operands *o = b->trace.of_change;
    struct input in;
    struct deed now;
    uint32_t recorded = 0;
    *best = n;
    if (is_over(b))
        return false;
    runner_load(b->runner, base, &in);
    execute_marking(b, &in);
    for (uint32_t i = 0; i < n && i < HIDDEN_TRIED; i++) {
        if (is_over(b))
            return false;
        make_candidate(b, base, i, &in);
        execute_deed(b, &in, &now);
        if (now.strays || now.cells >= marks.n || recorded == HIDDEN_RECORDED)
            continue;
        if (is_over(b))
            return false;
        recorded++;
        s->recorded++;
        make_candidate(b, base, i, &in);
        compare_record(o);
        execute_deed(b, &in, &now);
        trace_end();
        if (!now.is_new &&
            operands_beyond(o, b->trace.run[SOLVE_ENTRY].operands)) {
            *best = i;
            return true;
        }
    }
    return true;
}

/* Traces an input in the entry's place, and tries the *n candidates that follow
 * from it. False when the batch should end. */
static bool follow_input(struct batch *b, struct search *s,
                         const struct input *base, unsigned level,
                         const struct find_origin *origin, uint32_t *n)
{
    bool more = trace_entry(&b->trace, b->runner, base, level, &s->mutate.rng);
    s->recorded += b->trace.recorded;
    if (!more)
        return false;
    *n = solve_order(b->trace.solve, FURTHER_CANDIDATES, FURTHER_RARE);
    return try_candidates(b, s, base, *n, origin);
}

/* The same of what a candidate makes of an input; *base becomes it. */
static bool follow_candidate(struct batch *b, struct search *s,
                             struct input *base, uint32_t i, unsigned level,
                             const struct find_origin *origin, uint32_t *n)
{
    struct input in, kept;
    const struct signature *sig = &b->runner->target.sig;
    make_candidate(b, base, i, &in);
    *n = 0;
    if (!trace_keep(&b->trace, sig, &in, &kept))
        return true;
    *base = kept;
    return follow_input(b, s, base, level, origin, n);
}

typedef bool find_candidate(struct batch *b, struct search *s,
                            const struct input *base, uint32_t n,
                            uint32_t *best);

/* Traces one of the candidates in the entry's place, then one of its own, as
 * long as one is found. */
static bool follow_found(struct batch *b, struct search *s, struct input *base,
                         uint32_t *n, unsigned level,
                         const struct find_origin *origin, find_candidate *find,
                         unsigned most)
{
    for (unsigned step = 0; *n && step < most; step++) {
        uint32_t best;
        if (!find(b, s, base, *n, &best))
            return false;
        if (best == *n)
            return true;
        if (!follow_candidate(b, s, base, best, level, origin, n))
            return false;
    }
    return true;
}

/* What none of the inputs on a way shows, so that none of them becomes an entry.
 * A loop that compares byte by byte has nothing new in most of its rounds: what
 * got furthest goes on. And gcc counts only what the rest can be reckoned from,
 * so that one way through a function may have no counter of its own. */
static bool follow_on(struct batch *b, struct search *s, struct input *base,
                      uint32_t n, unsigned level,
                      const struct find_origin *origin)
{
    if (!follow_found(b, s, base, &n, level, origin, find_hidden, HIDDEN_MOST))
        return false;
    return level % 4 != 1 || follow_found(b, s, base, &n, level - 1, origin,
                                          find_further, FURTHER_MOST);
}

/* What is compared only when a short entry is longer, and mostly it is not new
 * that it is; above the first level, when other inputs have been traced since the
 * entry was, whatever is compared; and at last what follows, if the longer one
 * does all that the entry did but for noticing the end. A batch that ends
 * meanwhile loses no more than that: the trace is not made again for it. */
static void follow_longer(struct batch *b, struct search *s,
                          const struct input *base, unsigned level,
                          const struct find_origin *origin)
{
    struct operands *o = b->trace.of_change;
    struct runner *r = b->runner;
    struct input in, longer;
    struct deed deed;
    uint32_t n;
    if (!trace_longer(&b->trace, r, base, s->max_bytes, &s->mutate.rng,
                      &longer) ||
        is_over(b))
        return;
    runner_load(r, base, &in);
    execute_marking(b, &in);
    if (is_over(b))
        return;
    runner_load(r, &longer, &in);
    compare_record(o);
    execute_deed(b, &in, &deed);
    s->recorded++;
    trace_end();
    if (is_over(b))
        return;
    if (deed.is_new) {
        (void)batch_try(b, s, &in, origin);
        return;
    }
    bool goes_on = level == LONGER_LEVEL && deed.cells + 1 >= marks.n;
    if (level == 0 && !operands_beyond(o, b->trace.run[SOLVE_ENTRY].operands))
        return;
    s->recorded += LONGER_RECORDS;
    if (follow_input(b, s, &longer, 0, origin, &n) && goes_on)
        (void)follow_on(b, s, &longer, n, level, origin);
}

/* Inputs made for the trace that did something else than the entry: it was not
 * looked into while they were recorded. */
static bool try_strays(struct batch *b, struct search *s,
                       const struct find_origin *origin)
{
    const struct solve *solve = b->trace.solve;
    for (uint32_t i = 1; i < solve->nruns; i++) {
        struct input in;
        if (solve->run[i].same)
            continue;
        if (is_over(b))
            return false;
        runner_load(b->runner, solve->run[i].in, &in);
        if (!batch_try(b, s, &in, origin))
            return false;
    }
    return true;
}

bool follow_entry(struct batch *b, struct search *s, uint32_t entry,
                  unsigned level)
{
    struct runner *r = b->runner;
    struct solve *solve = b->trace.solve;
    struct input base;
    struct find_origin origin = traced_from(entry, MUTATE_SOLVED);
    b->traced_by = s;
    b->traced = entry;
    if (!entry_input(r, entry, &base))
        return false;
    r->region->origin = origin;
    if (level > 0 && level % 2 == 0 &&
        (is_over(b) || !make_variant(b, s, &base, &origin)))
        return false;
    bool more = trace_entry(&b->trace, r, &base, level, &s->mutate.rng);
    s->recorded += b->trace.recorded;
    if (!more)
        return false;
    if (!try_strays(b, s, &origin))
        return false;
    if (!b->retrace.replay)
        tokens_report(&b->outbox, b->trace.run[SOLVE_ENTRY].operands, &base,
                      entry);
    uint32_t n = solve_order(solve, CANDIDATES_TRIED << (level ? 2 : 0),
                             RARE_TRIED << (level ? 4 : 0));
    if (!try_candidates(b, s, &base, n, &origin))
        return false;
    if (level == 0 && entry < LONGER_ENTRIES)
        follow_longer(b, s, &base, level, &origin);
    if (level == 0)
        return true;
    if (!follow_climb(b, s, (level - 1) / 2, &origin))
        return false;
    repair_init(&b->repair, &r->target.sig, &base,
                b->trace.run[SOLVE_ENTRY].operands);
    if (b->repair.n && !try_repaired(b, s, &base, n, &origin))
        return false;
    const struct input itself = base;
    if (!follow_on(b, s, &base, n, level, &origin))
        return false;
    if (level == LONGER_LEVEL || (level == 1 && entry >= LONGER_ENTRIES))
        follow_longer(b, s, &itself, level, &origin);
    return true;
}
