/* SPDX-License-Identifier: MIT
 *
 * See symbolise.h.
 */
#include "coordinator/symbolise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/signature.h"
#include "platform/platform.h"
#include "platform/symbols.h"
#include "platform/tool.h"

#define MAX_WANTED  512
#define MAX_INLINED 16
/* Large programs have debug information of gigabytes. */
#define PATIENCE_US   10000000u
#define LOOK_EVERY_US 10000u
#define OUTPUT_READ   ((size_t)1 << 20)
#define ADDRESS_CHARS 20

struct wanted {
    char *module;
    uint64_t address;
    struct symbolised at[MAX_INLINED];
    size_t n;
};

struct symbolise {
    struct wanted wanted[MAX_WANTED];
    size_t n;
};

struct symbolise *symbolise_new(void)
{
    return calloc(1, sizeof(struct symbolise));
}

void symbolise_free(struct symbolise *s)
{
    for (size_t i = 0; s && i < s->n; i++) {
        struct wanted *w = &s->wanted[i];
        for (size_t k = 0; k < w->n; k++) {
            free(w->at[k].function);
            free(w->at[k].file);
        }
        free(w->module);
    }
    free(s);
}

static struct wanted *find(const struct symbolise *s, const char *module,
                           uint64_t address)
{
    for (size_t i = 0; s && i < s->n; i++)
        if (s->wanted[i].address == address &&
            strcmp(s->wanted[i].module, module) == 0)
            return (struct wanted *)(uintptr_t)&s->wanted[i];
    return NULL;
}

void symbolise_want(struct symbolise *s, const char *module, uint64_t address)
{
    if (!s || s->n == MAX_WANTED || find(s, module, address))
        return;
    struct wanted *w = &s->wanted[s->n];
    *w = (struct wanted){.module = strdup(module), .address = address};
    if (w->module)
        s->n++;
}

/* ---- answers ---- */

static char *text_new(const char *text, size_t size)
{
    char *copy = malloc(size + 1);
    if (!copy)
        return NULL;
    memcpy(copy, text, size);
    copy[size] = 0;
    return copy;
}

static void add(struct wanted *w, const char *function, size_t function_size,
                const char *file, size_t file_size, unsigned line)
{
    struct symbolised at = {.function = text_new(function, function_size),
                            .file = text_new(file, file_size),
                            .line = line};
    if (w->n < MAX_INLINED && at.function && at.file) {
        w->at[w->n++] = at;
        return;
    }
    free(at.function);
    free(at.file);
}

/* "/src/url.c:88", "url.c:88 (discriminator 2)", "url.c:?", "??:0". */
static void add_answer(struct wanted *w, const char *function,
                       size_t function_size, const char *place, size_t size)
{
    const char *colon = place + size;
    while (colon > place && *colon != ':')
        colon--;
    unsigned line = 0;
    for (const char *p = colon + 1; p < place + size; p++) {
        if (*p < '0' || *p > '9')
            break;
        line = line * 10 + (unsigned)(*p - '0');
    }
    size_t file_size = (size_t)(colon - place);
    if (*place == '?' || line == 0)
        file_size = 0;
    if (*function == '?')
        function_size = 0;
    if (function_size || file_size)
        add(w, function, function_size, place, file_size, line);
}

void symbolise_read(struct symbolise *s, const char *module, const char *text)
{
    struct wanted *w = NULL;
    while (*text) {
        size_t n = strcspn(text, "\n");
        const char *next = text[n] ? text + n + 1 : text + n;
        if (strncmp(text, "0x", 2) == 0) {
            w = find(s, module, strtoull(text, NULL, 16));
        } else if (n && w) {
            size_t size = strcspn(next, "\n");
            add_answer(w, text, n, next, size);
            next += size + (next[size] == '\n');
        }
        text = next;
    }
}

const struct symbolised *symbolise_get(const struct symbolise *s,
                                       const char *module, uint64_t address,
                                       size_t *n)
{
    const struct wanted *w = find(s, module, address);
    *n = w ? w->n : 0;
    return *n ? w->at : NULL;
}

/* ---- programs ---- */

/* Runs a program and waits for its end, for no longer than there is patience.
 * Its output is fresh memory, NULL if it failed. */
static char *output_of(const char *const *argv)
{
    struct platform_process process;
    struct platform_exit end = {.kind = PLATFORM_RUNNING};
    struct platform_spawn spec = {
        .path = argv[0], .argv = argv, .guarded = true};
    /* It must not ask servers for debug information. */
    const char *const env[] = {"DEBUGINFOD_URLS", NULL};
    char *text = NULL;
    spec.env = env;
    if (platform_output_new(&spec.output, NULL))
        return NULL;
    uint64_t deadline = platform_now_us() + PATIENCE_US;
    if (platform_spawn(&spec, &process, NULL) == 0) {
        while ((end = platform_poll_exit(&process)).kind == PLATFORM_RUNNING) {
            if (platform_now_us() >= deadline)
                platform_kill(&process);
            (void)platform_wait(NULL, NULL, 0,
                                platform_now_us() + LOOK_EVERY_US);
        }
    }
    if (end.kind == PLATFORM_EXITED && end.code == 0)
        text = malloc(OUTPUT_READ + 1);
    if (text)
        text[platform_output_tail(spec.output, text, OUTPUT_READ)] = 0;
    platform_close(&spec.output);
    return text;
}

/* Asks one program about all addresses of a module. True if it knew a line. */
static bool ask_program(struct symbolise *s, const char *const *words,
                        const char *module)
{
    char program[4096], path[4096];
    char address[MAX_WANTED][ADDRESS_CHARS];
    const char *argv[MAX_WANTED + 8];
    size_t n = 0, addresses = 0;
    if (platform_find_program(words[0], program, sizeof program, NULL) ||
        !symbols_readable_path(module, path, sizeof path) ||
        !platform_is_file(path))
        return false;
    argv[n++] = program;
    for (words++; *words; words++)
        argv[n++] = *words;
    argv[n++] = path;
    for (size_t i = 0; i < s->n; i++) {
        if (strcmp(s->wanted[i].module, module) != 0)
            continue;
        (void)snprintf(address[addresses], ADDRESS_CHARS, "0x%llx",
                       (unsigned long long)s->wanted[i].address);
        argv[n++] = address[addresses++];
    }
    argv[n] = NULL;
    char *text = output_of(argv);
    if (!text)
        return false;
    symbolise_read(s, module, text);
    free(text);
    for (size_t i = 0; i < s->n; i++)
        for (size_t k = 0; k < s->wanted[i].n; k++)
            if (strcmp(s->wanted[i].module, module) == 0 &&
                s->wanted[i].at[k].line)
                return true;
    return false;
}

static void forget(struct symbolise *s, const char *module)
{
    for (size_t i = 0; i < s->n; i++) {
        struct wanted *w = &s->wanted[i];
        if (strcmp(w->module, module) != 0)
            continue;
        while (w->n) {
            w->n--;
            free(w->at[w->n].function);
            free(w->at[w->n].file);
        }
    }
}

/* LLVM's knows what newer compilers write, binutils' comes with every gcc. */
static void ask_module(struct symbolise *s, const char *module)
{
    static const char *const programs[][8] = {
        {"llvm-symbolizer", "-a", "-f", "-i", "--output-style=GNU", "-e", NULL},
        {"addr2line", "-a", "-f", "-i", "-C", "-e", NULL},
    };
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        if (ask_program(s, programs[i], module))
            return;
        forget(s, module);
    }
}

/* Lines of libc and the runtimes help nobody, and reading their debug
 * information takes longest. */
void symbolise_ask(struct symbolise *s)
{
    for (size_t i = 0; s && i < s->n; i++) {
        struct wanted *w = &s->wanted[i];
        bool asked = false;
        for (size_t k = 0; k < i && !asked; k++)
            asked = strcmp(s->wanted[k].module, w->module) == 0;
        if (!asked && !signature_is_runtime(w->module))
            ask_module(s, w->module);
        const struct symbols *symbols = w->n ? NULL : symbols_of(w->module);
        uint64_t start;
        const char *name =
            symbols ? symbols_function(symbols, w->address, &start) : NULL;
        if (name)
            add(w, name, strlen(name), "", 0, 0);
    }
}
