/* SPDX-License-Identifier: MIT
 *
 * See objects.h. Files are mapped, not read: of a large one only the symbols
 * and line tables are touched. Nobody can shorten them under us unnoticed: the
 * loader has mapped the same files to run them.
 */
#include "platform/posix.h"

#include "platform/objects.h"

#include <stdio.h>
#include <string.h>

#include "platform/posix_census.h"

#define NAME_SIZE 128

/* ---- the program ---- */

static void sum_up(struct census *c)
{
    for (size_t i = 0; i < c->nfunctions; i++) {
        const struct census_function *f = &c->functions[i];
        if (f->file == CENSUS_NO_FILE || f->made)
            continue;
        struct census_file *file = &c->files[f->file];
        file->functions++;
        file->bytes += f->size;
        if (strcmp(f->name, "LLVMFuzzerTestOneInput") == 0)
            file->harness = true;
    }
}

static size_t visit_files(const struct census *c,
                          const struct objects_query *query)
{
    size_t n = 0;
    for (size_t i = 0; i < c->nfiles; i++) {
        const struct census_file *f = &c->files[i];
        char name[NAME_SIZE];
        if (f->role != CENSUS_PROGRAM || !f->functions)
            continue;
        (void)snprintf(name, sizeof name, "%s%s", f->name,
                       f->is_function ? "()" : "");
        struct object o = {.name = name,
                           .functions = f->functions,
                           .bytes = f->bytes,
                           .instrumented = f->instrumented,
                           .harness = f->harness};
        query->visit(query->ctx, &o);
        n++;
    }
    return n;
}

/* All code of the archive is in one section behind the program's, but for this,
 * which stays where the linker came to the archive: cmake/archive.cmake does not
 * know its section. */
__attribute__((noinline, section(".text.thresh_place"))) static void
place_of_archive(void)
{
    __asm__ volatile("");
}

size_t objects_of_program(const void *image, size_t size, uintptr_t bias,
                          const struct objects_query *query)
{
    struct elf_file file;
    struct census census;
    if (!elf_open(&file, image, size) ||
        !census_take(&census, &file, bias, query))
        return 0;
    census.place_of_archive = (uintptr_t)place_of_archive - bias;
    census_ask_neighbours(&census);
    sum_up(&census);
    size_t n = visit_files(&census, query);
    census_release(&census);
    return n;
}

/* ---- libraries ---- */

size_t objects_of_library(const void *image, size_t size, const char *name,
                          const struct objects_query *query)
{
    struct elf_file file;
    struct elf_symbols symbols;
    struct object o = {.name = name, .shared = true};
    if (!elf_open(&file, image, size) ||
        !elf_symbols_open(&file, SHT_DYNSYM, &symbols))
        return 0;
    for (size_t i = 0; i < symbols.n; i++) {
        ElfW(Sym) s;
        const char *symbol = elf_symbol(&symbols, i, &s);
        if (elf_is_function(&s) && s.st_size) {
            o.functions++;
            o.bytes += s.st_size;
        } else if (s.st_shndx == SHN_UNDEF &&
                   (strcmp(symbol, "__gcov_init") == 0 ||
                    strncmp(symbol, "__sanitizer_cov_", 16) == 0)) {
            o.instrumented = true;
        }
    }
    if (!o.functions)
        return 0;
    query->visit(query->ctx, &o);
    return 1;
}

bool objects_is_system_library(const char *path)
{
    static const char *const folders[] = {
        "/lib/",    "/lib32/",         "/lib64/",     "/libx32/",
        "/usr/lib", "/usr/local/lib/", "/nix/store/", "/gnu/store/"};
    /* Compilers are also installed elsewhere. */
    static const char *const runtimes[] = {
        "libclang_rt.", "libc++",   "libstdc++", "libgcc_s", "libunwind",
        "libasan.",     "libubsan", "libtsan.",  "liblsan.", "libhwasan."};
    const char *slash = strrchr(path, '/');
    if (!slash)
        return true; /* the kernel's own */
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        if (strncmp(path, folders[i], strlen(folders[i])) == 0)
            return true;
    for (size_t i = 0; i < sizeof runtimes / sizeof runtimes[0]; i++)
        if (strncmp(slash + 1, runtimes[i], strlen(runtimes[i])) == 0)
            return true;
    return false;
}

/* ---- the process ---- */

struct listing {
    const struct objects_query *query;
    size_t n;
    bool began;
};

/* The loader's first module is the program; the end comes early when its file
 * tells nothing. */
static int visit_module(struct dl_phdr_info *info, size_t info_size, void *ctx)
{
    struct listing *l = ctx;
    bool is_program = !l->began;
    const char *path = is_program ? "/proc/self/exe" : info->dlpi_name;
    size_t size;
    (void)info_size;
    l->began = true;
    if (!is_program && (!path || objects_is_system_library(path)))
        return 0;
    const void *image = elf_map(path, &size);
    if (!image)
        return is_program;
    if (is_program)
        l->n = objects_of_program(image, size, info->dlpi_addr, l->query);
    else
        l->n +=
            objects_of_library(image, size, strrchr(path, '/') + 1, l->query);
    elf_unmap(image, size);
    return l->n == 0;
}

size_t objects_list(const struct objects_query *query)
{
    struct listing listing = {.query = query};
    (void)dl_iterate_phdr(visit_module, &listing);
    return listing.n;
}
