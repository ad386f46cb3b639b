/* SPDX-License-Identifier: MIT
 *
 * What the coordinator says: status lines on standard error, results on
 * standard output, for people or, once events_begin() was called, for machines.
 * The only place below the driver that prints.
 */
#ifndef THRESH_COORDINATOR_REPORT_H
#define THRESH_COORDINATOR_REPORT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/format.h"
#include "coordinator/groups.h"
#include "coordinator/options.h"

struct report {
    uint64_t start_us;
    uint64_t last_us; /* of the last status line */
    uint64_t last_execs;
};

/* The numbers of a status line. */
struct progress {
    uint64_t execs;
    uint32_t baseline_done;
    uint32_t baseline_total;
    uint32_t found; /* by this run */
    uint32_t total; /* baseline and found */
    uint32_t edges;
    unsigned workers;
    bool has_coverage;
    bool minimising;
};

void report_init(struct report *r);

/* A status line, in the form the phase asks for. */
void report_baseline(struct report *r, const struct progress *p);
void report_fuzzing(struct report *r, const struct progress *p);

/* One line on standard error. */
FORMATS(1, 2)
void report_line(const char *fmt, ...);

/* One failure, on standard output: what happened and where, the input, how to
 * see it again, what the process said last (report_failure.c). */
void report_failure(const struct options *opt, const struct failure *f);

/* How an input's execution ended, on standard output and with every line
 * indented: what happened, where, and what the process said. */
void report_ending(const struct verdict *v, const char *output, size_t size,
                   int spaces);
/* All groups, a line each, on standard output. */
void report_groups(const struct options *opt, const struct groups *groups);

/* "=== RUN   NAME". */
void report_run(const char *name);

/* "--- FAIL: NAME (0.09s)" with any depth of indentation. */
void report_result(const char *result, const char *name, uint64_t us,
                   int depth);

/* Text with every line indented. */
void report_indented(const char *text, size_t size, int spaces);

#endif
