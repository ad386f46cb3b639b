/* SPDX-License-Identifier: MIT
 *
 * How the names that compilers call are marked. They are visible in spite of
 * -fvisibility=hidden, so that instrumented shared objects find them in the
 * program. Their bodies run inside other people's functions, before main, in
 * any thread: no stack protector, no thread-local storage, no library calls on
 * the way that is taken every time, errno untouched.
 */
#ifndef THRESH_WORKER_ABI_H
#define THRESH_WORKER_ABI_H

#ifdef __ELF__
#define GUEST_ABI __attribute__((visibility("default")))
#else
#define GUEST_ABI
#endif

#endif
