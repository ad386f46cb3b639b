/* SPDX-License-Identifier: MIT
 *
 * Making a failing input smaller: its arguments one after the other, within
 * the budget of -fuzzminimizetime. The minimiser (base/minimise.h) proposes
 * bytes, that for values (base/minimise_value.h) numbers; here they become
 * whole inputs, and tries and time are counted.
 *
 * Owns the candidate; the best input so far is the caller's.
 */
#ifndef THRESH_COORDINATOR_SHRINK_H
#define THRESH_COORDINATOR_SHRINK_H

#include "base/minimise.h"
#include "base/minimise_value.h"
#include "coordinator/options.h"

struct shrink {
    uint32_t arg;              /* the one in work */
    struct minimise *minimise; /* of its bytes, while it is in work */
    bool in_value;             /* else this is in work */
    struct minimise_value value;
    uint8_t value_bytes[sizeof(uint64_t)];
    uint8_t *candidate; /* packed; room for the first input */
    size_t size;
    uint64_t tries;
    uint64_t us; /* spent on tries */
};

void shrink_release(struct shrink *s);

/* Whether the budget allows another try that may cost as much as cost_us. */
bool shrink_has_budget(const struct shrink *s, const struct options *opt,
                       uint64_t cost_us);

/* Builds the next candidate from the best input so far; false when there is
 * none. `mode` must be the same for all calls. */
bool shrink_next(struct shrink *s, const struct options *opt,
                 enum minimise_mode mode, const uint8_t *best,
                 size_t best_size);

/* Whether the candidate, which is the new best input then, fails likewise. */
void shrink_result(struct shrink *s, bool same);

/* Counts a try, of whatever kind. */
void shrink_spend(struct shrink *s, uint64_t us);

#endif
