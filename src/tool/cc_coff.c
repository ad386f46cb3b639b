/* SPDX-License-Identifier: MIT
 *
 * The symbol table of COFF objects for 64-bit Windows, in the common form and in
 * the one for very many sections (-Wa,-mbig-obj). See cc_object.h. A DLL tells
 * what it defines in its import library, which is an archive. Weak definitions
 * look like weak references and are left out: no main of a program is weak.
 */
#include <stdlib.h>
#include <string.h>

#include "tool/cc_object.h"

enum {
    MACHINE_X86_64 = 0x8664,
    CLASS_EXTERNAL = 2,
    NAME_SIZE = 8, /* of a name that is not in the string table */
};

/* Where the fields are, in both forms. */
struct coff_layout {
    unsigned header_size, table_offset, table_count;
    unsigned symbol_size, section, section_size;
    unsigned storage_class; /* followed by the number of records that follow */
};

static const struct coff_layout common = {20, 8, 12, 18, 12, 2, 16};
static const struct coff_layout big = {56, 48, 52, 20, 12, 4, 18};

static unsigned half(const uint8_t *p)
{
    return (unsigned)source_number(p, 2, false);
}

static bool is_big(const uint8_t *magic)
{
    return half(magic) == 0 && half(magic + 2) == 0xffff &&
           half(magic + 4) >= 2 && half(magic + 6) == MACHINE_X86_64;
}

bool coff_is_object(const uint8_t *magic)
{
    return half(magic) == MACHINE_X86_64 || is_big(magic);
}

static void note_symbol(const struct coff_layout *at, const uint8_t *symbol,
                        const struct bytes *strings, struct findings *found)
{
    char name[NAME_SIZE + 1] = "";
    uint64_t offset = source_number(symbol + 4, 4, false);
    bool defined =
        source_number(symbol + at->section, at->section_size, false) != 0;
    if (symbol[at->storage_class] != CLASS_EXTERNAL || !defined)
        return;
    if (source_number(symbol, 4, false) != 0) {
        memcpy(name, symbol, NAME_SIZE);
        findings_note(found, name, true);
    } else if (offset < strings->size) {
        findings_note(found, (const char *)strings->data + offset, true);
    }
}

static void read_table(const struct source *in, const struct coff_layout *at,
                       const uint8_t *header, struct findings *found)
{
    uint64_t offset = source_number(header + at->table_offset, 4, false);
    uint64_t n = source_number(header + at->table_count, 4, false);
    uint64_t end = offset + n * at->symbol_size;
    struct bytes symbols = {0};
    struct bytes strings = {0};
    if (offset != 0 && end <= in->size &&
        source_read(in, offset, n * at->symbol_size, &symbols) &&
        source_read(in, end, in->size - end, &strings)) {
        for (uint64_t i = 0; i < n; i++) {
            const uint8_t *symbol = symbols.data + i * at->symbol_size;
            note_symbol(at, symbol, &strings, found);
            i += symbol[at->storage_class + 1];
        }
    }
    free(symbols.data);
    free(strings.data);
}

void coff_read(const struct source *in, struct findings *found)
{
    struct bytes magic;
    struct bytes header;
    const struct coff_layout *at;
    if (!source_read(in, 0, NAME_SIZE, &magic))
        return;
    at = is_big(magic.data) ? &big : &common;
    free(magic.data);
    if (!source_read(in, 0, at->header_size, &header))
        return;
    read_table(in, at, header.data, found);
    free(header.data);
}
