/* SPDX-License-Identifier: MIT
 *
 * See libc_search.h.
 */
#include "worker/libc_search.h"

#include <stdint.h>

#include "platform/guest.h"
#include "worker/compare.h"

static inline bool is_recording(void)
{
    return __builtin_expect(
        atomic_load_explicit(&compare_recording, memory_order_relaxed), 0);
}

#define SLOW __attribute__((noinline, cold))

/* As much of a text as is recorded. */
static size_t measure(const char *text)
{
    size_t n = 0;
    while (n < OPERAND_TEXT && text[n])
        n++;
    return n;
}

SLOW static void tell_search(const void *hay, size_t hay_size,
                             const void *needle, size_t needle_size)
{
    /* A needle that is cut would be put into the input in vain. */
    if (needle_size && needle_size <= OPERAND_TEXT)
        compare_text_as(TEXT_FOUND, false, hay, hay_size, needle, needle_size);
}

SLOW static void tell_string_search(const char *hay, const char *needle)
{
    tell_search(hay, measure(hay), needle, measure(needle));
}

static size_t measure_wide(const wchar_t *text, size_t most)
{
    size_t n = 0;
    while (n < OPERAND_TEXT && n < most && text[n])
        n++;
    return n;
}

/* As bytes, if each character is one. */
static bool narrow(char *to, const wchar_t *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if ((unsigned long)text[i] > 0xff)
            return false;
        to[i] = (char)text[i];
    }
    return true;
}

/* As it lies in memory, with its end if it has one, and as it may lie in the
 * input. */
SLOW static void tell_wide(const wchar_t *a, size_t a_size, const wchar_t *b,
                           size_t b_size, size_t end)
{
    char narrow_a[OPERAND_TEXT], narrow_b[OPERAND_TEXT];
    a_size = a_size < OPERAND_TEXT ? a_size : OPERAND_TEXT;
    b_size = b_size < OPERAND_TEXT ? b_size : OPERAND_TEXT;
    compare_text(a, (a_size + (a_size < end)) * sizeof *a, b,
                 (b_size + (b_size < end)) * sizeof *b);
    if (narrow(narrow_a, a, a_size) && narrow(narrow_b, b, b_size))
        compare_text_as(TEXT_EQUAL, true, narrow_a, a_size, narrow_b, b_size);
}

/* Tells of a comparison with this result, of at most so many characters. */
static int told_wide(int result, const wchar_t *a, const wchar_t *b,
                     size_t most)
{
    if (is_recording() && result)
        tell_wide(a, measure_wide(a, most), b, measure_wide(b, most),
                  most < OPERAND_TEXT ? most : OPERAND_TEXT);
    return result;
}

static int told_wide_memory(int result, const wchar_t *a, const wchar_t *b,
                            size_t n)
{
    if (is_recording() && result)
        tell_wide(a, n, b, n, 0);
    return result;
}

#ifdef __ELF__

typedef char *in_string(const char *hay, const char *needle);
typedef void *in_bytes(const void *hay, size_t hay_size, const void *needle,
                       size_t needle_size);
typedef int of_wide(const wchar_t *a, const wchar_t *b);
typedef int of_some_wide(const wchar_t *a, const wchar_t *b, size_t n);

static in_string *next_strstr, *next_strcasestr;
static in_bytes *next_memmem;
static of_wide *next_wcscmp;
static of_some_wide *next_wcsncmp, *next_wmemcmp;

__attribute__((constructor(101))) static void find_next(void)
{
    next_strstr = (in_string *)guest_next_function("strstr");
    next_strcasestr = (in_string *)guest_next_function("strcasestr");
    next_memmem = (in_bytes *)guest_next_function("memmem");
    next_wcscmp = (of_wide *)guest_next_function("wcscmp");
    next_wcsncmp = (of_some_wide *)guest_next_function("wcsncmp");
    next_wmemcmp = (of_some_wide *)guest_next_function("wmemcmp");
}

/* ---- searching ---- */

static uint8_t lower(uint8_t c)
{
    return (uint8_t)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool begins(const uint8_t *text, const uint8_t *with, size_t n,
                   bool folded)
{
    size_t i = 0;
    while (i < n &&
           (text[i] == with[i] || (folded && lower(text[i]) == lower(with[i]))))
        i++;
    return i == n;
}

static size_t length(const char *text)
{
    size_t n = 0;
    while (text[n])
        n++;
    return n;
}

static const void *plain_search(const void *hay, size_t hay_size,
                                const void *needle, size_t n, bool folded)
{
    const uint8_t *at = hay;
    for (; hay_size >= n; at++, hay_size--)
        if (begins(at, needle, n, folded))
            return at;
    return NULL;
}

static char *search_string(in_string *next, const char *hay, const char *needle,
                           bool folded)
{
    const char *found =
        next ? next(hay, needle)
             : plain_search(hay, length(hay), needle, length(needle), folded);
    if (is_recording() && !found)
        tell_string_search(hay, needle);
    return (char *)(uintptr_t)found;
}

char *strstr(const char *hay, const char *needle)
{
    return search_string(next_strstr, hay, needle, false);
}

char *strcasestr(const char *hay, const char *needle)
{
    return search_string(next_strcasestr, hay, needle, true);
}

void *memmem(const void *hay, size_t hay_size, const void *needle,
             size_t needle_size)
{
    in_bytes *next = next_memmem;
    const void *found =
        next ? next(hay, hay_size, needle, needle_size)
             : plain_search(hay, hay_size, needle, needle_size, false);
    if (is_recording() && !found)
        tell_search(hay, hay_size, needle, needle_size);
    return (void *)(uintptr_t)found;
}

static int plain_wide(const wchar_t *a, const wchar_t *b, size_t n, bool ends)
{
    size_t i = 0;
    while (i < n && a[i] == b[i] && !(ends && a[i] == 0))
        i++;
    return i == n || a[i] == b[i] ? 0 : a[i] < b[i] ? -1 : 1;
}

int wcscmp(const wchar_t *a, const wchar_t *b)
{
    int result =
        next_wcscmp ? next_wcscmp(a, b) : plain_wide(a, b, SIZE_MAX, true);
    return told_wide(result, a, b, SIZE_MAX);
}

int wcsncmp(const wchar_t *a, const wchar_t *b, size_t n)
{
    int result =
        next_wcsncmp ? next_wcsncmp(a, b, n) : plain_wide(a, b, n, true);
    return told_wide(result, a, b, n);
}

int wmemcmp(const wchar_t *a, const wchar_t *b, size_t n)
{
    int result =
        next_wmemcmp ? next_wmemcmp(a, b, n) : plain_wide(a, b, n, false);
    return told_wide_memory(result, a, b, n);
}

#else

// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): --wrap's names
char *__real_strstr(const char *hay, const char *needle);
int __real_wcscmp(const wchar_t *a, const wchar_t *b);
int __real_wcsncmp(const wchar_t *a, const wchar_t *b, size_t n);
int __real_wmemcmp(const wchar_t *a, const wchar_t *b, size_t n);

char *__wrap_strstr(const char *hay, const char *needle)
{
    char *found = __real_strstr(hay, needle);
    if (is_recording() && !found)
        tell_string_search(hay, needle);
    return found;
}

int __wrap_wcscmp(const wchar_t *a, const wchar_t *b)
{
    return told_wide(__real_wcscmp(a, b), a, b, SIZE_MAX);
}

int __wrap_wcsncmp(const wchar_t *a, const wchar_t *b, size_t n)
{
    return told_wide(__real_wcsncmp(a, b, n), a, b, n);
}

int __wrap_wmemcmp(const wchar_t *a, const wchar_t *b, size_t n)
{
    return told_wide_memory(__real_wmemcmp(a, b, n), a, b, n);
}
// NOLINTEND(bugprone-reserved-identifier,cert-dcl*)

#endif

void __sanitizer_weak_hook_strstr(void *pc, const char *hay, const char *needle,
                                  char *result)
{
    (void)pc;
    if (is_recording() && !result)
        tell_string_search(hay, needle);
}

void __sanitizer_weak_hook_strcasestr(void *pc, const char *hay,
                                      const char *needle, char *result)
{
    (void)pc;
    if (is_recording() && !result)
        tell_string_search(hay, needle);
}

void __sanitizer_weak_hook_memmem(void *pc, const void *hay, size_t hay_size,
                                  const void *needle, size_t needle_size,
                                  void *result)
{
    (void)pc;
    if (is_recording() && !result)
        tell_search(hay, hay_size, needle, needle_size);
}
