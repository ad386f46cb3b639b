/* SPDX-License-Identifier: MIT
 *
 * See libc_compare.h. On ELF libc's own functions are found when the program
 * starts; before that, and where there is no next library to look in, as in
 * static links, plain loops do the work: libc itself may call them before
 * anything is initialised. On COFF the linker knows them.
 */
#include "worker/libc_compare.h"

#include <stdint.h>

#include "platform/guest.h"
#include "worker/compare.h"

/* As much of a text as would be recorded, and one more. */
static size_t measure(const char *text, size_t most)
{
    size_t n = 0;
    most = most <= OPERAND_TEXT ? most : OPERAND_TEXT;
    while (n < most && text[n])
        n++;
    return n;
}

static inline bool is_worth_telling(int result)
{
    return __builtin_expect(
               atomic_load_explicit(&compare_recording, memory_order_relaxed),
               0) &&
           result != 0;
}

#define SLOW __attribute__((noinline, cold))

SLOW static void tell_strings(const char *a, const char *b, size_t most)
{
    compare_text_as(TEXT_EQUAL, true, a, measure(a, most), b, measure(b, most));
}

SLOW static void tell_folded(const char *a, const char *b, size_t most)
{
    compare_text_as(TEXT_FOLDED, true, a, measure(a, most), b,
                    measure(b, most));
}

#ifdef __ELF__

typedef int of_bytes(const void *a, const void *b, size_t n);

static of_bytes *next_memcmp, *next_bcmp;
static of_strings *next_strcmp, *next_strcasecmp;
static of_prefixes *next_strncmp, *next_strncasecmp;

__attribute__((constructor(101))) static void find_next(void)
{
    next_memcmp = (of_bytes *)guest_next_function("memcmp");
    next_bcmp = (of_bytes *)guest_next_function("bcmp");
    next_strcmp = (of_strings *)guest_next_function("strcmp");
    next_strcasecmp = (of_strings *)guest_next_function("strcasecmp");
    next_strncmp = (of_prefixes *)guest_next_function("strncmp");
    next_strncasecmp = (of_prefixes *)guest_next_function("strncasecmp");
}

static int lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static int plain_bytes(const void *a, const void *b, size_t n)
{
    const uint8_t *x = a;
    const uint8_t *y = b;
    size_t i = 0;
    while (i < n && x[i] == y[i])
        i++;
    return i < n ? x[i] - y[i] : 0;
}

static int plain_strings(const char *a, const char *b, size_t n)
{
    const uint8_t *x = (const uint8_t *)a;
    const uint8_t *y = (const uint8_t *)b;
    size_t i = 0;
    while (i < n && x[i] && x[i] == y[i])
        i++;
    return i < n ? x[i] - y[i] : 0;
}

static int plain_folded(const char *a, const char *b, size_t n)
{
    const uint8_t *x = (const uint8_t *)a;
    const uint8_t *y = (const uint8_t *)b;
    size_t i = 0;
    while (i < n && x[i] && lower(x[i]) == lower(y[i]))
        i++;
    return i < n ? lower(x[i]) - lower(y[i]) : 0;
}

/* Whether libc's function alone will do: almost always, and then it is jumped
 * to, so that the way through here costs next to nothing. */
#define ALONE(next)                                                         \
    __builtin_expect((next) && !atomic_load_explicit(&compare_recording,    \
                                                     memory_order_relaxed), \
                     1)

SLOW static int bytes_slowly(of_bytes *next, const void *a, const void *b,
                             size_t n)
{
    int result = next ? next(a, b, n) : plain_bytes(a, b, n);
    if (is_worth_telling(result))
        compare_text(a, n, b, n);
    return result;
}

SLOW static int strings_slowly(of_strings *next, const char *a, const char *b)
{
    int result = next ? next(a, b) : plain_strings(a, b, SIZE_MAX);
    if (is_worth_telling(result))
        tell_strings(a, b, SIZE_MAX);
    return result;
}

SLOW static int folded_slowly(of_strings *next, const char *a, const char *b)
{
    int result = next ? next(a, b) : plain_folded(a, b, SIZE_MAX);
    if (is_worth_telling(result))
        tell_folded(a, b, SIZE_MAX);
    return result;
}

SLOW static int prefixes_slowly(of_prefixes *next, const char *a, const char *b,
                                size_t n)
{
    int result = next ? next(a, b, n) : plain_strings(a, b, n);
    if (is_worth_telling(result))
        tell_strings(a, b, n);
    return result;
}

SLOW static int folded_prefixes_slowly(of_prefixes *next, const char *a,
                                       const char *b, size_t n)
{
    int result = next ? next(a, b, n) : plain_folded(a, b, n);
    if (is_worth_telling(result))
        tell_folded(a, b, n);
    return result;
}

int memcmp(const void *a, const void *b, size_t n)
{
    of_bytes *next = next_memcmp;
    return ALONE(next) ? next(a, b, n) : bytes_slowly(next, a, b, n);
}

int bcmp(const void *a, const void *b, size_t n)
{
    of_bytes *next = next_bcmp;
    return ALONE(next) ? next(a, b, n) : bytes_slowly(next, a, b, n);
}

int strcmp(const char *a, const char *b)
{
    of_strings *next = next_strcmp;
    return ALONE(next) ? next(a, b) : strings_slowly(next, a, b);
}

int strncmp(const char *a, const char *b, size_t n)
{
    of_prefixes *next = next_strncmp;
    return ALONE(next) ? next(a, b, n) : prefixes_slowly(next, a, b, n);
}

int strcasecmp(const char *a, const char *b)
{
    of_strings *next = next_strcasecmp;
    return ALONE(next) ? next(a, b) : folded_slowly(next, a, b);
}

int strncasecmp(const char *a, const char *b, size_t n)
{
    of_prefixes *next = next_strncasecmp;
    return ALONE(next) ? next(a, b, n) : folded_prefixes_slowly(next, a, b, n);
}

#else

/* A function and what the linker calls libc's own. */
#define WRAP(name, parameters, arguments, tell) \
    int __real_##name parameters;               \
    int __wrap_##name parameters                \
    {                                           \
        int result = __real_##name arguments;   \
        if (is_worth_telling(result))           \
            tell;                               \
        return result;                          \
    }
#define WRAP_STRINGS(name, tell) \
    WRAP(name, (const char *a, const char *b), (a, b), tell(a, b, SIZE_MAX))
#define WRAP_PREFIXES(name, tell)                                   \
    WRAP(name, (const char *a, const char *b, size_t n), (a, b, n), \
         tell(a, b, n))

// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): --wrap's names
WRAP(memcmp, (const void *a, const void *b, size_t n), (a, b, n),
     compare_text(a, n, b, n))
WRAP_STRINGS(strcmp, tell_strings)
WRAP_STRINGS(strcasecmp, tell_folded)
WRAP_STRINGS(stricmp, tell_folded)
WRAP_STRINGS(_stricmp, tell_folded)
WRAP_PREFIXES(strncmp, tell_strings)
WRAP_PREFIXES(strncasecmp, tell_folded)
WRAP_PREFIXES(strnicmp, tell_folded)
WRAP_PREFIXES(_strnicmp, tell_folded)

of_strings *__wrap___imp__stricmp = __wrap__stricmp;
of_prefixes *__wrap___imp__strnicmp = __wrap__strnicmp;
// NOLINTEND(bugprone-reserved-identifier,cert-dcl*)

#endif

void __sanitizer_weak_hook_memcmp(void *pc, const void *a, const void *b,
                                  size_t n, int result)
{
    (void)pc;
    if (is_worth_telling(result))
        compare_text(a, n, b, n);
}

void __sanitizer_weak_hook_strcmp(void *pc, const char *a, const char *b,
                                  int result)
{
    (void)pc;
    if (is_worth_telling(result))
        tell_strings(a, b, SIZE_MAX);
}

void __sanitizer_weak_hook_strncmp(void *pc, const char *a, const char *b,
                                   size_t n, int result)
{
    (void)pc;
    if (is_worth_telling(result))
        tell_strings(a, b, n);
}

void __sanitizer_weak_hook_strcasecmp(void *pc, const char *a, const char *b,
                                      int result)
{
    (void)pc;
    if (is_worth_telling(result))
        tell_folded(a, b, SIZE_MAX);
}

void __sanitizer_weak_hook_strncasecmp(void *pc, const char *a, const char *b,
                                       size_t n, int result)
{
    (void)pc;
    if (is_worth_telling(result))
        tell_folded(a, b, n);
}
