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

const char *thresh_code_text(int code)
{
    switch (code) {
    case 0:
        return "no error";
#define THRESH_ERROR_TEXT(name, text) \
    case THRESH_##name:               \
        return text;
        THRESH_ERRORS(THRESH_ERROR_TEXT)
#undef THRESH_ERROR_TEXT
    default:
        return "unknown error";
    }
}
