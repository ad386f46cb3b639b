/* SPDX-License-Identifier: MIT
 *
 * What the values of a corpus file mean to a target that may have changed since
 * the file was written: arguments may have come, gone or got another kind or
 * range. Apart from the store because it knows nothing of files.
 */
#ifndef THRESH_COORDINATOR_CONFORM_H
#define THRESH_COORDINATOR_CONFORM_H

#include "base/encoding.h"
#include "coordinator/options.h"

/* Makes an input of the target's signature. The first values of the file that
 * have the kinds of the target's first arguments are kept, and there must be
 * one; arguments behind them get their initial values, which is said once for
 * each target. Fails with THRESH_EFORMAT if no value fits, or if one is not
 * among those the argument allows. The input's spans point into the file and
 * into `store`. */
int conform_input(const struct options *opt, const struct encoding_file *file,
                  struct input *in, uint64_t store[INPUT_MAX_ARGS],
                  struct thresh_err *err);

#endif
