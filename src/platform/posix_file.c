/* SPDX-License-Identifier: MIT
 *
 * Files, whole or not at all. Directories and names are in posix_dir.c.
 *
 * Whole here means: after the death of this process at any moment, so what
 * the page cache has is enough and nothing is synced for it; a power cut may
 * lose the youngest files. One left-over is possible: an existing file can
 * only be replaced by renaming a second name over it, and a death between the
 * two steps leaves that name, with whole content, for the next sweep.
 */
#include "platform/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/names.h"

#if !defined(AT_EMPTY_PATH)
#define AT_EMPTY_PATH 0
#endif

/* ---- reading ---- */

/* Reads until the end, or until max + 1 bytes, what is probably `expected`
 * bytes. What is read belongs to the caller, also on failure. 0 or an error
 * number. */
static int read_to_end(int fd, off_t expected, size_t max, uint8_t **data,
                       size_t *size)
{
    *data = NULL;
    *size = 0;
    size_t capacity =
        expected < 0 || (uintmax_t)expected > max ? max : (size_t)expected;
    for (;;) {
        /* One more than is expected, to see the end without another turn. */
        uint8_t *bigger = realloc(*data, capacity + 1);
        if (!bigger)
            return ENOMEM;
        *data = bigger;
        while (*size <= capacity) {
            ssize_t n = read(fd, *data + *size, capacity + 1 - *size);
            if (n == 0)
                return 0;
            if (n > 0)
                *size += (size_t)n;
            else if (errno != EINTR)
                return errno;
            /* One more was asked for: it ends where it was said to. */
            if (n > 0 && expected > 0 && *size == (uintmax_t)expected)
                return 0;
        }
        if (capacity >= max)
            return 0;
        /* It has grown, or is one of those whose size says nothing. */
        size_t more = capacity < 4096 ? 4096 : capacity;
        capacity = max - capacity < more ? max : capacity + more;
    }
}

int platform_read_file(const char *path, size_t max_bytes, uint8_t **data,
                       size_t *size, struct thresh_err *err)
{
    /* A FIFO must not make us wait for a writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return posix_fail(err, errno, "read %s", path);
    struct stat st;
    int os = fstat(fd, &st) != 0 ? errno : 0;
    if (!os && !S_ISREG(st.st_mode)) {
        close(fd);
        return thresh_fail(err, THRESH_EIO, "read %s: it is no regular file",
                           path);
    }
    if (max_bytes == SIZE_MAX)
        max_bytes--;
    uint8_t *bytes = NULL;
    size_t n = 0;
    if (!os)
        os = read_to_end(fd, st.st_size, max_bytes, &bytes, &n);
    close(fd);
    if (os || n > max_bytes)
        free(bytes);
    if (os)
        return posix_fail(err, os, "read %s", path);
    if (n > max_bytes)
        return thresh_fail(err, THRESH_ELIMIT,
                           "read %s: it has more than %zu bytes", path,
                           max_bytes);
    *data = bytes;
    *size = n;
    return 0;
}

/* ---- writing ---- */

static int write_bytes(int fd, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n > 0) {
            data += n;
            size -= (size_t)n;
        } else if (n == 0) {
            return EIO;
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

int platform_append_file(const char *path, const void *data, size_t size,
                         struct thresh_err *err)
{
    int fd =
        open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
    if (fd < 0)
        return posix_fail(err, errno, "append to %s", path);
    int os = write_bytes(fd, data, size);
    if (close(fd) != 0 && !os)
        os = errno;
    return os ? posix_fail(err, os, "append to %s", path) : 0;
}

/* Whether the file has exactly these bytes already. */
static bool has_content(int dir, const char *name, const uint8_t *data,
                        size_t size)
{
    struct stat st;
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return false;
    bool same = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
                (uintmax_t)st.st_size == size;
    while (same && size > 0) {
        uint8_t chunk[4096];
        ssize_t n = read(fd, chunk, size < sizeof chunk ? size : sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        same = n > 0 && memcmp(chunk, data, (size_t)n) == 0;
        if (same) {
            data += n;
            size -= (size_t)n;
        }
    }
    close(fd);
    return same;
}

void posix_temporary_name(char *out, size_t size)
{
    static unsigned counter;
    names_temporary(out, size, (long)getpid(), counter++);
}

enum { NAME_TRIES = 1000, NAME_BYTES = 64 };

/* Gives a file without a name one. */
static int link_once(int fd, int dir, const char *name)
{
    char path[64];
    /* Needs no /proc, but a privilege on older systems. */
    if (AT_EMPTY_PATH && linkat(fd, "", dir, name, AT_EMPTY_PATH) == 0)
        return 0;
    if (AT_EMPTY_PATH && errno == EEXIST)
        return EEXIST;
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (linkat(AT_FDCWD, path, dir, name, AT_SYMLINK_FOLLOW) == 0)
        return 0;
    return errno;
}

static int rename_over(int dir, const char *temporary, const char *name)
{
    if (renameat(dir, temporary, dir, name) == 0)
        return 0;
    int os = errno;
    (void)unlinkat(dir, temporary, 0);
    return os;
}

static int link_replacing(int fd, int dir, const char *name)
{
    char temporary[NAME_BYTES];
    int os = link_once(fd, dir, name);
    for (int i = 0; os == EEXIST && i < NAME_TRIES; i++) {
        posix_temporary_name(temporary, sizeof temporary);
        os = link_once(fd, dir, temporary);
        if (!os)
            return rename_over(dir, temporary, name);
    }
    return os;
}

/* Writes a file that has no name until it is whole. *unsupported tells that
 * the file system can't do that, which is no error. */
static int write_unnamed(int dir, const char *name, const void *data,
                         size_t size, bool *unsupported)
{
    *unsupported = true;
#if defined(O_TMPFILE)
    int fd = openat(dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    if (fd < 0)
        return errno;
    int os = write_bytes(fd, data, size);
    *unsupported = false;
    if (!os) {
        os = link_replacing(fd, dir, name);
        /* No /proc here, or the file system has no links. */
        *unsupported = os == ENOENT || os == EXDEV || os == EOPNOTSUPP ||
                       os == EPERM || os == EINVAL;
    }
    close(fd);
    return os;
#else
    (void)dir;
    (void)name;
    (void)data;
    (void)size;
    return EOPNOTSUPP;
#endif
}

/* The same with a temporary name. It is synced because the file systems that
 * come here (of networks, in user space) tell that a write has failed only
 * then, and a half file must not get its name. */
static int write_named(int dir, const char *name, const void *data, size_t size)
{
    char temporary[NAME_BYTES];
    int fd = -1;
    for (int i = 0; fd < 0 && i < NAME_TRIES; i++) {
        posix_temporary_name(temporary, sizeof temporary);
        fd = openat(dir, temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC,
                    0666);
        if (fd < 0 && errno != EEXIST)
            return errno;
    }
    if (fd < 0)
        return EEXIST;
    int os = write_bytes(fd, data, size);
    /* EINVAL: nothing to sync in such a file. */
    if (!os && fsync(fd) != 0 && errno != EINVAL)
        os = errno;
    if (close(fd) != 0 && errno != EINTR && !os)
        os = errno;
    if (!os)
        return rename_over(dir, temporary, name);
    (void)unlinkat(dir, temporary, 0);
    return os;
}

int platform_write_file(const char *dir, const char *name, const void *data,
                        size_t size, struct thresh_err *err)
{
    int r = platform_make_dirs(dir, err);
    if (r)
        return r;
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return posix_fail(err, errno, "write %s/%s: open the directory", dir,
                          name);
    int os = 0;
    if (!has_content(fd, name, data, size)) {
        bool unsupported;
        os = write_unnamed(fd, name, data, size, &unsupported);
        if (os && unsupported)
            os = write_named(fd, name, data, size);
    }
    close(fd);
    return os ? posix_fail(err, os, "write %s/%s", dir, name) : 0;
}

int platform_remove_file(const char *path, struct thresh_err *err)
{
    if (unlink(path) == 0 || errno == ENOENT)
        return 0;
    return posix_fail(err, errno, "remove %s", path);
}
