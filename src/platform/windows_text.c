/* SPDX-License-Identifier: MIT
 *
 * UTF-8 and UTF-16, and paths in both. Apart so that every file here turns
 * them in the same way.
 */
#include "platform/windows.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* Directories of older programs end here: 260 less room for a short name. */
#define LONG_PATH 248

wchar_t *windows_wide_new(const char *text)
{
    int n =
        MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0);
    if (n <= 0)
        return NULL;
    wchar_t *wide = malloc((size_t)n * sizeof *wide);
    if (!wide) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    (void)MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, wide, n);
    return wide;
}

bool windows_utf8(const wchar_t *text, char *out, size_t size)
{
    int room = size > INT_MAX ? INT_MAX : (int)size;
    return WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, text, -1, out,
                               room, NULL, NULL) > 0;
}

bool windows_utf8_path(const wchar_t *path, char *out, size_t size)
{
    if (!windows_utf8(path, out, size))
        return false;
    for (char *p = out; *p; p++) {
        if (*p == '\\')
            *p = '/';
    }
    return true;
}

bool windows_variable(const wchar_t *name, char *out, size_t size)
{
    wchar_t value[WINDOWS_MAX_PATH];
    DWORD n = GetEnvironmentVariableW(name, value, WINDOWS_MAX_PATH);
    return n > 0 && n < WINDOWS_MAX_PATH && windows_utf8(value, out, size);
}

/* Puts the prefix that lifts the limit before an absolute path. */
static bool prefix(const wchar_t *full, wchar_t out[WINDOWS_MAX_PATH])
{
    const wchar_t *start = L"\\\\?\\";
    if (wcsncmp(full, L"\\\\?\\", 4) == 0 || wcsncmp(full, L"\\\\.\\", 4) == 0)
        start = L"";
    else if (wcsncmp(full, L"\\\\", 2) == 0) {
        start = L"\\\\?\\UNC\\";
        full += 2;
    }
    size_t n = wcslen(start);
    size_t rest = wcslen(full) + 1;
    if (n + rest > WINDOWS_MAX_PATH) {
        SetLastError(ERROR_FILENAME_EXCED_RANGE);
        return false;
    }
    memcpy(out, start, n * sizeof *out);
    memcpy(out + n, full, rest * sizeof *out);
    return true;
}

bool windows_path(const char *path, wchar_t out[WINDOWS_MAX_PATH])
{
    wchar_t full[WINDOWS_MAX_PATH];
    if (!*path) {
        SetLastError(ERROR_PATH_NOT_FOUND);
        return false;
    }
    if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, out,
                            WINDOWS_MAX_PATH) <= 0) {
        if (GetLastError() == ERROR_INSUFFICIENT_BUFFER)
            SetLastError(ERROR_FILENAME_EXCED_RANGE);
        return false;
    }
    DWORD n = GetFullPathNameW(out, WINDOWS_MAX_PATH, full, NULL);
    if (n >= WINDOWS_MAX_PATH) {
        SetLastError(ERROR_FILENAME_EXCED_RANGE);
        return false;
    }
    return n > 0 && (n < LONG_PATH || prefix(full, out));
}
