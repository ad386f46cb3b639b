/* SPDX-License-Identifier: MIT
 *
 * See error.h.
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

int thresh_fail(struct thresh_err *err, int code, const char *fmt, ...)
{
    if (err) {
        va_list ap;
        va_start(ap, fmt);
        err->code = code;
        err->os = 0;
        (void)vsnprintf(err->msg, sizeof err->msg, fmt, ap);
        va_end(ap);
    }
    return code;
}
