/* SPDX-License-Identifier: MIT
 *
 * The symbol tables of ELF objects and shared objects, of any word size and byte
 * order. See cc_object.h.
 */
#include <stdlib.h>

#include "tool/cc_object.h"
#include "tool/cc_symbols.h"

enum {
    ELF_TYPE_OBJECT = 1,
    ELF_TYPE_SHARED = 3,
    ELF_SECTION_SYMBOLS = 2,
    ELF_SECTION_DYNAMIC_SYMBOLS = 11,
    ELF_GLOBAL = 1,
    ELF_WEAK = 2,
};

/* Where the fields are, for 32 and 64 bits. */
struct elf_layout {
    unsigned word; /* bytes of an address */
    unsigned header_size, section_offset, section_count;
    unsigned section_size, data_offset, data_size, link;
    unsigned symbol_size, info, index;
};

static const struct elf_layout elf32 = {4,  52, 32, 48, 40, 16,
                                        20, 24, 16, 12, 14};
static const struct elf_layout elf64 = {8,  64, 40, 60, 64, 24,
                                        32, 40, 24, 4,  6};

struct elf {
    const struct source *in;
    const struct elf_layout *layout;
    bool big_endian;
    struct bytes sections;
    uint64_t nsections;
};

static uint64_t elf_number(const struct elf *elf, const uint8_t *p,
                           unsigned size)
{
    return source_number(p, size, elf->big_endian);
}

static bool read_section(const struct elf *elf, uint64_t n, struct bytes *out)
{
    const struct elf_layout *at = elf->layout;
    const uint8_t *section;
    if (n >= elf->nsections)
        return false;
    section = elf->sections.data + n * at->section_size;
    return source_read(elf->in,
                       elf_number(elf, section + at->data_offset, at->word),
                       elf_number(elf, section + at->data_size, at->word), out);
}

static void read_symbols(const struct elf *elf, const struct bytes *symbols,
                         const struct bytes *names, struct findings *found)
{
    const struct elf_layout *at = elf->layout;
    uint64_t n = symbols->size / at->symbol_size;
    for (uint64_t i = 0; i < n; i++) {
        const uint8_t *symbol = symbols->data + i * at->symbol_size;
        unsigned bind = symbol[at->info] >> 4;
        uint64_t name = elf_number(elf, symbol, 4);
        if ((bind == ELF_GLOBAL || bind == ELF_WEAK) && name < names->size &&
            elf_number(elf, symbol + at->index, 2) != 0)
            findings_note(found, (const char *)names->data + name,
                          bind == ELF_GLOBAL);
    }
}

/* Reads every symbol table of this type. */
static void read_tables(const struct elf *elf, uint64_t type,
                        struct findings *found)
{
    for (uint64_t i = 0; i < elf->nsections; i++) {
        const uint8_t *section =
            elf->sections.data + i * elf->layout->section_size;
        struct bytes symbols = {0};
        struct bytes names = {0};
        if (elf_number(elf, section + 4, 4) != type)
            continue;
        if (read_section(elf, i, &symbols) &&
            read_section(elf, elf_number(elf, section + elf->layout->link, 4),
                         &names))
            read_symbols(elf, &symbols, &names, found);
        free(symbols.data);
        free(names.data);
    }
}

void elf_read(const struct source *in, struct findings *found)
{
    struct bytes header;
    struct elf elf = {.in = in};
    if (!source_read(in, 0, 64, &header) && !source_read(in, 0, 52, &header))
        return;
    elf.layout = header.data[4] == 2 ? &elf64 : &elf32;
    elf.big_endian = header.data[5] == 2;
    if (header.size >= elf.layout->header_size) {
        const struct elf_layout *at = elf.layout;
        uint64_t type = elf_number(&elf, header.data + 16, 2);
        uint64_t offset =
            elf_number(&elf, header.data + at->section_offset, at->word);
        elf.nsections = elf_number(&elf, header.data + at->section_count, 2);
        if (source_read(in, offset, elf.nsections * at->section_size,
                        &elf.sections)) {
            if (type == ELF_TYPE_OBJECT)
                read_tables(&elf, ELF_SECTION_SYMBOLS, found);
            else if (type == ELF_TYPE_SHARED)
                read_tables(&elf, ELF_SECTION_DYNAMIC_SYMBOLS, found);
            if (type == ELF_TYPE_SHARED)
                found->defines |= CC_IN_LIBRARY | CC_IN_SHARED;
            free(elf.sections.data);
        }
    }
    free(header.data);
}
