/* SPDX-License-Identifier: MIT
 *
 * The types of the corpus format: which arguments each takes, and what bytes
 * they mean. Apart from the reader because it knows nothing of lines and
 * calls.
 */
#ifndef THRESH_BASE_ENCODING_VALUE_H
#define THRESH_BASE_ENCODING_VALUE_H

#include "base/buf.h"
#include "base/encoding_token.h"
#include "base/error.h"
#include "base/input.h"

/* The argument of a call. */
struct argument {
    struct token operation; /* the operator before the operand; size 0: none */
    struct token operand;   /* a name or a literal */
};

struct value_type {
    const char *name;
    enum input_kind kind;
    /* Appends the bytes of a value of this kind, as an input has them. They
     * are at most the argument's own, or the kind's fixed width. On failure
     * bytes may have got a part. */
    int (*convert)(struct buf *bytes, enum input_kind kind,
                   const struct argument *argument, struct thresh_err *err);
};

/* The type whose name is prefix ("", "[]" or "math.") followed by the token,
 * NULL if the format has none of that name. */
const struct value_type *value_type_find(const char *prefix,
                                         const struct token *name);

#endif
