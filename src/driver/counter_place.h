/* SPDX-License-Identifier: MIT
 *
 * Where in the program a counter is, asked by number in the process that has
 * the same code loaded as the workers. See coordinator/places.h, which wants
 * such a function.
 */
#ifndef THRESH_DRIVER_COUNTER_PLACE_H
#define THRESH_DRIVER_COUNTER_PLACE_H

#include "coordinator/places.h"

/* Where the code of a counter is: known of clang's, which come with a table. */
bool counter_code(uint32_t counter, struct place_of_code *place);

/* The same, or else the place of the counter itself: symbols name gcc's after
 * their functions. */
bool counter_place(uint32_t counter, struct place_of_code *place);

#endif
