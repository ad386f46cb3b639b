/* SPDX-License-Identifier: MIT
 *
 * How the names that compilers call are marked. They are visible in spite of
 * -fvisibility=hidden, so that instrumented shared objects find them in the
 * program. Their bodies run inside other people's functions, before main, in
 * any thread: no stack protector, no thread-local storage, no library calls on
 * the way that is taken every time, errno untouched. It differs with the format
 * of objects, so that it stands here.
 */
#ifndef THRESH_PLATFORM_ABI_H
#define THRESH_PLATFORM_ABI_H

#ifdef __ELF__
#define GUEST_ABI __attribute__((visibility("default")))
#else
#define GUEST_ABI
#endif

/* How compilers' own thread-local variables are declared: not at all where the
 * system's are emulated. */
#ifdef _WIN32
#define GUEST_THREAD_LOCAL
#define GUEST_INITIAL_EXEC
#else
#define GUEST_THREAD_LOCAL _Thread_local
#define GUEST_INITIAL_EXEC __attribute__((tls_model("initial-exec")))
#endif

#endif
