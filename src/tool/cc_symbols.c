/* SPDX-License-Identifier: MIT
 *
 * See cc_symbols.h. Files come from anywhere: every offset and count is
 * checked against what was read. All of a file is never read, only its tables.
 */
#include "tool/cc_symbols.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/words.h"

/* An open file and its size. */
struct source {
    FILE *file;
    uint64_t size;
};

/* Bytes read from a file, owned, followed by a NUL. */
struct bytes {
    uint8_t *data;
    uint64_t size;
};

/* What a table of names has shown. */
struct findings {
    unsigned defines;
    bool is_engine;
    struct words *targets; /* NULL: of no interest */
};

static bool open_source(struct source *in, const char *path)
{
    long size;
    in->file = fopen(path, "rb");
    if (!in->file)
        return false;
    if (fseek(in->file, 0, SEEK_END) == 0 && (size = ftell(in->file)) >= 0) {
        in->size = (uint64_t)size;
        return true;
    }
    (void)fclose(in->file);
    return false;
}

static bool read_at(const struct source *in, uint64_t offset, uint64_t size,
                    struct bytes *out)
{
    *out = (struct bytes){0};
    if (offset > in->size || size > in->size - offset ||
        fseek(in->file, (long)offset, SEEK_SET) != 0)
        return false;
    out->data = words_memory(NULL, (size_t)size + 1, 1);
    out->size = size;
    out->data[size] = '\0';
    if (fread(out->data, 1, (size_t)size, in->file) == size)
        return true;
    free(out->data);
    *out = (struct bytes){0};
    return false;
}

/* An unsigned number of `size` bytes. */
static uint64_t number(const uint8_t *p, unsigned size, bool big_endian)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < size; i++)
        n = n << 8 | p[big_endian ? i : size - 1 - i];
    return n;
}

static void note(struct findings *found, const char *name, bool strong)
{
    if (strong && strcmp(name, "main") == 0)
        found->defines |= CC_DEFINES_MAIN;
    else if (strcmp(name, "LLVMFuzzerTestOneInput") == 0)
        found->defines |= CC_DEFINES_HARNESS;
    else if (strcmp(name, "LLVMFuzzerRunDriver") == 0)
        found->is_engine = true;
    else if (found->targets &&
             strncmp(name, CC_TARGET_PREFIX, sizeof CC_TARGET_PREFIX - 1) == 0)
        words_add(found->targets, name);
}

/* ---- archives ---- */

#define AR_MAGIC_SIZE  8
#define AR_HEADER_SIZE 60

/* The index is the first member, "/" or, with 64-bit numbers, "/SYM64/": a
 * big-endian count, that many offsets, that many names. */
static void read_archive(const struct source *in, struct findings *found)
{
    struct bytes header;
    struct bytes index;
    unsigned width = 4;
    if (!read_at(in, AR_MAGIC_SIZE, AR_HEADER_SIZE, &header))
        return;
    char digits[11] = "";
    memcpy(digits, header.data + 48, 10);
    uint64_t size = strtoull(digits, NULL, 10);
    if (memcmp(header.data, "/SYM64/ ", 8) == 0)
        width = 8;
    else if (memcmp(header.data, "/ ", 2) != 0)
        size = 0;
    free(header.data);
    if (size < width ||
        !read_at(in, AR_MAGIC_SIZE + AR_HEADER_SIZE, size, &index))
        return;
    uint64_t count = number(index.data, width, true);
    if (count <= size / width - 1) {
        const char *name = (const char *)index.data + (count + 1) * width;
        const char *end = (const char *)index.data + size;
        for (; count > 0 && name < end; count--) {
            note(found, name, true);
            name += strlen(name) + 1;
        }
    }
    free(index.data);
}

/* ---- ELF ---- */

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
    return number(p, size, elf->big_endian);
}

static bool read_section(const struct elf *elf, uint64_t n, struct bytes *out)
{
    const struct elf_layout *at = elf->layout;
    const uint8_t *section;
    if (n >= elf->nsections)
        return false;
    section = elf->sections.data + n * at->section_size;
    return read_at(elf->in,
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
            note(found, (const char *)names->data + name, bind == ELF_GLOBAL);
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

static void read_elf(const struct source *in, struct findings *found)
{
    struct bytes header;
    struct elf elf = {.in = in};
    if (!read_at(in, 0, 64, &header) && !read_at(in, 0, 52, &header))
        return;
    elf.layout = header.data[4] == 2 ? &elf64 : &elf32;
    elf.big_endian = header.data[5] == 2;
    if (header.size >= elf.layout->header_size) {
        const struct elf_layout *at = elf.layout;
        uint64_t type = elf_number(&elf, header.data + 16, 2);
        uint64_t offset =
            elf_number(&elf, header.data + at->section_offset, at->word);
        elf.nsections = elf_number(&elf, header.data + at->section_count, 2);
        if (read_at(in, offset, elf.nsections * at->section_size,
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

unsigned cc_symbols_read(const char *path, struct words *targets)
{
    struct source in;
    struct bytes magic;
    struct findings found = {0};
    if (!open_source(&in, path))
        return 0;
    if (read_at(&in, 0, AR_MAGIC_SIZE, &magic)) {
        if (memcmp(magic.data, "!<arch>\n", AR_MAGIC_SIZE) == 0 ||
            memcmp(magic.data, "!<thin>\n", AR_MAGIC_SIZE) == 0) {
            found.defines = CC_IN_LIBRARY;
            found.targets = targets;
            read_archive(&in, &found);
        } else if (memcmp(magic.data, "\177ELF", 4) == 0) {
            read_elf(&in, &found);
        }
        free(magic.data);
    }
    (void)fclose(in.file);
    return found.is_engine ? 0 : found.defines;
}
