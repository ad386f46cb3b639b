/* SPDX-License-Identifier: MIT
 *
 * The dictionaries of -dict. Apart from their format (base/token) because
 * what is wrong with a file is told here: a file that can't be read, or has no
 * token in it but bad lines, is an error of usage; a bad line in a good file
 * is told and left out, as AFL++ does, so that a run does not fail for a line.
 */
#ifndef THRESH_DRIVER_DICTIONARY_FILES_H
#define THRESH_DRIVER_DICTIONARY_FILES_H

#include "base/token.h"

/* Reads n files. *tokens is the caller's to free(), also on failure. */
int dictionary_files(const char *const *paths, size_t n, struct token **tokens,
                     size_t *count, struct thresh_err *err);

#endif
