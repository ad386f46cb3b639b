/* SPDX-License-Identifier: MIT
 *
 * Verdicts: what an execution's end means. The input failed, we failed, or
 * somebody outside interfered; these are never confused. Decided here, from
 * the way the process ended, its last words and its output, and nowhere else.
 * Texts of a verdict are safe to print.
 */
#ifndef THRESH_COORDINATOR_VERDICT_H
#define THRESH_COORDINATOR_VERDICT_H

#include <stdbool.h>

#include "coordinator/limits.h"
#include "coordinator/process.h"
#include "coordinator/stack.h"

enum verdict_kind {
    VERDICT_PASS,
    VERDICT_FAIL,    /* the input failed */
    VERDICT_OUTSIDE, /* killed from outside: nobody's failure */
    VERDICT_ENGINE,  /* we failed, or the worker never came to run inputs */
};

#define VERDICT_TEXT 512

/* How a failing execution ended, where no limit did it. */
enum verdict_cause {
    CAUSE_OTHER,
    CAUSE_SIGNAL,
    CAUSE_EXIT,      /* it ended the process */
    CAUSE_TOOL,      /* a sanitizer has reported it */
    CAUSE_OVERWRITE, /* of the const input */
};

struct verdict {
    enum verdict_kind kind;
    enum verdict_cause cause;
    int exit_code;     /* of a process that a sanitizer ended; 0: unknown */
    bool died;         /* the process ended of it */
    bool timeout;      /* killed because it took too long */
    uint64_t limit_us; /* then: the limit that was in force */
    bool known;        /* then: it was not reached; a known hang shows before */
    /* Took too much memory. If it was killed for that (died), which input did
     * it, one or many, is not known from this. */
    bool memory;
    uint64_t resident; /* then: bytes, as far as known */
    bool allocation;   /* one allocation was above the limit */
    bool leak;         /* LeakSanitizer found blocks that nothing points to */
    bool no_leaks;     /* LeakSanitizer cannot work here: it alone has ended */
    /* One line: "heap-buffer-overflow READ of size 1 (AddressSanitizer)". */
    char title[VERDICT_TEXT];
    /* A second line with more, or "". */
    char detail[VERDICT_TEXT];
    /* The signature: equal for failures of one bug, as far as this is known. */
    char key[VERDICT_TEXT];
    struct stack stack;         /* n == 0: none is known */
    struct engine_place engine; /* of the process, to read its output */
};

/* What to tell the user when that is so. */
#define VERDICT_NO_LEAKS_TEXT                                                \
    "leaks are not looked for: LeakSanitizer cannot use ptrace here; allow " \
    "it (in a container: --cap-add=SYS_PTRACE), or set "                     \
    "ASAN_OPTIONS=detect_leaks=0 to be rid of this line"

/* The end of a process, under these limits. */
void verdict_of_end(struct verdict *v, const struct process_end *end,
                    const struct process *p, const struct limits *limits);

/* The kind of failure in a word or two: "crash", "check", "timeout", "out of
 * memory", "leak". */
const char *verdict_word(const struct verdict *v);

/* A reply that says the input failed; the process lives. */
void verdict_of_reply(struct verdict *v, const struct process *p);

#endif
