/* SPDX-License-Identifier: MIT
 *
 * Directories and what names stand for. Apart from windows_file.c, which is
 * about content.
 */
#include "platform/windows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/names.h"

#define NO_ATTRIBUTES INVALID_FILE_ATTRIBUTES

/* The attributes of what a path leads to, through links. */
static DWORD attributes_of(const wchar_t *path)
{
    BY_HANDLE_FILE_INFORMATION facts;
    DWORD attributes = GetFileAttributesW(path);
    if (attributes == NO_ATTRIBUTES ||
        !(attributes & FILE_ATTRIBUTE_REPARSE_POINT))
        return attributes;
    HANDLE file = CreateFileW(
        path, 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
        OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return NO_ATTRIBUTES;
    attributes = GetFileInformationByHandle(file, &facts)
                     ? facts.dwFileAttributes
                     : NO_ATTRIBUTES;
    CloseHandle(file);
    return attributes;
}

static bool is_dir(const wchar_t *path)
{
    DWORD attributes = attributes_of(path);
    return attributes != NO_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY;
}

bool platform_is_dir(const char *path)
{
    wchar_t wide[WINDOWS_MAX_PATH];
    return windows_path(path, wide) && is_dir(wide);
}

bool platform_is_file(const char *path)
{
    wchar_t wide[WINDOWS_MAX_PATH];
    if (!windows_path(path, wide))
        return false;
    DWORD attributes = attributes_of(wide);
    return attributes != NO_ATTRIBUTES &&
           !(attributes & (FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_DEVICE));
}

/* ---- making ---- */

static bool is_separator(char c)
{
    return c == '/' || c == '\\';
}

/* Bytes of what can't be made: a drive, or a server's share with its two
 * names. */
static size_t root_length(const char *path)
{
    size_t n = 0;
    if (path[0] && path[1] == ':')
        return 2;
    if (!is_separator(path[0]) || !is_separator(path[1]))
        return 0;
    for (int names = 0; names < 2; names++) {
        while (is_separator(path[n]))
            n++;
        while (path[n] && !is_separator(path[n]))
            n++;
    }
    return n;
}

/* An existing directory is success, whatever is said about it: that may also be
 * "access denied". */
static DWORD make_dir(const char *path)
{
    wchar_t wide[WINDOWS_MAX_PATH];
    if (!windows_path(path, wide))
        return GetLastError();
    if (CreateDirectoryW(wide, NULL))
        return 0;
    DWORD os = GetLastError();
    if (is_dir(wide))
        return 0;
    return os == ERROR_ALREADY_EXISTS ? ERROR_DIRECTORY : os;
}

int platform_make_dirs(const char *path, struct thresh_err *err)
{
    char part[WINDOWS_MAX_PATH];
    if (platform_is_dir(path))
        return 0;
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof part)
        return windows_fail(
            err, length ? ERROR_FILENAME_EXCED_RANGE : ERROR_PATH_NOT_FOUND,
            "make directory %s", path);
    memcpy(part, path, length + 1);
    for (size_t i = root_length(path) + 1; i <= length; i++) {
        if (part[i] && !is_separator(part[i]))
            continue;
        part[i] = 0;
        DWORD os = make_dir(part);
        if (os)
            return windows_fail(err, os, "make directory %s", part);
        part[i] = path[i];
    }
    return 0;
}

/* ---- listing ---- */

/* Calls take for everything in a directory, until it returns false. 0, or the
 * number of an error of the system's. */
static DWORD walk(const char *dir,
                  bool (*take)(void *ctx, const char *name,
                               const WIN32_FIND_DATAW *facts),
                  void *ctx)
{
    char pattern[WINDOWS_MAX_PATH], name[3 * MAX_PATH];
    wchar_t wide[WINDOWS_MAX_PATH];
    WIN32_FIND_DATAW found;
    bool more = true;
    int n = snprintf(pattern, sizeof pattern, "%s/*", dir);
    if (n < 0 || (size_t)n >= sizeof pattern)
        return ERROR_FILENAME_EXCED_RANGE;
    if (!windows_path(pattern, wide))
        return GetLastError();
    HANDLE search = FindFirstFileExW(wide, FindExInfoBasic, &found,
                                     FindExSearchNameMatch, NULL, 0);
    if (search == INVALID_HANDLE_VALUE)
        return GetLastError();
    DWORD os = 0;
    do {
        /* A name that is no UTF-16 can't be ours. */
        if (windows_utf8(found.cFileName, name, sizeof name))
            more = take(ctx, name, &found);
    } while (more && FindNextFileW(search, &found));
    if (more && GetLastError() != ERROR_NO_MORE_FILES)
        os = GetLastError();
    FindClose(search);
    return os;
}

/* Links count as what they lead to: corpora are shared that way. */
static bool is_regular(const char *dir, const char *name,
                       const WIN32_FIND_DATAW *facts)
{
    char path[WINDOWS_MAX_PATH];
    if (facts->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
        return false;
    if (!(facts->dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT))
        return true;
    int n = snprintf(path, sizeof path, "%s/%s", dir, name);
    return n > 0 && (size_t)n < sizeof path && platform_is_file(path);
}

/* A directory proper: links to some may lead in a circle. */
static bool is_folder(const char *dir, const char *name,
                      const WIN32_FIND_DATAW *facts)
{
    DWORD attributes = facts->dwFileAttributes;
    (void)dir;
    return name[0] != '.' && (attributes & FILE_ATTRIBUTE_DIRECTORY) &&
           !(attributes & FILE_ATTRIBUTE_REPARSE_POINT);
}

struct listing {
    const char *dir;
    bool (*wanted)(const char *dir, const char *name,
                   const WIN32_FIND_DATAW *facts);
    struct names names;
    bool no_memory;
};

static bool list(void *ctx, const char *name, const WIN32_FIND_DATAW *facts)
{
    struct listing *l = ctx;
    if (!names_is_temporary(name) && l->wanted(l->dir, name, facts))
        l->no_memory = !names_add(&l->names, name);
    return !l->no_memory;
}

/* Whether the path or a directory it leads through is a file, which the system
 * takes for a missing directory. */
static bool leads_through_file(const char *path)
{
    char part[WINDOWS_MAX_PATH];
    for (size_t n = strlen(path); n > 0; n--) {
        if (path[n] && path[n] != '/' && path[n] != '\\')
            continue;
        int length = snprintf(part, sizeof part, "%.*s", (int)n, path);
        if (length > 0 && (size_t)length < sizeof part &&
            platform_is_file(part))
            return true;
    }
    return false;
}

static int list_wanted(struct listing l,
                       int (*visit)(void *ctx, const char *name), void *ctx,
                       struct thresh_err *err)
{
    const char *dir = l.dir;
    DWORD os = walk(dir, list, &l);
    if (l.no_memory)
        os = ERROR_NOT_ENOUGH_MEMORY;
    else if (os && leads_through_file(dir))
        os = ERROR_DIRECTORY;
    else if (os == ERROR_FILE_NOT_FOUND || os == ERROR_PATH_NOT_FOUND)
        os = 0;
    int r = os ? windows_fail(err, os, "list directory %s", dir)
               : names_visit(&l.names, visit, ctx);
    names_free(&l.names);
    return r;
}

int platform_list_dir(const char *dir,
                      int (*visit)(void *ctx, const char *name), void *ctx,
                      struct thresh_err *err)
{
    return list_wanted((struct listing){.dir = dir, .wanted = is_regular},
                       visit, ctx, err);
}

int platform_list_folders(const char *dir,
                          int (*visit)(void *ctx, const char *name), void *ctx,
                          struct thresh_err *err)
{
    return list_wanted((struct listing){.dir = dir, .wanted = is_folder}, visit,
                       ctx, err);
}

/* ---- directories of files ---- */

enum { NAME_TRIES = 1000 };

bool windows_temporary_path(const char *dir, char *out, size_t size)
{
    static unsigned counter;
    char name[64];
    names_temporary(name, sizeof name, (long)GetCurrentProcessId(), counter++);
    int n = snprintf(out, size, "%s/%s", dir, name);
    if (n > 0 && (size_t)n < size)
        return true;
    SetLastError(ERROR_FILENAME_EXCED_RANGE);
    return false;
}

int platform_temporary_dir(const char *dir, char *out, size_t size,
                           struct thresh_err *err)
{
    int r = platform_make_dirs(dir, err);
    if (r)
        return r;
    DWORD os = ERROR_ALREADY_EXISTS;
    for (int i = 0; os == ERROR_ALREADY_EXISTS && i < NAME_TRIES; i++) {
        wchar_t wide[WINDOWS_MAX_PATH];
        os = windows_temporary_path(dir, out, size) &&
                     windows_path(out, wide) && CreateDirectoryW(wide, NULL)
                 ? 0
                 : GetLastError();
    }
    return os ? windows_fail(err, os, "make a directory in %s", dir) : 0;
}

static int remove_visited(void *ctx, const char *name)
{
    char path[WINDOWS_MAX_PATH];
    int n = snprintf(path, sizeof path, "%s/%s", (const char *)ctx, name);
    if (n > 0 && (size_t)n < sizeof path)
        (void)platform_remove_file(path, NULL);
    return 0;
}

void platform_remove_dir(const char *path)
{
    wchar_t wide[WINDOWS_MAX_PATH];
    (void)platform_list_dir(path, remove_visited, (void *)(uintptr_t)path,
                            NULL);
    if (windows_path(path, wide))
        (void)RemoveDirectoryW(wide);
}

/* Tries again only where nothing has the new name. */
static DWORD move(const wchar_t *from, const wchar_t *to)
{
    unsigned turn = 0;
    DWORD os;
    do {
        os = MoveFileExW(from, to, 0) ? 0 : GetLastError();
    } while (os && GetFileAttributesW(to) == NO_ATTRIBUTES &&
             windows_try_again(os, &turn));
    return os;
}

/* What is there moves out of the way first: a directory can't be moved over
 * another. A death in between leaves it under a temporary name. */
int platform_replace_dir(const char *temporary, const char *path,
                         struct thresh_err *err)
{
    char old[WINDOWS_MAX_PATH];
    wchar_t wide[WINDOWS_MAX_PATH], wide_old[WINDOWS_MAX_PATH];
    wchar_t wide_new[WINDOWS_MAX_PATH];
    int n = snprintf(old, sizeof old, "%s-old", temporary);
    if (n < 0 || (size_t)n >= sizeof old)
        return windows_fail(err, ERROR_FILENAME_EXCED_RANGE,
                            "replace directory %s", path);
    if (!windows_path(path, wide) || !windows_path(old, wide_old) ||
        !windows_path(temporary, wide_new))
        return windows_fail(err, GetLastError(), "make directory %s", path);
    DWORD os = move(wide_new, wide);
    if (!os)
        return 0;
    if (GetFileAttributesW(wide) == NO_ATTRIBUTES)
        return windows_fail(err, os, "make directory %s", path);
    if (!is_dir(wide))
        return windows_fail(err, ERROR_DIRECTORY, "make directory %s", path);
    os = move(wide, wide_old);
    if (!os) {
        os = move(wide_new, wide);
        if (os)
            (void)move(wide_old, wide);
    }
    if (os)
        return windows_fail(err, os, "replace directory %s", path);
    platform_remove_dir(old);
    return 0;
}

/* ---- temporaries ---- */

/* Whether a temporary's writer lives. Names that no writer gives are taken for
 * somebody else's. This process writes nothing while it sweeps, so files under
 * its number are those of an earlier owner of the number. */
static bool has_writer(const char *name)
{
    DWORD number = (DWORD)names_writer(name);
    if (number == 0)
        return true;
    if (number == GetCurrentProcessId())
        return false;
    HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, number);
    if (!process)
        return GetLastError() != ERROR_INVALID_PARAMETER;
    bool lives = WaitForSingleObject(process, 0) == WAIT_TIMEOUT;
    CloseHandle(process);
    return lives;
}

static bool sweep(void *ctx, const char *name, const WIN32_FIND_DATAW *facts)
{
    char path[WINDOWS_MAX_PATH];
    if (!names_is_temporary(name) || has_writer(name))
        return true;
    int n = snprintf(path, sizeof path, "%s/%s", (const char *)ctx, name);
    if (n < 0 || (size_t)n >= sizeof path)
        return true;
    if (facts->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) {
        platform_sweep_temporaries(path);
        platform_remove_dir(path);
    } else {
        (void)platform_remove_file(path, NULL);
    }
    return true;
}

void platform_sweep_temporaries(const char *dir)
{
    (void)walk(dir, sweep, (void *)(uintptr_t)dir);
}
