/* SPDX-License-Identifier: MIT
 *
 * Which entries are traced with probes, and when. Setting probes and hitting
 * them costs as much as many executions of a quick target; so it is done on
 * credit, which grows with the executions made, as far as their length is
 * known, and stays a few hundredths of the whole. It counts and reads no clock.
 */
#ifndef THRESH_COORDINATOR_PROBING_H
#define THRESH_COORDINATOR_PROBING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/protocol.h"

struct entry;

struct probing {
    double credit;   /* nanoseconds, as estimated */
    double price;    /* of the last trace */
    double ordinary; /* cost of an ordinary entry: the sum of its counters */
    bool never;      /* it can't be done here */
};

void probing_init(struct probing *p);

/* The entry below n that the next batch is to trace with probes, plus 1; 0:
 * none. */
uint32_t probing_give(struct probing *p, struct entry *entries, uint32_t n);

/* A batch has been answered. */
void probing_settle(struct probing *p, const struct request *request,
                    const struct reply *reply);

#endif
