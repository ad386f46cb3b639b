/* SPDX-License-Identifier: MIT
 *
 * What the posix_*.c files share and nobody else sees. It must be the first
 * include of each of them, because it chooses the system's interfaces: 64-bit
 * file offsets also where a long has 32 bits.
 */
#ifndef THRESH_PLATFORM_POSIX_H
#define THRESH_PLATFORM_POSIX_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64 // NOLINT
#endif

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/format.h"
#include "platform/platform.h"

/* The value of GUEST_VARIABLE: the version of this format, then the worker's
 * descriptors in the order of enum guest_handle, all decimal and separated by
 * one space. */
#define POSIX_WORKER_FORMAT 1

/* The descriptor of a child's first inherited handle. */
#define POSIX_FIRST_CHILD_FD 3

/* Asks a worker for its stack: a real-time signal, of which few programs use
 * any, and those count from SIGRTMIN or take SIGRTMAX. A process without a
 * handler for it dies, which the asked ones are about to do anyway. */
#if defined(SIGRTMAX)
#define POSIX_ASK_SIGNAL (SIGRTMAX - 5)
#endif

/* Writes the next name for a temporary of this process. */
void posix_temporary_name(char *out, size_t size);

/* Longest path handled here, with its NUL. */
#define POSIX_MAX_PATH 4096

/* Fails with "<text>: <reason of os>; <what to do>" and err->os = os. The
 * code is THRESH_ENOMEM for lack of memory, else THRESH_EIO. */
FORMATS(3, 4)
int posix_fail(struct thresh_err *err, int os, const char *fmt, ...);

/* Moves a fresh descriptor out of 0, 1 and 2, which are free when the program
 * was started without them, and makes it close-on-exec. Returns the new one,
 * or -1 with errno set and fd closed. */
int posix_keep_fd(int fd);

/* Writes all bytes to a pipe or file, never raising SIGPIPE whatever its
 * disposition, and without any libc call that a sanitizer intercepts on the
 * way that succeeds. Returns 0 or an error number; errno is preserved. */
int posix_write_quietly(int fd, const void *data, size_t size);

/* Waits until a pipe, or `wake`, has data or has ended, a signal, or the timeout
 * (-1: none), and sets ready[] as platform_wait() does. False without memory. */
bool posix_poll(const platform_handle *pipes, bool *ready, size_t n,
                platform_handle wake, int timeout_ms);

/* To be called before a descriptor is closed that posix_poll() may have seen. */
void posix_poll_forget(int fd);

/* In a child, before it becomes another program: takes back what
 * platform_want_handles() has done. */
void posix_give_back_handles(void);

/* Reaps ended children that platform_spawn has not started: orphans of
 * targets' processes. One of ours that has ended hides those behind it until it
 * is polled, which is soon: then true. */
bool posix_reap_strays(void);

#endif
