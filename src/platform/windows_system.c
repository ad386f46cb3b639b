/* SPDX-License-Identifier: MIT
 *
 * Facts about this system and this process. The processors are those of the
 * process's affinity mask, or all where it has none of its own.
 */
#define _CRT_RAND_S // NOLINT: asks for rand_s

#include "platform/windows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

long platform_own_number(void)
{
    return (long)GetCurrentProcessId();
}

/* There is no limit worth the name. */
void platform_want_handles(size_t n)
{
    (void)n;
}

unsigned platform_cpu_count(void)
{
    DWORD_PTR ours = 0, all = 0;
    (void)GetProcessAffinityMask(GetCurrentProcess(), &ours, &all);
    unsigned n = (unsigned)__builtin_popcountll(ours);
    /* A mask covers 64 processors; beyond that there are several groups. */
    if (ours == all)
        n = GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);
    return n > 0 ? n : 1;
}

const char *platform_self_path(void)
{
    static char path[WINDOWS_MAX_PATH];
    wchar_t wide[WINDOWS_MAX_PATH];
    DWORD n = GetModuleFileNameW(NULL, wide, WINDOWS_MAX_PATH);
    if (n == 0 || n >= WINDOWS_MAX_PATH ||
        !windows_utf8_path(wide, path, sizeof path))
        return NULL;
    return path;
}

/* On a drive, or a server. */
static bool is_absolute(const char *path)
{
    return (path[0] && path[1] == ':' && (path[2] == '/' || path[2] == '\\')) ||
           path[0] == '/' || path[0] == '\\';
}

static bool variable_path(const wchar_t *name, char *out, size_t size)
{
    if (!windows_variable(name, out, size) || !is_absolute(out))
        return false;
    for (char *p = out; *p; p++) {
        if (*p == '\\')
            *p = '/';
    }
    return true;
}

int platform_cache_home(char *out, size_t size, struct thresh_err *err)
{
    char found[WINDOWS_MAX_PATH];
    wchar_t temporary[MAX_PATH + 1];
    if (!variable_path(L"XDG_CACHE_HOME", found, sizeof found) &&
        !variable_path(L"LOCALAPPDATA", found, sizeof found)) {
        DWORD n = GetTempPathW(sizeof temporary / sizeof *temporary, temporary);
        if (n == 0 || n >= sizeof temporary / sizeof *temporary ||
            !windows_utf8_path(temporary, found, sizeof found))
            return thresh_fail(err, THRESH_EIO,
                               "find a cache directory: set LOCALAPPDATA or "
                               "XDG_CACHE_HOME");
        found[strlen(found) - 1] = 0; /* its last separator */
    }
    int n = snprintf(out, size, "%s", found);
    if (n < 0 || (size_t)n >= size)
        return windows_fail(err, ERROR_FILENAME_EXCED_RANGE,
                            "find a cache directory");
    return 0;
}

int platform_current_dir(char *out, size_t size, struct thresh_err *err)
{
    wchar_t wide[WINDOWS_MAX_PATH];
    DWORD n = GetCurrentDirectoryW(WINDOWS_MAX_PATH, wide);
    if (n > 0 && n < WINDOWS_MAX_PATH && windows_utf8_path(wide, out, size))
        return 0;
    DWORD os = n == 0 ? GetLastError() : ERROR_FILENAME_EXCED_RANGE;
    return windows_fail(err, os, "find the current directory");
}

uint64_t platform_entropy(void)
{
    unsigned low = 0, high = 0;
    LARGE_INTEGER count;
    FILETIME now;
    /* Should the system refuse, clocks and number of the process must do. */
    if (rand_s(&low) != 0 || rand_s(&high) != 0)
        low = high = 0;
    (void)QueryPerformanceCounter(&count);
    GetSystemTimeAsFileTime(&now);
    uint64_t clock = (uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime;
    return ((uint64_t)high << 32 | low) ^ clock ^ (uint64_t)count.QuadPart ^
           (uint64_t)GetCurrentProcessId() << 40;
}

bool platform_is_terminal(int stream)
{
    DWORD mode;
    if (stream != 1 && stream != 2)
        return false;
    return GetConsoleMode(
        GetStdHandle(stream == 1 ? STD_OUTPUT_HANDLE : STD_ERROR_HANDLE),
        &mode);
}

bool platform_terminal_size(int stream, unsigned *columns, unsigned *rows)
{
    (void)stream;
    (void)columns;
    (void)rows;
    return false;
}
