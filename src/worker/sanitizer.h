/* SPDX-License-Identifier: MIT
 *
 * What the sanitizers' runtimes offer: each function is null where its runtime
 * is not linked in. Defines none of the names.
 */
#ifndef THRESH_WORKER_SANITIZER_H
#define THRESH_WORKER_SANITIZER_H

#include <stdbool.h>
#include <stddef.h>

#include "platform/optional.h"

OPTIONAL_RUNTIME(void, __asan_poison_memory_region,
                 (const volatile void *at, size_t size));
OPTIONAL_RUNTIME(void, __asan_unpoison_memory_region,
                 (const volatile void *at, size_t size));
OPTIONAL_RUNTIME(void, __asan_init, (void));
OPTIONAL_RUNTIME(void, __msan_init, (void));
OPTIONAL_RUNTIME(void, __msan_unpoison_param, (size_t n));
OPTIONAL_RUNTIME(void, __msan_unpoison, (const volatile void *at, size_t size));
OPTIONAL_RUNTIME(void, __msan_scoped_disable_interceptor_checks, (void));
OPTIONAL_RUNTIME(void, __msan_scoped_enable_interceptor_checks, (void));
OPTIONAL_RUNTIME(void, __tsan_init, (void));
OPTIONAL_RUNTIME(void, __msan_set_keep_going, (int keep_going));
OPTIONAL_RUNTIME(void, __lsan_do_leak_check, (void));
OPTIONAL_RUNTIME(int, __lsan_do_recoverable_leak_check, (void));
OPTIONAL_RUNTIME(void, __lsan_disable, (void));
OPTIONAL_RUNTIME(void, __lsan_enable, (void));
OPTIONAL_RUNTIME(void, __ubsan_handle_add_overflow,
                 (void *data, void *a, void *b));
OPTIONAL_RUNTIME(void, __ubsan_handle_add_overflow_minimal, (void));
OPTIONAL_RUNTIME(void, __asan_set_error_report_callback,
                 (void (*callback)(const char *report)));
OPTIONAL_RUNTIME(void, __sanitizer_set_death_callback,
                 (void (*callback)(void)));
OPTIONAL_RUNTIME(int, __sanitizer_install_malloc_and_free_hooks,
                 (void (*on_malloc)(const volatile void *at, size_t size),
                  void (*on_free)(const volatile void *at)));
OPTIONAL_RUNTIME(void, __sanitizer_print_stack_trace, (void));
OPTIONAL_RUNTIME(void, __sanitizer_print_memory_profile,
                 (size_t percent, size_t contexts));
OPTIONAL_RUNTIME(void, __sanitizer_set_report_fd, (void *fd));
OPTIONAL_RUNTIME(int, __llvm_profile_write_file, (void));
OPTIONAL_RUNTIME(void, __llvm_profile_reset_counters, (void));
OPTIONAL_RUNTIME(const char *, __asan_default_suppressions, (void));
OPTIONAL_RUNTIME(const char *, __ubsan_default_suppressions, (void));
OPTIONAL_RUNTIME(const char *, __lsan_default_suppressions, (void));
OPTIONAL_RUNTIME(const char *, __tsan_default_suppressions, (void));
OPTIONAL_RUNTIME(const char *, __asan_default_options, (void));
OPTIONAL_RUNTIME(const char *, __ubsan_default_options, (void));
OPTIONAL_RUNTIME(const char *, __lsan_default_options, (void));
OPTIONAL_RUNTIME(const char *, __msan_default_options, (void));
OPTIONAL_RUNTIME(const char *, __tsan_default_options, (void));

bool sanitizer_has_ubsan(void);

/* MSan sees nothing of our own writes, so it would call what we hand to libc
 * uninitialised. Its interceptors are to judge target code alone: each side is
 * entered by one of these, engine first, in turns. Nothing without MSan. */
static inline void sanitizer_enter_engine(void)
{
    if (__msan_scoped_disable_interceptor_checks)
        __msan_scoped_disable_interceptor_checks();
}

static inline void sanitizer_enter_target(void)
{
    if (__msan_scoped_enable_interceptor_checks) {
        __msan_scoped_enable_interceptor_checks();
        __msan_unpoison_param(4); /* as many as any target function has */
    }
}

/* Tells MSan that memory which we wrote for the target is initialised. */
static inline void sanitizer_initialised(const void *at, size_t size)
{
    if (__msan_unpoison)
        __msan_unpoison(at, size);
}

/* The REPLY_* flags of the sanitizers in this program. */
unsigned sanitizer_flags(void);

enum sanitizer_tool {
    TOOL_ASAN,
    TOOL_UBSAN,
    TOOL_LSAN,
    TOOL_MSAN,
    TOOL_TSAN,
    TOOL_COUNT
};

/* Whether this program has the tool's runtime, or a part of it. */
bool sanitizer_has(enum sanitizer_tool tool);

/* What the harness's own __NAME_default_options() returns, "" where there is
 * none. */
const char *sanitizer_own_options(enum sanitizer_tool tool);

/* Whether the harness has suppressions of its own, which name functions. */
bool sanitizer_own_suppressions(void);

#endif
