/* SPDX-License-Identifier: MIT
 *
 * Taking in what workers found and how they ended. Everything from a region is
 * copied first and checked on the copy. See run.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/places.h"
#include "coordinator/run.h"

/* Ends in a row, without a good answer in between, after which starting more
 * workers is pointless. */
#define MAX_BAD_ENDS 3

/* No index of an entry. */
#define NO_ENTRY UINT32_MAX

static void write_cache(struct run *run, uint32_t entry)
{
    struct entry *e = &run->corpus.entries[entry];
    struct thresh_err err;
    struct input in;
    char name[STORE_NAME_SIZE];
    (void)input_unpack(&in, run->opt.sig.nargs, e->packed, e->size);
    if (!run->cache_dir[0])
        store_name_of(&run->opt, &in, e->name);
    else if (store_write(&run->opt, run->cache_dir, &in, name, &err) == 0) {
        (void)snprintf(e->name, sizeof e->name, "%s", name);
        if (run->opt.plain && run->opt.verbose)
            report_line("Written %u bytes to %s/%s", e->bytes, run->cache_dir,
                        name);
    } else if (!run->cache_write_failed) {
        run->cache_write_failed = true;
        report_line("warning: found inputs are kept in memory only: %s",
                    err.msg);
    }
}

/* Adds what was found as an entry; NO_ENTRY if that can't be, or it is there
 * already. */
static uint32_t add_entry(struct run *run, const struct find *find)
{
    struct corpus *c = &run->corpus;
    struct thresh_err err;
    bool added;
    if (corpus_add(c, &find->input, ENTRY_FOUND, "", &added, &err)) {
        if (!run->corpus_full)
            report_line("warning: nothing more can be kept: %s", err.msg);
        run->corpus_full = true;
        return NO_ENTRY;
    }
    if (!added)
        return NO_ENTRY;
    uint32_t entry = c->count - 1;
    if (run->opt.places)
        places_reached(run, entry, find->features, find->nfeatures);
    plain_entry(run, entry, find);
    corpus_set_features(c, entry, find->features, find->nfeatures, find->cost);
    if (!run->repeats)
        corpus_set_time(c, entry, find->us);
    return entry;
}

/* Tells of an entry that was found, or of what is left of one. */
static void tell_entry(struct run *run, uint32_t entry, const struct find *find)
{
    const struct entry *e = &run->corpus.entries[entry];
    const struct find_origin origin = find_origin(find);
    struct progress p = run_progress(run);
    char *made = plain_describe(run, &origin, &find->input, false);
    report_new(&run->report, &p, e->name, e->bytes, find->flags & FIND_TRIMMED,
               made ? made : "MS: 0 ");
    free(made);
}

/* What is left of an entry takes its place. */
static void take_trimmed(struct run *run, const struct find *find)
{
    struct corpus *c = &run->corpus;
    if (!find->packed_size ||
        !corpus_can_replace(c, find->parent, find->features, find->nfeatures,
                            input_bytes(&find->input)))
        return;
    uint32_t entry = add_entry(run, find);
    if (entry == NO_ENTRY)
        return;
    c->entries[entry].trimmed = true;
    corpus_replace(c, find->parent, entry);
    /* What was found stays as it is among the files; libFuzzer's users expect
     * what is left of it there. */
    memcpy(c->entries[entry].name, c->entries[find->parent].name,
           sizeof c->entries[entry].name);
    if (!run->opt.plain)
        return;
    write_cache(run, entry);
    if (c->entries[find->parent].origin == ENTRY_FOUND)
        store_remove(run->cache_dir, c->entries[find->parent].name);
    plain_found(run, c->entries[entry].name);
    plain_rename_features(run, find->parent, entry);
    tell_entry(run, entry, find);
}

/* False if the list is none. */
static bool take_tokens(struct run *run, const struct find *find)
{
    struct token token;
    size_t at = 0;
    bool lie;
    while (token_list_take(find->packed, find->packed_size, &at, &token, &lie))
        (void)dictionary_add(&run->corpus.dictionary, &token, TOKEN_COMPARED);
    return !lie;
}

static void take_find(struct run *run, const struct find *find)
{
    struct corpus *c = &run->corpus;
    corpus_mark_unstable(c, find->unstable, find->nunstable);
    if (find->flags & FIND_TRIMMED) {
        take_trimmed(run, find);
        return;
    }
    if (find->flags & FIND_BASELINE) {
        c->entries[find->parent].reloaded = false;
        if (run->opt.on_entry) {
            run->opt.on_entry(run->opt.entry_ctx, c->entries[find->parent].name,
                              find->features, find->nfeatures, NULL);
            if (run->opt.only_baseline)
                return; /* no search will want to know */
        }
        if (run->opt.places)
            places_reached(run, find->parent, find->features, find->nfeatures);
        /* A made-up entry is no seed: what it covers is still to be found. */
        if (c->entries[find->parent].origin != ENTRY_ZERO) {
            plain_entry(run, find->parent, find);
            corpus_set_features(c, find->parent, find->features,
                                find->nfeatures, find->cost);
        }
        if (!run->repeats)
            corpus_set_time(c, find->parent, find->us);
        return;
    }
    if (!find->packed_size ||
        !corpus_is_new(c, find->features, find->nfeatures))
        return;
    uint32_t entry = add_entry(run, find);
    if (entry == NO_ENTRY)
        return;
    c->entries[find->parent].offspring++;
    dictionary_credit(&c->dictionary, find->token);
    length_found(&run->length, c->entries[entry].bytes, run->execs);
    run->found++;
    run->found_at = run->execs;
    run_note_news(run);
    traces_found(&run->traces, find->flags & FIND_TRACED);
    write_cache(run, entry);
    if (run->opt.plain)
        plain_found(run, c->entries[entry].name);
    tell_entry(run, entry, find);
}

static void take_outbox(struct run *run, struct worker *w)
{
    size_t size, at = 0;
    struct find find;
    bool lie = !process_take_outbox(&w->process, run->outbox, &size);
    while (!lie && find_take(&find, run->outbox, size, &at, &run->opt.sig,
                             run->corpus.cells, run->corpus.count,
                             run->corpus.dictionary.count, &lie))
        if (find.flags & FIND_TOKENS)
            lie = !take_tokens(run, &find);
        else
            take_find(run, &find);
    if (lie)
        process_kill(&w->process, KILL_LIE);
}

/* ---- the end of a job ---- */

/* How long a batch should take. */
static uint64_t batch_us(const struct run *run)
{
    return run_share_us(run, BATCH_SHARE_US, BATCH_US);
}

/* The batch size that takes this long at the speed just seen. */
static void adapt_batch(struct run *run, struct worker *w, uint64_t execs)
{
    uint64_t us = platform_now_us() - w->job.started_us;
    if (run->opt.has_seed || execs == 0)
        return;
    uint64_t wanted = execs * batch_us(run) / (us + 1);
    if (wanted > w->batch_execs * 4)
        wanted = w->batch_execs * 4;
    if (wanted < BATCH_MIN)
        wanted = BATCH_MIN;
    w->batch_execs = wanted < BATCH_MAX ? wanted : BATCH_MAX;
}

/* Settles the accounts of a batch or a stretch of the baseline, of which
 * `execs` executions were made. */
static void settle(struct run *run, struct worker *w, uint64_t execs)
{
    struct job *job = &w->job;
    run->reserved -= job->reserved;
    run->execs += execs;
    w->execs += execs;
    uint64_t paid =
        run->opt.has_seed ? execs : platform_now_us() - job->started_us;
    run->owed -= paid < run->owed ? paid : run->owed;
    if (run->owed == 0)
        run->searching = false;
    corpus_slot_done(&run->corpus, job->slot,
                     job->kind == JOB_BATCH ? execs : 0);
    if (job->kind == JOB_BASELINE) {
        uint32_t done = (uint32_t)execs;
        run->baseline_done += done;
        for (uint32_t i = job->first; i < job->first + done; i++)
            run->baseline_shown += run->corpus.entries[i].origin != ENTRY_ZERO;
        if (done < job->count)
            run->stretches[run->nstretches++] =
                (struct stretch){job->first + done, job->count - done};
    }
}

/* An entry that had seemed slow was timed again. Turns that it has missed are
 * still to come. */
static void settle_time(struct run *run, const struct worker *w,
                        const struct reply *reply)
{
    uint32_t timed = w->process.request.timed;
    if (!timed || !reply->us)
        return;
    corpus_timed_again(&run->corpus, timed - 1, reply->us);
    traces_begin_anew(&run->traces);
    if (run->trimmed >= timed)
        run->trimmed = timed - 1;
}

static void settle_traces(struct run *run, const struct worker *w,
                          const struct reply *reply)
{
    struct engine_place places[REGION_CHECKSUMS];
    uint32_t n = process_take_checksums(&w->process, places);
    checksums_add(&run->checksums, places, n);
    traces_settle(&run->traces, run->corpus.entries, run->corpus.count,
                  &w->process.request, reply);
}

static void settle_batch(struct run *run, const struct worker *w,
                         const struct reply *reply)
{
    probing_settle(&run->probing, &w->process.request, reply);
    settle_traces(run, w, reply);
    settle_time(run, w, reply);
}

/* Whether the baseline has just ended. */
static void check_baseline(struct run *run)
{
    if (run->fuzzing || run->baseline_done < run->baseline_total ||
        groups_probe(&run->groups))
        return;
    run->fuzzing = true;
    run_note_news(run);
    limits_end_baseline(&run->limits);
    run->opt.input_timeout_us = run->limits.input_us;
    if (run->opt.on_counters)
        run->opt.on_counters(run->sources ? run->corpus.counters : 0);
    struct progress p = run_progress(run);
    report_baseline(&run->report, &p);
    if (run->opt.plain)
        plain_begin_search(run);
}

/* ---- failures ---- */

/* The entry a failing stretch of the baseline had reached. */
static struct entry *failing_entry(struct run *run, const struct worker *w,
                                   uint64_t execs)
{
    if (w->job.kind != JOB_BASELINE || execs == 0)
        return NULL;
    return &run->corpus.entries[w->job.first + (uint32_t)execs - 1];
}

/* ---- events ---- */

static bool handshake(struct run *run, struct worker *w,
                      const struct reply *reply)
{
    struct thresh_err err;
    const struct region *region = process_region(&w->process);
    if (reply->status != REPLY_OK) {
        char text[LAST_WORDS_TEXT];
        memcpy(text, region->words.text, sizeof text);
        text[sizeof text - 1] = 0;
        /* The set-up is the target's. */
        run_trouble(run,
                    region->words.kind == LAST_WORDS_CHECK ? OUTCOME_FAILURE
                                                           : OUTCOME_ENGINE,
                    text);
        return false;
    }
    const struct signature *sig = &run->opt.sig;
    bool same = reply->nargs == sig->nargs;
    for (uint32_t i = 0; same && i < sig->nargs; i++)
        same = reply->kind[i] == sig->kind[i] &&
               (kind_width(sig->kind[i]) ||
                reply->max_bytes[i] == sig->max_bytes[i]);
    run->sources |= reply->sources;
    run->find_leaks |= run->opt.find_leaks && (reply->flags & REPLY_LSAN);
    if (limits_check_start(&run->limits, &w->process, &err)) {
        run_trouble(run, OUTCOME_USAGE, err.msg);
        return false;
    }
    if (!same) {
        run_trouble(run, OUTCOME_ENGINE,
                    "the worker's target has other arguments than expected; "
                    "was the binary replaced while it ran?");
        return false;
    }
    if (corpus_set_counters(&run->corpus, reply->counters, reply->values,
                            &err)) {
        run_trouble(run, OUTCOME_ENGINE, err.msg);
        return false;
    }
    if (!run->greeted) {
        run->greeted = true;
        (void)corpus_publish(&run->corpus, true);
        struct progress p = run_progress(run);
        if (p.baseline_total)
            report_baseline(&run->report, &p);
    }
    return true;
}

static void on_reply(struct run *run, struct worker *w,
                     const struct reply *reply)
{
    struct verdict v = {.kind = VERDICT_PASS};
    if (run->opt.plain && reply->status == REPLY_OK &&
        w->job.kind != JOB_FAILURE)
        plain_relay(run, w);
    if (w->process.request.kind == REQUEST_HELLO) {
        if (!handshake(run, w, reply))
            process_leave(&w->process, platform_now_us());
        return;
    }
    if (w->process.request.kind == REQUEST_FORK)
        return;
    if (reply->status == REPLY_REFUSED) {
        process_kill(&w->process, KILL_LIE);
        return;
    }
    run->sources |= reply->sources;
    run->compares |= reply->flags & REPLY_COMPARES;
    bool failed = reply->status == REPLY_FAILED;
    if (failed)
        verdict_of_reply(&v, &w->process);
    w->torn |= failed;
    if (w->job.kind == JOB_FAILURE || run->opt.has_seed ||
        limits_measure_due(&run->limits, &w->process, platform_now_us()))
        process_measure(&w->process);
    if (w->process.resident > run->peak_resident)
        run->peak_resident = w->process.resident;
    bool over = limits_exceeded(&run->limits, &w->process);
    if (w->job.kind == JOB_FAILURE) {
        run_failure_ran(run, w, &v);
        /* What this run left behind is not the next one's. */
        if (over || v.memory)
            process_renew(&w->process, platform_now_us());
        check_baseline(run);
        return;
    }
    if (!failed && over) {
        process_kill(&w->process, KILL_MEMORY);
        return; /* the job ends with the process */
    }
    take_outbox(run, w);
    struct entry *entry = failed ? failing_entry(run, w, reply->execs) : NULL;
    adapt_batch(run, w, reply->execs);
    if (w->job.kind == JOB_BASELINE)
        limits_count_baseline(&run->limits, reply->execs,
                              platform_now_us() - w->job.started_us);
    w->leaks = reply->leaks;
    if (run->opt.plain)
        plain_leak_pace(run, w);
    settle(run, w, reply->execs);
    if (w->job.kind == JOB_BATCH)
        settle_batch(run, w, reply);
    w->job.kind = JOB_NONE;
    if (failed) {
        size_t size =
            process_take_input(&w->process, &run->opt.sig, run->packed);
        if (size)
            run_failed(run, w, &v, size, entry, reply->execs);
        else
            process_kill(&w->process, KILL_LIE);
    }
    if (w->process.killed == KILL_NOT)
        run->bad_ends = 0;
    if (limits_outgrown(&run->limits, &w->process))
        process_renew(&w->process, platform_now_us());
    check_baseline(run);
}

/* A worker that ended for no input's fault is replaced; one after the other
 * means that something is wrong with all of them, and so does the first one
 * that ends before it has answered, unless somebody killed it. */
static void bad_end(struct run *run, const struct worker *w,
                    const struct process_end *end, const struct verdict *v)
{
    if (end->state == PROCESS_STARTING)
        report_end(v, w->process.output);
    else
        report_line("%s", v->title);
    if (++run->bad_ends < MAX_BAD_ENDS &&
        (run->greeted || v->kind == VERDICT_OUTSIDE))
        return;
    run_trouble(run,
                v->kind == VERDICT_OUTSIDE || !run->greeted ? OUTCOME_FAILURE
                                                            : OUTCOME_ENGINE,
                v->title);
    run_drop_failures(run);
}

/* LeakSanitizer could not do its work. What the worker did counts; a run for a
 * failure is given anew, without it. */
static void give_up_leaks(struct run *run, const struct worker *w)
{
    if (run->find_leaks)
        report_line("warning: %s", VERDICT_NO_LEAKS_TEXT);
    run->find_leaks = run->opt.find_leaks = false;
    if (w->job.kind == JOB_FAILURE)
        run->working = NULL;
}

static void on_end(struct run *run, struct worker *w,
                   const struct process_end *end)
{
    struct verdict v;
    /* It left because we asked it to, or was killed because it did not or was
     * too slow. */
    bool asked =
        end->killed == KILL_STOP || end->killed == KILL_SLOW || end->asked;
    verdict_of_end(&v, end, &w->process, &run->limits);
    enum job_kind job = w->job.kind;
    if (v.no_leaks)
        give_up_leaks(run, w);
    if (end->tear_down) {
        report_end(&v, w->process.output);
        run_trouble(run, OUTCOME_FAILURE, v.title);
    }
    if (end->leaks && v.leak) {
        plain_leaks(run, w, &v);
        w->job.kind = JOB_NONE;
        return;
    }
    if (v.leak)
        w->leaks = (struct leak_pace){0};
    /* Of what died otherwise it is in the report. */
    if (end->asked && end->state == PROCESS_IDLE && run->opt.plain)
        plain_relay(run, w);
    if (job == JOB_FAILURE && !v.no_leaks) {
        run_failure_ran(run, w, &v);
        check_baseline(run);
        return;
    }
    uint64_t execs = process_execs(&w->process);
    struct entry *entry = failing_entry(run, w, execs);
    if (job == JOB_BASELINE || job == JOB_BATCH) {
        if (end->killed != KILL_LIE)
            take_outbox(run, w);
        settle(run, w, execs);
    }
    if (job == JOB_BATCH)
        traces_lost(&run->traces, &w->process.request, execs);
    w->job.kind = JOB_NONE;
    size_t size =
        v.kind == VERDICT_FAIL
            ? process_take_input(&w->process, &run->opt.sig, run->packed)
            : 0;
    if (v.memory && end->killed == KILL_MEMORY && job == JOB_NONE)
        report_line("fuzz: worker memory grew above the limit (-maxrss) "
                    "between batches; restarted");
    else if (v.memory && end->killed == KILL_MEMORY)
        run_grew(run, w, &v, entry, execs);
    else if (size)
        run_failed(run, w, &v, size, entry, execs);
    else if (!asked && !v.no_leaks)
        bad_end(run, w, end, &v);
    check_baseline(run);
}

void run_receive(struct run *run, const bool *ready, bool all)
{
    for (unsigned i = 0; i < run->nworkers; i++) {
        struct worker *w = &run->workers[i];
        if (!all && !ready[i] && !process_is_due(&w->process))
            continue;
        struct reply reply;
        struct process_end end;
        switch (process_poll(&w->process, &reply, &end)) {
        case EVENT_REPLY:
            on_reply(run, w, &reply);
            break;
        case EVENT_ENDED:
            on_end(run, w, &end);
            break;
        case EVENT_NONE:
            break;
        }
    }
}
