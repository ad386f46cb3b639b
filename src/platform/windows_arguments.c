/* SPDX-License-Identifier: MIT
 *
 * What a program does first of all here: it makes itself one like any other,
 * with arguments in UTF-8, streams that change no byte, and an end that opens
 * no dialog box. The children inherit the last.
 */
#include "platform/windows_child.h"

#include <fcntl.h>
#include <io.h>
#include <stdlib.h>
#include <string.h>

/* A copy in UTF-8, free() it. */
static char *narrow_new(const wchar_t *text)
{
    int n = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *narrow = n > 0 ? malloc((size_t)n) : NULL;
    if (narrow)
        (void)WideCharToMultiByte(CP_UTF8, 0, text, -1, narrow, n, NULL, NULL);
    return narrow;
}

/* The runtime's own argv lost what is not in this machine's code page, and may
 * have taken '*' for file names. */
static void take_arguments(int *argc, char ***argv)
{
    int n = 0;
    char *line = narrow_new(GetCommandLineW());
    char **list = line ? windows_command_line_split(line, &n) : NULL;
    free(line);
    if (!list)
        return;
    *argc = n;
    *argv = list;
}

static UINT code_page;

static void restore_console(void)
{
    (void)SetConsoleOutputCP(code_page);
}

void platform_arguments(int *argc, char ***argv)
{
    for (int stream = 0; stream <= 2; stream++)
        (void)_setmode(stream, _O_BINARY);
    (void)SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX |
                       SEM_NOOPENFILEERRORBOX);
    (void)_set_error_mode(_OUT_TO_STDERR);
    code_page = GetConsoleOutputCP();
    if (code_page && code_page != CP_UTF8 && SetConsoleOutputCP(CP_UTF8))
        (void)atexit(restore_console);
    take_arguments(argc, argv);
}
