/* SPDX-License-Identifier: MIT
 *
 * Inputs: the values of a target's arguments, and their one packed form.
 *
 * A target has a signature (its arguments' kinds and limits). An input holds
 * one span of bytes for each argument: bytes and strings as they are (a
 * string without its NUL), every other kind as its little-endian bytes in its
 * fixed width. The packed form, used in the arena, in regions and wherever an
 * input is one piece of memory, is
 *
 *     uint32_t size[nargs];      native byte order: it never leaves the machine
 *     uint8_t  bytes[sum of size]
 *
 * Nothing here owns memory: spans point into the caller's.
 */
#ifndef THRESH_BASE_INPUT_H
#define THRESH_BASE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/domain.h"
#include "base/kind.h"

#define INPUT_MAX_ARGS 16

struct signature {
    uint32_t nargs;
    enum input_kind kind[INPUT_MAX_ARGS];
    uint32_t max_bytes[INPUT_MAX_ARGS];   /* limit of a variable argument */
    struct domain domain[INPUT_MAX_ARGS]; /* of the others: allowed values */
};

struct span {
    uint8_t *data;
    uint32_t size;
};

struct input {
    uint32_t nargs;
    struct span arg[INPUT_MAX_ARGS];
};

/* Sum of the arguments' sizes, without the packed form's header. */
size_t input_bytes(const struct input *in);

/* Size of the packed form. */
size_t input_packed_size(const struct input *in);

/* Writes the packed form to out, which must have input_packed_size() bytes and
 * must not overlap the input's own. */
void input_pack(const struct input *in, uint8_t *out);

/* Makes *in point into a packed form of `size` bytes with `nargs` arguments.
 * Returns false, leaving *in unspecified, unless the sizes add up to exactly
 * `size`: the bytes may come from a hostile worker. */
bool input_unpack(struct input *in, uint32_t nargs, uint8_t *packed,
                  size_t size);

/* Whether an input fits a signature: number of arguments, fixed widths, allowed
 * values, and limits of variable arguments. */
bool input_fits(const struct input *in, const struct signature *sig);

/* An input of initial values; fixed-width ones lie in `store`, bytes and
 * strings are empty. */
void input_initial(struct input *in, const struct signature *sig,
                   uint64_t store[INPUT_MAX_ARGS]);

#endif
