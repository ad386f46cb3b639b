/* SPDX-License-Identifier: MIT
 *
 * See batch.h.
 */
#include "worker/batch.h"

#include <stdio.h>

#include "base/alias.h"
#include "base/mutate.h"
#include "worker/finding.h"
#include "worker/heap.h"

/* Every mutant but the first of so many is made from the one before it, by one
 * operator: nearly the same distances from the entry for half the work. */
#define CHAIN 3

/* Chains of mutants made of an entry before the next one is drawn: enough that
 * the draw and the cold entry cost little, few enough that a short batch is
 * mixed. */
#define CHAINS_PER_ENTRY 3

/* The entry's input; its spans point into the arena. */
static bool entry_input(const struct runner *r, uint32_t entry,
                        struct input *in)
{
    const struct shared_entry *e = &shared_entries(r->shared)[entry];
    return input_unpack(in, r->target.sig.nargs,
                        shared_arena(r->shared) + e->offset, e->size);
}

static inline bool execute(struct batch *b, const struct input *in)
{
    if (__builtin_expect(b->retrace.on, 0))
        return retrace_execute(&b->retrace, b->runner, &b->outbox, in);
    return runner_execute(b->runner, in);
}

/* Runs the input of the execution just made again, and reports it if it is
 * reliably new. Skipped when the executions allowed do not suffice: then it
 * will be found again. */
static void calibrate(struct batch *b, const struct input *in, uint32_t parent)
{
    struct runner *r = b->runner;
    struct profile *p = &b->profile;
    if (r->execs_left < CALIBRATE_RUNS)
        return;
    struct coverage_novel triggers = r->novel;
    profile_clear(p);
    for (int i = 0; i < CALIBRATE_RUNS; i++) {
        if (retrace_has_ended(&b->retrace))
            return;
        (void)execute(b, in);
        profile_add(p, r);
    }
    profile_doubt(p, &triggers, r->seen);
    bool is_new = profile_is_new(p, r->seen);
    if (!b->retrace.replay)
        outbox_add(&b->outbox, p, 0, parent, is_new ? in : NULL);
    profile_mark_seen(p, r->seen);
    r->seen_dirty = true;
}

/* Gives the counters back as they must be: zero. */
static void ignore(void *ctx, uint32_t index, uint64_t value)
{
    (void)ctx;
    (void)index;
    (void)value;
}

/* Looks for leaks after an execution that kept memory. What fills a cache the
 * first time fills none the second time, which is much cheaper to find out.
 * Keeps what the counters showed in r->novel. */
static void suspect_leak(struct batch *b, const struct input *in, bool rerun)
{
    struct runner *r = b->runner;
    if (rerun && r->execs_left > 0) {
        (void)execute(b, in);
        runner_visit(r, ignore, NULL);
        if (!heap_grew()) {
            leaks_cleared(&b->leaks);
            return;
        }
    }
    leaks_look(&b->leaks);
}

/* An execution of a trace. What it does is known already, or close to it. */
static bool execute_traced(void *ctx, const struct input *in)
{
    struct batch *b = ctx;
    struct runner *r = b->runner;
    if (r->execs_left == 0 || retrace_has_ended(&b->retrace))
        return false;
    (void)execute(b, in);
    runner_visit(r, ignore, NULL);
    return true;
}

bool batch_init(struct batch *b, struct runner *r)
{
    b->runner = r;
    outbox_init(&b->outbox, r->region);
    return profile_init(&b->profile, r->counters) &&
           trace_init(&b->trace, execute_traced, b);
}

/* State of a batch between mutants; in a struct of its own because it must
 * survive the jump out of a failing target. */
struct search {
    struct mutate mutate;
    struct mutate_tables tables;
    const struct alias_place *alias;
    uint32_t entries;
    uint32_t max_bytes;
    uint32_t linger; /* executions still to make after a find */
    bool lingering;
};

/* Whether a batch ends before its count. What ended it the first time is no
 * reason for a replay, which is told how far to go. */
static inline bool ends_early(struct batch *b, struct search *s)
{
    if (b->retrace.replay)
        return retrace_has_ended(&b->retrace);
    if (runner_should_stop(b->runner))
        return true;
    return s->lingering && s->linger-- == 0;
}

/* Runs a new input, made from an entry. False when the outbox is full. */
static inline __attribute__((always_inline)) bool
try_input(struct batch *b, struct search *s, const struct input *in,
          uint32_t entry)
{
    struct runner *r = b->runner;
    bool accepted = execute(b, in);
    runner_pass(r);
    if (__builtin_expect(heap_grew(), 0) && leaks_suspects(&b->leaks))
        suspect_leak(b, in, true);
    if (__builtin_expect(r->novel.total == 0 || !accepted, 1))
        return true;
    calibrate(b, in, entry);
    s->lingering |= b->outbox.records > 0;
    return b->retrace.replay || !outbox_is_full(&b->outbox);
}

/* Makes a mutant of what is in `in` and runs it. False when the batch should
 * end. */
static inline __attribute__((always_inline)) bool
try_mutant(struct batch *b, struct search *s, struct input *in, uint32_t entry,
           const struct input *other)
{
    struct runner *r = b->runner;
    if (r->execs_left == 0 || ends_early(b, s))
        return false;
    (void)mutate_input(&s->mutate, &r->target.sig, in, s->max_bytes, other);
    return try_input(b, s, in, entry);
}

/* Makes and runs the mutants of one entry. False when the batch should end. */
static bool fuzz_entry(struct batch *b, struct search *s)
{
    struct runner *r = b->runner;
    uint32_t entry = alias_pick(s->alias, s->entries, &s->mutate.rng);
    uint32_t mate = alias_pick(s->alias, s->entries, &s->mutate.rng);
    struct input base, mates, in;
    if (!entry_input(r, entry, &base) || !entry_input(r, mate, &mates))
        return false;
    const struct input *other = mate == entry ? NULL : &mates;
    for (int chain = 0; chain < CHAINS_PER_ENTRY; chain++) {
        runner_load(r, &base, &in);
        s->mutate.chained = false;
        if (!try_mutant(b, s, &in, entry, other))
            return false;
        s->mutate.chained = true;
        for (int k = 1; k < CHAIN; k++)
            if (!try_mutant(b, s, &in, entry, other))
                return false;
    }
    return true;
}

/* Traces an entry and runs what follows from it; a find is no reason to end.
 * False when the batch should end. */
static bool trace_and_try(struct batch *b, struct search *s, uint32_t entry)
{
    struct runner *r = b->runner;
    struct solve *solve = b->trace.solve;
    struct input base, in;
    if (!entry_input(r, entry, &base) || !trace_entry(&b->trace, r, &base))
        return false;
    for (uint32_t i = 0; i < solve->n; i++) {
        bool stop = b->retrace.replay ? retrace_has_ended(&b->retrace)
                                      : runner_should_stop(r);
        if (r->execs_left == 0 || stop)
            return false;
        runner_load(r, &base, &in);
        solve_apply(solve, i, &in);
        if (!try_input(b, s, &in, entry))
            return false;
    }
    return true;
}

/* The executions of a batch: traces first, then mutants. */
static void search(struct batch *b, struct search *s,
                   const struct request *request)
{
    for (uint32_t i = 0; i < request->traces; i++)
        if (!trace_and_try(b, s, request->first + i))
            return;
    while (fuzz_entry(b, s))
        continue;
}

/* Begins a request: everything the failure path relies on. */
static void begin(struct batch *b, const struct request *request,
                  struct reply *reply, uint64_t allowed)
{
    struct runner *r = b->runner;
    r->exact = request->flags & REQUEST_EXACT_HEAP;
    r->execs_left = allowed;
    r->region->words.kind = LAST_WORDS_NONE;
    outbox_clear(&b->outbox);
    leaks_begin(&b->leaks, request);
    finding_begin();
    retrace_begin(&b->retrace, request);
    reply->status = REPLY_OK;
}

void batch_fuzz(struct batch *b, const struct request *request,
                struct reply *reply)
{
    static struct search s;
    struct runner *r = b->runner;
    begin(b, request, reply, request->count);
    if (jump_here(r->on_failure) == 0) {
        runner_use_snapshot(r, request->slot);
        s = (struct search){
            .mutate = {.rng = {request->seed},
                       .table = s.tables.all,
                       .alone = s.tables.alone,
                       .from_nothing = s.tables.from_nothing},
            .alias = shared_alias(r->shared, request->slot),
            .entries = shared_slot(r->shared, request->slot)->entries,
            .max_bytes = request->max_bytes,
            .linger = request->linger,
        };
        mutate_fill_tables(&s.tables, NULL);
        search(b, &s, request);
    } else {
        reply->status = REPLY_FAILED;
        trace_end();
        runner_pass(r);
    }
    reply->rng = s.mutate.rng.state;
    reply->leaks = b->leaks.pace;
    reply->execs = request->count - r->execs_left;
}

/* Runs one entry as it is and reports its features if some are new. */
static void run_entry(struct batch *b, uint32_t entry)
{
    struct runner *r = b->runner;
    struct input base, in;
    if (!entry_input(r, entry, &base))
        return;
    runner_load(r, &base, &in);
    (void)execute(b, &in);
    profile_clear(&b->profile);
    profile_add(&b->profile, r);
    if (profile_is_new(&b->profile, r->seen)) {
        outbox_add(&b->outbox, &b->profile, FIND_BASELINE, entry, NULL);
        profile_mark_seen(&b->profile, r->seen);
        r->seen_dirty = true;
    }
    /* Not run again: executions of entries are counted as entries. */
    if (leaks_suspects(&b->leaks))
        suspect_leak(b, &in, false);
}

void batch_entries(struct batch *b, const struct request *request,
                   struct reply *reply)
{
    struct runner *r = b->runner;
    begin(b, request, reply, request->limit);
    if (jump_here(r->on_failure) == 0) {
        runner_use_snapshot(r, request->slot);
        for (; reply->done < request->count; reply->done++) {
            bool stop = !b->retrace.on && runner_should_stop(r);
            if (r->execs_left == 0 || stop || outbox_is_full(&b->outbox))
                break;
            run_entry(b, request->first + reply->done);
        }
    } else {
        reply->status = REPLY_FAILED;
        runner_pass(r);
    }
    reply->leaks = b->leaks.pace;
    reply->execs = request->limit - r->execs_left;
}

void batch_input(struct batch *b, const struct request *request,
                 struct reply *reply)
{
    struct runner *r = b->runner;
    struct input in;
    begin(b, request, reply, request->count);
    if (r->region->input_size > r->packed_max ||
        !input_unpack(&in, r->target.sig.nargs, r->packed,
                      r->region->input_size)) {
        reply->status = REPLY_REFUSED;
        return;
    }
    /* A death must not take along what the target printed before. */
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (jump_here(r->on_failure) == 0) {
        while (r->execs_left) {
            if (!execute(b, &in))
                reply->flags |= REPLY_REJECTED;
            runner_pass(r);
            if (leaks_suspects(&b->leaks))
                leaks_look(&b->leaks);
        }
        /* What the target printed belongs to this input's report. */
        (void)fflush(NULL);
    } else {
        reply->status = REPLY_FAILED;
        runner_pass(r);
    }
    reply->execs = request->count - r->execs_left;
}
