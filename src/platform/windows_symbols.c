/* SPDX-License-Identifier: MIT
 *
 * The symbols of PE files; see symbol_table.h. Linkers of the GNU kind leave a
 * COFF symbol table in programs, as assemblers do in objects. Addresses are
 * those that the file asks for, as other programs print them.
 */
#include "platform/windows.h"

#include "platform/symbol_table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The prefix of our own global names, which cmake/archive_coff.cmake gives
 * them. */
#define OWN_PREFIX "thresh__"

#define MAX_FILE     ((size_t)1 << 30)
#define MAX_SECTIONS 96

#define TYPE_FUNCTION 0x20

struct image {
    const uint8_t *bytes;
    size_t size;
    IMAGE_NT_HEADERS nt;
    IMAGE_SECTION_HEADER section[MAX_SECTIONS];
    size_t nsections;
    size_t symbols; /* offset in the file */
    size_t nsymbols;
};

static bool copy_from(const struct image *m, size_t offset, void *to,
                      size_t size)
{
    if (offset > m->size || size > m->size - offset)
        return false;
    memcpy(to, m->bytes + offset, size);
    return true;
}

static bool open_image(struct image *m)
{
    IMAGE_DOS_HEADER dos;
    if (!copy_from(m, 0, &dos, sizeof dos) ||
        dos.e_magic != IMAGE_DOS_SIGNATURE || dos.e_lfanew < 0 ||
        !copy_from(m, (size_t)dos.e_lfanew, &m->nt, sizeof m->nt) ||
        m->nt.Signature != IMAGE_NT_SIGNATURE ||
        m->nt.OptionalHeader.Magic != IMAGE_NT_OPTIONAL_HDR_MAGIC)
        return false;
    size_t at = (size_t)dos.e_lfanew +
                offsetof(IMAGE_NT_HEADERS, OptionalHeader) +
                m->nt.FileHeader.SizeOfOptionalHeader;
    size_t n = m->nt.FileHeader.NumberOfSections;
    while (m->nsections < n && m->nsections < MAX_SECTIONS &&
           copy_from(m, at + m->nsections * sizeof m->section[0],
                     &m->section[m->nsections], sizeof m->section[0]))
        m->nsections++;
    m->symbols = m->nt.FileHeader.PointerToSymbolTable;
    m->nsymbols = m->symbols ? m->nt.FileHeader.NumberOfSymbols : 0;
    return true;
}

/* ---- code ---- */

static const IMAGE_SECTION_HEADER *code_section(const struct image *m,
                                                int number)
{
    const IMAGE_SECTION_HEADER *s =
        number >= 1 && (size_t)number <= m->nsections ? &m->section[number - 1]
                                                      : NULL;
    return s && s->Characteristics & IMAGE_SCN_MEM_EXECUTE ? s : NULL;
}

static uint64_t address_of(const struct image *m,
                           const IMAGE_SECTION_HEADER *section)
{
    return m->nt.OptionalHeader.ImageBase + section->VirtualAddress;
}

static void read_code(struct symbols *s, const struct image *m)
{
    for (size_t i = 1; i <= m->nsections; i++) {
        const IMAGE_SECTION_HEADER *section = code_section(m, (int)i);
        if (section)
            symbol_table_add_code(s, section->PointerToRawData,
                                  address_of(m, section),
                                  section->SizeOfRawData);
    }
}

/* ---- symbols ---- */

static bool symbol_at(const struct image *m, size_t i, IMAGE_SYMBOL *symbol)
{
    return i < m->nsymbols && copy_from(m, m->symbols + i * IMAGE_SIZEOF_SYMBOL,
                                        symbol, IMAGE_SIZEOF_SYMBOL);
}

/* A name is in the symbol, or in the strings behind the table. Not ended by a
 * NUL. */
static const char *name_of(const struct image *m, size_t i,
                           const IMAGE_SYMBOL *symbol, size_t *size)
{
    const char *name =
        (const char *)m->bytes + m->symbols + i * IMAGE_SIZEOF_SYMBOL;
    size_t room = sizeof symbol->N.ShortName;
    if (symbol->N.Name.Short == 0) {
        size_t at = m->symbols + m->nsymbols * IMAGE_SIZEOF_SYMBOL +
                    symbol->N.Name.Long;
        if (at >= m->size)
            return NULL;
        name = (const char *)m->bytes + at;
        room = m->size - at;
    }
    *size = strnlen(name, room);
    return name;
}

/* Functions by their type, and what assemblers and import libraries define,
 * which have none. */
static bool is_function(const IMAGE_SYMBOL *symbol)
{
    return symbol->StorageClass == IMAGE_SYM_CLASS_EXTERNAL ||
           (symbol->StorageClass == IMAGE_SYM_CLASS_STATIC &&
            symbol->Type == TYPE_FUNCTION);
}

static bool has_own_name(const char *name, size_t size)
{
    const size_t prefix = sizeof OWN_PREFIX - 1;
    return size > prefix && memcmp(name, OWN_PREFIX, prefix) == 0;
}

/* Whether the symbols from i on, as far as they are of one source file, have a
 * name of ours among them. */
static bool file_is_own(const struct image *m, size_t i)
{
    IMAGE_SYMBOL symbol;
    while (symbol_at(m, i, &symbol) &&
           symbol.StorageClass != IMAGE_SYM_CLASS_FILE) {
        size_t size;
        const char *name = name_of(m, i, &symbol, &size);
        if (name && has_own_name(name, size))
            return true;
        i += 1u + symbol.NumberOfAuxSymbols;
    }
    return false;
}

static void read_functions(struct symbols *s, const struct image *m)
{
    IMAGE_SYMBOL symbol;
    bool own = false;
    for (size_t i = 0; symbol_at(m, i, &symbol);
         i += 1u + symbol.NumberOfAuxSymbols) {
        if (symbol.StorageClass == IMAGE_SYM_CLASS_FILE)
            own = file_is_own(m, i + 1 + symbol.NumberOfAuxSymbols);
        const IMAGE_SECTION_HEADER *section =
            code_section(m, symbol.SectionNumber);
        size_t size = 0;
        const char *name = name_of(m, i, &symbol, &size);
        if (!section || !is_function(&symbol) || !name || !size || *name == '.')
            continue;
        bool mine = has_own_name(name, size);
        size_t skip = mine ? sizeof OWN_PREFIX - 1 : 0;
        symbol_table_add(
            s, &(struct symbol){.start = address_of(m, section) + symbol.Value,
                                .name = name + skip,
                                .name_size = size - skip,
                                .global = symbol.StorageClass ==
                                          IMAGE_SYM_CLASS_EXTERNAL,
                                .own = own || mine});
    }
}

void symbol_table_read(struct symbols *s, const char *path)
{
    struct image m = {0};
    uint8_t *bytes;
    if (platform_read_file(path, MAX_FILE, &bytes, &m.size, NULL))
        return;
    m.bytes = bytes;
    if (open_image(&m)) {
        read_code(s, &m);
        read_functions(s, &m);
    }
    free(bytes);
}

/* The file of a program that runs can be renamed, but not replaced. */
bool symbols_readable_path(const char *path, char *out, size_t size)
{
    size_t n = strlen(path);
    if (n >= size)
        return false;
    memcpy(out, path, n + 1);
    return true;
}
