/* SPDX-License-Identifier: MIT
 *
 * Verdicts: what an execution's end means. The input failed, we failed, or
 * somebody outside interfered; these are never confused. Decided here, from
 * the way the process ended, its last words and its output, and nowhere else.
 */
#ifndef THRESH_COORDINATOR_VERDICT_H
#define THRESH_COORDINATOR_VERDICT_H

#include <stdbool.h>

#include "coordinator/process.h"

enum verdict_kind {
    VERDICT_PASS,
    VERDICT_FAIL,    /* the input failed */
    VERDICT_OUTSIDE, /* killed from outside: nobody's failure */
    VERDICT_ENGINE,  /* we failed, or the worker never came to run inputs */
};

#define VERDICT_TEXT 512

struct verdict {
    enum verdict_kind kind;
    bool died;    /* the process ended of it */
    bool timeout; /* killed because it took too long */
    bool memory;  /* took too much memory */
    /* One line: "heap-buffer-overflow READ of size 1 (AddressSanitizer)". */
    char title[VERDICT_TEXT];
    /* A second line with more, or "". */
    char detail[VERDICT_TEXT];
    /* Equal for failures of the same kind at the same place, as far as this is
     * known. */
    char key[VERDICT_TEXT];
};

/* The end of a process. */
void verdict_of_end(struct verdict *v, const struct process_end *end,
                    const struct process *p, uint64_t timeout_us);

/* A reply that says the input failed; the process lives. */
void verdict_of_reply(struct verdict *v, const struct process *p);

/* Finds a sanitizer's report in output and describes it. False: there is none.
 * Exposed for its unit test. */
bool verdict_read_report(struct verdict *v, const char *output);

#endif
