/* SPDX-License-Identifier: MIT
 *
 * System calls without libc, for the few that a guest makes while a target
 * runs. A libc function may be replaced by the target, is checked by
 * sanitizers (which take a buffer of ours for the target's), and writes errno.
 * Each returns its result, or a negative error number. Where the processor or
 * the system has no code here, libc does it and errno is put back.
 */
#ifndef THRESH_PLATFORM_POSIX_RAW_H
#define THRESH_PLATFORM_POSIX_RAW_H

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#if defined(__linux__)
#include <fcntl.h>
#include <sys/syscall.h>

#if defined(__x86_64__) && defined(__LP64__)
static inline long raw_call(long number, long a, long b, long c)
{
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
static inline long raw_call(long number, long a, long b, long c)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    __asm__ volatile("svc #0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2)
                     : "memory");
    return x0;
}
#else
static inline long raw_call(long number, long a, long b, long c)
{
    int saved = errno;
    long result = syscall(number, a, b, c);
    if (result < 0)
        result = -errno;
    errno = saved;
    return result;
}
#endif

static inline long raw_read(int fd, void *data, size_t size)
{
    return raw_call(SYS_read, fd, (long)(intptr_t)data, (long)size);
}

static inline long raw_write(int fd, const void *data, size_t size)
{
    return raw_call(SYS_write, fd, (long)(intptr_t)data, (long)size);
}

/* Opens a file for reading. */
static inline long raw_open(const char *path)
{
    return raw_call(SYS_openat, AT_FDCWD, (long)(intptr_t)path,
                    O_RDONLY | O_CLOEXEC);
}

static inline void raw_close(int fd)
{
    (void)raw_call(SYS_close, fd, 0, 0);
}

static inline long raw_protect(void *address, size_t size, int protection)
{
    return raw_call(SYS_mprotect, (long)(intptr_t)address, (long)size,
                    protection);
}

static inline long raw_process(void)
{
    return raw_call(SYS_getpid, 0, 0, 0);
}

static inline void raw_exit(int code)
{
    (void)raw_call(SYS_exit_group, code, 0, 0);
}

/* Sends a signal to the calling thread itself. */
static inline long raw_raise(int signal)
{
    return raw_call(SYS_tgkill, raw_process(), raw_call(SYS_gettid, 0, 0, 0),
                    signal);
}

#else /* not Linux */
#include <signal.h>
#include <sys/mman.h>

static inline long raw_process(void)
{
    return (long)getpid();
}

static inline long raw_result(long result, int saved)
{
    if (result < 0)
        result = -errno;
    errno = saved;
    return result;
}

static inline long raw_read(int fd, void *data, size_t size)
{
    int saved = errno;
    return raw_result(read(fd, data, size), saved);
}

static inline long raw_write(int fd, const void *data, size_t size)
{
    int saved = errno;
    return raw_result(write(fd, data, size), saved);
}

static inline long raw_open(const char *path)
{
    int saved = errno;
    return raw_result(open(path, O_RDONLY | O_CLOEXEC), saved);
}

static inline void raw_close(int fd)
{
    int saved = errno;
    (void)raw_result(close(fd), saved);
}

static inline long raw_protect(void *address, size_t size, int protection)
{
    int saved = errno;
    return raw_result(mprotect(address, size, protection), saved);
}

static inline void raw_exit(int code)
{
    _exit(code);
}

static inline long raw_raise(int signal)
{
    int saved = errno;
    return raw_result(raise(signal), saved);
}
#endif

#endif
