/* SPDX-License-Identifier: MIT
 *
 * Using other programs: finding one (for symbols in reports, too), and what only
 * the thresh command does, waiting for one without an event loop and becoming
 * one. Apart from platform.h, which is about workers. posix_tool.c and
 * windows_tool.c stand behind it.
 */
#ifndef THRESH_PLATFORM_TOOL_H
#define THRESH_PLATFORM_TOOL_H

#include <stddef.h>

#include "base/error.h"
#include "platform/platform.h"

/* Finds a program as a shell does: a name with a directory in it is taken as
 * it is, any other is looked for along PATH; on Windows ".exe" is added where it
 * is missing. Writes the path to out; THRESH_EIO when there is no such
 * program. */
int platform_find_program(const char *name, char *out, size_t size,
                          struct thresh_err *err);

/* Waits until a process started with platform_spawn has ended, and reaps it.
 * Not to be mixed with platform_wait on the same process. */
struct platform_exit platform_wait_exit(struct platform_process *process);

/* Runs a program in the place of this process, with its streams, environment
 * and signals, so that the caller sees that program's own exit status; on
 * Windows this process waits for it and ends with that status. Returns only
 * when that fails. argv ends with NULL. */
int platform_become(const char *path, char *const *argv,
                    struct thresh_err *err);

/* When a file was written last, in seconds since 1970; 0 if that is unknown. */
uint64_t platform_modified_seconds(const char *path);

#endif
