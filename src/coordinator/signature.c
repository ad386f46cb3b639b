/* SPDX-License-Identifier: MIT
 *
 * See signature.h.
 */
#include "coordinator/signature.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "platform/symbols.h"

/* ---- whose code it is ---- */

static bool starts_any(const char *text, const char *const *list)
{
    for (; *list; list++)
        if (strncmp(text, *list, strlen(*list)) == 0)
            return true;
    return false;
}

static bool is_any(const char *text, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(text, *list) == 0)
            return true;
    return false;
}

/* clang-format off */
static const char *const runtime_modules[] = {
    "libc.so", "libc-", "libc.musl", "ld-", "ld.so", "libm.so", "libm-",
    "libpthread", "librt.", "librt-", "libdl.", "libdl-", "libgcc_s",
    "libstdc++", "libc++", "libunwind.", "libasan.", "libubsan.", "libtsan.",
    "liblsan.", "libhwasan.", "libclang_rt.", "ntdll.", "kernel32.",
    "KERNEL32.", "kernelbase.", "KERNELBASE.", "msvcrt.", "ucrtbase.",
    "libwinpthread", NULL};

/* Runtimes that are linked statically are known by their functions alone. Of
 * libc's those with names that C reserves and those that end a program: a
 * project may have its own allocator. */
static const char *const runtime_prefixes[] = {
    "__asan_", "__ubsan_", "__msan_", "__tsan_", "__lsan_", "__hwasan_",
    "__sanitizer_", "__interceptor_", "___interceptor_", "__sancov_",
    "__gcov_", "__asan::", "__ubsan::", "__msan::", "__tsan::", "__lsan::",
    "__sanitizer::", "__interception::", "_ZN6__asan", "_ZN7__ubsan",
    "_ZN6__msan", "_ZN6__tsan", "_ZN6__lsan", "_ZN11__sanitizer",
    "_ZN14__interception", "__libc_", "__GI_", "__pthread_", "__str", "__mem",
    "__wcs", "__wmem", "__assert", "__stack_chk_fail", "__fortify_fail",
    "__chk_fail", "__vfprintf", "__printf", "__run_exit_handlers", "__cxa_",
    "__gxx_", "__restore_rt", "_IO_", "_Unwind_", "_dl_", "_ZSt", "_ZNSt",
    "_ZNKSt", "_ZN9__gnu_cxx", "_ZN10__cxxabiv1", "std::", NULL};
static const char *const runtime_functions[] = {
    "__free", "__malloc", "__calloc", "__realloc", "abort", "raise",
    "gsignal", "pthread_kill", "kill", "tgkill", "exit", "_exit", "_Exit",
    "quick_exit", "pthread_exit", "malloc_printerr", "_int_free",
    "_int_malloc", "_int_realloc", "unlink_chunk", "munmap_chunk",
    "malloc_consolidate", "sysmalloc", "start_thread", "clone", "clone3",
    "_start", "mainCRTStartup", "thresh_check_failed", NULL};
/* clang-format on */

bool signature_is_runtime(const char *path)
{
    return starts_any(stack_base_name(path), runtime_modules);
}

static bool is_runtime_function(const char *name)
{
    return starts_any(name, runtime_prefixes) ||
           is_any(name, runtime_functions);
}

bool signature_is_project(const struct stack *s, const struct stack_frame *f)
{
    if (is_runtime_function(f->function))
        return false;
    if (f->module == STACK_NO_MODULE)
        return *f->function != 0;
    const char *module = s->module[f->module];
    const struct symbols *symbols = symbols_of(module);
    return !signature_is_runtime(module) &&
           !(symbols && symbols_is_own(symbols, f->address));
}

/* ---- keys ---- */

FORMATS(3, 4)
static void append(char *key, size_t size, const char *fmt, ...)
{
    size_t used = strlen(key);
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(key + used, size - used, fmt, ap);
    va_end(ap);
}

static void append_address(char *key, size_t size, const struct stack *s,
                           const struct stack_frame *f, uint64_t address)
{
    append(key, size, " %s+0x%llx", stack_base_name(s->module[f->module]),
           (unsigned long long)address);
}

/* The exact place, or as much of it as is known. */
static void append_place(char *key, size_t size, const struct stack *s,
                         const struct stack_frame *f)
{
    if (f->module != STACK_NO_MODULE && f->address)
        append_address(key, size, s, f, f->address);
    else
        append(key, size, " %s%s%s", f->function, *f->place ? "@" : "",
               f->place);
}

static const struct stack_frame *next_project(const struct stack *s,
                                              uint32_t *i)
{
    while (*i < s->n) {
        const struct stack_frame *f = &s->frame[(*i)++];
        if (signature_is_project(s, f))
            return f;
    }
    return NULL;
}

/* The exact places of two frames, so that two bugs in one function are two, and
 * also two that end in the same helper: fatal("..."), list_add(NULL). The third
 * frame counts by its function, so that calling the second twice does not make
 * one bug two; what is further out does not count at all, because most of the
 * many ways to one bug differ only there. */
void signature_of_stack(char *key, size_t size, const char *kind,
                        const struct stack *s)
{
    (void)snprintf(key, size, "%s", kind);
    uint32_t i = 0;
    for (int k = 0; k < 3; k++) {
        const struct stack_frame *f = next_project(s, &i);
        if (!f)
            break;
        if (k < 2)
            append_place(key, size, s, f);
        else if (*f->function)
            append(key, size, " %s", f->function);
    }
}

void signature_of_race(char *key, size_t size, const char *kind,
                       const struct stack *a, const struct stack *b)
{
    char place[2][STACK_PATH + STACK_FUNCTION + STACK_PLACE] = {"", ""};
    const struct stack *sides[2] = {a, b};
    for (int k = 0; k < 2; k++) {
        uint32_t i = 0;
        const struct stack_frame *f = next_project(sides[k], &i);
        if (f)
            append_place(place[k], sizeof place[k], sides[k], f);
    }
    int first = strcmp(place[0], place[1]) > 0;
    (void)snprintf(key, size, "%s%s%s", kind, place[first], place[!first]);
}

/* Which function of a recursion finds no room left is chance, and what it calls
 * besides; the functions that come again and again are the bug. They are told
 * by their order in memory. */
void signature_of_overflow(char *key, size_t size, const char *kind,
                           const struct stack *s)
{
    enum { AGAIN = 3, SHOWN = 4 };
    uint64_t after = 0;
    (void)snprintf(key, size, "%s", kind);
    for (int k = 0; k < SHOWN; k++) {
        const struct stack_frame *lowest = NULL;
        for (uint32_t i = 0; i < s->n; i++) {
            const struct stack_frame *f = &s->frame[i];
            uint32_t times = 0;
            for (uint32_t j = 0; j < s->n; j++)
                times += s->frame[j].start == f->start &&
                         s->frame[j].module == f->module;
            if (times >= AGAIN && f->start > after &&
                f->module != STACK_NO_MODULE && signature_is_project(s, f) &&
                (!lowest || f->start < lowest->start))
                lowest = f;
        }
        if (!lowest)
            break;
        append_address(key, size, s, lowest, lowest->start);
        after = lowest->start;
    }
}

/* Where in a loop an execution is caught is chance; by which of the functions
 * that the target calls it got there is not, mostly. */
void signature_of_hang(char *key, size_t size, const char *kind,
                       const struct stack *s)
{
    (void)snprintf(key, size, "%s", kind);
    if (!s->whole)
        return;
    int shown = 0;
    bool first = true;
    for (uint32_t i = s->n; i-- > 0 && shown < 2;) {
        const struct stack_frame *f = &s->frame[i];
        bool own = first || strncmp(f->function, "thresh_body_", 12) == 0;
        first = false;
        if (own || !*f->function || !signature_is_project(s, f))
            continue;
        append(key, size, " %s", f->function);
        shown++;
    }
}
