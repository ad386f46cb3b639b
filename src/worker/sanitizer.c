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

bool sanitizer_has(enum sanitizer_tool tool)
{
    static const unsigned flag[TOOL_COUNT] = {
        [TOOL_ASAN] = REPLY_ASAN, [TOOL_UBSAN] = REPLY_UBSAN,
        [TOOL_LSAN] = REPLY_LSAN, [TOOL_MSAN] = REPLY_MSAN,
        [TOOL_TSAN] = REPLY_TSAN,
    };
    return sanitizer_flags() & flag[tool];
}

const char *sanitizer_own_options(enum sanitizer_tool tool)
{
    const char *(*const options[TOOL_COUNT])(void) = {
        [TOOL_ASAN] = __asan_default_options,
        [TOOL_UBSAN] = __ubsan_default_options,
        [TOOL_LSAN] = __lsan_default_options,
        [TOOL_MSAN] = __msan_default_options,
        [TOOL_TSAN] = __tsan_default_options,
    };
    const char *own = options[tool] ? options[tool]() : NULL;
    return own ? own : "";
}

bool sanitizer_own_suppressions(void)
{
    const char *(*const texts[])(void) = {
        __asan_default_suppressions, __ubsan_default_suppressions,
        __lsan_default_suppressions, __tsan_default_suppressions};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *text = texts[i] ? texts[i]() : NULL;
        if (text && *text)
            return true;
    }
    return false;
}
