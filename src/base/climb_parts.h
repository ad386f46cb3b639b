/* SPDX-License-Identifier: MIT
 *
 * What the parts of base/climb share: choosing a comparison and running inputs
 * (climb.c), and the ways to what is wanted (climb_ways.c).
 */
#ifndef THRESH_BASE_CLIMB_PARTS_H
#define THRESH_BASE_CLIMB_PARTS_H

#include "base/climb.h"

/* Runs these bytes. False if nothing more is to be tried. */
bool climb_try(struct climb *c, const uint8_t *bytes, struct climb_value *v);

/* Makes them the best so far. False likewise, or if the comparison is not
 * reached. */
bool climb_keep(struct climb *c, const uint8_t *bytes);

/* Tries all ways, one after the other. */
void climb_all_ways(struct climb *c);

#endif
