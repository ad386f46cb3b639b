/* SPDX-License-Identifier: MIT
 *
 * See usual.h.
 */
#include "base/usual.h"

/* A logarithm is in sixteenths of a doubling; eight times are three of them. */
#define DOUBLING 16u
#define TIMES    (3 * DOUBLING)

/* Of a time that is one microsecond more, so that there always is one. What is
 * between two powers is taken for straight. */
static uint64_t log_of(uint32_t us)
{
    uint64_t more = (uint64_t)us + 1;
    unsigned power = 63u - (unsigned)__builtin_clzll(more);
    uint64_t part = (more * DOUBLING >> power) - DOUBLING;
    return power * (uint64_t)DOUBLING + part;
}

void usual_add(struct usual *u, uint32_t us)
{
    u->times++;
    u->logs += log_of(us);
}

bool usual_is_exceeded(const struct usual *u, uint32_t us)
{
    return us > USUAL_LEAST_US && u->times > 0 &&
           log_of(us) > u->logs / u->times + TIMES;
}
