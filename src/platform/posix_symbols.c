/* SPDX-License-Identifier: MIT
 *
 * See symbols.h. Names are copied out of the file, so that nobody who rewrites
 * it later can pull it from under us.
 */
#include "platform/posix.h"

#include "platform/symbols.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "platform/objects.h"
#include "platform/posix_elf.h"

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
    struct buf names;
};

static struct symbols modules[MAX_MODULES];
static size_t nmodules;

/* ---- reading ---- */

static void read_code(struct symbols *s, struct elf_bytes image)
{
    ElfW(Phdr) p;
    for (size_t i = 0; elf_segment(image, i, &p); i++)
        if (p.p_type == PT_LOAD && (p.p_flags & PF_X) && s->ncode < MAX_CODE)
            s->code[s->ncode++] =
                (struct code){p.p_offset, p.p_vaddr, p.p_filesz};
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

static void read_functions(struct symbols *s, const struct elf_file *file)
{
    struct elf_symbols symbols;
    if (!elf_symbols_open(file, SHT_SYMTAB, &symbols) &&
        !elf_symbols_open(file, SHT_DYNSYM, &symbols))
        return;
    s->functions = calloc(symbols.n, sizeof *s->functions);
    if (!s->functions)
        return;
    /* The name of a file stands before its local symbols. */
    bool own = false;
    for (size_t i = 0; i < symbols.n; i++) {
        ElfW(Sym) symbol;
        const char *name = elf_symbol(&symbols, i, &symbol);
        if (elf_symbol_type(&symbol) == STT_FILE)
            own = strncmp(name, OBJECTS_OWN_PREFIX,
                          sizeof OBJECTS_OWN_PREFIX - 1) == 0;
        if (!elf_is_function(&symbol) || !*name)
            continue;
        bool global = elf_symbol_binding(&symbol) != STB_LOCAL;
        s->functions[s->n++] =
            (struct function){.start = symbol.st_value,
                              .end = symbol.st_value + symbol.st_size,
                              .name = s->names.size,
                              .global = global,
                              .own = own && !global};
        buf_add(&s->names, name, strlen(name) + 1);
    }
    if (s->names.failed)
        s->n = 0;
    else if (s->n)
        sort(s);
}

/* Whether a path is this program's, and names another file by now. */
static bool is_replaced(const char *path)
{
    struct stat running, named;
    const char *self = platform_self_path();
    size_t n = self ? strlen(self) : 0;
    /* The system adds " (deleted)" to the path of a file that has gone. */
    if (!n || strncmp(path, self, n) != 0 || (path[n] && path[n] != ' ') ||
        stat("/proc/self/exe", &running) != 0)
        return false;
    return stat(path, &named) != 0 || named.st_ino != running.st_ino ||
           named.st_dev != running.st_dev;
}

bool symbols_readable_path(const char *path, char *out, size_t size)
{
    int n = is_replaced(path)
                ? snprintf(out, size, "/proc/%ld/exe", (long)getpid())
                : snprintf(out, size, "%s", path);
    return n > 0 && (size_t)n < size;
}

static void read_module(struct symbols *s, const char *path)
{
    char readable[POSIX_MAX_PATH];
    struct elf_file file;
    size_t size;
    const void *image = symbols_readable_path(path, readable, sizeof readable)
                            ? elf_map(readable, &size)
                            : NULL;
    if (!image)
        return;
    read_code(s, (struct elf_bytes){image, size});
    if (elf_open(&file, image, size))
        read_functions(s, &file);
    elf_unmap(image, size);
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
        read_module(s, path);
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
