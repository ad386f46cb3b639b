/* SPDX-License-Identifier: MIT
 *
 * The state of one run, and the parts of the coordinator that work on it. The
 * event loop (coordinator.c) owns it; load.c fills the corpus, dispatch.c
 * decides what an idle worker does next, receive.c takes in what comes back,
 * triage.c is about failures.
 * One thread; nothing here is shared with workers.
 */
#ifndef THRESH_COORDINATOR_RUN_H
#define THRESH_COORDINATOR_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "coordinator/checksums.h"
#include "coordinator/corpus.h"
#include "coordinator/groups.h"
#include "coordinator/limits.h"
#include "coordinator/options.h"
#include "coordinator/probing.h"
#include "coordinator/process.h"
#include "coordinator/report.h"
#include "coordinator/schedule.h"
#include "coordinator/traces.h"

enum job_kind {
    JOB_NONE,
    JOB_BASELINE, /* entries first..first+count-1 */
    JOB_BATCH,
    JOB_FAILURE, /* a run for the failure in work */
};

struct job {
    enum job_kind kind;
    uint32_t first;
    uint32_t count;
    uint32_t slot;
    uint64_t reserved; /* executions set aside for it */
    uint64_t started_us;
};

struct worker {
    struct process process;
    struct job job;
    uint64_t batch_execs; /* size of its next batch */
    uint64_t execs;       /* made by the current process */
    struct leak_pace leaks;
    /* A failing check has torn the target off its work in the current process:
     * what it held then would be taken for leaks. */
    bool torn;
};

/* A stretch of the baseline that nobody runs now. */
struct stretch {
    uint32_t first;
    uint32_t count;
};

/* What a run with plain files has besides; plain.c. */
struct plain_state {
    uint64_t *known; /* hashes of the names in the first directory, sorted */
    size_t nknown;
    uint64_t reload_us;  /* the next look into it is due then */
    uint64_t slowest_us; /* the execution that was told of */
    bool had_exit_item;
    bool features_failed; /* to be written; said once */
    bool looks_rarely;    /* for leaks; said once */
};

#define PATIENCE_PLACES 8

/* What slow executions of the search have cost; patience.c. */
struct patience {
    uint64_t places[PATIENCE_PLACES]; /* where some were, by hash */
    unsigned nplaces;
    uint64_t waits;     /* how many were waited for at places known by then */
    uint64_t waited_us; /* how long any were waited for, all together */
    uint64_t ended;     /* how many were not */
};

struct run {
    struct options opt; /* with the effective limits in it */
    struct corpus corpus;
    struct length_control length;
    struct report report;
    char cache_dir[STORE_PATH_SIZE];
    bool cache_write_failed;
    bool corpus_full;

    struct worker *workers;
    unsigned nworkers;
    bool compares;    /* some callback of the target's tells comparisons */
    unsigned sources; /* what counts in the target, 0: nothing, so far */
    bool greeted;
    bool find_leaks; /* LeakSanitizer is there, wanted, and works */

    /* Limits. */
    struct limits limits;
    uint64_t execs;      /* made and counted */
    uint64_t reserved;   /* handed out and not yet answered */
    uint64_t exec_limit; /* at most so many; 0: no limit */
    uint64_t deadline_us;
    uint64_t polled_us; /* when every process was asked for news */

    /* A slice of the run, where several targets take turns. */
    bool sliced;
    uint64_t pause_at_us; /* 0: not for the time */
    bool paused;          /* it is over: nothing is handed out */

    /* Baseline: [0, baseline_total) */
    uint32_t baseline_total;
    uint32_t baseline_done;
    uint32_t baseline_shown; /* the same without a made-up entry */
    struct stretch *stretches;
    uint32_t nstretches;
    uint32_t stretch_room;
    bool fuzzing; /* the baseline has ended */

    uint64_t seed;
    /* A number of executions with a seed: nothing that the search decides
     * depends on a clock. */
    bool repeats;
    uint64_t batches;
    uint32_t trimmed;       /* entries that a batch has been told to trim */
    uint64_t trims;         /* executions set aside for that */
    uint32_t chain;         /* request.chain, as it was... */
    uint32_t chain_entries; /* ...with so many entries */
    struct probing probing;
    struct traces traces;
    /* Executions made at the last find, or the last time it was decided to
     * trace all entries once more. */
    uint64_t found_at;
    struct checksums checksums;
    uint32_t found;
    /* The last find, or the end of the baseline, by which it is told how long
     * nothing new has come. The clock stands between slices. */
    uint64_t news_execs;
    uint64_t news_us;
    uint64_t paused_us; /* when the last slice ended */

    struct groups groups;
    struct failure *working; /* a worker runs it now; NULL: none */
    bool first_reported;
    uint64_t growths; /* of workers, with no input to blame */
    struct patience patience;
    uint64_t peak_resident; /* bytes, the most that a worker had */
    /* What a lone worker owes the search for the time it gave to failures, in
     * microseconds, with -seed in executions; and whether it pays now. */
    uint64_t owed;
    bool searching;

    struct plain_state plain;

    bool stopping;
    uint64_t stop_us; /* or of the pause */
    unsigned interrupts;
    bool killed_twice;
    enum outcome trouble; /* OUTCOME_OK, or why the run itself failed */
    char trouble_text[VERDICT_TEXT];
    unsigned bad_ends; /* in a row, without a good answer in between */

    /* Room for an input and an outbox, used by one function at a time. */
    uint8_t *packed;
    uint8_t *outbox;
    char *output;
};

/* A batch should take about this long: long enough that handing it out costs
 * nothing, short enough that news spreads. With many workers it takes longer,
 * this much for each, so that what the coordinator does for all of them
 * together stays under one hundredth of a processor (bench/scaling.py). */
#define BATCH_US       100000u
#define BATCH_SHARE_US 16000u

/* Batches of runs that must repeat end by count alone. */
#define BATCH_FIXED 4096u
#define BATCH_FIRST 512u
#define BATCH_MIN   8u
#define BATCH_MAX   (1u << 24)

/* The time between two rounds of what costs the same for each worker: this much
 * for each, and `least_us` at least. */
static inline uint64_t run_share_us(const struct run *run, uint64_t share_us,
                                    uint64_t least_us)
{
    uint64_t us = run->nworkers * share_us;
    return us > least_us ? us : least_us;
}

/* Output of a worker that a failure keeps. */
#define OUTPUT_KEPT ((size_t)64 << 10)

/* ---- load.c ---- */

/* Reads seeds, saved inputs and the cache into the corpus, and settles the
 * limits that depend on them. */
int run_load(struct run *run, struct thresh_err *err);

/* ---- plain.c ---- */

/* Hands on what the target printed, which belongs to no failure. */
void plain_relay(struct run *run, const struct worker *w);

/* A worker that left had leaked, says the verdict on its end. */
void plain_leaks(struct run *run, const struct worker *w,
                 const struct verdict *v);

/* Says once that leaks are looked for rarely, when that is so. */
void plain_leak_pace(struct run *run, const struct worker *w);

/* Looks at the clock, and at what others did to the user's files. */
void plain_look(struct run *run, uint64_t now_us);

/* The baseline has been run. */
void plain_begin_search(struct run *run);

/* Tells that a failing or slow input was written, in libFuzzer's words. */
void plain_written(const struct run *run, const char *path);

/* A find has been kept under this name. */
void plain_found(struct run *run, const char *name);

/* How that was made, in libFuzzer's words; free() it. NULL: nobody wants to
 * know, or no memory. `with_base`: the entry it was made from, too. */
char *plain_describe(const struct run *run, const struct find_origin *origin,
                     const struct input *in, bool with_base);

/* An entry is to be kept for what it shows: found, one of the start, or what is
 * left of one. To be called before its features are taken in. */
void plain_entry(struct run *run, uint32_t entry, const struct find *find);

/* Gives the file of an entry's features to what is left of it. */
void plain_rename_features(struct run *run, uint32_t entry, uint32_t by);

/* Notes that the first directory has a file of this name. True if it is new. */
bool plain_note(struct run *run, const char *name);

void plain_release(struct run *run);

/* ---- dispatch.c ---- */

/* Gives work to whoever can take some, and starts or ends processes. */
void run_dispatch(struct run *run);

/* Whether anything is left to do or to wait for. */
bool run_is_over(const struct run *run);

/* ---- receive.c ---- */

/* Takes in what came from the workers whose pipes are ready; with `all`, of
 * everybody. */
void run_receive(struct run *run, const bool *ready, bool all);

/* ---- patience.c ---- */

/* Looks at what a worker runs, with each look at the clock: a slow execution is
 * waited for, or ended. */
void run_look_at_slow(struct run *run, struct worker *w);

/* Tells what was ended because it was slow. */
void run_report_slow(const struct run *run);

/* ---- triage.c ---- */

/* An execution failed: run->packed, of this size, was the input, and `execs`
 * executions of w's last request were made, with it. `entry` is the one whose
 * turn it was in the baseline, else NULL. */
void run_failed(struct run *run, struct worker *w, const struct verdict *v,
                size_t size, struct entry *entry, uint64_t execs);

/* A worker was killed because its memory grew; whom to blame is to be found.
 * `entry` as above. */
void run_grew(struct run *run, const struct worker *w, const struct verdict *v,
              const struct entry *entry, uint64_t execs);

/* Whether a failure waits for its next run, or to be reported; and whether it
 * does not bear waiting. */
bool run_failure_waits(const struct run *run);
bool run_failure_is_urgent(const struct run *run);

/* Gives a worker such a run, or has it leave for a fresh process. False if no
 * failure wants one. */
bool run_give_failure(struct run *run, struct worker *w);

/* How the run ended that the worker did for run->working. */
void run_failure_ran(struct run *run, struct worker *w,
                     const struct verdict *v);

/* Reports failures that want no more runs, for which no process is needed. */
void run_finish_failures(struct run *run);

/* ---- coordinator.c ---- */

/* Stops handing out work and asks everybody to finish. Idempotent. */
void run_stop(struct run *run);

/* Something new was found, or begins to be looked for. */
void run_note_news(struct run *run);

/* Whether as many executions as the user cares for have found nothing: no batch
 * begins any more, which would be cut at a place that nothing repeats. */
bool run_is_quiet(const struct run *run);

/* The same until the next slice. */
void run_pause(struct run *run);

/* The run itself failed: stop, and end with this outcome unless an input's
 * failure outranks it. Only the first text is kept. */
void run_trouble(struct run *run, enum outcome outcome, const char *text);

/* Gives up the runs that failures still want; they are reported as they are. */
void run_drop_failures(struct run *run);

/* Numbers for status lines. */
struct progress run_progress(const struct run *run);

#endif
