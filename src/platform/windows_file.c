/* SPDX-License-Identifier: MIT
 *
 * Files, whole or not at all. Directories and names are in windows_dir.c.
 *
 * Whole here means: after the death of this process at any moment, so what the
 * system's cache has is enough and nothing is flushed for it; a power cut may
 * lose the youngest files. A file gets its name by being moved from a temporary
 * one; a death before that leaves the temporary for the next sweep.
 */
#include "platform/windows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"

/* Nobody is kept from reading, replacing or removing what is read. */
#define SHARE_ALL    (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)
#define MOST_AT_ONCE ((size_t)1 << 30)

enum { NAME_TRIES = 1000, LAST_TURN = 9 };

bool windows_try_again(DWORD os, unsigned *turn)
{
    bool busy = os == ERROR_SHARING_VIOLATION || os == ERROR_LOCK_VIOLATION ||
                os == ERROR_ACCESS_DENIED;
    if (!busy || *turn >= LAST_TURN)
        return false;
    Sleep(1U << (*turn)++); /* half a second in all */
    return true;
}

/* ---- reading ---- */

static HANDLE open_to_read(const wchar_t *path)
{
    return CreateFileW(path, GENERIC_READ, SHARE_ALL, NULL, OPEN_EXISTING,
                       FILE_FLAG_BACKUP_SEMANTICS, NULL);
}

/* Whether it is a file, no directory and no device; its size. */
static bool regular_size(HANDLE file, uint64_t *size)
{
    BY_HANDLE_FILE_INFORMATION facts;
    if (GetFileType(file) != FILE_TYPE_DISK ||
        !GetFileInformationByHandle(file, &facts) ||
        (facts.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))
        return false;
    *size = (uint64_t)facts.nFileSizeHigh << 32 | facts.nFileSizeLow;
    return true;
}

/* Reads up to size bytes; *got is less only at the end. 0 or an error
 * number. */
static DWORD read_bytes(HANDLE file, uint8_t *data, size_t size, size_t *got)
{
    *got = 0;
    while (*got < size) {
        size_t left = size - *got;
        DWORD n = 0;
        if (!ReadFile(file, data + *got,
                      (DWORD)(left < MOST_AT_ONCE ? left : MOST_AT_ONCE), &n,
                      NULL))
            return GetLastError();
        if (n == 0)
            break;
        *got += n;
    }
    return 0;
}

int platform_read_file(const char *path, size_t max_bytes, uint8_t **data,
                       size_t *size, struct thresh_err *err)
{
    wchar_t wide[WINDOWS_MAX_PATH];
    uint64_t total;
    HANDLE file = INVALID_HANDLE_VALUE;
    if (windows_path(path, wide))
        file = open_to_read(wide);
    if (file == INVALID_HANDLE_VALUE)
        return windows_fail(err, GetLastError(), "read %s", path);
    if (!regular_size(file, &total)) {
        CloseHandle(file);
        return thresh_fail(err, THRESH_EIO, "read %s: it is no regular file",
                           path);
    }
    if (total > max_bytes) {
        CloseHandle(file);
        return thresh_fail(err, THRESH_ELIMIT,
                           "read %s: it has more than %zu bytes", path,
                           max_bytes);
    }
    uint8_t *bytes = malloc((size_t)total + 1);
    DWORD os = bytes ? read_bytes(file, bytes, (size_t)total, size)
                     : (DWORD)ERROR_NOT_ENOUGH_MEMORY;
    CloseHandle(file);
    if (os) {
        free(bytes);
        return windows_fail(err, os, "read %s", path);
    }
    *data = bytes;
    return 0;
}

/* ---- writing ---- */

/* Whether the file has exactly these bytes already. */
static bool has_content(const wchar_t *path, const uint8_t *data, size_t size)
{
    uint64_t total;
    HANDLE file = open_to_read(path);
    if (file == INVALID_HANDLE_VALUE)
        return false;
    bool same = regular_size(file, &total) && total == size;
    while (same && size > 0) {
        uint8_t chunk[4096];
        size_t n;
        same = read_bytes(file, chunk,
                          size < sizeof chunk ? size : sizeof chunk, &n) == 0 &&
               n > 0 && memcmp(chunk, data, n) == 0;
        if (same) {
            data += n;
            size -= n;
        }
    }
    CloseHandle(file);
    return same;
}

static DWORD write_bytes(HANDLE file, const uint8_t *data, size_t size)
{
    while (size > 0) {
        DWORD n = 0;
        if (!WriteFile(file, data,
                       (DWORD)(size < MOST_AT_ONCE ? size : MOST_AT_ONCE), &n,
                       NULL))
            return GetLastError();
        data += n;
        size -= n;
    }
    return 0;
}

int platform_append_file(const char *path, const void *data, size_t size,
                         struct thresh_err *err)
{
    wchar_t wide[WINDOWS_MAX_PATH];
    HANDLE file = INVALID_HANDLE_VALUE;
    if (windows_path(path, wide))
        file = CreateFileW(wide, FILE_APPEND_DATA, SHARE_ALL, NULL, OPEN_ALWAYS,
                           FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return windows_fail(err, GetLastError(), "append to %s", path);
    DWORD os = write_bytes(file, data, size);
    if (!CloseHandle(file) && !os)
        os = GetLastError();
    return os ? windows_fail(err, os, "append to %s", path) : 0;
}

/* Opens a temporary file in dir and writes its path. */
static HANDLE temporary_new(const char *dir, wchar_t path[WINDOWS_MAX_PATH])
{
    HANDLE file = INVALID_HANDLE_VALUE;
    for (int i = 0; file == INVALID_HANDLE_VALUE && i < NAME_TRIES; i++) {
        char name[WINDOWS_MAX_PATH];
        if (!windows_temporary_path(dir, name, sizeof name) ||
            !windows_path(name, path))
            return INVALID_HANDLE_VALUE;
        file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_NEW,
                           FILE_ATTRIBUTE_NORMAL, NULL);
        if (file == INVALID_HANDLE_VALUE && GetLastError() != ERROR_FILE_EXISTS)
            return INVALID_HANDLE_VALUE;
    }
    return file;
}

/* Gives a temporary its name, or removes it. A directory that has the name
 * would look like a file that is busy. */
static DWORD move_over(const wchar_t *temporary, const wchar_t *path)
{
    unsigned turn = 0;
    DWORD os = 0;
    DWORD there = GetFileAttributesW(path);
    if (there != INVALID_FILE_ATTRIBUTES && there & FILE_ATTRIBUTE_DIRECTORY)
        turn = LAST_TURN;
    do {
        os = MoveFileExW(temporary, path, MOVEFILE_REPLACE_EXISTING)
                 ? 0
                 : GetLastError();
    } while (os && windows_try_again(os, &turn));
    if (os)
        (void)DeleteFileW(temporary);
    return os;
}

static DWORD write_whole(const char *dir, const wchar_t *path, const void *data,
                         size_t size)
{
    wchar_t temporary[WINDOWS_MAX_PATH];
    HANDLE file = temporary_new(dir, temporary);
    if (file == INVALID_HANDLE_VALUE)
        return GetLastError();
    DWORD os = write_bytes(file, data, size);
    if (!CloseHandle(file) && !os)
        os = GetLastError();
    if (!os)
        return move_over(temporary, path);
    (void)DeleteFileW(temporary);
    return os;
}

int platform_write_file(const char *dir, const char *name, const void *data,
                        size_t size, struct thresh_err *err)
{
    char joined[WINDOWS_MAX_PATH];
    wchar_t path[WINDOWS_MAX_PATH];
    int r = platform_make_dirs(dir, err);
    if (r)
        return r;
    int n = snprintf(joined, sizeof joined, "%s/%s", dir, name);
    DWORD os = 0;
    if (n < 0 || (size_t)n >= sizeof joined)
        os = ERROR_FILENAME_EXCED_RANGE;
    else if (!windows_path(joined, path))
        os = GetLastError();
    else if (!has_content(path, data, size))
        os = write_whole(dir, path, data, size);
    return os ? windows_fail(err, os, "write %s/%s", dir, name) : 0;
}

int platform_remove_file(const char *path, struct thresh_err *err)
{
    wchar_t wide[WINDOWS_MAX_PATH];
    unsigned turn = platform_is_dir(path) ? LAST_TURN : 0;
    DWORD os;
    if (!windows_path(path, wide))
        return windows_fail(err, GetLastError(), "remove %s", path);
    do {
        os = DeleteFileW(wide) ? 0 : GetLastError();
    } while (os && windows_try_again(os, &turn));
    if (!os || os == ERROR_FILE_NOT_FOUND || os == ERROR_PATH_NOT_FOUND)
        return 0;
    return windows_fail(err, os, "remove %s", path);
}
