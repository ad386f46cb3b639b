/* SPDX-License-Identifier: MIT
 *
 * Sets of bytes, and the parts of a regular expression that denote one: classes
 * in brackets, \d and its like, escaped bytes. Apart from the grammar because
 * inside brackets everything has another meaning.
 *
 * Readers take the position in a NUL-terminated pattern and move it only when
 * they succeed.
 */
#ifndef THRESH_BASE_REGEXP_CLASS_H
#define THRESH_BASE_REGEXP_CLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct byte_set {
    uint64_t bits[4];
};

/* Adds first, last and all between. */
void byte_set_add(struct byte_set *set, unsigned first, unsigned last);
void byte_set_invert(struct byte_set *set);
bool byte_set_has(const struct byte_set *set, uint8_t byte);

/* Fails with THRESH_EUSAGE and Go's form of message, quoting the pattern from
 * `from` up to `to`. */
int regexp_fail(struct thresh_err *err, const char *why, const char *from,
                const char *to);

/* "[...]", at the bracket; with `fold` a letter brings its other case. */
int regexp_read_class(struct byte_set *set, const char **at, bool fold,
                      struct thresh_err *err);

/* If here is \d \D \s \S \w or \W, adds its bytes. */
bool regexp_read_perl_class(struct byte_set *set, const char **at, bool fold);

/* An escape that stands for one byte, at its backslash. */
int regexp_read_escape(uint8_t *byte, const char **at, struct thresh_err *err);

#endif
