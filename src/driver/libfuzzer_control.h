/* SPDX-License-Identifier: MIT
 *
 * The control file of a merge, in libFuzzer's format: what is known of each
 * file, so that a merge that was ended can go on, and so that one merge can use
 * what another has found out.
 *
 *     NUMBER OF FILES
 *     NUMBER OF THEM IN THE FIRST CORPUS
 *     PATH                         of each, a line
 *     STARTED INDEX SIZE           it was run...
 *     FT INDEX FEATURE ...         ...to its end, with these features
 *     COV INDEX COUNTER ...        ...and counters
 *
 * What was started and has no FT failed. Reading is pure; nobody is believed.
 */
#ifndef THRESH_DRIVER_LIBFUZZER_CONTROL_H
#define THRESH_DRIVER_LIBFUZZER_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "driver/merge_files.h"

/* Reads the text of a control file. False if it is none; what is torn at its
 * end is left out. */
bool control_read(struct merge_files *files, const char *text);

/* Appends the head, and what is known of one file. */
void control_add_head(struct buf *out, const struct merge_files *files);
void control_add_file(struct buf *out, const struct merge_files *files,
                      size_t index);

#endif
