/* SPDX-License-Identifier: MIT
 *
 * What a new process is given: its command line and its environment, made
 * before it is started (windows_process.c), and argv as it finds it there
 * (windows_arguments.c).
 */
#ifndef THRESH_PLATFORM_WINDOWS_CHILD_H
#define THRESH_PLATFORM_WINDOWS_CHILD_H

#include "platform/windows.h"

/* A command line (free() it) from which a C program's runtime makes argv
 * again. NULL, with the reason in GetLastError. */
wchar_t *windows_command_line_new(const char *const *argv);

/* The arguments of a command line in UTF-8: argv, which ends with NULL, and its
 * strings in one piece of memory that argv[0] begins. NULL without memory. */
char **windows_command_line_split(const char *line, int *argc);

/* An environment block (free() it): this process's with the changes of
 * platform_spawn.env. NULL, with the reason in GetLastError. */
wchar_t *windows_environment_new(const char *const *changes);

#endif
