/* SPDX-License-Identifier: MIT
 *
 * Error numbers as sentences: why it failed, and what the user can do. Apart
 * so that every file here says it in the same words.
 */
#include "platform/windows.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* "" where nothing general can be advised. */
static const char *advice(DWORD os)
{
    switch (os) {
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL:
        return "; free some space or use another directory";
    case ERROR_WRITE_PROTECT:
        return "; use a directory on a disk that can be written";
    case ERROR_ACCESS_DENIED:
        return "; check permissions of it and the directories above, and "
               "whether it is a directory";
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
        return "; close the program that has it open";
    case ERROR_DIRECTORY:
        return "; a part of the path is a file, remove or rename it";
    case ERROR_FILENAME_EXCED_RANGE:
        return "; use a shorter path";
    case ERROR_INVALID_NAME:
    case ERROR_NO_UNICODE_TRANSLATION:
        return "; use a name that this system allows";
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
        return "; free some memory";
    case ERROR_COMMITMENT_LIMIT:
        return "; free some memory, or let the paging file be larger";
    case ERROR_NO_SYSTEM_RESOURCES:
    case ERROR_NOT_ENOUGH_QUOTA:
        return "; end other programs, or start fewer workers";
    case ERROR_BAD_EXE_FORMAT:
    case ERROR_EXE_MACHINE_TYPE_MISMATCH:
        return "; it is no program for this processor and system";
    case ERROR_NO_DATA:
    case ERROR_BROKEN_PIPE:
    case ERROR_PIPE_NOT_CONNECTED:
        return "; the other side has closed it";
    default:
        return "";
    }
}

/* The system's own words, in English where it has them, without the full stop
 * and the line's end. */
static void reason(DWORD os, char *out, size_t size)
{
    static const DWORD languages[] = {
        MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), 0};
    const DWORD flags = FORMAT_MESSAGE_FROM_SYSTEM |
                        FORMAT_MESSAGE_IGNORE_INSERTS |
                        FORMAT_MESSAGE_MAX_WIDTH_MASK;
    wchar_t text[256];
    DWORD n = 0;
    for (size_t i = 0; n == 0 && i < sizeof languages / sizeof *languages; i++)
        n = FormatMessageW(flags, NULL, os, languages[i], text,
                           sizeof text / sizeof *text, NULL);
    while (n > 0 && wcschr(L" .\r\n", text[n - 1]))
        n--;
    text[n] = 0;
    if (n == 0 || !windows_utf8(text, out, size))
        (void)snprintf(out, size, "error %lu", os);
}

int windows_fail(struct thresh_err *err, DWORD os, const char *fmt, ...)
{
    char what[sizeof err->msg], why[256];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    bool memory = os == ERROR_NOT_ENOUGH_MEMORY || os == ERROR_OUTOFMEMORY ||
                  os == ERROR_COMMITMENT_LIMIT;
    reason(os, why, sizeof why);
    int code = thresh_fail(err, memory ? THRESH_ENOMEM : THRESH_EIO, "%s: %s%s",
                           what, why, advice(os));
    if (err)
        err->os = (int)os;
    return code;
}
