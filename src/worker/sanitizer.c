/* SPDX-License-Identifier: MIT
 *
 * See sanitizer.h.
 */
#include "worker/sanitizer.h"

#include <string.h>

#include "base/protocol.h"

bool sanitizer_has_ubsan(void)
{
    return __ubsan_handle_add_overflow != NULL;
}

unsigned sanitizer_flags(void)
{
    unsigned flags = 0;
    if (__asan_init)
        flags |= REPLY_ASAN;
    if (__msan_init)
        flags |= REPLY_MSAN;
    if (__tsan_init)
        flags |= REPLY_TSAN;
    if (sanitizer_has_ubsan())
        flags |= REPLY_UBSAN;
    if (__lsan_do_leak_check)
        flags |= REPLY_LSAN;
    return flags;
}

const char *sanitizer_own_options(size_t index, const char **variable)
{
    static const struct {
        const char *variable;
        const char *(*options)(void);
    } tools[] = {
        {"ASAN_OPTIONS", __asan_default_options},
        {"UBSAN_OPTIONS", __ubsan_default_options},
        {"LSAN_OPTIONS", __lsan_default_options},
        {"MSAN_OPTIONS", __msan_default_options},
        {"TSAN_OPTIONS", __tsan_default_options},
    };
    if (index >= sizeof tools / sizeof tools[0])
        return NULL;
    *variable = tools[index].variable;
    const char *own = tools[index].options ? tools[index].options() : NULL;
    return own ? own : "";
}

bool sanitizer_has_suppressions(const char *variable)
{
    static const struct {
        const char *variable;
        const char *(*suppressions)(void);
    } tools[] = {
        {"ASAN_OPTIONS", __asan_default_suppressions},
        {"ASAN_OPTIONS", __lsan_default_suppressions},
        {"UBSAN_OPTIONS", __ubsan_default_suppressions},
        {"LSAN_OPTIONS", __lsan_default_suppressions},
        {"TSAN_OPTIONS", __tsan_default_suppressions},
    };
    for (size_t i = 0; i < sizeof tools / sizeof tools[0]; i++) {
        if (strcmp(variable, tools[i].variable) != 0 || !tools[i].suppressions)
            continue;
        const char *text = tools[i].suppressions();
        if (text && *text)
            return true;
    }
    return false;
}
