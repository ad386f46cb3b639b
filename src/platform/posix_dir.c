/* SPDX-License-Identifier: MIT
 *
 * Directories and what names stand for. Apart from posix_file.c, which is
 * about content.
 */
#include "platform/posix.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/names.h"

bool platform_is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool platform_is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* An existing directory is success, whatever mkdir says about it: that may
 * also be "read-only file system". */
static int make_dir(const char *path)
{
    if (mkdir(path, 0777) == 0)
        return 0;
    int os = errno;
    if (platform_is_dir(path))
        return 0;
    /* A file, or a link that leads nowhere. */
    return os == EEXIST ? ENOTDIR : os;
}

int platform_make_dirs(const char *path, struct thresh_err *err)
{
    char part[POSIX_MAX_PATH];
    if (platform_is_dir(path))
        return 0;
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof part)
        return posix_fail(err, length ? ENAMETOOLONG : ENOENT,
                          "make directory %s", path);
    memcpy(part, path, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (part[i] != '/' && part[i] != 0)
            continue;
        part[i] = 0;
        int os = make_dir(part);
        if (os)
            return posix_fail(err, os, "make directory %s", part);
        part[i] = path[i];
    }
    return 0;
}

/* ---- listing ---- */

/* What the directory itself says an entry is, which spares asking for each of
 * many files; false where it does not say. */
static bool is_told(const struct dirent *entry, bool *regular, bool *folder)
{
#if defined(DT_UNKNOWN)
    *regular = entry->d_type == DT_REG;
    *folder = entry->d_type == DT_DIR;
    return entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK;
#else
    (void)entry;
    *regular = *folder = false;
    return false;
#endif
}

/* Links count as what they lead to: corpora are shared that way. */
static bool is_regular(DIR *dir, const struct dirent *entry)
{
    struct stat st;
    bool regular, folder;
    if (is_told(entry, &regular, &folder))
        return regular;
    return fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 &&
           S_ISREG(st.st_mode);
}

/* A directory proper: links to some may lead in a circle. */
static bool is_folder(DIR *dir, const struct dirent *entry)
{
    struct stat st;
    bool regular, folder;
    if (entry->d_name[0] == '.')
        return false;
    if (is_told(entry, &regular, &folder))
        return folder;
    return fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(st.st_mode);
}

/* Reads all names before anyone looks at them, so that files may come and go
 * meanwhile. 0 or an error number. */
static int read_names(DIR *dir, bool wanted(DIR *, const struct dirent *),
                      struct names *names)
{
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(dir);
        if (!entry)
            return errno;
        if (names_is_temporary(entry->d_name) || !wanted(dir, entry))
            continue;
        if (!names_add(names, entry->d_name))
            return ENOMEM;
    }
}

static int list(const char *dir, bool wanted(DIR *, const struct dirent *),
                int (*visit)(void *ctx, const char *name), void *ctx,
                struct thresh_err *err)
{
    DIR *stream = opendir(dir);
    if (!stream && errno == ENOENT)
        return 0;
    if (!stream)
        return posix_fail(err, errno, "list directory %s", dir);
    struct names names = {0};
    int os = read_names(stream, wanted, &names);
    closedir(stream);
    int r = os ? posix_fail(err, os, "list directory %s", dir) : 0;
    if (!r)
        r = names_visit(&names, visit, ctx);
    names_free(&names);
    return r;
}

int platform_list_dir(const char *dir,
                      int (*visit)(void *ctx, const char *name), void *ctx,
                      struct thresh_err *err)
{
    return list(dir, is_regular, visit, ctx, err);
}

int platform_list_folders(const char *dir,
                          int (*visit)(void *ctx, const char *name), void *ctx,
                          struct thresh_err *err)
{
    return list(dir, is_folder, visit, ctx, err);
}

/* ---- directories of files ---- */

enum { NAME_TRIES = 1000 };

int platform_temporary_dir(const char *dir, char *out, size_t size,
                           struct thresh_err *err)
{
    int r = platform_make_dirs(dir, err);
    if (r)
        return r;
    int os = EEXIST;
    for (int i = 0; os == EEXIST && i < NAME_TRIES; i++) {
        char name[64];
        posix_temporary_name(name, sizeof name);
        int n = snprintf(out, size, "%s/%s", dir, name);
        if (n < 0 || (size_t)n >= size)
            return posix_fail(err, ENAMETOOLONG, "make a directory in %s", dir);
        os = mkdir(out, 0777) == 0 ? 0 : errno;
    }
    return os ? posix_fail(err, os, "make a directory in %s", dir) : 0;
}

static int remove_visited(void *ctx, const char *name)
{
    char path[POSIX_MAX_PATH];
    int n = snprintf(path, sizeof path, "%s/%s", (const char *)ctx, name);
    if (n > 0 && (size_t)n < sizeof path)
        (void)unlink(path);
    return 0;
}

void platform_remove_dir(const char *path)
{
    (void)platform_list_dir(path, remove_visited, (void *)(uintptr_t)path,
                            NULL);
    (void)rmdir(path);
}

/* What is there moves out of the way first: a directory with files in it can't
 * be renamed over. A death in between leaves it under a temporary name. */
int platform_replace_dir(const char *temporary, const char *path,
                         struct thresh_err *err)
{
    char old[POSIX_MAX_PATH];
    if (rename(temporary, path) == 0)
        return 0;
    int os = errno;
    if (os != ENOTEMPTY && os != EEXIST)
        return posix_fail(err, os, "make directory %s", path);
    int n = snprintf(old, sizeof old, "%s-old", temporary);
    if (n < 0 || (size_t)n >= sizeof old)
        return posix_fail(err, ENAMETOOLONG, "replace directory %s", path);
    os = rename(path, old) == 0 ? 0 : errno;
    if (!os && rename(temporary, path) != 0) {
        os = errno;
        (void)rename(old, path);
    }
    if (os)
        return posix_fail(err, os, "replace directory %s", path);
    platform_remove_dir(old);
    return 0;
}

/* ---- temporaries ---- */

/* Whether a temporary's writer lives. Names that no writer gives are taken for
 * somebody else's. This process writes nothing while it sweeps, so files under
 * its number are those of an earlier owner of the number: in a container it is
 * often the same one each time. */
static bool has_writer(const char *name)
{
    long pid = names_writer(name);
    if (pid == 0)
        return true;
    if (pid == (long)getpid())
        return false;
    return kill((pid_t)pid, 0) == 0 || errno != ESRCH;
}

void platform_sweep_temporaries(const char *dir)
{
    DIR *stream = opendir(dir);
    if (!stream)
        return;
    struct dirent *entry;
    while ((entry = readdir(stream))) {
        if (!names_is_temporary(entry->d_name) || has_writer(entry->d_name))
            continue;
        char path[POSIX_MAX_PATH];
        (void)snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
        if (unlinkat(dirfd(stream), entry->d_name, 0) != 0) {
            platform_sweep_temporaries(path);
            platform_remove_dir(path);
        }
    }
    closedir(stream);
}
