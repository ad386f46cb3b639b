/* SPDX-License-Identifier: MIT
 *
 * Memory without a name: what processes share, and the file that takes a
 * child's output. memfd where the system has it, else an object that is
 * removed before anybody else sees it, so that nothing is ever left behind.
 *
 * Best effort: without memfd's seals a child of the same user can open the
 * memory again through /proc and write to it; its permission bits, which are
 * taken away, stop all but root and ill will.
 */
#include "platform/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(MFD_CLOEXEC)
#define HAVE_MEMFD 1
#else
#define HAVE_MEMFD 0
#endif
#if !defined(F_SEAL_FUTURE_WRITE)
#define F_SEAL_FUTURE_WRITE 0x0010
#endif
#if !defined(MAP_NORESERVE)
#define MAP_NORESERVE 0
#endif

#if HAVE_MEMFD

/* fd[0] for reading and writing; fd[1] for reading is made once it is sealed.
 */
static int open_shared(const char *name, int fd[2])
{
    fd[0] = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    fd[1] = -1;
    return fd[0];
}

static int open_output(void)
{
    return memfd_create("output", MFD_CLOEXEC);
}

/* Nobody may cut pages off that others have mapped, or add seals that stop the
 * next worker. */
static int seal(int fd, bool read_only)
{
    int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
    if (!read_only)
        return fcntl(fd, F_ADD_SEALS, seals);
    if (fcntl(fd, F_ADD_SEALS, seals | F_SEAL_FUTURE_WRITE) == 0)
        return 0;
    /* Linux before 5.1. */
    return fcntl(fd, F_ADD_SEALS, seals);
}

static bool is_sealed_read_only(int fd)
{
    int seals = fcntl(fd, F_GET_SEALS);
    return seals >= 0 && (seals & F_SEAL_FUTURE_WRITE);
}

static int reopen_read_only(int fd)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int reopened = open(path, O_RDONLY | O_CLOEXEC);
    /* No /proc: with the seal this descriptor can't write either. */
    if (reopened < 0 && is_sealed_read_only(fd))
        reopened = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    return reopened;
}

#else /* no memfd */

static int open_shared(const char *name, int fd[2])
{
    char path[64];
    fd[0] = -1;
    fd[1] = -1;
    for (unsigned i = 0; i < 100; i++) {
        (void)snprintf(path, sizeof path, "/%.16s-%ld-%u", name, (long)getpid(),
                       i);
        fd[0] = shm_open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
        if (fd[0] < 0 && errno == EEXIST)
            continue;
        if (fd[0] >= 0) {
            fd[1] = shm_open(path, O_RDONLY, 0);
            (void)shm_unlink(path);
        }
        break;
    }
    return fd[0];
}

static int open_output(void)
{
    char path[POSIX_MAX_PATH];
    const char *dir = getenv("TMPDIR");
    int n = snprintf(path, sizeof path, "%s/thresh-output-XXXXXX",
                     dir && *dir ? dir : "/tmp");
    if (n < 0 || (size_t)n >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = mkstemp(path);
    if (fd >= 0)
        (void)unlink(path);
    return fd;
}

static int seal(int fd, bool read_only)
{
    (void)fd;
    (void)read_only;
    return 0;
}

static int reopen_read_only(int fd)
{
    (void)fd;
    errno = ENOSYS;
    return -1;
}

#endif

/* Takes the handle for writing away, and sees that there is one for reading.
 * The memory is mapped here already, which no seal undoes. */
static int make_read_only(struct platform_shared *shared)
{
    int fd = (int)shared->handle;
    if (shared->read_handle == PLATFORM_NO_HANDLE)
        shared->read_handle = posix_keep_fd(reopen_read_only(fd));
    if (shared->read_handle == PLATFORM_NO_HANDLE)
        return -1;
    (void)fchmod(fd, 0400);
    platform_close(&shared->handle);
    return 0;
}

/* Sizes, maps and closes off what has been opened. 0, or the number of the
 * error. */
static int set_up(struct platform_shared *shared, bool read_only)
{
    int fd = (int)shared->handle;
    if (ftruncate(fd, (off_t)shared->size) != 0)
        return errno;
    void *base = mmap(NULL, shared->size, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_NORESERVE, fd, 0);
    if (base == MAP_FAILED)
        return errno;
    shared->base = base;
    if (seal(fd, read_only) != 0)
        return errno;
    if (read_only)
        return make_read_only(shared) == 0 ? 0 : errno;
    platform_close(&shared->read_handle);
    return 0;
}

int platform_shared_new(struct platform_shared *shared, const char *name,
                        size_t size, bool read_only_for_others,
                        struct thresh_err *err)
{
    int fd[2];
    if (size == 0 || (uintmax_t)size > INTMAX_MAX) {
        *shared = (struct platform_shared){.size = 0};
        return thresh_fail(err, THRESH_ELIMIT,
                           "make shared memory (%s): %zu bytes are no size",
                           name, size);
    }
    *shared = (struct platform_shared){.size = size,
                                       .handle = PLATFORM_NO_HANDLE,
                                       .read_handle = PLATFORM_NO_HANDLE};
    int os = open_shared(name, fd) < 0 ? errno : 0;
    if (!os) {
        shared->handle = posix_keep_fd(fd[0]);
        os = shared->handle == PLATFORM_NO_HANDLE ? errno : 0;
        shared->read_handle = posix_keep_fd(fd[1]);
    }
    if (!os)
        os = set_up(shared, read_only_for_others);
    if (!os)
        return 0;
    platform_shared_free(shared);
    return posix_fail(err, os, "make %zu bytes of shared memory (%s)", size,
                      name);
}

void platform_shared_free(struct platform_shared *shared)
{
    /* The handles of a zeroed struct are none of ours. */
    if (shared->size == 0)
        return;
    if (shared->base)
        (void)munmap(shared->base, shared->size);
    platform_close(&shared->handle);
    platform_close(&shared->read_handle);
    *shared = (struct platform_shared){.handle = PLATFORM_NO_HANDLE,
                                       .read_handle = PLATFORM_NO_HANDLE};
}

/* ---- a child's output ---- */

int platform_output_new(platform_handle *handle, struct thresh_err *err)
{
    *handle = PLATFORM_NO_HANDLE;
    int fd = posix_keep_fd(open_output());
    if (fd < 0)
        return posix_fail(err, errno, "make a file for a process's output");
    /* Two processes may write, and it is emptied meanwhile: each write must
     * find the end anew. */
    if (fcntl(fd, F_SETFL, O_APPEND) != 0) {
        int os = errno;
        close(fd);
        return posix_fail(err, os, "make a file for a process's output");
    }
    *handle = fd;
    return 0;
}

uint64_t platform_output_size(platform_handle handle)
{
    struct stat st;
    return fstat((int)handle, &st) == 0 ? (uint64_t)st.st_size : 0;
}

size_t platform_output_tail(platform_handle handle, void *data, size_t size)
{
    uint64_t total = platform_output_size(handle);
    uint64_t from = total > size ? total - size : 0;
    size_t want = (size_t)(total - from);
    size_t done = 0;
    while (done < want) {
        ssize_t n = pread((int)handle, (char *)data + done, want - done,
                          (off_t)(from + done));
        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            break;
    }
    return done;
}

void platform_output_clear(platform_handle handle)
{
    while (ftruncate((int)handle, 0) != 0 && errno == EINTR)
        ;
}
