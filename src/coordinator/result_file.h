/* SPDX-License-Identifier: MIT
 *
 * A file of results at the path that the user gave, written at the end and
 * whole, or not at all. Apart from the forms that are written because several
 * are.
 */
#ifndef THRESH_COORDINATOR_RESULT_FILE_H
#define THRESH_COORDINATOR_RESULT_FILE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

/* Writes the text; THRESH_ENOMEM where it has `failed` or something else of it
 * was lost for lack of memory. */
int result_file_write(const char *path, const struct buf *text, bool lost,
                      struct thresh_err *err);

#endif
