/* SPDX-License-Identifier: MIT
 *
 * The symbols of ELF files; see symbol_table.h.
 */
#include "platform/posix.h"

#include "platform/symbol_table.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/objects.h"
#include "platform/posix_elf.h"

static void read_code(struct symbols *s, struct elf_bytes image)
{
    ElfW(Phdr) p;
    for (size_t i = 0; elf_segment(image, i, &p); i++)
        if (p.p_type == PT_LOAD && (p.p_flags & PF_X))
            symbol_table_add_code(s, p.p_offset, p.p_vaddr, p.p_filesz);
}

/* The name of the function that gcc made an array of counters for, else
 * NULL. */
static const char *counted_function(const ElfW(Sym) * symbol, const char *name)
{
    static const char prefix[] = "__gcov0.";
    bool counts = elf_symbol_type(symbol) == STT_OBJECT &&
                  strncmp(name, prefix, sizeof prefix - 1) == 0;
    return counts ? name + sizeof prefix - 1 : NULL;
}

static void read_functions(struct symbols *s, const struct elf_file *file)
{
    struct elf_symbols symbols;
    if (!elf_symbols_open(file, SHT_SYMTAB, &symbols) &&
        !elf_symbols_open(file, SHT_DYNSYM, &symbols))
        return;
    /* The name of a file stands before its local symbols. */
    bool own = false;
    for (size_t i = 0; i < symbols.n; i++) {
        ElfW(Sym) symbol;
        const char *name = elf_symbol(&symbols, i, &symbol);
        if (elf_symbol_type(&symbol) == STT_FILE)
            own = strncmp(name, OBJECTS_OWN_PREFIX,
                          sizeof OBJECTS_OWN_PREFIX - 1) == 0;
        const char *counted = counted_function(&symbol, name);
        if ((!elf_is_function(&symbol) && !counted) || !*name)
            continue;
        name = counted ? counted : name;
        bool global = elf_symbol_binding(&symbol) != STB_LOCAL;
        symbol_table_add(s, &(struct symbol){.start = symbol.st_value,
                                             .size = symbol.st_size,
                                             .name = name,
                                             .name_size = strlen(name),
                                             .global = global,
                                             .own = own && !global});
    }
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

void symbol_table_read(struct symbols *s, const char *path)
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
