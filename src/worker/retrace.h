/* SPDX-License-Identifier: MIT
 *
 * What a request may want besides running inputs, when it looks for causes: a
 * record of what was run, and the execution that takes the memory. Apart from
 * batch.c, whose executions pass here only in such requests, so that searching
 * pays for none of it.
 */
#ifndef THRESH_WORKER_RETRACE_H
#define THRESH_WORKER_RETRACE_H

#include "worker/outbox.h"
#include "worker/runner.h"

struct retrace {
    bool on;            /* something of the below is wanted */
    bool replay;        /* executions [from, until) go to the outbox */
    uint64_t from;      /* counted from 0 in this request */
    uint64_t until;     /* the request ends before this one */
    uint64_t made;      /* executions so far */
    uint64_t allowance; /* memory one execution may add; 0: not watched */
};

/* Begins a request. */
void retrace_begin(struct retrace *t, const struct request *request);

/* Whether a replay has come to its end. */
static inline bool retrace_has_ended(const struct retrace *t)
{
    return t->replay && t->made >= t->until;
}

/* runner_execute() with what is wanted around it. */
bool retrace_execute(struct retrace *t, struct runner *r, struct outbox *o,
                     const struct input *in);

#endif
