/* SPDX-License-Identifier: MIT
 *
 * See sanitizer_options.h.
 */
#include "driver/sanitizer_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What separates options. */
#define SEPARATORS " ,:\n\t\r"

static const char *const variables[TOOL_COUNT] = {
    [TOOL_ASAN] = "ASAN_OPTIONS", [TOOL_UBSAN] = "UBSAN_OPTIONS",
    [TOOL_LSAN] = "LSAN_OPTIONS", [TOOL_MSAN] = "MSAN_OPTIONS",
    [TOOL_TSAN] = "TSAN_OPTIONS",
};

/* Options that all tools have. Findings end the process, with one exit code
 * and without a core file; every crash is reported by the tool; leaks are
 * looked for after each input, not at an exit that is the target's failure;
 * what was freed goes back to the system soon, so that resident memory tells
 * something. */
static const char *const common[][2] = {
    {"abort_on_error", "0"},
    {"handle_segv", "1"},
    {"handle_sigbus", "1"},
    {"handle_sigfpe", "1"},
    {"handle_sigill", "1"},
    {"handle_sigtrap", "1"},
    {"use_sigaltstack", "1"},
    {"leak_check_at_exit", "0"},
    {"malloc_context_size", "10"},
    {"allocator_release_to_os_interval_ms", "500"},
};

/* Options of one tool. */
static const struct {
    enum sanitizer_tool tool;
    const char *name;
    const char *value;
} special[] = {
    {TOOL_ASAN, "halt_on_error", "1"},
    {TOOL_ASAN, "detect_odr_violation", "0"}, /* it ends the start */
    {TOOL_ASAN, "detect_stack_use_after_return", "1"},
    {TOOL_ASAN, "quarantine_size_mb", "16"},
    {TOOL_ASAN, "print_legend", "0"},
    {TOOL_UBSAN, "halt_on_error", "1"},
    {TOOL_UBSAN, "print_stacktrace", "1"},
    {TOOL_MSAN, "halt_on_error", "1"},
    {TOOL_TSAN, "halt_on_error", "1"},
    {TOOL_TSAN, "second_deadlock_stack", "1"},
};

/* The value that a list gives an option last, or NULL; *length is its
 * length. */
static const char *find(const char *list, const char *name, size_t *length)
{
    size_t n = strlen(name);
    const char *value = NULL;
    for (const char *p = list; *p; p += strcspn(p, SEPARATORS)) {
        p += strspn(p, SEPARATORS);
        if (strncmp(p, name, n) != 0 || p[n] != '=')
            continue;
        value = p + n + 1;
        /* Quoted values may have separators in them. */
        if (*value == '"' || *value == '\'') {
            const char *end = strchr(value + 1, *value);
            *length = end ? (size_t)(end - ++value) : strlen(++value);
            p = value + *length;
        } else {
            *length = strcspn(value, SEPARATORS);
        }
    }
    return value;
}

static bool gives(const struct sanitizer_settings *s, enum sanitizer_tool tool,
                  const char *name)
{
    size_t length;
    return s->has[tool] && (find(s->harness[tool], name, &length) ||
                            find(s->user[tool], name, &length));
}

static bool anybody_gives(const struct sanitizer_settings *s, const char *name)
{
    for (int tool = 0; tool < TOOL_COUNT; tool++)
        if (gives(s, (enum sanitizer_tool)tool, name))
            return true;
    return false;
}

struct text {
    char *to;
    size_t size;
    size_t used; /* more than size: too small */
};

static void add(struct text *t, const char *name, const char *value)
{
    size_t room = t->used < t->size ? t->size - t->used : 0;
    int n = snprintf(t->to + t->used * (room > 0), room, "%s=%s:", name, value);
    t->used += n > 0 ? (size_t)n : t->size;
}

static void add_common(struct text *t, const struct sanitizer_settings *s,
                       const char *name, const char *value)
{
    if (!anybody_gives(s, name))
        add(t, name, value);
}

/* Our allocation hook comes too late where the runtime fills new memory (MSan)
 * or records it (TSan), and not at all for LSan's realloc. */
static bool must_limit_itself(const struct sanitizer_settings *s,
                              enum sanitizer_tool tool)
{
    return tool == TOOL_MSAN || tool == TOOL_TSAN ||
           (tool == TOOL_LSAN && !s->has[TOOL_ASAN]);
}

bool sanitizer_setting(const struct sanitizer_settings *s,
                       enum sanitizer_tool tool, char *out, size_t size)
{
    char number[24];
    if (!s->has[tool])
        return false;
    struct text t = {out, size, 0};
    add(&t, variables[tool], "");
    t.used -= 1; /* the colon */
    /* Names are looked up by the coordinator, for the reports that are read:
     * in a worker that takes a tenth of a second or more for each death. But
     * suppressions name functions, which must be known then. */
    bool names = s->suppressions || anybody_gives(s, "suppressions");
    add_common(&t, s, "symbolize", names ? "1" : "0");
    /* ThreadSanitizer's frames would have no addresses. */
    if (!names && tool == TOOL_TSAN)
        add_common(&t, s, "stack_trace_format", "\"    #%n %p (%m+%o)\"");
    if (!s->as_libfuzzer) {
        add_common(&t, s, "exitcode", "77");
        add_common(&t, s, "handle_abort", "1");
    }
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
        add_common(&t, s, common[i][0], common[i][1]);
    if (s->max_allocation && must_limit_itself(s, tool)) {
        uint64_t megabytes = (s->max_allocation + (1u << 20) - 1) >> 20;
        (void)snprintf(number, sizeof number, "%llu",
                       (unsigned long long)megabytes);
        add_common(&t, s, "max_allocation_size_mb", number);
    }
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++)
        if (special[i].tool == tool && !gives(s, tool, special[i].name))
            add(&t, special[i].name, special[i].value);
    size_t user = strlen(s->user[tool]);
    if (t.used + user >= size)
        return false;
    memcpy(out + t.used, s->user[tool], user + 1);
    return true;
}

bool sanitizer_wants_leaks(const struct sanitizer_settings *s)
{
    const char *const *const given[] = {s->harness, s->user};
    bool wanted = true;
    for (size_t i = 0; i < 2; i++) {
        for (int tool = 0; tool < TOOL_COUNT; tool++) {
            size_t length;
            const char *value = find(given[i][tool], "detect_leaks", &length);
            if (value && s->has[tool])
                wanted = !(strncmp(value, "0", length) == 0 ||
                           strncmp(value, "no", length) == 0 ||
                           strncmp(value, "false", length) == 0);
        }
    }
    return wanted;
}

void sanitizer_settings_collect(struct sanitizer_settings *s)
{
    for (int i = 0; i < TOOL_COUNT; i++) {
        const char *user = getenv(variables[i]);
        s->has[i] = sanitizer_has((enum sanitizer_tool)i);
        s->harness[i] = sanitizer_own_options((enum sanitizer_tool)i);
        s->user[i] = user ? user : "";
    }
    s->suppressions = sanitizer_own_suppressions();
}
