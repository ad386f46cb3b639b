/* SPDX-License-Identifier: MIT
 *
 * Which entries are worth mutating, and how much: the weights a snapshot
 * publishes. Pure arithmetic over the corpus; reads no clock, so that a run
 * with a fixed seed repeats.
 */
#ifndef THRESH_COORDINATOR_SCHEDULE_H
#define THRESH_COORDINATOR_SCHEDULE_H

#include <stdint.h>

struct entry;

/* What an entry costs to use: its work, and its length. Of two entries with a
 * feature, the cheaper one owns it. */
double schedule_price(const struct entry *e);

/* How many times dearer than the average of all n entries an execution of some
 * of them is. */
double schedule_dearness(const struct entry *entries, uint32_t n,
                         const uint32_t *some, uint32_t nsome);

/* Fills weights[0..n) for the entries. */
void schedule_weigh(const struct entry *entries, uint32_t n, uint32_t *weights);

/* Notes that `execs` executions were spread over the first n entries by these
 * weights. */
void schedule_spend(struct entry *entries, uint32_t n, const uint32_t *weights,
                    uint64_t execs);

/* How many mutants in a row are made one from the other (request.chain): more
 * than one where an execution costs less than making a mutant. */
uint32_t schedule_chain(const struct entry *entries, uint32_t n);

/* Length control (after libFuzzer's -len_control): variable arguments grow to
 * `limit` bytes; it starts at the longest entry, or near it with the first step,
 * and rises while nothing new is found. */
struct length_control {
    uint64_t limit;
    uint64_t max;
    uint64_t last_change; /* executions at the last find or rise */
    uint64_t slowness;    /* in hundredths of how slowly it rises else */
};

void length_init(struct length_control *l, uint64_t longest, uint64_t max);
/* A find of so many bytes came, after so many executions. */
void length_found(struct length_control *l, uint64_t bytes, uint64_t execs);
/* Lets the limit rise if it is time. */
void length_step(struct length_control *l, uint64_t execs);

#endif
