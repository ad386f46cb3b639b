/* SPDX-License-Identifier: MIT
 *
 * See stack.h. The lines of sanitizers' reports, of gcc's and clang's runtimes:
 *
 *   #0 0x5600 in skip_ws /src/url.c:88:5            ASan, UBSan, MSan, LSan
 *   #0 0x5600  (/bin/url_fuzz+0x1200) (BuildId: ..) the same, unsymbolised
 *   #1 0x5600 in _start (/bin/url_fuzz+0x1200)      without debug information
 *   #0 skip_ws /src/url.c:88 (url_fuzz+0x1200)      TSan
 *   #0 <null> <null> (url_fuzz+0x1200)              TSan, unsymbolised
 *
 * Offsets in them are addresses as in the file, and all of calls, not of what
 * they return to. In last words offsets are places in the file, and all but
 * the innermost what is returned to.
 */
#include "coordinator/stack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/symbols.h"

const char *stack_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void copy(char *to, size_t size, const char *from, size_t n)
{
    if (n >= size)
        n = size - 1;
    memcpy(to, from, n);
    to[n] = 0;
}

static uint32_t module_number(struct stack *s, const char *path)
{
    for (uint32_t i = 0; i < s->nmodules; i++)
        if (strcmp(s->module[i], path) == 0)
            return i;
    if (!*path || s->nmodules == STACK_MODULES)
        return STACK_NO_MODULE;
    copy(s->module[s->nmodules], STACK_PATH, path, strlen(path));
    return s->nmodules++;
}

/* Names the function by the module's symbols, unless the text has done so. */
static void name_function(const struct stack *s, struct stack_frame *f)
{
    const struct symbols *symbols =
        f->module == STACK_NO_MODULE ? NULL : symbols_of(s->module[f->module]);
    if (!symbols || !f->address)
        return;
    const char *name = symbols_function(symbols, f->address, &f->start);
    if (name && !*f->function)
        copy(f->function, sizeof f->function, name, strlen(name));
}

/* ---- last words ---- */

void stack_of_words(struct stack *s, const struct last_words *words,
                    const struct engine_place *engine)
{
    *s = (struct stack){0};
    for (uint32_t i = 0; i < words->nframes; i++) {
        const struct last_words_frame *w = &words->frame[i];
        if (engine->pc && w->pc == engine->pc) {
            s->whole = true;
            break;
        }
        struct stack_frame *f = &s->frame[s->n++];
        *f = (struct stack_frame){.pc = w->pc, .module = STACK_NO_MODULE};
        if (w->module == LAST_WORDS_NO_MODULE)
            continue;
        const char *path = words->module[w->module];
        const struct symbols *symbols = symbols_of(path);
        f->module = module_number(s, path);
        /* A call may be the last instruction of its function. */
        bool returns = i > 0 || words->top_is_return;
        uint64_t offset = w->offset - (returns && w->offset);
        if (symbols && symbols_address(symbols, offset, &f->address))
            name_function(s, f);
    }
}

/* ---- text ---- */

/* Reads "(PATH+0xOFFSET)" that ends at `end`; returns where it begins, or NULL
 * if there is none. */
static const char *read_module(struct stack_line *line, const char *text,
                               const char *end)
{
    const char *plus = end - 1;
    if (end == text || *plus != ')')
        return NULL;
    while (plus > text && *plus != '+')
        plus--;
    if (strncmp(plus, "+0x", 3) != 0)
        return NULL;
    const char *open = plus;
    while (open > text && !(open[0] == '(' && open[-1] == ' '))
        open--;
    if (open == text)
        return NULL;
    char *stop;
    line->offset = strtoull(plus + 1, &stop, 16);
    if (stop != end - 1)
        return NULL;
    copy(line->module, sizeof line->module, open + 1,
         (size_t)(plus - open) - 1);
    return open;
}

static const char *skip_spaces(const char *at)
{
    while (*at == ' ')
        at++;
    return at;
}

/* "skip_ws /src/url.c:88:5": the place is what follows the last space, as
 * "url.c:88". Functions of C++ may have spaces in them. */
static void read_names(struct stack_line *line, const char *at, const char *end)
{
    while (end > at && end[-1] == ' ')
        end--;
    const char *space = end;
    while (space > at && space[-1] != ' ')
        space--;
    const char *name_end = end;
    if (space > at) {
        name_end = space - 1;
        const char *file = space;
        for (const char *p = space; p < end; p++)
            if (*p == '/')
                file = p + 1;
        const char *colon = memchr(file, ':', (size_t)(end - file));
        const char *stop = end;
        if (colon)
            stop = memchr(colon + 1, ':', (size_t)(end - colon) - 1);
        if (*file != '<')
            copy(line->place, sizeof line->place, file,
                 (size_t)((stop ? stop : end) - file));
    }
    if (*at != '<')
        copy(line->function, sizeof line->function, at,
             (size_t)(name_end - at));
}

bool stack_read_line(struct stack_line *line, const char *text)
{
    char *stop;
    const char *at = skip_spaces(text);
    *line = (struct stack_line){0};
    if (at == text || *at != '#' || at[1] < '0' || at[1] > '9')
        return false;
    line->number = (unsigned)strtoul(at + 1, &stop, 10);
    at = skip_spaces(stop);
    const char *end = at + strcspn(at, "\n");
    for (const char *p = at; p < end; p++)
        if (strncmp(p, " (BuildId: ", 11) == 0)
            end = p;
    if (strncmp(at, "0x", 2) == 0) {
        line->pc = strtoull(at, &stop, 16);
        at = skip_spaces(stop);
        if (strncmp(at, "in ", 3) == 0)
            at += 3;
    }
    while (end > at && (end[-1] == ' ' || end[-1] == '\r'))
        end--;
    const char *module = at < end ? read_module(line, at - 1, end) : NULL;
    if (module)
        end = module;
    if (at < end)
        read_names(line, at, end);
    return line->pc || module;
}

bool stack_is_engine(const struct stack_line *line,
                     const struct engine_place *engine)
{
    uint64_t address;
    if (!engine->pc)
        return false;
    /* TSan prints what is returned to, the others the call. */
    if (line->pc && (line->pc == engine->pc || line->pc == engine->pc - 1))
        return true;
    if (line->pc || !line->module[0] ||
        strcmp(stack_base_name(line->module),
               stack_base_name(engine->module)) != 0)
        return false;
    const struct symbols *symbols = symbols_of(engine->module);
    return symbols && symbols_address(symbols, engine->offset - 1, &address) &&
           line->offset == address;
}

/* The path of a module that a report names without directory. */
static const char *whole_path(const char *module,
                              const struct engine_place *engine)
{
    return strcmp(module, stack_base_name(engine->module)) == 0 ? engine->module
                                                                : module;
}

static void add_line(struct stack *s, const struct stack_line *line,
                     const struct engine_place *engine)
{
    struct stack_frame *f = &s->frame[s->n++];
    *f = (struct stack_frame){.pc = line->pc, .module = STACK_NO_MODULE};
    copy(f->function, sizeof f->function, line->function,
         strlen(line->function));
    copy(f->place, sizeof f->place, line->place, strlen(line->place));
    if (!line->module[0])
        return;
    f->module = module_number(s, whole_path(line->module, engine));
    f->address = line->offset;
    name_function(s, f);
}

static const char *next_line(const char *text)
{
    const char *end = strchr(text, '\n');
    return end ? end + 1 : text + strlen(text);
}

const char *stack_of_text(struct stack *s, const char *text,
                          const struct engine_place *engine)
{
    struct stack_line line;
    *s = (struct stack){0};
    while (*text && !(stack_read_line(&line, text) && line.number == 0))
        text = next_line(text);
    if (!*text)
        return NULL;
    unsigned expected = 0;
    while (stack_read_line(&line, text) && line.number == expected++) {
        if (stack_is_engine(&line, engine))
            s->whole = true;
        if (!s->whole && s->n < STACK_FRAMES)
            add_line(s, &line, engine);
        text = next_line(text);
    }
    return text;
}

/* ---- comparing two ---- */

/* By their names, since no two stacks number their modules alike; without, by
 * where they begin in the module's file. */
static bool same_function(const struct stack_frame *a,
                          const struct stack_frame *b)
{
    if (*a->function || *b->function)
        return strcmp(a->function, b->function) == 0;
    return a->start && a->start == b->start;
}

/* From the outside in. */
static const struct stack_frame *outer(const struct stack *s, uint32_t i)
{
    return &s->frame[s->n - 1 - i];
}

uint32_t stack_shared(const struct stack *a, const struct stack *b)
{
    uint32_t i = 0;
    if (!a->whole || !b->whole)
        return 0;
    while (i < a->n && i < b->n && same_function(outer(a, i), outer(b, i)))
        i++;
    return i;
}

bool stack_has(const struct stack *s, const struct stack_frame *f,
               const struct stack_frame *caller)
{
    for (uint32_t i = 0; i < s->n; i++)
        if (same_function(&s->frame[i], f) &&
            (!caller ||
             (i + 1 < s->n && same_function(&s->frame[i + 1], caller))))
            return true;
    return false;
}
