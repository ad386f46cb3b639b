/* SPDX-License-Identifier: MIT
 *
 * Functions of libc that look for a text in another, or compare wide ones; as
 * in libc_compare.h, which see. Apart from it because these are called seldom
 * enough to be told of in one and the same way. A text that was looked for in
 * vain is told as such: where it stood in the input nothing can be replaced,
 * but it can be put there.
 */
#ifndef THRESH_WORKER_LIBC_SEARCH_H
#define THRESH_WORKER_LIBC_SEARCH_H

#include <stddef.h>
#include <wchar.h>

#include "platform/abi.h"

#ifdef __ELF__

#define LIBC_SEARCH GUEST_ABI __attribute__((weak))

LIBC_SEARCH char *strstr(const char *hay, const char *needle);
LIBC_SEARCH char *strcasestr(const char *hay, const char *needle);
LIBC_SEARCH void *memmem(const void *hay, size_t hay_size, const void *needle,
                         size_t needle_size);
LIBC_SEARCH int wcscmp(const wchar_t *a, const wchar_t *b);
LIBC_SEARCH int wcsncmp(const wchar_t *a, const wchar_t *b, size_t n);
LIBC_SEARCH int wmemcmp(const wchar_t *a, const wchar_t *b, size_t n);

#endif

// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): others call these
#ifndef __ELF__

char *__wrap_strstr(const char *hay, const char *needle);
int __wrap_wcscmp(const wchar_t *a, const wchar_t *b);
int __wrap_wcsncmp(const wchar_t *a, const wchar_t *b, size_t n);
int __wrap_wmemcmp(const wchar_t *a, const wchar_t *b, size_t n);

#endif

GUEST_ABI void __sanitizer_weak_hook_strstr(void *pc, const char *hay,
                                            const char *needle, char *result);
GUEST_ABI void __sanitizer_weak_hook_strcasestr(void *pc, const char *hay,
                                                const char *needle,
                                                char *result);
GUEST_ABI void __sanitizer_weak_hook_memmem(void *pc, const void *hay,
                                            size_t hay_size, const void *needle,
                                            size_t needle_size, void *result);
// NOLINTEND(bugprone-reserved-identifier,cert-dcl*)

#endif
