/* SPDX-License-Identifier: MIT
 *
 * See tool_report.h.
 */
#include "coordinator/tool_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Copies up to the end of the line. */
static void copy_line(char *to, size_t size, const char *from)
{
    size_t n = strcspn(from, "\n");
    if (n >= size)
        n = size - 1;
    memcpy(to, from, n);
    to[n] = 0;
}

/* "READ of size 1" of the line after the title's, "" if it says no such thing.
 */
static void read_access(char *access, size_t size, const char *title)
{
    const char *next = strchr(title, '\n');
    *access = 0;
    if (!next || (strncmp(next + 1, "READ of", 7) != 0 &&
                  strncmp(next + 1, "WRITE of", 8) != 0))
        return;
    copy_line(access, size, next + 1);
    static const char *const ends[] = {" at 0x", " thread T"};
    for (size_t i = 0; i < 2; i++) {
        char *end = strstr(access, ends[i]);
        if (end)
            *end = 0;
    }
}

static enum tool_shape shape_of(const char *what)
{
    if (strcmp(what, "data race") == 0)
        return TOOL_RACE;
    if (strcmp(what, "stack-overflow") == 0)
        return TOOL_OVERFLOW;
    return strcmp(what, "ABRT") == 0 ? TOOL_ABORT : TOOL_PLAIN;
}

/* Leaks: how much, from the summary "SUMMARY: AddressSanitizer: 9 byte(s)
 * leaked in 2 allocation(s)." */
static void refine_leak(struct tool_report *r, const char *what)
{
    unsigned long long bytes, blocks;
    const char *number = strstr(r->detail, "Sanitizer: ");
    r->leak = strcmp(what, "detected memory leaks") == 0;
    if (!r->leak || !number ||
        sscanf(number, "Sanitizer: %llu byte(s) leaked in %llu", &bytes,
               &blocks) != 2)
        return;
    (void)snprintf(r->title, sizeof r->title,
                   "%s: %llu byte%s in %llu allocation%s (LeakSanitizer)", what,
                   bytes, bytes == 1 ? "" : "s", blocks,
                   blocks == 1 ? "" : "s");
}

/* Allocations that the runtime itself refused are named as those that we
 * refuse. */
static void refine_allocation(struct tool_report *r, const char *text)
{
    static const char *const starts[] = {
        "requested allocation size ",
        "allocator is out of memory trying to allocate "};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        size_t n = strlen(starts[i]);
        if (strncmp(text, starts[i], n) != 0)
            continue;
        (void)snprintf(r->title, sizeof r->title, "out of memory: malloc(%llu)",
                       strtoull(text + n, NULL, 16));
        (void)snprintf(r->kind, sizeof r->kind, "memory allocation");
        r->allocation = true;
    }
}

/* "==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x..." or
 * "==7==WARNING: MemorySanitizer: use-of-uninitialized-value". */
static void read_tool(struct tool_report *r, const char *at, const char *tool)
{
    char what[128], access[64];
    const char *text = at + strlen(tool) + 2;
    size_t n = strcspn(text, "\n");
    const char *pid = strstr(text, " (pid=");
    if (pid && (size_t)(pid - text) < n)
        n = (size_t)(pid - text);
    const char *end = strstr(text, " on ");
    if (end && (size_t)(end - text) < n)
        n = (size_t)(end - text);
    if (n >= sizeof what)
        n = sizeof what - 1;
    memcpy(what, text, n);
    while (n > 0 && what[n - 1] == ' ')
        n--;
    what[n] = 0;
    read_access(access, sizeof access, text);
    r->shape = shape_of(what);
    (void)snprintf(r->title, sizeof r->title, "%s%s%s (%s)", what,
                   *access ? " " : "", access, tool);
    (void)snprintf(r->kind, sizeof r->kind, "%s %s", tool, what);
    const char *summary = strstr(at, "\nSUMMARY: ");
    if (summary)
        copy_line(r->detail, sizeof r->detail, summary + 1);
    refine_leak(r, what);
    refine_allocation(r, text);
}

/* "file.c:3:5: runtime error: signed integer overflow: ..." */
static void read_ubsan(struct tool_report *r, const char *output,
                       const char *at)
{
    static const char mark[] = ": runtime error: ";
    const char *start = at;
    while (start > output && start[-1] != '\n')
        start--;
    size_t n = (size_t)(at - start);
    if (n >= sizeof r->detail)
        n = sizeof r->detail - 1;
    memcpy(r->detail, start, n);
    r->detail[n] = 0;
    char what[200];
    copy_line(what, sizeof what, at + sizeof mark - 1);
    (void)snprintf(r->title, sizeof r->title, "%s (UndefinedBehaviorSanitizer)",
                   what);
    /* The place, not the text: that names the values. */
    (void)snprintf(r->kind, sizeof r->kind, "UBSan %.200s", r->detail);
}

/* "ubsan: add-overflow", all that the minimal runtime says. */
static void read_minimal(struct tool_report *r, const char *output)
{
    static const char word[] = "ubsan: ";
    const char *at = output;
    while ((at = strstr(at, word)) && at > output && at[-1] != '\n')
        at++;
    if (!at)
        return;
    char what[200];
    copy_line(what, sizeof what, at + sizeof word - 1);
    char *place = strstr(what, " by 0x");
    if (place)
        *place = 0;
    r->at = at;
    (void)snprintf(r->title, sizeof r->title, "%s (UndefinedBehaviorSanitizer)",
                   what);
    (void)snprintf(r->kind, sizeof r->kind, "UBSan %s", what);
}

bool tool_report_read(struct tool_report *r, const char *output)
{
    static const char *const tools[] = {
        "AddressSanitizer", "MemorySanitizer",    "ThreadSanitizer",
        "LeakSanitizer",    "HWAddressSanitizer", "UndefinedBehaviorSanitizer"};
    const char *tool = NULL;
    *r = (struct tool_report){.at = NULL};
    for (size_t i = 0; i < sizeof tools / sizeof tools[0]; i++) {
        char mark[64];
        (void)snprintf(mark, sizeof mark, ": %s: ", tools[i]);
        const char *at = strstr(output, mark);
        if (at && (!r->at || at < r->at)) {
            r->at = at;
            tool = tools[i];
        }
    }
    const char *ubsan = strstr(output, ": runtime error: ");
    if (ubsan && (!r->at || ubsan < r->at)) {
        read_ubsan(r, output, ubsan);
        r->at = ubsan;
    } else if (r->at) {
        read_tool(r, r->at + 2, tool);
    } else {
        read_minimal(r, output);
    }
    return r->at != NULL;
}
