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

#define INPUT_MAX_ARGS 16

/* The argument kinds. The last two columns: fixed width in bytes (0 =
 * variable), name in the text format "go test fuzz v1". */
#define INPUT_KINDS(X)      \
    X(BYTES, 0, "[]byte")   \
    X(STRING, 0, "string")  \
    X(BOOL, 1, "bool")      \
    X(INT8, 1, "int8")      \
    X(INT16, 2, "int16")    \
    X(INT32, 4, "int32")    \
    X(INT64, 8, "int64")    \
    X(UINT8, 1, "uint8")    \
    X(UINT16, 2, "uint16")  \
    X(UINT32, 4, "uint32")  \
    X(UINT64, 8, "uint64")  \
    X(INT, 8, "int")        \
    X(UINT, 8, "uint")      \
    X(FLOAT, 4, "float32")  \
    X(DOUBLE, 8, "float64") \
    X(RUNE, 4, "rune")

enum input_kind {
#define INPUT_KIND_NAME(name, width, text) KIND_##name,
    INPUT_KINDS(INPUT_KIND_NAME)
#undef INPUT_KIND_NAME
        KIND_COUNT
};

/* Width in bytes of a kind, 0 for the variable ones. */
size_t kind_width(enum input_kind kind);
/* The kind's name in the text format. */
const char *kind_text(enum input_kind kind);

struct signature {
    uint32_t nargs;
    enum input_kind kind[INPUT_MAX_ARGS];
    uint32_t max_bytes[INPUT_MAX_ARGS]; /* limit of a variable argument */
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

/* Whether an input fits a signature: number of arguments, fixed widths, and
 * limits of variable arguments. */
bool input_fits(const struct input *in, const struct signature *sig);

#endif
