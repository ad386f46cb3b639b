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

enum {
    THRESH_EUSAGE = -1,  /* wrong flag or argument */
    THRESH_EIO = -2,     /* the system refused an operation on a file or pipe */
    THRESH_ENOMEM = -3,  /* no memory */
    THRESH_EFORMAT = -4, /* bytes that are not what they should be */
    THRESH_ELIMIT = -5,  /* a fixed limit was exceeded */
    THRESH_EPROTO = -6,  /* a worker broke the protocol */
    THRESH_EWORKER = -7, /* a worker failed for a reason of our own */
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

#endif
