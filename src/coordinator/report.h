/* SPDX-License-Identifier: MIT
 *
 * What the coordinator says: status lines on standard error, results on
 * standard output: for people, or in the form that machines asked for (events.h,
 * forms.h). The only place below the driver that prints.
 */
#ifndef THRESH_COORDINATOR_REPORT_H
#define THRESH_COORDINATOR_REPORT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/format.h"
#include "coordinator/groups.h"
#include "coordinator/live_view.h"
#include "coordinator/options.h"

struct report {
    uint64_t start_us;
    uint64_t last_us; /* of the last status line */
    uint64_t last_execs;
    uint64_t sample_us; /* of the last one of -stats */
    uint64_t sample_execs;
    struct live_history history;
    uint64_t live_us; /* when the live view was drawn */
    char label[256];  /* of lines, where several targets take turns */
    bool no_search;   /* the baseline is all there is */
};

/* The numbers of a status line. */
struct progress {
    const char *target;
    uint64_t execs;
    uint32_t baseline_done;
    uint32_t baseline_total;
    uint32_t found; /* by this run */
    uint32_t total; /* baseline and found */
    uint32_t edges;
    uint32_t features;
    uint32_t unstable;   /* edges whose counts vary for the same input */
    uint32_t units;      /* entries that brought features... */
    uint64_t unit_bytes; /* ...and the bytes of their arguments */
    uint64_t longest;    /* the longest of them */
    uint32_t focused;    /* entries that reach -focus_function's function */
    uint64_t max_bytes;  /* of mutants, now */
    uint64_t peak_resident;
    uint64_t slowest_us; /* about what the slowest execution took */
    unsigned workers;
    unsigned on_failures; /* of them, those that confirm or minimise */
    uint32_t failures;    /* kinds */
    bool has_coverage;
    bool fuzzes;  /* the baseline is done */
    bool goes_on; /* after failures, after some at least */
    bool minimising;
    /* The failure that is minimised now, in bytes: as found, and so far. */
    size_t minimise_from;
    size_t minimise_to;
    uint64_t minimise_tries; /* 0: there is none */
    bool ended;              /* these numbers are the last */
};

void report_init(struct report *r, const struct options *opt);
/* A slice begins, with so many executions made before. */
void report_resume(struct report *r, uint64_t execs);

/* A status line, in the form the phase asks for. */
void report_baseline(struct report *r, const struct progress *p);
void report_fuzzing(struct report *r, const struct progress *p);

/* Whether report_look() has something to do, between status lines. */
bool report_is_due(const struct report *r, uint64_t now_us);
void report_look(struct report *r, const struct progress *p);

/* A find of so many bytes has just been kept under this name, or what is left
 * of an entry, in whose place it comes. `made`: how, in libFuzzer's words. */
void report_new(struct report *r, const struct progress *p, const char *name,
                uint32_t bytes, bool replaces, const char *made);

/* The last numbers of one of several targets; with `targets`, of all those. */
void report_summary(const struct progress *p, size_t targets);

/* How a process ended that no input is blamed for, and what it printed last. */
void report_end(const struct verdict *v, platform_handle output);

/* Why the run of a target could not go on. */
void report_trouble(const char *target, uint64_t us, const char *why);

/* One line on standard error. */
FORMATS(1, 2)
void report_line(const char *fmt, ...);

/* One failure, on standard output: what happened and where, the input, how to
 * see it again, what the process said last (report_failure.c). */
void report_failure(struct report *r, const struct options *opt,
                    const struct failure *f);

/* All groups, a line each, on standard output. */
void report_groups(const struct options *opt, const struct groups *groups);

/* ---- report_test.c ---- */

/* What became of an input that was run as a test, or of a target before any
 * could be. */
struct report_test {
    const char *target;
    const char *input; /* NULL: the target as a whole */
    const char *file;  /* the input's path; NULL: it has none */
    uint64_t us;
    const struct verdict *verdict; /* NULL: none could be had */
    const char *error;             /* then: why */
    const char *output;            /* what the process printed */
    size_t output_size;
    bool verbose; /* people are told of what passed, too */
    /* If it fails the target does, which has taken so long until now; 0: it
     * has failed already. */
    uint64_t target_us;
};

void report_test(const struct report_test *t);

/* What the fuzzing of a target came to, apart from the failures it found: for
 * the forms that list results. `trouble`: why it could not go on, or NULL. */
void report_fuzzed(const char *target, uint64_t us, const char *trouble);

/* How far a long run of tests is: a status line. */
void report_tested(const char *target, uint64_t inputs, uint64_t us);

/* "=== RUN   NAME". */
void report_run(const char *name);

/* "--- FAIL: NAME (0.09s)" with any depth of indentation. */
void report_result(const char *result, const char *name, uint64_t us,
                   int depth);

/* ---- */

/* Text for people, on standard output where that is theirs. */
void report_text(const char *text, size_t size);

#endif
