/* SPDX-License-Identifier: MIT
 *
 * See symbols.h. Names are copied out of the file, so that nobody who rewrites
 * it later can pull it from under us.
 */
#include "platform/symbol_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define MAX_MODULES 32
#define MAX_CODE    8
#define MAX_NAMES   ((size_t)256 << 20)

struct function {
    uint64_t start;
    uint64_t end; /* == start: unknown */
    size_t name;  /* in names */
    bool global;
    bool own; /* of this archive */
};

/* A segment of code. */
struct code {
    uint64_t offset;
    uint64_t address;
    uint64_t size;
};

struct symbols {
    char *path;
    struct code code[MAX_CODE];
    size_t ncode;
    struct function *functions; /* by start, one at each */
    size_t n;
    size_t room;
    struct buf names;
};

static struct symbols modules[MAX_MODULES];
static size_t nmodules;

/* ---- filling ---- */

void symbol_table_add_code(struct symbols *s, uint64_t offset, uint64_t address,
                           uint64_t size)
{
    if (s->ncode < MAX_CODE)
        s->code[s->ncode++] = (struct code){offset, address, size};
}

static bool make_room(struct symbols *s)
{
    if (s->n < s->room)
        return true;
    size_t room = s->room ? s->room * 2 : 1024;
    void *longer = realloc(s->functions, room * sizeof *s->functions);
    if (!longer)
        return false;
    s->functions = longer;
    s->room = room;
    return true;
}

void symbol_table_add(struct symbols *s, const struct symbol *symbol)
{
    size_t name = s->names.size;
    if (!make_room(s))
        return;
    buf_add(&s->names, symbol->name, symbol->name_size);
    buf_add(&s->names, "", 1);
    if (s->names.failed)
        return;
    s->functions[s->n++] =
        (struct function){.start = symbol->start,
                          .end = symbol->start + symbol->size,
                          .name = name,
                          .global = symbol->global,
                          .own = symbol->own};
}

/* Of several names for one place the one with a size first, then the global
 * one, then by the alphabet: the same in every process. */
static const struct buf *names_compared;

static int compare(const void *a, const void *b)
{
    const struct function *f = a, *g = b;
    const char *names = buf_text(names_compared);
    if (f->start != g->start)
        return f->start < g->start ? -1 : 1;
    if ((f->end == f->start) != (g->end == g->start))
        return f->end == f->start ? 1 : -1;
    if (f->global != g->global)
        return f->global ? -1 : 1;
    return strcmp(names + f->name, names + g->name);
}

static void sort(struct symbols *s)
{
    names_compared = &s->names;
    qsort(s->functions, s->n, sizeof *s->functions, compare);
    size_t kept = 0;
    for (size_t i = 0; i < s->n; i++)
        if (kept == 0 || s->functions[kept - 1].start != s->functions[i].start)
            s->functions[kept++] = s->functions[i];
    s->n = kept;
}

const struct symbols *symbols_of(const char *path)
{
    struct symbols *s = modules;
    while (s < modules + nmodules && strcmp(s->path, path) != 0)
        s++;
    if (s == modules + nmodules) {
        char *copy = nmodules < MAX_MODULES ? strdup(path) : NULL;
        if (!copy)
            return NULL;
        nmodules++;
        s->path = copy;
        buf_init(&s->names, MAX_NAMES);
        symbol_table_read(s, path);
        if (s->n)
            sort(s);
    }
    return s->ncode ? s : NULL;
}

/* ---- asking ---- */

bool symbols_address(const struct symbols *s, uint64_t offset,
                     uint64_t *address)
{
    for (size_t i = 0; i < s->ncode; i++)
        if (offset >= s->code[i].offset &&
            offset - s->code[i].offset < s->code[i].size) {
            *address = s->code[i].address + (offset - s->code[i].offset);
            return true;
        }
    return false;
}

/* The end of the code that an address is in, or 0. */
static uint64_t code_end(const struct symbols *s, uint64_t address)
{
    for (size_t i = 0; i < s->ncode; i++)
        if (address >= s->code[i].address &&
            address - s->code[i].address < s->code[i].size)
            return s->code[i].address + s->code[i].size;
    return 0;
}

static const struct function *find(const struct symbols *s, uint64_t address)
{
    size_t low = 0, high = s->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->functions[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    const struct function *f = low ? &s->functions[low - 1] : NULL;
    if (f && address >= (f->end > f->start ? f->end : code_end(s, f->start)))
        return NULL;
    return f;
}

const char *symbols_function(const struct symbols *s, uint64_t address,
                             uint64_t *start)
{
    const struct function *f = find(s, address);
    if (!f)
        return NULL;
    *start = f->start;
    return buf_text(&s->names) + f->name;
}

bool symbols_is_own(const struct symbols *s, uint64_t address)
{
    const struct function *f = find(s, address);
    return f && f->own;
}
