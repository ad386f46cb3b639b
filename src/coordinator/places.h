/* SPDX-License-Identifier: MIT
 *
 * Where in the program the counters are, for runs that tell of it: new
 * functions and places as finds reach them. Who knows counters by address is
 * the driver, in whose process the same code is loaded; the coordinator asks
 * for one counter at a time.
 */
#ifndef THRESH_COORDINATOR_PLACES_H
#define THRESH_COORDINATOR_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run;

/* The place of a counter's code. */
struct place_of_code {
    const char *module; /* path; stays valid */
    uint64_t pc;        /* in this process */
    uint64_t address;   /* in the module's file */
    bool entry;         /* it is a function's first */
};

/* What is told of places. */
struct places {
    /* False where nothing is known. */
    bool (*of)(uint32_t counter, struct place_of_code *place);
    unsigned functions;   /* of one find, at most so many */
    bool all;             /* every new place */
    const char *exit_pos; /* the run ends at this one; or NULL */
    /* Whether a counter is in the function that the search is to stay in; NULL:
     * there is none. */
    bool (*focus)(uint32_t counter);
};

/* Tells what an entry reaches first, and notes whether it is in focus; to be
 * called before its features are taken in. */
void places_reached(struct run *run, uint32_t entry, const uint32_t *features,
                    uint32_t n);

/* Entries that are in focus, if there is one. */
uint32_t places_focused(const struct run *run);

#endif
