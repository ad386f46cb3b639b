/* SPDX-License-Identifier: MIT
 *
 * Descriptors and pipes. Apart because both ends use it: the host through
 * platform.h, the guest through posix_write_quietly, which therefore keeps a
 * guest's rules (no allocation, errno preserved).
 */
#include "platform/posix.h"
#include "platform/posix_raw.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

int posix_keep_fd(int fd)
{
    if (fd < 0)
        return -1;
    if (fd > STDERR_FILENO) {
        if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
            return fd;
    } else {
        int moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        if (moved >= 0) {
            close(fd);
            return moved;
        }
    }
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

void platform_close(platform_handle *handle)
{
    if (*handle == PLATFORM_NO_HANDLE)
        return;
    posix_poll_forget((int)*handle);
    /* Not repeated on EINTR: Linux has closed it then. */
    close((int)*handle);
    *handle = PLATFORM_NO_HANDLE;
}

static int open_pipe(int fd[2])
{
#if defined(__linux__)
    /* A thread of the target's libraries may fork between two calls. */
    return pipe2(fd, O_CLOEXEC);
#else
    return pipe(fd);
#endif
}

int platform_pipe(platform_handle *read_end, platform_handle *write_end,
                  struct thresh_err *err)
{
    int fd[2];
    *read_end = PLATFORM_NO_HANDLE;
    *write_end = PLATFORM_NO_HANDLE;
    if (open_pipe(fd) != 0)
        return posix_fail(err, errno, "make a pipe");
    fd[0] = posix_keep_fd(fd[0]);
    int os = fd[0] < 0 ? errno : 0;
    fd[1] = posix_keep_fd(fd[1]);
    if (fd[1] < 0)
        os = errno;
    *read_end = fd[0];
    *write_end = fd[1];
    if (!os && fcntl(fd[0], F_SETFL, O_NONBLOCK) != 0)
        os = errno;
    if (!os)
        return 0;
    platform_close(read_end);
    platform_close(write_end);
    return posix_fail(err, os, "make a pipe");
}

/* Nothing is different here: guest_read() waits where there is nothing yet, and
 * a target that reads from a pipe which is not its own is not kept by it. */
int platform_pipe_to_child(platform_handle *read_end,
                           platform_handle *write_end, struct thresh_err *err)
{
    return platform_pipe(read_end, write_end, err);
}

/* Takes back the SIGPIPE that a failed write has just raised. */
static void drop_sigpipe(const sigset_t *only_sigpipe)
{
    sigset_t pending;
    int signal;
    if (sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1)
        (void)sigwait(only_sigpipe, &signal);
}

static int write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        long n = raw_write(fd, data, size);
        if (n > 0) {
            data += n;
            size -= (size_t)n;
        } else if (n == -EAGAIN) {
            struct pollfd full = {.fd = fd, .events = POLLOUT};
            (void)poll(&full, 1, -1);
        } else if (n == 0) {
            return EIO;
        } else if (n != -EINTR) {
            return (int)-n;
        }
    }
    return 0;
}

/* The program around us may rely on any disposition of SIGPIPE, so that stays
 * as it is. The signal of a write goes to the writing thread, where it waits,
 * blocked, until it is dropped here. sigprocmask works on the calling thread
 * on all systems that matter, and unlike pthread_sigmask never needs a thread
 * library. */
int posix_write_quietly(int fd, const void *data, size_t size)
{
    int saved = errno;
    sigset_t only_sigpipe, before, pending;
    sigemptyset(&only_sigpipe);
    sigaddset(&only_sigpipe, SIGPIPE);
    sigemptyset(&pending);
    (void)sigprocmask(SIG_BLOCK, &only_sigpipe, &before);
    (void)sigpending(&pending);
    int os = write_all(fd, data, size);
    if (os == EPIPE && !sigismember(&pending, SIGPIPE))
        drop_sigpipe(&only_sigpipe);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    errno = saved;
    return os;
}

int platform_write_all(platform_handle handle, const void *data, size_t size,
                       struct thresh_err *err)
{
    int os = posix_write_quietly((int)handle, data, size);
    return os ? posix_fail(err, os, "write %zu bytes to a pipe", size) : 0;
}

long platform_read_some(platform_handle handle, void *data, size_t size,
                        struct thresh_err *err)
{
    for (;;) {
        ssize_t n = read((int)handle, data, size);
        if (n >= 0)
            return n;
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return PLATFORM_AGAIN;
        if (errno != EINTR)
            return posix_fail(err, errno, "read from a pipe");
    }
}
