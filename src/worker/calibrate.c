/* SPDX-License-Identifier: MIT
 *
 * See calibrate.h.
 */
#include "worker/calibrate.h"

#include "platform/guest.h"

/* A run_count that no number of runs equals. */
#define NEVER_REPEATED 0xff

bool profile_init(struct profile *p, uint32_t counters)
{
    *p = (struct profile){0};
    size_t n = (size_t)counters + 1;
    p->hit = guest_pages(n * sizeof *p->hit, false, NULL);
    p->all = guest_pages(n, false, NULL);
    p->any = guest_pages(n, false, NULL);
    p->run_count = guest_pages(n, false, NULL);
    return p->hit && p->all && p->any && p->run_count;
}

void profile_clear(struct profile *p)
{
    for (uint32_t i = 0; i < p->nhit; i++) {
        uint32_t index = p->hit[i];
        p->all[index] = p->any[index] = p->run_count[index] = 0;
    }
    p->nhit = p->runs = 0;
    p->cost = p->us = 0;
}

static void visit(void *ctx, uint32_t index, uint64_t value)
{
    struct profile *p = ctx;
    uint8_t bucket = coverage_bucket(value);
    if (p->run_count[index] == 0) {
        p->hit[p->nhit++] = index;
        p->all[index] = bucket;
    }
    p->all[index] &= bucket;
    p->any[index] |= bucket;
    p->run_count[index]++;
    p->cost += value;
}

void profile_add(struct profile *p, struct runner *r)
{
    p->runs++;
    runner_visit(r, visit, p);
}

enum profile_stability profile_at(const struct profile *p, uint32_t index,
                                  uint8_t *bits)
{
    *bits = p->any[index];
    if (p->run_count[index] != p->runs)
        return PROFILE_HIT_VARIES;
    return p->all[index] == p->any[index] ? PROFILE_STABLE
                                          : PROFILE_COUNT_VARIES;
}

bool profile_is_new(const struct profile *p, const uint8_t *seen)
{
    for (uint32_t i = 0; i < p->nhit; i++) {
        uint32_t index = p->hit[i];
        uint8_t bits;
        switch (profile_at(p, index, &bits)) {
        case PROFILE_STABLE:
            if (bits & ~seen[index])
                return true;
            break;
        case PROFILE_COUNT_VARIES:
            if (!seen[index])
                return true;
            break;
        case PROFILE_HIT_VARIES:
            break;
        }
    }
    return false;
}

void profile_doubt(struct profile *p, const struct coverage_novel *triggers,
                   const uint8_t *seen)
{
    uint32_t n = triggers->total < COVERAGE_NOVEL_MAX ? triggers->total
                                                      : COVERAGE_NOVEL_MAX;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t index = triggers->index[i];
        if (p->run_count[index] == 0) {
            p->hit[p->nhit++] = index;
            p->run_count[index] = NEVER_REPEATED;
        } else if (p->any[index] & ~seen[index]) {
            continue;
        }
        p->any[index] = 0xff;
    }
}

bool profile_has(const struct profile *p, const uint32_t *features, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t index = features[i] >> 8;
        uint8_t bits;
        if (p->run_count[index] == 0 ||
            profile_at(p, index, &bits) != PROFILE_STABLE ||
            (features[i] & 0xff & ~bits))
            return false;
    }
    return true;
}

void profile_mark_seen(const struct profile *p, uint8_t *seen)
{
    for (uint32_t i = 0; i < p->nhit; i++) {
        uint32_t index = p->hit[i];
        uint8_t bits;
        if (profile_at(p, index, &bits) == PROFILE_STABLE)
            seen[index] |= bits;
        else
            seen[index] = 0xff;
    }
}
