/* SPDX-License-Identifier: MIT
 *
 * Error numbers as sentences: why it failed, and what the user can do. Apart
 * so that every file here says it in the same words.
 */
#include "platform/posix.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* "" where nothing general can be advised. */
static const char *advice(int os)
{
    switch (os) {
    case ENOSPC:
    case EDQUOT:
        return "; free some space or use another directory";
    case EROFS:
        return "; use a directory on a writable file system";
    case EACCES:
    case EPERM:
        return "; check owner and permissions of it and the directories above";
    case ENOTDIR:
        return "; a part of the path is a file, remove or rename it";
    case EISDIR:
        return "; a directory is in the way, remove or rename it";
    case ENAMETOOLONG:
        return "; use a shorter path";
    case EFBIG:
        return "; raise the file size limit (ulimit -f)";
    case EMFILE:
        return "; raise the limit of open files (ulimit -n)";
    case ENFILE:
        return "; the whole system is out of file descriptors";
    case EAGAIN:
        return "; raise the limit of processes (ulimit -u) or start fewer";
    case ENOMEM:
        return "; free some memory, or raise ulimit -v if it is set";
    case ENOEXEC:
        return "; it is no program for this processor and system";
    case E2BIG:
        return "; shorten the arguments or the environment";
    case EPIPE:
        return "; the other side has closed it";
    default:
        return "";
    }
}

int posix_fail(struct thresh_err *err, int os, const char *fmt, ...)
{
    char what[sizeof err->msg];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    int code = thresh_fail(err, os == ENOMEM ? THRESH_ENOMEM : THRESH_EIO,
                           "%s: %s%s", what, strerror(os), advice(os));
    if (err)
        err->os = os;
    return code;
}
