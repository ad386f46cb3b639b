/* SPDX-License-Identifier: MIT
 *
 * Functions of libc that compare texts, which no compiler tells us of. Where
 * they are linked statically or looked up from the program, ours come first;
 * they do what libc's do, by libc's own, and tell what was compared while
 * comparisons are recorded. Sanitizers that keep their own versions call the
 * hooks instead.
 *
 * On ELF all are weak: a program's own function of such a name wins. COFF finds
 * no weak ones in archives: there the linker puts ours before whatever function
 * has the name, as `thresh cc` tells it (--wrap).
 */
#ifndef THRESH_WORKER_LIBC_COMPARE_H
#define THRESH_WORKER_LIBC_COMPARE_H

#include <stddef.h>

#include "platform/abi.h"

typedef int of_strings(const char *a, const char *b);
typedef int of_prefixes(const char *a, const char *b, size_t n);

#ifdef __ELF__

#define LIBC_COMPARE GUEST_ABI __attribute__((weak))

LIBC_COMPARE int memcmp(const void *a, const void *b, size_t n);
LIBC_COMPARE int bcmp(const void *a, const void *b, size_t n);
LIBC_COMPARE int strcmp(const char *a, const char *b);
LIBC_COMPARE int strncmp(const char *a, const char *b, size_t n);
LIBC_COMPARE int strcasecmp(const char *a, const char *b);
LIBC_COMPARE int strncasecmp(const char *a, const char *b, size_t n);

#endif

// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): others call these
#ifndef __ELF__

int __wrap_memcmp(const void *a, const void *b, size_t n);
of_strings __wrap_strcmp, __wrap_strcasecmp, __wrap_stricmp, __wrap__stricmp;
of_prefixes __wrap_strncmp, __wrap_strncasecmp, __wrap_strnicmp,
    __wrap__strnicmp;
/* What is called through the table of imports. */
extern of_strings *__wrap___imp__stricmp;
extern of_prefixes *__wrap___imp__strnicmp;

#endif

GUEST_ABI void __sanitizer_weak_hook_memcmp(void *pc, const void *a,
                                            const void *b, size_t n,
                                            int result);
GUEST_ABI void __sanitizer_weak_hook_strcmp(void *pc, const char *a,
                                            const char *b, int result);
GUEST_ABI void __sanitizer_weak_hook_strncmp(void *pc, const char *a,
                                             const char *b, size_t n,
                                             int result);
GUEST_ABI void __sanitizer_weak_hook_strcasecmp(void *pc, const char *a,
                                                const char *b, int result);
GUEST_ABI void __sanitizer_weak_hook_strncasecmp(void *pc, const char *a,
                                                 const char *b, size_t n,
                                                 int result);
// NOLINTEND(bugprone-reserved-identifier,cert-dcl*)

#endif
