/* SPDX-License-Identifier: MIT
 *
 * gcc's files of counts (.gcda), which libgcov would write at the end of a
 * process, and from which gcov tells lines and branches. A worker's counters are
 * cleared after each input and a worker may end in any way, so they are added to
 * the files after each input instead, and by a dying worker. Only where inputs
 * are replayed, of objects built for it: --coverage leaves notes (.gcno) where
 * the counts belong, and the counters that only guide a search have none. Where
 * GCOV_PREFIX is set, notes may be on another machine, and all objects count. The
 * variable THRESH_COVERAGE, of `thresh cover`, asks for all of them at any time,
 * and has clang's runtime write its counts at the same moments.
 */
#ifndef THRESH_WORKER_GCOV_DATA_H
#define THRESH_WORKER_GCOV_DATA_H

#include "worker/gcov.h"

/* Inputs are replayed. Before gcov_data_prepare(). */
void gcov_data_want(void);

/* Looks whether it is asked for, and prepares. Once, when all objects that
 * count are there. */
void gcov_data_prepare(void);

/* Adds the counters to the files, if it is asked for; they are not cleared.
 * Signal-safe for gcc's; does nothing else with `dying`. */
void gcov_data_add(bool dying);

/* The bytes of an object's file without counts, and puts such a file with its
 * counters added to those of an old one of the same size (NULL: none) into
 * `data`. Exposed for its unit test. */
size_t gcov_data_size(const struct gcov_object *object);
void gcov_data_make(const struct gcov_object *object, uint8_t *data,
                    const uint8_t *old);

#endif
