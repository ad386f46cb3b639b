/* SPDX-License-Identifier: MIT
 *
 * See batch.h.
 */
#include "worker/batch.h"

#include <stdio.h>

#include "platform/guest.h"
#include "worker/batch_parts.h"
#include "worker/disarm.h"
#include "worker/finding.h"
#include "worker/gcov_data.h"
#include "worker/heap.h"
#include "worker/probe.h"
#include "worker/tokens.h"

/* Mutants made of an entry before the next one is drawn, where a chain of them
 * is not longer: enough that the draw and the cold entry cost little, few enough
 * that a short batch is mixed. */
#define MUTANTS_PER_ENTRY 9

/* Runs an input, and takes its time into the profile if none was shorter. */
static bool execute_timed(struct batch *b, const struct input *in)
{
    struct profile *p = &b->profile;
    uint64_t start_us = guest_clock_us();
    bool accepted = execute(b, in);
    uint64_t us = guest_clock_us() - start_us;
    if (us > UINT32_MAX)
        us = UINT32_MAX;
    if (p->runs == 0 || us < p->us)
        p->us = (uint32_t)us;
    return accepted;
}

/* Runs an input and takes all that it does into the profile. */
static bool profile_run(struct batch *b, const struct input *in)
{
    struct runner *r = b->runner;
    depth_measure(&r->depth, true);
    bool accepted = execute_timed(b, in);
    depth_measure(&r->depth, false);
    profile_add(&b->profile, r);
    return accepted;
}

/* Runs the input of the execution just made again, and reports it if it is
 * reliably new. Skipped when the executions allowed do not suffice: then it
 * will be found again. */
static void calibrate(struct batch *b, const struct input *in,
                      const struct find_origin *origin)
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
        (void)profile_run(b, in);
    }
    profile_doubt(p, &triggers, r->seen);
    bool is_new = profile_is_new(p, r->seen);
    if (!b->retrace.replay)
        outbox_add(&b->outbox, p, origin, is_new ? in : NULL);
    profile_mark_seen(p, r->seen);
    runner_has_seen(r);
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

/* An input that may take the place of the entry being trimmed. */
static bool keeps_needs(void *ctx, const struct input *in, bool *more)
{
    struct batch *b = ctx;
    struct runner *r = b->runner;
    bool stop = b->retrace.replay ? retrace_has_ended(&b->retrace)
                                  : runner_should_stop(r);
    *more = !stop && r->execs_left > CALIBRATE_RUNS && b->trims_left > 0;
    if (!*more)
        return false;
    b->trims_left--;
    profile_clear(&b->profile);
    return profile_run(b, in) && profile_has(&b->profile, b->needs, b->nneeds);
}

static void fill_tables(struct batch *b)
{
    uint8_t weights[MUTATE_COUNT];
    for (int dictionary = 0; dictionary < 2; dictionary++) {
        mutate_weights(weights, dictionary);
        mutate_fill_tables(&b->tables[dictionary], weights);
    }
}

bool batch_init(struct batch *b, struct runner *r)
{
    b->runner = r;
    fill_tables(b);
    outbox_init(&b->outbox, r->region);
    return profile_init(&b->profile, r->cells) &&
           custom_init(&b->custom, &r->target) &&
           trace_init(&b->trace, follow_execute, b) &&
           trim_init(&b->trim, &r->target.sig, keeps_needs, b);
}

/* Whether a batch ends before its count. What ended it the first time is no
 * reason for a replay, which is told how far to go. */
static inline bool ends_early(struct batch *b, struct search *s, bool usual)
{
    if (!usual && b->retrace.replay)
        return retrace_has_ended(&b->retrace);
    if (__builtin_expect(runner_should_stop(b->runner), 0))
        return true;
    return s->lingering && s->linger-- == 0;
}

void batch_make_ascii(struct span *arg)
{
    for (uint32_t i = 0; i < arg->size; i++) {
        uint8_t c = arg->data[i] & 127;
        bool space = c == ' ' || (c >= '\t' && c <= '\r');
        arg->data[i] = space || (c > ' ' && c < 127) ? c : ' ';
    }
}

/* Mutants of which more is wanted than to change the bytes of one argument. */
__attribute__((noinline)) void batch_mutate(struct batch *b, struct search *s,
                                            struct input *in,
                                            const struct input *other)
{
    const struct signature *sig = &b->runner->target.sig;
    if (b->custom.mutates || b->custom.crosses) {
        custom_mutate(&b->custom, &s->mutate, sig, in, s->max_bytes, other,
                      s->cross);
        /* What the harness counted while it mutated is no execution's. */
        runner_visit(b->runner, ignore, NULL);
    } else {
        (void)mutate_input(&s->mutate, sig, in, s->max_bytes,
                           s->cross ? other : NULL);
    }
    if (s->ascii)
        batch_make_ascii(&in->arg[0]);
}

/* Whether all that mutants need is mutate_bytes(), with which limit. */
static bool is_plain(const struct batch *b, struct search *s)
{
    const struct signature *sig = &b->runner->target.sig;
    s->limit = mutate_limit(sig, 0, s->max_bytes);
    return sig->nargs == 1 && sig->kind[0] == KIND_BYTES && s->limit &&
           !s->ascii && !b->custom.mutates && !b->custom.crosses;
}

/* Runs a new input, whose origin is in the region, too. False when the outbox
 * is full. */
static inline __attribute__((always_inline)) bool
try_input(struct batch *b, struct search *s, const struct input *in,
          const struct find_origin *origin, bool usual)
{
    struct runner *r = b->runner;
    bool accepted = usual ? runner_execute(r, in) : execute(b, in);
    runner_pass(r);
    if (__builtin_expect(heap_grew(), 0) && leaks_suspects(&b->leaks))
        suspect_leak(b, in, true);
    if (__builtin_expect(r->novel.total == 0 || !accepted, 1))
        return true;
    calibrate(b, in, origin);
    s->lingering |= b->outbox.records > 0;
    return b->retrace.replay || !outbox_is_full(&b->outbox);
}

bool batch_try(struct batch *b, struct search *s, const struct input *in,
               const struct find_origin *origin)
{
    b->runner->region->origin = *origin;
    return try_input(b, s, in, origin, false);
}

/* Makes and runs mutants of `base`, each from the one before. `usual`, which
 * the compiler knows: they are plain and nothing is retraced, so that less need
 * be asked between two executions. False when the batch should end. */
static inline __attribute__((always_inline)) bool
run_chain(struct batch *b, struct search *s, const struct input *base,
          const struct input *mates, bool usual)
{
    struct runner *r = b->runner;
    struct find_origin *told = &r->region->origin;
    struct find_origin origin = *told;
    struct input in;
    struct span *arg = &in.arg[0];
    for (uint32_t i = 0; i < s->chain; i++) {
        if (r->execs_left == 0 || ends_early(b, s, usual))
            return false;
        if (i == 0) {
            s->mutate.tokens.last = 0;
            s->mutate.trail = 0;
            runner_load(r, base, &in);
        }
        if (!usual && !s->plain)
            batch_mutate(b, s, &in, mates);
        else if (i)
            arg->size = (uint32_t)mutate_again(&s->mutate, arg->data, arg->size,
                                               s->limit);
        else
            arg->size = (uint32_t)mutate_bytes(&s->mutate, arg->data, arg->size,
                                               s->limit);
        /* Field by field: a struct just written in small pieces and then copied
         * in large ones would be waited for. */
        told->token = origin.token = s->mutate.tokens.last;
        told->trail = origin.trail = s->mutate.trail;
        if (!try_input(b, s, &in, &origin, usual))
            return false;
    }
    return true;
}

/* Makes and runs the mutants of one entry. False when the batch should end. */
static bool fuzz_entry(struct batch *b, struct search *s)
{
    struct runner *r = b->runner;
    uint32_t entry = alias_pick(s->alias, s->entries, &s->mutate.rng);
    uint32_t mate = alias_pick(s->alias, s->entries, &s->mutate.rng);
    struct input base, other;
    r->region->origin = (struct find_origin){.parent = entry};
    if (!entry_input(r, entry, &base) || !entry_input(r, mate, &other))
        return false;
    const struct input *mates = mate == entry ? NULL : &other;
    s->mutate.other = mates && s->cross ? other.arg[0].data : NULL;
    s->mutate.other_size = mates && s->cross ? other.arg[0].size : 0;
    bool usual = s->plain && !b->retrace.on;
    for (uint32_t chains = 0; chains < s->chains; chains++)
        if (!(usual ? run_chain(b, s, &base, mates, true)
                    : run_chain(b, s, &base, mates, false)))
            return false;
    return true;
}

/* Trims the entry that the request names, and reports what is left of it. */
static void trim(struct batch *b, const struct request *request)
{
    struct runner *r = b->runner;
    struct input base, best, in;
    const struct find_origin origin = {
        .flags = FIND_TRIMMED,
        .parent = request->trim,
        .trail = mutate_trail(0, MUTATE_DELETE),
    };
    r->region->origin = origin;
    b->needs = (const uint32_t *)(const void *)(shared_arena(r->shared) +
                                                request->needs);
    b->nneeds = request->nneeds;
    b->trims_left = request->trims;
    if (!entry_input(r, request->trim, &base) ||
        !trim_entry(&b->trim, r, &base, &best))
        return;
    runner_load(r, &best, &in);
    profile_clear(&b->profile);
    for (int i = 0; i < CALIBRATE_RUNS; i++) {
        if (r->execs_left == 0 || retrace_has_ended(&b->retrace))
            return;
        (void)profile_run(b, &in);
    }
    if (profile_has(&b->profile, b->needs, b->nneeds) && !b->retrace.replay)
        outbox_add(&b->outbox, &b->profile, &origin, &in);
}

/* Runs an entry as it is, to learn how long that takes. */
static void time_entry(struct batch *b, struct search *s, uint32_t entry)
{
    struct runner *r = b->runner;
    struct input base, in;
    r->region->origin = (struct find_origin){.parent = entry};
    if (is_over(b) || !entry_input(r, entry, &base))
        return;
    runner_load(r, &base, &in);
    profile_clear(&b->profile);
    (void)execute_timed(b, &in);
    s->us = b->profile.us ? b->profile.us : 1;
    runner_visit(r, ignore, NULL);
}

/* The executions of a batch: that of an entry that seemed slow, trimming and
 * traces first, then mutants. */
static void search(struct batch *b, struct search *s,
                   const struct request *request)
{
    if (request->timed)
        time_entry(b, s, request->timed - 1);
    if (request->trims && !b->custom.mutates)
        trim(b, request);
    uint64_t before = b->runner->execs_left;
    /* Where the harness makes the mutants, or all is to be text, nobody else
     * makes any. */
    if (b->custom.mutates || s->ascii)
        s->traces = request->traces;
    (void)probe_allow(request->probes);
    while (s->traces < request->traces &&
           follow_entry(b, s, request->trace[s->traces], request->trace_level))
        s->traces++;
    s->traced = before - b->runner->execs_left;
    if (s->traces < request->traces)
        return;
    uint64_t made = request->count - b->runner->execs_left;
    uint64_t wanted = made < request->mutants ? request->mutants - made : 0;
    if (wanted < b->runner->execs_left) {
        s->spared = b->runner->execs_left - wanted;
        b->runner->execs_left = wanted;
    }
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
    depth_measure(&r->depth, false);
    r->region->words.kind = LAST_WORDS_NONE;
    outbox_clear(&b->outbox);
    leaks_begin(&b->leaks, request);
    finding_begin();
    retrace_begin(&b->retrace, request);
    reply->status = REPLY_OK;
}

static struct mutate_tokens snapshot_tokens(const struct runner *r,
                                            uint32_t slot)
{
    return (struct mutate_tokens){
        .token = shared_tokens(r->shared),
        .alias = shared_token_alias(r->shared, slot),
        .n = shared_slot(r->shared, slot)->tokens,
    };
}

void batch_fuzz(struct batch *b, const struct request *request,
                struct reply *reply)
{
    static struct search s;
    struct runner *r = b->runner;
    begin(b, request, reply, request->count);
    r->region->nchecksums = 0;
    if (jump_here(r->on_failure) == 0) {
        runner_use_snapshot(r, request->slot);
        s = (struct search){
            .mutate = {.rng = {request->seed},
                       .tokens = snapshot_tokens(r, request->slot)},
            .alias = shared_alias(r->shared, request->slot),
            .entries = shared_slot(r->shared, request->slot)->entries,
            .max_bytes = request->max_bytes,
            .linger = request->linger,
            .cross = !(request->flags & REQUEST_NO_CROSS),
            .ascii = request->flags & REQUEST_ASCII,
        };
        const struct mutate_tables *t = &b->tables[s.mutate.tokens.n > 0];
        s.mutate.table = t->all;
        s.mutate.alone = t->alone;
        s.mutate.from_nothing = t->from_nothing;
        s.plain = is_plain(b, &s);
        s.chain = request->chain ? request->chain : 1;
        s.chains =
            s.chain < MUTANTS_PER_ENTRY ? MUTANTS_PER_ENTRY / s.chain : 1;
        tokens_begin();
        search(b, &s, request);
    } else {
        reply->status = REPLY_FAILED;
        trace_end();
        runner_pass(r);
    }
    struct probe_account probes = probe_allow(PROBES_NONE);
    reply->probe_hits = probes.hits;
    reply->probes_set = probes.set;
    reply->probe_runs = probes.runs;
    reply->rng = s.mutate.rng.state;
    reply->leaks = b->leaks.pace;
    reply->execs = request->count - r->execs_left - s.spared;
    reply->done = s.traces;
    reply->traced = s.traced;
    reply->recorded = s.recorded;
    reply->us = s.us;
}

/* Without depth: once may be deeper than ever again, when the dynamic linker
 * resolves what the entry is the first to call. */
static void profile_entry(struct batch *b, const struct input *in)
{
    profile_clear(&b->profile);
    depth_pause(&b->runner->depth);
    (void)execute_timed(b, in);
    gcov_data_add(false);
    depth_measure(&b->runner->depth, false);
    profile_add(&b->profile, b->runner);
}

/* The same when all features of every entry are wanted. What is new to this
 * process may be what the target does once in a process, whichever input comes
 * first: another run shows what the input itself does, so that the answer does
 * not depend on which entries this process had before. */
static void profile_whole_entry(struct batch *b, const struct input *in)
{
    struct runner *r = b->runner;
    profile_entry(b, in);
    if (!profile_is_new(&b->profile, r->seen))
        return;
    profile_mark_seen(&b->profile, r->seen);
    runner_uncount(r);
    profile_entry(b, in);
}

/* Runs one entry as it is and reports its features if some are new, or `all`
 * are wanted. */
static void run_entry(struct batch *b, uint32_t entry, bool all)
{
    struct runner *r = b->runner;
    struct input base, in;
    const struct find_origin origin = {.flags = FIND_BASELINE, .parent = entry};
    if (!entry_input(r, entry, &base))
        return;
    r->region->origin = origin;
    runner_load(r, &base, &in);
    if (all)
        profile_whole_entry(b, &in);
    else
        profile_entry(b, &in);
    if (all || profile_is_new(&b->profile, r->seen)) {
        outbox_add(&b->outbox, &b->profile, &origin, NULL);
        profile_mark_seen(&b->profile, r->seen);
        runner_has_seen(r);
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
    bool all = request->flags & REQUEST_ALL_FEATURES;
    disarm_keep_open(all);
    if (jump_here(r->on_failure) == 0) {
        if (all)
            runner_use_own_seen(r);
        else
            runner_use_snapshot(r, request->slot);
        for (; reply->done < request->count; reply->done++) {
            bool stop = !b->retrace.on && runner_should_stop(r);
            if (r->execs_left == 0 || stop || outbox_is_full(&b->outbox))
                break;
            run_entry(b, request->first + reply->done, all);
        }
    } else {
        reply->status = REPLY_FAILED;
        gcov_data_add(false);
        runner_pass(r);
    }
    disarm_keep_open(false);
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
            gcov_data_add(false);
            runner_pass(r);
            if (leaks_suspects(&b->leaks))
                leaks_look(&b->leaks);
        }
        /* What the target printed belongs to this input's report. */
        (void)fflush(NULL);
    } else {
        reply->status = REPLY_FAILED;
        gcov_data_add(false);
        runner_pass(r);
    }
    reply->execs = request->count - r->execs_left;
}
