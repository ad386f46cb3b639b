/* SPDX-License-Identifier: MIT
 *
 * Which values an argument of fixed width may have: a range, a list, or both.
 * Whoever makes values (mutation, minimising, reading files) asks here, so that
 * a target never sees one that it has excluded.
 *
 * Ranges are compared by keys: unsigned words in the order of the values. The
 * keys of floats follow the real line from -Inf to +Inf, -0 just before 0, NaNs
 * outside on both sides, so that a range excludes them.
 *
 * Pure; the list belongs to whoever made the domain and must outlive it.
 */
#ifndef THRESH_BASE_DOMAIN_H
#define THRESH_BASE_DOMAIN_H

#include "base/kind.h"

struct domain {
    bool limited; /* else every value is allowed, and what follows is unset */
    bool has_initial;
    uint64_t least; /* keys of the range, both in it */
    uint64_t most;
    uint64_t initial; /* value */
    /* The only allowed values if there are any, 8 bytes each, native: int64_t,
     * uint64_t or double, as the kind is. */
    const void *choices;
    uint32_t nchoices;
};

uint64_t domain_key(enum input_kind kind, uint64_t value);
uint64_t domain_value(enum input_kind kind, uint64_t key);

/* The value of this kind that 8 bytes say, as in the list. False if the kind
 * has no such value. */
bool domain_convert(enum input_kind kind, const void *from, uint64_t *value);

/* Choice number i < nchoices. */
uint64_t domain_choice(const struct domain *d, enum input_kind kind,
                       uint32_t i);

/* The number of a choice, nchoices if the value is none. */
uint32_t domain_choice_index(const struct domain *d, enum input_kind kind,
                             uint64_t value);

bool domain_has(const struct domain *d, enum input_kind kind, uint64_t value);

/* The value that minimising aims at: zero, or the allowed one next to it, or
 * the first choice. */
uint64_t domain_simplest(const struct domain *d, enum input_kind kind);

/* The value of an argument that nobody has given one. */
uint64_t domain_initial(const struct domain *d, enum input_kind kind);

/* An allowed value in place of one that may not be: itself if it is allowed,
 * else another that follows from it and from random bits. */
uint64_t domain_fit(const struct domain *d, enum input_kind kind,
                    uint64_t value, uint64_t bits);

/* A value at the range's edges, or any choice. */
uint64_t domain_edge(const struct domain *d, enum input_kind kind,
                     uint64_t bits);

#endif
