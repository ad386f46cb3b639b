/* SPDX-License-Identifier: MIT
 *
 * Comparisons of the target that look like those of checksums and that the
 * search has passed by copying what the target computed into the input. They
 * are named at the end of a run, so that one knows what stands in the way of
 * every mutant. Apart from failures, which they are none of.
 */
#ifndef THRESH_COORDINATOR_CHECKSUMS_H
#define THRESH_COORDINATOR_CHECKSUMS_H

#include <stdint.h>

#include "base/protocol.h"

#define CHECKSUMS_MAX 16

struct checksums {
    uint32_t n;
    struct engine_place place[CHECKSUMS_MAX];
};

/* Keeps those places that are not known yet, as long as there is room. */
void checksums_add(struct checksums *c, const struct engine_place *places,
                   uint32_t n);

/* Prints a line for each, with function, file and line as far as known. */
void checksums_report(const struct checksums *c);

#endif
