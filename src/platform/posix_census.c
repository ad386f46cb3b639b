/* SPDX-License-Identifier: MIT
 *
 * See posix_census.h. Evidence by order of layout is in posix_neighbours.c.
 */
#include "platform/posix.h"

#include "platform/posix_census.h"

#include <stdlib.h>
#include <string.h>

#include "platform/posix_lines.h"

/* A function's counters as gcc names them. */
struct mark {
    const char *function;
    uint32_t file; /* or CENSUS_NO_FILE: link-time optimisation has none */
};

struct marks {
    struct mark *all;
    size_t n;
};

static bool starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool ends(const char *text, const char *suffix)
{
    size_t n = strlen(text), m = strlen(suffix);
    return n >= m && strcmp(text + n - m, suffix) == 0;
}

static bool is_any(const char *text, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(text, *list) == 0)
            return true;
    return false;
}

static bool starts_any(const char *text, const char *const *list)
{
    for (; *list; list++)
        if (starts(text, *list))
            return true;
    return false;
}

/* ---- files ---- */

static enum census_role role_of(const char *name)
{
    static const char *const startup[] = {"crtstuff.c", "crtbegin.c",
                                          "crtend.c", "crt1.c", NULL};
    static const char *const runtimes[] = {
        "asan_",         "hwasan_",       "lsan_",      "memprof_",
        "msan_",         "rtl_",          "tsan_",      "ubsan_",
        "interception_", "sancov_flags.", "sanitizer_", NULL};
    if (starts(name, OBJECTS_OWN_PREFIX))
        return CENSUS_OWN;
    if (is_any(name, startup))
        return CENSUS_SYSTEM;
    /* As LLVM names its files; C programs have no such ones. */
    if (starts_any(name, runtimes) &&
        (ends(name, ".cpp") || ends(name, ".cc") || ends(name, ".cpp.o") ||
         ends(name, ".cc.o") || ends(name, ".S.o")))
        return CENSUS_SYSTEM;
    /* GNU ld makes up OBJECT.o where a unit names no file: libraries that
     * were stripped of it, and assembly, which no compiler instruments. What
     * link-time optimisation makes is called ld-temp.o. */
    if (strcmp(name, "ld-temp.o") != 0 &&
        (ends(name, ".o") || ends(name, ".S") || ends(name, ".s") ||
         ends(name, ".asm")))
        return CENSUS_SILENT;
    return CENSUS_PROGRAM;
}

/* The name of the function that a local symbol shows to be counted by gcc, or
 * NULL. */
static const char *counted_by_gcc(const char *symbol)
{
    if (starts(symbol, "__gcov_."))
        return symbol + 8;
    if (starts(symbol, "__gcov") && symbol[6] >= '0' && symbol[6] <= '9') {
        const char *dot = strchr(symbol + 6, '.');
        return dot ? dot + 1 : NULL;
    }
    return NULL;
}

/* Functions that compilers add to a file. */
static bool is_made(const char *name)
{
    static const char *const made[] = {
        "_sub_I_",      "_sub_D_",      "_GLOBAL__sub_", "sancov.module_ctor",
        "asan.module_", "msan.module_", "tsan.module_",  NULL};
    return starts_any(name, made);
}

/* Whether one of them registers counters: gcc's has the priority 100. */
static bool registers_counters(const char *name)
{
    return starts(name, "_sub_I_00100_") ||
           starts(name, "_GLOBAL__sub_I_00100_") ||
           starts(name, "sancov.module_ctor");
}

/* ---- symbols ---- */

/* Global functions of start-up code and of ours, which tell nothing. */
static bool is_known(const char *name)
{
    static const char *const names[] = {"_start",
                                        "_start_c",
                                        "_init",
                                        "_fini",
                                        "main",
                                        "atexit",
                                        "_dl_relocate_static_pie",
                                        "__libc_csu_init",
                                        "__libc_csu_fini",
                                        NULL};
    static const char *const prefixes[] = {"__sanitizer_", "__gcov_", "thresh_",
                                           NULL};
    return is_any(name, names) || starts_any(name, prefixes);
}

static bool is_system(const struct census *c, uint32_t file)
{
    return file != CENSUS_NO_FILE && c->files[file].role == CENSUS_SYSTEM;
}

static void take_function(struct census *c, const ElfW(Sym) * s,
                          const char *name, uint32_t file)
{
    if (file == CENSUS_NO_FILE && (is_made(name) || is_known(name)))
        return;
    /* Start-up code, which has no sizes, marks where the program begins. */
    if (s->st_size == 0 && !is_system(c, file))
        return;
    struct census_function *f = &c->functions[c->nfunctions++];
    *f = (struct census_function){.start = s->st_value,
                                  .size = s->st_size,
                                  .name = name,
                                  .file = file,
                                  .weak = elf_symbol_binding(s) == STB_WEAK,
                                  .made = is_made(name)};
    if (file == CENSUS_NO_FILE)
        return;
    if (f->made && registers_counters(name))
        c->files[file].instrumented = true;
    if (starts(name, "thresh_call_") && c->files[file].role == CENSUS_PROGRAM)
        c->files[file].harness = true;
}

static void take_symbols(struct census *c, const struct elf_symbols *symbols,
                         struct marks *marks)
{
    uint32_t file = CENSUS_NO_FILE;
    for (size_t i = 0; i < symbols->n; i++) {
        ElfW(Sym) s;
        const char *name = elf_symbol(symbols, i, &s);
        const char *counted;
        if (elf_symbol_binding(&s) != STB_LOCAL)
            file = CENSUS_NO_FILE;
        if (elf_symbol_type(&s) == STT_FILE) {
            /* A nameless one only ends the file before. */
            file = *name ? (uint32_t)c->nfiles : CENSUS_NO_FILE;
            if (*name)
                c->files[c->nfiles++] =
                    (struct census_file){.name = name, .role = role_of(name)};
        } else if (elf_is_function(&s)) {
            take_function(c, &s, name, file);
        } else if ((counted = counted_by_gcc(name))) {
            if (file != CENSUS_NO_FILE)
                c->files[file].instrumented = true;
            marks->all[marks->n++] = (struct mark){counted, file};
        }
    }
    c->nordered = c->nfiles;
}

/* The most of each that can come up. A file that is added later has at least
 * one of the functions. */
static bool make_room(struct census *c, struct marks *marks,
                      const struct elf_symbols *symbols)
{
    size_t files = 0, functions = 0, others = 0;
    for (size_t i = 0; i < symbols->n; i++) {
        ElfW(Sym) s;
        const char *name = elf_symbol(symbols, i, &s);
        if (elf_symbol_type(&s) == STT_FILE)
            files++;
        else if (elf_is_function(&s))
            functions++;
        else if (starts(name, "__gcov"))
            others++;
    }
    if (files == 0 || functions == 0)
        return false;
    c->files = calloc(files + functions, sizeof *c->files);
    c->functions = calloc(functions, sizeof *c->functions);
    marks->all = calloc(others + 1, sizeof *marks->all);
    return c->files && c->functions && marks->all;
}

/* By address; at the same one, first the name whose file is known. */
static int by_address(const void *a, const void *b)
{
    const struct census_function *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return (x->file > y->file) - (x->file < y->file);
}

static void sort_functions(struct census *c)
{
    size_t kept = 0;
    qsort(c->functions, c->nfunctions, sizeof *c->functions, by_address);
    for (size_t i = 0; i < c->nfunctions; i++)
        if (!kept || c->functions[kept - 1].start != c->functions[i].start)
            c->functions[kept++] = c->functions[i];
    c->nfunctions = kept;
}

/* ---- evidence 1: gcc's counters ---- */

/* Compares names without what gcc adds to those of clones after a dot. */
static int compare_functions(const char *a, const char *b)
{
    size_t n = strcspn(a, "."), m = strcspn(b, ".");
    int order = memcmp(a, b, n < m ? n : m);
    return order ? order : (n > m) - (n < m);
}

static int by_function(const void *a, const void *b)
{
    const struct mark *x = a, *y = b;
    int order = compare_functions(x->function, y->function);
    return order ? order : (x->file > y->file) - (x->file < y->file);
}

/* The first mark of a function: an inline one may be counted in many files,
 * of which the first one's is linked. NULL if there is none. */
static const struct mark *find_mark(const struct marks *marks, const char *name)
{
    size_t low = 0, high = marks->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_functions(marks->all[middle].function, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == marks->n ||
        compare_functions(marks->all[low].function, name) != 0)
        return NULL;
    return &marks->all[low];
}

static void ask_marks(struct census *c, struct marks *marks)
{
    if (marks->n)
        qsort(marks->all, marks->n, sizeof *marks->all, by_function);
    for (size_t i = 0; i < c->nfunctions; i++) {
        struct census_function *f = &c->functions[i];
        const struct mark *mark =
            f->file == CENSUS_NO_FILE ? find_mark(marks, f->name) : NULL;
        if (mark) {
            f->file = mark->file;
            f->covered = true;
        }
    }
}

/* ---- evidence 2: line tables ---- */

/* For each unit of the line tables the file it is, where one of its local
 * functions shows it. */
static void match_by_functions(const struct census *c,
                               const struct line_table *lines,
                               uint32_t *file_of_unit)
{
    for (size_t i = 0; i < c->nfunctions; i++) {
        const struct census_function *f = &c->functions[i];
        uint32_t unit = f->file == CENSUS_NO_FILE
                            ? UINT32_MAX
                            : lines_unit_at(lines, f->start);
        if (unit != UINT32_MAX && file_of_unit[unit] == CENSUS_NO_FILE)
            file_of_unit[unit] = f->file;
    }
}

/* A name that a unit or a file is still looking for its partner by. */
struct single {
    const char *name;
    uint32_t index;
    bool is_unit;
};

static int by_name(const void *a, const void *b)
{
    const struct single *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (int)x->is_unit - (int)y->is_unit;
}

/* The rest by name, where one file and one unit are left with it. */
static void match_by_name(const struct census *c,
                          const struct line_table *lines,
                          uint32_t *file_of_unit)
{
    size_t n = 0;
    bool *taken = calloc(c->nfiles, sizeof *taken);
    struct single *all = calloc(c->nfiles + lines->nunits, sizeof *all);
    if (!taken || !all)
        goto out;
    for (uint32_t i = 0; i < lines->nunits; i++) {
        if (file_of_unit[i] == CENSUS_NO_FILE)
            all[n++] = (struct single){lines->units[i], i, true};
        else
            taken[file_of_unit[i]] = true;
    }
    for (uint32_t i = 0; i < c->nfiles; i++)
        if (!taken[i] && c->files[i].role != CENSUS_OWN)
            all[n++] = (struct single){c->files[i].name, i, false};
    if (n)
        qsort(all, n, sizeof *all, by_name);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n; end++)
            if (strcmp(all[end].name, all[i].name) != 0)
                break;
        if (end - i == 2 && !all[i].is_unit && all[i + 1].is_unit)
            file_of_unit[all[i + 1].index] = all[i].index;
    }
out:
    free(all);
    free(taken);
}

/* The file of a unit; one that the symbols don't name (link-time optimisation
 * leaves such) is added. */
static uint32_t file_of(struct census *c, const struct line_table *lines,
                        uint32_t *file_of_unit, uint32_t unit)
{
    if (file_of_unit[unit] == CENSUS_NO_FILE) {
        const char *name = lines->units[unit];
        file_of_unit[unit] = (uint32_t)c->nfiles;
        c->files[c->nfiles++] = (struct census_file){
            .name = name, .role = role_of(name), .complete = true};
    }
    return file_of_unit[unit];
}

static void use_lines(struct census *c, const struct line_table *lines,
                      uint32_t *file_of_unit)
{
    for (size_t i = 0; i < lines->nunits; i++)
        file_of_unit[i] = CENSUS_NO_FILE;
    match_by_functions(c, lines, file_of_unit);
    match_by_name(c, lines, file_of_unit);
    for (size_t i = 0; i < lines->nunits; i++)
        if (file_of_unit[i] != CENSUS_NO_FILE)
            c->files[file_of_unit[i]].complete = true;
    for (size_t i = 0; i < c->nfunctions; i++) {
        struct census_function *f = &c->functions[i];
        uint32_t unit = f->file == CENSUS_NO_FILE
                            ? lines_unit_at(lines, f->start)
                            : UINT32_MAX;
        if (unit != UINT32_MAX)
            f->file = file_of(c, lines, file_of_unit, unit);
    }
}

static void ask_lines(struct census *c, const struct elf_file *file)
{
    struct line_table lines;
    lines_read(&lines, file);
    uint32_t *file_of_unit = calloc(lines.nunits + 1, sizeof *file_of_unit);
    if (file_of_unit)
        use_lines(c, &lines, file_of_unit);
    free(file_of_unit);
    lines_release(&lines);
}

/* ---- the whole ---- */

static void mark_covered(struct census *c, uintptr_t bias,
                         const struct objects_query *query)
{
    for (size_t i = 0; i < c->nfunctions; i++) {
        struct census_function *f = &c->functions[i];
        uintptr_t start = bias + (uintptr_t)f->start;
        f->covered =
            query->covers(query->ctx, start, start + (uintptr_t)f->size);
    }
}

static void settle(struct census *c)
{
    for (size_t i = 0; i < c->nfunctions; i++) {
        const struct census_function *f = &c->functions[i];
        if (f->file == CENSUS_NO_FILE)
            continue;
        c->files[f->file].settled = true;
        if (f->covered)
            c->files[f->file].instrumented = true;
    }
}

bool census_take(struct census *census, const struct elf_file *file,
                 uintptr_t bias, const struct objects_query *query)
{
    struct elf_symbols symbols;
    struct marks marks = {0};
    bool taken = false;
    *census = (struct census){0};
    if (!elf_symbols_open(file, SHT_SYMTAB, &symbols) ||
        !make_room(census, &marks, &symbols))
        goto out;
    take_symbols(census, &symbols, &marks);
    sort_functions(census);
    mark_covered(census, bias, query);
    ask_marks(census, &marks);
    ask_lines(census, file);
    settle(census);
    taken = true;
out:
    free(marks.all);
    if (!taken)
        census_release(census);
    return taken;
}

void census_release(struct census *census)
{
    free(census->files);
    free(census->functions);
    *census = (struct census){0};
}
