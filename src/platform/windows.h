/* SPDX-License-Identifier: MIT
 *
 * What the windows_*.c files share and nobody else sees. It must be the first
 * include of each of them, because it chooses the system's interfaces: those
 * of Windows 10.
 *
 * Inside the program text is UTF-8 and paths have '/'; the calls of the system
 * take UTF-16 made from that (windows_text.c), and what it answers is turned
 * back at once.
 */
#ifndef THRESH_PLATFORM_WINDOWS_H
#define THRESH_PLATFORM_WINDOWS_H

#undef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00 // NOLINT
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/format.h"
#include "platform/platform.h"

/* The value of GUEST_VARIABLE: the version of this format, then the worker's
 * handles in the order of enum guest_handle as unsigned numbers, all decimal
 * and separated by one space. */
#define WINDOWS_WORKER_FORMAT 1

/* The exit status of what platform_kill ended: an error of a program's own
 * numbering, which no system call and no runtime gives. */
#define WINDOWS_KILLED 0xE07B6C1DUL

/* Longest path handled here, in UTF-16 units, with its NUL. */
#define WINDOWS_MAX_PATH 4096

/* ---- text ---- */

/* A copy in UTF-16 (free() it). NULL, with the reason in GetLastError, without
 * memory or for what is no UTF-8. */
wchar_t *windows_wide_new(const char *text);

/* Writes a path for a call of the system to out; one too long for old calls
 * becomes the absolute kind that has no such limit. False, with the reason in
 * GetLastError, for what can't be a path. */
bool windows_path(const char *path, wchar_t out[WINDOWS_MAX_PATH]);

/* Writes text in UTF-8; false if it does not fit or is no UTF-16. */
bool windows_utf8(const wchar_t *text, char *out, size_t size);

/* The same for a path, whose separators become '/'. */
bool windows_utf8_path(const wchar_t *path, char *out, size_t size);

/* The value of an environment variable in UTF-8; false if there is none. */
bool windows_variable(const wchar_t *name, char *out, size_t size);

/* ---- errors ---- */

/* Fails with "<text>: <reason of os>; <what to do>" and err->os = os, a number
 * of GetLastError. The code is THRESH_ENOMEM for lack of memory, else
 * THRESH_EIO. */
FORMATS(3, 4)
int windows_fail(struct thresh_err *err, DWORD os, const char *fmt, ...);

/* Whether an exit status tells of an exception rather than of an exit code
 * that the program chose. */
bool windows_is_exception(DWORD status);

/* ---- waiting ---- */

/* The port to which everything is posted that shall end a wait; what a packet
 * says is never looked at. NULL, with the reason in GetLastError, if there can
 * be none. */
HANDLE windows_port(void);

/* Ends a wait. For any thread. */
void windows_wake(void);

/* Whether platform_read_some would say anything else than PLATFORM_AGAIN. If
 * not, the port hears of it when that changes. */
bool windows_pipe_ready(platform_handle handle);

/* ---- files ---- */

/* Whether an operation that failed with os, because another program (a virus
 * scanner, an indexer) has the file open for a moment, is worth another try,
 * before which it sleeps. *turn is 0 at first. */
bool windows_try_again(DWORD os, unsigned *turn);

/* Writes the path of the next temporary of this process in dir; false, with the
 * reason in GetLastError, if it does not fit. */
bool windows_temporary_path(const char *dir, char *out, size_t size);

/* Opens a new file in the directory for temporaries that vanishes with its last
 * handle. INVALID_HANDLE_VALUE, with the reason in GetLastError. */
HANDLE windows_temporary_file(const wchar_t *what);

#endif
