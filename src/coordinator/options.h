/* SPDX-License-Identifier: MIT
 *
 * What a run of the coordinator is asked to do. Filled by whoever starts it
 * (the driver, later the tool), read by everybody here, changed by nobody.
 * Everything pointed to belongs to the caller and outlives the run.
 */
#ifndef THRESH_COORDINATOR_OPTIONS_H
#define THRESH_COORDINATOR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/input.h"
#include "base/parse.h"
#include "base/token.h"

struct lineage;
struct leaks_left;

/* The files of a run as libFuzzer has them, instead of Thresh's own: the bytes
 * of the inputs and nothing else, named by SHA-1, in directories that the user
 * names one by one. */
struct plain_files {
    const char *const *dirs; /* the first one is written to */
    size_t ndirs;
    const char *const *seeds; /* single files that are read besides */
    size_t nseeds;
    const char *artifact_prefix; /* of a failing input's path */
    const char *exact_artifact;  /* its whole path; NULL: made of prefix */
    unsigned closed;       /* of the target's streams: 1 stdout, 2 stderr */
    bool own_stdout;       /* what the target writes there goes to ours */
    const char *stop_file; /* the run ends when it is there; NULL: none */
    uint64_t reload_us; /* how often the first directory is looked into again */
    uint64_t slow_us;   /* an input that takes so long is written; 0: none */
    const char *exit_item; /* the run ends with a find of this name; or NULL */
    struct lineage *lineage;  /* how finds were made is noted here; or NULL */
    const char *features_dir; /* what was new in each entry; or NULL */
    struct leaks_left *leaks; /* last_leaks: kept here */
    bool only_seeds;          /* neither the empty input nor a made-up one; and
                              nothing is told of them as of a corpus */
};

/* Failures that a run goes on after, as bits. */
enum tolerated {
    TOLERATE_CRASHES = 1,
    TOLERATE_TIMEOUTS = 2,
    TOLERATE_MEMORY = 4,
    TOLERATE_ALL = 7,
};

struct corpus;
struct places;
struct place_of_code;

struct options {
    /* The target, as the worker will name it. */
    const char *target;
    struct signature sig; /* max_bytes 0: no limit of the argument's own */
    const char *arg_name[INPUT_MAX_ARGS]; /* NULL: it has none */
    bool raw; /* one bytes argument: files are raw */
    /* Seeds in code: calls back for number i, false past the last. The input's
     * spans stay valid until the next call. */
    bool (*seed_of)(void *ctx, size_t i, struct input *in);
    void *seed_ctx;
    bool only_seeds; /* they are the whole corpus, whatever files there are */
    /* Called once, when the seeds have been run: how many counters the target
     * has, 0 if it was not instrumented. May be NULL. */
    void (*on_counters)(uint32_t counters);
    /* Where a counter is, for what is told at the end; NULL: nobody knows. */
    bool (*counter_place)(uint32_t counter, struct place_of_code *place);
    /* Called for each entry of the baseline that has been run, with all of its
     * features (counter << 8 | buckets), or none where it failed (then `failed`
     * is the verdict's title). Nothing more is done about failures then. NULL:
     * they are as ever. */
    void (*on_entry)(void *ctx, const char *name, const uint32_t *features,
                     uint32_t n, const char *failed);
    void *entry_ctx;

    /* How a worker is started: program (NULL: this one), its arguments, and
     * additions to its environment ("NAME=value"), NULL-terminated. */
    const char *program;
    const char *const *argv;
    const char *const *env;

    /* Tokens of the user's dictionaries. */
    const struct token *tokens;
    size_t ntokens;

    const struct places *places; /* NULL: nothing is told of them */
    /* Called when the run has ended, before its corpus goes; may be NULL. */
    void (*on_end)(void *ctx, const struct corpus *corpus);
    void *end_ctx;
    const struct plain_files *plain; /* NULL: the two below */
    const char *testdata; /* directory of saved inputs, without the target */
    const char *cache;    /* directory of found inputs, without the target */

    unsigned parallel;
    bool has_seed;
    uint64_t seed;
    struct duration_or_count fuzz_time;  /* both 0: for ever */
    struct duration_or_count quiet_time; /* without a find; both 0: any */
    bool whole_baseline;                 /* however many executions */
    bool only_baseline;                  /* no mutant is run */
    bool keep_counts; /* of coverage builds, where inputs are only replayed */
    struct duration_or_count minimise_time; /* both 0: no minimising */
    uint64_t max_bytes;                     /* -maxlen, 0: chosen by corpus */
    bool keep_sizes;                        /* entries are not made smaller */
    bool any_length;                        /* up to max_bytes from the start */
    unsigned length_slowness;               /* of else, in hundredths; 0: 100 */
    bool value_profile;      /* how near comparisons come is a feature */
    bool no_cross;           /* entries are not crossed over */
    bool only_ascii;         /* mutants of one bytes argument are ASCII text */
    uint64_t max_allocation; /* one of the target's; 0: no limit */
    uint64_t input_timeout_us; /* 0: none; or TIMEOUT_ADAPTIVE */
    uint64_t max_resident;     /* memory of a worker; 0: no limit */
    bool find_leaks;           /* where the target has LeakSanitizer */
    bool last_leaks;           /* when a worker leaves, too */
    unsigned tolerated; /* enum tolerated; 0: the first failure ends it */
    bool verbose;
    /* One of several targets that take turns: lines of status name theirs, and
     * times count from when all of them began. */
    bool several;
    bool counted;      /* all of them have a number of executions together */
    uint64_t began_us; /* 0: now */
};

/* Without -maxlen: at least the first, at most the second. */
#define DEFAULT_MAX_BYTES 4096u
#define LARGEST_MAX_BYTES (1u << 20)
/* Time limits of an execution: chosen by the run, and while it can't choose. */
#define TIMEOUT_ADAPTIVE   UINT64_MAX
#define DEFAULT_TIMEOUT_US (10u * 1000000u)

#define DEFAULT_MAX_RESIDENT ((uint64_t)2 << 30)
#define DEFAULT_TESTDATA     "testdata/fuzz"

/* The program's outcome, as main returns it. */
enum outcome {
    OUTCOME_OK = 0,
    OUTCOME_FAILURE = 1,
    OUTCOME_USAGE = 2,
    OUTCOME_ENGINE = 3,
    OUTCOME_INTERRUPTED = 130, /* while testing, or twice while fuzzing */
};

#endif
