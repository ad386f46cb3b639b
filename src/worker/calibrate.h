/* SPDX-License-Identifier: MIT
 *
 * Calibration: what an input reliably does. An input that seems to do
 * something new is run again, and only what every run shows can make it
 * interesting; what varies is reported as unstable, so that noise (addresses,
 * time, state kept from earlier inputs) can't grow the corpus.
 */
#ifndef THRESH_WORKER_CALIBRATE_H
#define THRESH_WORKER_CALIBRATE_H

#include <stdbool.h>
#include <stdint.h>

#include "worker/runner.h"

/* Runs of an input after the one that seemed new. Three: one that differs
 * shows noise, two more show most of what is noisy now and then. A guess that
 * AFL's calibration shares. */
#define CALIBRATE_RUNS 3

struct profile {
    uint32_t runs;
    uint64_t cost; /* sum of the counters in all runs */
    uint32_t us;   /* of the quickest run, as whoever makes them says */
    uint32_t nhit;
    uint32_t *hit; /* counters seen in any run */
    uint8_t *all;  /* buckets common to the runs that hit it */
    uint8_t *any;  /* buckets of any run */
    uint8_t *run_count;
};

/* Memory for `counters` counters. False if refused. */
bool profile_init(struct profile *p, uint32_t counters);

/* Forgets the runs. Cost goes with what they hit. */
void profile_clear(struct profile *p);

/* Adds the counters of the execution just made, and clears them. */
void profile_add(struct profile *p, struct runner *r);

/* How a hit counter behaved: `bits` are its buckets (all that were seen when
 * the number of hits varies). */
enum profile_stability {
    PROFILE_STABLE,
    PROFILE_COUNT_VARIES, /* hit by every run, in different buckets */
    PROFILE_HIT_VARIES,   /* not hit by every run */
};
enum profile_stability profile_at(const struct profile *p, uint32_t index,
                                  uint8_t *bits);

/* Takes into account what the triggering execution did: of the counters that
 * seemed new in it, those that the runs did not repeat vary. To be called
 * after the runs, before the two below. */
void profile_doubt(struct profile *p, const struct coverage_novel *triggers,
                   const uint8_t *seen);

/* Whether the runs show something reliable that `seen` lacks. */
bool profile_is_new(const struct profile *p, const uint8_t *seen);

/* Whether all runs showed these features (counter << 8 | bucket bits). */
bool profile_has(const struct profile *p, const uint32_t *features, uint32_t n);

/* Takes the runs into the seen-map: reliable buckets, and every bucket of
 * counters that vary. */
void profile_mark_seen(const struct profile *p, uint8_t *seen);

#endif
