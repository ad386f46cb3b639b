/* SPDX-License-Identifier: MIT
 *
 * How long an execution may take and how much memory a worker may have, where
 * the limits come from, and what happens to who is above them. Apart from the
 * event loop because test mode keeps the same limits. Owned by a run, or by a
 * replay; one thread.
 */
#ifndef THRESH_COORDINATOR_LIMITS_H
#define THRESH_COORDINATOR_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "coordinator/options.h"
#include "coordinator/process.h"

enum limit_source {
    LIMIT_GIVEN,    /* by the user */
    LIMIT_DEFAULT,  /* nothing is known of the target yet, or shall be */
    LIMIT_ADAPTIVE, /* by the baseline */
};

struct limits {
    uint64_t input_us; /* of one execution; 0: none */
    enum limit_source source;
    /* An execution of the search that uses the processor for so long is slow;
     * 0: none is, until the baseline has ended. */
    uint64_t slow_us;
    uint64_t max_resident; /* of one process; 0: none */
    bool adapts;
    uint64_t slowest_us;  /* the longest that an execution was seen to take */
    uint64_t baseline_us; /* spent on executions of the baseline */
    uint64_t baseline_execs;
    uint64_t measure_us; /* memory is measured so often, or more rarely */
    /* The look at the clock that is being taken. */
    uint64_t now_us;
    uint64_t since_us;   /* the one before */
    uint64_t absence_us; /* see limits_look() */
    bool asked;          /* a process has been asked where it is */
};

/* `adapts`: a baseline will be told of, and may change the time limit. */
void limits_init(struct limits *l, const struct options *opt, bool adapts);

/* So many workers share the time there is for measuring memory. */
void limits_share(struct limits *l, unsigned workers);

/* Whether a process may be measured again. */
bool limits_measure_due(const struct limits *l, const struct process *p,
                        uint64_t now_us);

/* So many executions of the baseline took a worker so long. */
void limits_count_baseline(struct limits *l, uint64_t execs, uint64_t us);

/* Settles the time limit, and what is slow, by what was counted. */
void limits_end_baseline(struct limits *l);

/* Looks at the clock, before the processes are looked at. Returns the time for
 * which it was not looked at, if that is so long that this process, or the
 * whole system, must have stood still; else 0. That time is held against
 * nobody. */
uint64_t limits_look(struct limits *l, uint64_t now_us);

/* When to look again, in microseconds from the last look on. */
uint64_t limits_look_again_us(const struct limits *l);

/* Kills a process that is above its limits. */
void limits_enforce(struct limits *l, struct process *p);

/* Whether what a process runs is slow, and it has told where it is in its last
 * words; it is asked when it has become slow, and goes on. */
bool limits_is_slow(struct limits *l, struct process *p);

/* To be called after the handshake: what a process uses without having run
 * anything must be within the limit. */
int limits_check_start(const struct limits *l, struct process *p,
                       struct thresh_err *err);

/* Whether a process was above its limit when it was last measured. */
bool limits_exceeded(const struct limits *l, const struct process *p);

/* Whether a process has grown so much that it should be replaced between two
 * requests: half of what it was given at its start is used up. */
bool limits_outgrown(const struct limits *l, const struct process *p);

#endif
