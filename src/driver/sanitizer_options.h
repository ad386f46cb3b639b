/* SPDX-License-Identifier: MIT
 *
 * What the sanitizers' runtimes in workers are told through their environment.
 * Of each option the user's value wins over the harness's own, which wins over
 * ours. A runtime reads the harness's own options by itself, then the
 * environment, so ours may be there only where nobody else gives that option.
 * And several variables are read by one runtime (ASan reads LSAN_OPTIONS and
 * UBSAN_OPTIONS too), each overriding the last in what all tools have in
 * common, so that such an option of ours gives way to one in any of them.
 *
 * Pure but for sanitizer_settings_collect(), so that every precedence can be
 * tested.
 */
#ifndef THRESH_DRIVER_SANITIZER_OPTIONS_H
#define THRESH_DRIVER_SANITIZER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/sanitizer.h"

/* What others say: "name=value:name=value", "" for nothing. */
struct sanitizer_settings {
    bool has[TOOL_COUNT];
    const char *harness[TOOL_COUNT];
    const char *user[TOOL_COUNT];
    bool suppressions;       /* the harness's own */
    uint64_t max_allocation; /* bytes, 0: no limit */
    bool as_libfuzzer; /* the tools' own exit codes are kept, and aborts are
                        * the engine's to report */
};

/* Fills in what this program and its environment say. */
void sanitizer_settings_collect(struct sanitizer_settings *s);

/* Writes the setting of one tool's variable, "ASAN_OPTIONS=...". False if the
 * program lacks the tool, or out is too small. */
bool sanitizer_setting(const struct sanitizer_settings *s,
                       enum sanitizer_tool tool, char *out, size_t size);

/* Whether leaks are to be looked for, where LeakSanitizer is. */
bool sanitizer_wants_leaks(const struct sanitizer_settings *s);

#endif
