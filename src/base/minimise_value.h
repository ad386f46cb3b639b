/* SPDX-License-Identifier: MIT
 *
 * Minimisation of one value of fixed width, as the same kind of state machine
 * as minimise.h: it proposes a candidate, the caller runs it and tells whether
 * it still fails in the same way. Apart from there because nothing can be
 * removed from a number: it is made simpler instead.
 *
 *     integers   towards 0, or the allowed value next to it; positive first
 *     runes      '0' and a few other plain characters, then as integers
 *     floats     0, small integers, few digits, infinities, NaN
 *     bool       false
 *     choices    the first
 *
 * Each candidate is strictly simpler than the best so far, so that the result
 * is never worse than the original. Tries are bounded: some 200 at most.
 *
 * Pure; the whole state is in the struct, which owns nothing.
 */
#ifndef THRESH_BASE_MINIMISE_VALUE_H
#define THRESH_BASE_MINIMISE_VALUE_H

#include "base/domain.h"

struct minimise_value {
    enum input_kind kind;
    const struct domain *domain; /* borrowed */
    uint64_t best;
    uint64_t candidate;
    bool pending; /* the candidate waits for its result */
    unsigned stage;
    unsigned step;
    uint64_t low; /* SEARCH: a distance that was too small; TENS: an exponent */
    uint64_t start; /* DIGITS: the value whose digits are tried; else what may
                     * become low */
};

/* Begins with a value of the domain. */
void minimise_value_init(struct minimise_value *m, enum input_kind kind,
                         const struct domain *domain, uint64_t value);

/* The next candidate; false when there is nothing left to try. */
bool minimise_value_next(struct minimise_value *m, uint64_t *candidate);

/* Tells whether the candidate just given still fails in the same way. */
void minimise_value_result(struct minimise_value *m, bool still_fails);

/* Whether `a` is simpler than `b`; both are in the domain. */
bool minimise_value_simpler(enum input_kind kind, const struct domain *domain,
                            uint64_t a, uint64_t b);

#endif
