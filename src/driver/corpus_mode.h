/* SPDX-License-Identifier: MIT
 *
 * Work on files of inputs, asked for by -mergeinto and -minimize: for one target,
 * typed or not. `thresh merge` and `thresh min` are these.
 */
#ifndef THRESH_DRIVER_CORPUS_MODE_H
#define THRESH_DRIVER_CORPUS_MODE_H

#include "driver/selection.h"
#include "driver/setup.h"

/* Whether the flags ask for either. */
bool corpus_mode_wanted(const struct flags *flags);

/* Does it, and returns the exit code. */
int corpus_mode_run(struct setup *setup, const struct selection *select);

#endif
