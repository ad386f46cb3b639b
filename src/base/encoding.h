/* SPDX-License-Identifier: MIT
 *
 * The text format "go test fuzz v1" of corpus files: inputs as typed values a
 * person can read and edit. The writer's bytes equal Go's for the same values;
 * the reader takes what Go's takes and refuses what it refuses. Pure: bytes in,
 * bytes out.
 */
#ifndef THRESH_BASE_ENCODING_H
#define THRESH_BASE_ENCODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/input.h"

/* First line of every file in the format, without its newline. */
#define ENCODING_HEADER "go test fuzz v1"

/* Whether bytes begin with the header as a line. */
bool encoding_has_header(const uint8_t *data, size_t size);

/* Appends the canonical file of an input whose arguments have these kinds. */
void encoding_write(struct buf *out, const enum input_kind *kind,
                    const struct input *in);

/* Appends one value as the format writes it, e.g. string("a\n"), uint8 as
 * byte('a'), without a newline. */
void encoding_write_value(struct buf *out, enum input_kind kind,
                          const uint8_t *data, size_t size);

/* Appends a value as C has it: "a\\n", 5, -1.5, true, a rune as 'x' if it is a
 * character. Of bytes and strings at most about `most` characters, with
 * their size if that is not all. */
void encoding_show_value(struct buf *out, enum input_kind kind,
                         const uint8_t *data, size_t size, size_t most);

/* What a file holds: values with the kinds the file itself names (byte reads
 * as KIND_UINT8, rune as KIND_INT32... the caller compares with its target's
 * signature through encoding_kind_matches). */
struct encoding_file {
    struct input input; /* spans point into `bytes` */
    enum input_kind kind[INPUT_MAX_ARGS];
    struct buf bytes; /* owned; release with encoding_file_release */
};

/* Reads a file. On failure err->msg is Go's text (`must include version and at
 * least one value`, `malformed line "...": ...`). */
int encoding_read(struct encoding_file *file, const uint8_t *data, size_t size,
                  struct thresh_err *err);
void encoding_file_release(struct encoding_file *file);

/* Whether a value the file calls `in_file` fits an argument of kind `wanted`
 * (rune and int32 are one type, as byte and uint8 are). */
bool encoding_kind_matches(enum input_kind in_file, enum input_kind wanted);

#endif
