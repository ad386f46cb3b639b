/* SPDX-License-Identifier: MIT
 *
 * Files of inputs as other fuzzers have them, and what they become.
 */
#ifndef THRESH_TOOL_CORPORA_H
#define THRESH_TOOL_CORPORA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

/* Whether a directory's files, as far as their names tell, hold inputs: AFL++'s
 * queues have others beside them (README.txt, .state, .synced). */
bool corpora_is_input(const char *name);

/* The bytes of the one argument that a file holds: of the text format its
 * value, else all of the file. THRESH_EFORMAT if it holds several, or none that
 * has bytes. */
int corpora_to_bytes(struct buf *out, const uint8_t *data, size_t size,
                     struct thresh_err *err);

/* The text format's file of one argument, []byte or string; of what is in that
 * format already, the file itself. */
void corpora_to_text(struct buf *out, const uint8_t *data, size_t size,
                     bool string);

#endif
