/* SPDX-License-Identifier: MIT
 *
 * See verdict.h.
 */
#include "coordinator/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"

/* Enough for any sanitizer's report. */
#define OUTPUT_READ ((size_t)256 << 10)

/* Copies up to the end of the line. */
static void copy_line(char *to, size_t size, const char *from)
{
    size_t n = strcspn(from, "\n");
    if (n >= size)
        n = size - 1;
    memcpy(to, from, n);
    to[n] = 0;
}

/* Leaks: how much, from the summary "SUMMARY: AddressSanitizer: 9 byte(s)
 * leaked in 2 allocation(s)." */
static void refine_leak(struct verdict *v, const char *what)
{
    unsigned long long bytes, blocks;
    const char *number = strstr(v->detail, "Sanitizer: ");
    v->leak = strcmp(what, "detected memory leaks") == 0;
    if (!v->leak || !number ||
        sscanf(number, "Sanitizer: %llu byte(s) leaked in %llu", &bytes,
               &blocks) != 2)
        return;
    (void)snprintf(v->title, sizeof v->title,
                   "%s: %llu byte%s in %llu allocation%s (LeakSanitizer)", what,
                   bytes, bytes == 1 ? "" : "s", blocks,
                   blocks == 1 ? "" : "s");
}

/* Allocations that the runtime itself refused are named as those that we
 * refuse. */
static void refine_allocation(struct verdict *v, const char *kind)
{
    static const char *const starts[] = {
        "requested allocation size ",
        "allocator is out of memory trying to allocate "};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        size_t n = strlen(starts[i]);
        if (strncmp(kind, starts[i], n) != 0)
            continue;
        (void)snprintf(v->title, sizeof v->title, "out of memory: malloc(%llu)",
                       strtoull(kind + n, NULL, 16));
        (void)snprintf(v->key, sizeof v->key, "memory allocation");
        v->allocation = true;
    }
}

/* "==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x..." or
 * "==7==WARNING: MemorySanitizer: use-of-uninitialized-value". */
static bool read_tool_report(struct verdict *v, const char *at,
                             const char *tool)
{
    char what[128];
    const char *kind = at + strlen(tool) + 2;
    size_t n = strcspn(kind, "\n");
    const char *pid = strstr(kind, " (pid=");
    if (pid && (size_t)(pid - kind) < n)
        n = (size_t)(pid - kind);
    const char *end = strstr(kind, " on ");
    if (end && (size_t)(end - kind) < n)
        n = (size_t)(end - kind);
    if (n >= sizeof what)
        n = sizeof what - 1;
    memcpy(what, kind, n);
    while (n > 0 && what[n - 1] == ' ')
        n--;
    what[n] = 0;
    char access[64] = "";
    const char *next = strchr(kind, '\n');
    if (next && (strncmp(next + 1, "READ of", 7) == 0 ||
                 strncmp(next + 1, "WRITE of", 8) == 0)) {
        copy_line(access, sizeof access, next + 1);
        char *at_word = strstr(access, " at 0x");
        if (at_word)
            *at_word = 0;
        at_word = strstr(access, " thread T");
        if (at_word)
            *at_word = 0;
    }
    (void)snprintf(v->title, sizeof v->title, "%s%s%s (%s)", what,
                   *access ? " " : "", access, tool);
    (void)snprintf(v->key, sizeof v->key, "%s %s", tool, what);
    const char *summary = strstr(at, "\nSUMMARY: ");
    if (summary)
        copy_line(v->detail, sizeof v->detail, summary + 1);
    refine_leak(v, what);
    refine_allocation(v, kind);
    return true;
}

/* "file.c:3:5: runtime error: signed integer overflow: ..." */
static bool read_ubsan_report(struct verdict *v, const char *output,
                              const char *at)
{
    const char *start = at;
    while (start > output && start[-1] != '\n')
        start--;
    const char *text = at + strlen(": runtime error: ");
    char place[200];
    size_t n = (size_t)(at - start);
    if (n >= sizeof place)
        n = sizeof place - 1;
    memcpy(place, start, n);
    place[n] = 0;
    char what[200];
    copy_line(what, sizeof what, text);
    (void)snprintf(v->title, sizeof v->title, "%s (UndefinedBehaviorSanitizer)",
                   what);
    (void)snprintf(v->detail, sizeof v->detail, "%s", place);
    (void)snprintf(v->key, sizeof v->key, "UBSan %s", place);
    return true;
}

/* "ubsan: add-overflow", all that the minimal runtime says. */
static bool read_minimal_report(struct verdict *v, const char *output)
{
    static const char word[] = "ubsan: ";
    const char *at = output;
    while ((at = strstr(at, word)) && at > output && at[-1] != '\n')
        at++;
    if (!at)
        return false;
    char what[200];
    copy_line(what, sizeof what, at + sizeof word - 1);
    char *place = strstr(what, " by 0x");
    if (place)
        *place = 0;
    (void)snprintf(v->title, sizeof v->title, "%s (UndefinedBehaviorSanitizer)",
                   what);
    (void)snprintf(v->key, sizeof v->key, "UBSan %s", what);
    return true;
}

bool verdict_read_report(struct verdict *v, const char *output)
{
    static const char *const tools[] = {
        "AddressSanitizer", "MemorySanitizer",    "ThreadSanitizer",
        "LeakSanitizer",    "HWAddressSanitizer", "UndefinedBehaviorSanitizer"};
    const char *first = NULL;
    const char *first_tool = NULL;
    for (size_t i = 0; i < sizeof tools / sizeof tools[0]; i++) {
        char mark[64];
        (void)snprintf(mark, sizeof mark, ": %s: ", tools[i]);
        const char *at = strstr(output, mark);
        if (at && (!first || at < first)) {
            first = at + 2;
            first_tool = tools[i];
        }
    }
    const char *ubsan = strstr(output, ": runtime error: ");
    if (ubsan && (!first || ubsan < first))
        return read_ubsan_report(v, output, ubsan);
    if (first)
        return read_tool_report(v, first, first_tool);
    return read_minimal_report(v, output);
}

/* Up to the second colon of "file.c:12: check failed: ...": the place. */
static void key_of_check(struct verdict *v, const char *text)
{
    const char *colon = strchr(text, ':');
    colon = colon ? strchr(colon + 1, ':') : NULL;
    size_t n = colon ? (size_t)(colon - text) : strlen(text);
    (void)snprintf(v->key, sizeof v->key, "check %.*s", (int)n, text);
}

static void judge_words(struct verdict *v, const struct last_words *words)
{
    v->kind = VERDICT_FAIL;
    (void)snprintf(v->title, sizeof v->title, "%.*s", VERDICT_TEXT - 1,
                   words->text);
    v->allocation = words->kind == LAST_WORDS_MEMORY;
    if (words->kind == LAST_WORDS_CHECK)
        key_of_check(v, words->text);
    else if (words->kind == LAST_WORDS_MEMORY)
        (void)snprintf(v->key, sizeof v->key, "memory allocation");
    else
        (void)snprintf(v->key, sizeof v->key, "overwrite");
}

void verdict_of_reply(struct verdict *v, const struct process *p)
{
    const struct region *region = (const void *)p->memory.base;
    struct last_words words;
    memcpy(&words, &region->words, sizeof words);
    words.text[LAST_WORDS_TEXT - 1] = 0;
    *v = (struct verdict){0};
    judge_words(v, &words);
}

static void judge_signal(struct verdict *v, const struct process_end *end)
{
    int signal = end->exit.code;
    if (!platform_signal_is_crash(signal)) {
        v->kind = VERDICT_OUTSIDE;
        (void)snprintf(v->title, sizeof v->title,
                       "fuzzing process terminated by unexpected signal; no "
                       "crash will be recorded: signal: %s",
                       platform_signal_text(signal));
        return;
    }
    v->kind = VERDICT_FAIL;
    const char *name = platform_signal_name(signal);
    if (end->words.kind == LAST_WORDS_SIGNAL && end->words.address)
        (void)snprintf(v->title, sizeof v->title, "%s on address 0x%llx", name,
                       (unsigned long long)end->words.address);
    else
        (void)snprintf(v->title, sizeof v->title, "%s", name);
    (void)snprintf(v->detail, sizeof v->detail,
                   "fuzzing process hung or terminated unexpectedly: signal: "
                   "%s",
                   platform_signal_text(signal));
    (void)snprintf(v->key, sizeof v->key, "signal %s", name);
}

static void judge_exit(struct verdict *v, const struct process_end *end)
{
    int code = end->exit.code;
    v->kind = VERDICT_FAIL;
    (void)snprintf(v->title, sizeof v->title, "exit status %d", code);
    (void)snprintf(v->detail, sizeof v->detail,
                   "fuzzing process hung or terminated unexpectedly: exit "
                   "status %d",
                   code);
    (void)snprintf(v->key, sizeof v->key, "exit %d", code);
}

static void judge_timeout(struct verdict *v, const struct limits *limits)
{
    static const char *const sources[] = {
        [LIMIT_GIVEN] = "",
        [LIMIT_DEFAULT] = " (default; -inputtimeout sets it)",
        [LIMIT_ADAPTIVE] = " (adaptive; -inputtimeout sets it)",
    };
    char limit[DURATION_TEXT_SIZE];
    format_seconds(limit, limits->input_us);
    v->kind = VERDICT_FAIL;
    v->timeout = true;
    v->limit_us = limits->input_us;
    (void)snprintf(v->title, sizeof v->title, "timeout after %s%s", limit,
                   sources[limits->source]);
    (void)snprintf(v->detail, sizeof v->detail,
                   "fuzzing process hung or terminated unexpectedly: one "
                   "execution took longer than %s (-inputtimeout)",
                   limit);
    (void)snprintf(v->key, sizeof v->key, "timeout");
}

static void judge_memory(struct verdict *v, const struct process_end *end,
                         const struct limits *limits)
{
    v->kind = VERDICT_FAIL;
    v->memory = true;
    (void)snprintf(v->title, sizeof v->title,
                   "out of memory (resident %llu MB, limit %llu MB)",
                   (unsigned long long)(end->resident >> 20),
                   (unsigned long long)(limits->max_resident >> 20));
    (void)snprintf(v->detail, sizeof v->detail,
                   "fuzzing process hung or terminated unexpectedly: it had "
                   "more memory than -maxrss allows");
    (void)snprintf(v->key, sizeof v->key, "memory resident");
}

/* An end that no execution can be blamed for. */
static void judge_no_target(struct verdict *v, const struct process_end *end)
{
    char how[160];
    if (end->exit.kind == PLATFORM_SIGNALLED)
        (void)snprintf(how, sizeof how, "signal: %s",
                       platform_signal_text(end->exit.code));
    else
        (void)snprintf(how, sizeof how, "exit status %d", end->exit.code);
    v->kind = VERDICT_ENGINE;
    if (end->killed == KILL_LIE)
        (void)snprintf(v->title, sizeof v->title,
                       "communicating with fuzzing process: it sent what is "
                       "no answer, or changed memory it must not");
    else if (end->words.kind == LAST_WORDS_ENGINE)
        (void)snprintf(v->title, sizeof v->title,
                       "fuzzing process exited unexpectedly due to an internal "
                       "failure: %.300s",
                       end->words.text);
    else if (end->state == PROCESS_STARTING)
        (void)snprintf(v->title, sizeof v->title,
                       "fuzzing process terminated without fuzzing: %s",
                       end->killed == KILL_HANG ? "it hung while starting"
                                                : how);
    else
        (void)snprintf(v->title, sizeof v->title,
                       "fuzzing process ended between executions: %s", how);
}

/* We ended it, because it did not leave in time. A failure that was on its way
 * counts; a running target does not. */
static bool judge_stopped(struct verdict *v, const struct process_end *end)
{
    enum last_words_kind kind = (enum last_words_kind)end->words.kind;
    if (end->killed != KILL_STOP ||
        (end->blames_input &&
         (kind == LAST_WORDS_CHECK || kind == LAST_WORDS_OVERWRITE ||
          kind == LAST_WORDS_SANITIZER || kind == LAST_WORDS_MEMORY)))
        return false;
    v->kind = VERDICT_OUTSIDE;
    (void)snprintf(v->title, sizeof v->title, "fuzzing process stopped");
    return true;
}

void verdict_of_end(struct verdict *v, const struct process_end *end,
                    const struct process *p, const struct limits *limits)
{
    *v = (struct verdict){.died = true};
    if (judge_stopped(v, end))
        return;
    if (end->words.kind == LAST_WORDS_NO_LEAKS && end->killed == KILL_NOT) {
        v->kind = VERDICT_OUTSIDE;
        v->no_leaks = true;
        (void)snprintf(v->title, sizeof v->title, "%s", VERDICT_NO_LEAKS_TEXT);
        return;
    }
    if (end->killed == KILL_MEMORY && end->words.kind == LAST_WORDS_NONE) {
        judge_memory(v, end, limits);
        return;
    }
    if (end->killed == KILL_LIE || !end->blames_input) {
        judge_no_target(v, end);
        if (end->killed == KILL_NOT && end->exit.kind == PLATFORM_SIGNALLED &&
            !platform_signal_is_crash(end->exit.code))
            judge_signal(v, end);
        return;
    }
    if (end->killed == KILL_HANG) {
        judge_timeout(v, limits);
        return;
    }
    if (end->words.kind == LAST_WORDS_CHECK ||
        end->words.kind == LAST_WORDS_OVERWRITE ||
        end->words.kind == LAST_WORDS_MEMORY) {
        judge_words(v, &end->words);
        return;
    }
    char *output = malloc(OUTPUT_READ + 1);
    bool report = false;
    if (output) {
        size_t n = platform_output_tail(p->output, output, OUTPUT_READ);
        output[n] = 0;
        /* A target may print anything: a NUL must not hide a report. */
        for (size_t i = 0; i < n; i++)
            if (output[i] == 0)
                output[i] = ' ';
        report = verdict_read_report(v, output);
        free(output);
    }
    if (report)
        v->kind = VERDICT_FAIL;
    else if (end->exit.kind == PLATFORM_SIGNALLED)
        judge_signal(v, end);
    else
        judge_exit(v, end);
}
