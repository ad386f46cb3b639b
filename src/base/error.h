/* SPDX-License-Identifier: MIT
 *
 * Errors as values: a code from one list, the system's own error number where
 * there is one, and a sentence for the user. Functions return 0 or a negative
 * code and fill the struct only on failure, so that calls chain. Printing and
 * exiting are decided by the callers at the top, nowhere below.
 */
#ifndef THRESH_BASE_ERROR_H
#define THRESH_BASE_ERROR_H

#include <stddef.h>

#include "base/format.h"

/* name, meaning */
#define THRESH_ERRORS(X)                                        \
    X(EUSAGE, "wrong flag or argument")                         \
    X(EIO, "the system refused an operation on a file or pipe") \
    X(ENOMEM, "no memory")                                      \
    X(EFORMAT, "bytes that are not what they should be")        \
    X(ELIMIT, "a fixed limit was exceeded")                     \
    X(EPROTO, "a worker broke the protocol")                    \
    X(EWORKER, "a worker failed for a reason of our own")       \
    X(ECOMPAT, "parts of different versions were put together")

enum thresh_code {
    THRESH_OK = 0,
#define THRESH_ERROR_ORDINAL(name, text) THRESH_ORDINAL_##name,
    THRESH_ERRORS(THRESH_ERROR_ORDINAL)
#undef THRESH_ERROR_ORDINAL
};

enum {
#define THRESH_ERROR_CODE(name, text) THRESH_##name = -THRESH_ORDINAL_##name,
    THRESH_ERRORS(THRESH_ERROR_CODE)
#undef THRESH_ERROR_CODE
};

struct thresh_err {
    int code;      /* one of THRESH_E*, 0 when nothing failed */
    int os;        /* errno or GetLastError, 0 where the system did not fail */
    char msg[480]; /* what was attempted, on what, why it failed, what to do */
};

/* Fills *err (which may be NULL) and returns code, so that a failing function
 * ends in `return thresh_fail(err, THRESH_EIO, "open %s: %s", ...)`. The text
 * is cut to fit. */
FORMATS(3, 4)
int thresh_fail(struct thresh_err *err, int code, const char *fmt, ...);

/* The fixed text of a code, never NULL. */
const char *thresh_code_text(int code);

#endif
