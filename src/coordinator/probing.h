/* SPDX-License-Identifier: MIT
 *
 * Which traces have probes. Setting probes and hitting them costs as much as
 * many executions of a quick target; so it is done on credit, which grows with
 * the executions made, as far as their length is known, and stays a few
 * hundredths of the whole. It counts and reads no clock.
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
    double ordinary; /* what entries cost: the sum of their counters */
    bool never;      /* it can't be done here */
};

void probing_init(struct probing *p);

/* Whether a batch that traces so many of n entries is to do it with probes. */
bool probing_give(struct probing *p, const struct entry *entries, uint32_t n,
                  uint32_t traces);

/* A batch has been answered. */
void probing_settle(struct probing *p, const struct request *request,
                    const struct reply *reply);

#endif
