/* SPDX-License-Identifier: MIT
 *
 * Sections and symbols of an ELF file of this machine's own kind. The image
 * belongs to the caller and may hold anything: nothing outside it is read, and
 * what lies outside counts as missing.
 */
#ifndef THRESH_PLATFORM_POSIX_ELF_H
#define THRESH_PLATFORM_POSIX_ELF_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_bytes {
    const uint8_t *data;
    size_t size;
};

struct elf_file {
    struct elf_bytes image;
    size_t table; /* offset of the section headers */
    size_t sections;
    struct elf_bytes names;
};

/* Maps a regular file for reading; NULL if it can't be. Of a large one only
 * the pages that are looked at are read. */
const void *elf_map(const char *path, size_t *size);
void elf_unmap(const void *image, size_t size);

/* Program header i of an image; false past the last. */
bool elf_segment(struct elf_bytes image, size_t i, ElfW(Phdr) * out);

/* False if this is no ELF file with sections, of this machine's word size and
 * byte order. */
bool elf_open(struct elf_file *file, const void *image, size_t size);

/* The content of a section by name; empty if there is none, or if it is
 * compressed. */
struct elf_bytes elf_named_section(const struct elf_file *file,
                                   const char *name);

/* The string at an offset, or NULL when it does not end inside. */
const char *elf_string(struct elf_bytes strings, size_t offset);

struct elf_symbols {
    struct elf_bytes table;
    struct elf_bytes strings;
    size_t n;
};

/* Finds the first table of this type (SHT_SYMTAB, SHT_DYNSYM). */
bool elf_symbols_open(const struct elf_file *file, uint32_t type,
                      struct elf_symbols *symbols);

/* Symbol i < n. Returns its name, "" if it has none. */
const char *elf_symbol(const struct elf_symbols *symbols, size_t i,
                       ElfW(Sym) * out);

/* The ELF32_ST_ macros are the same for both word sizes. */
static inline unsigned elf_symbol_type(const ElfW(Sym) * s)
{
    return s->st_info & 0xfu;
}

static inline unsigned elf_symbol_binding(const ElfW(Sym) * s)
{
    return s->st_info >> 4;
}

/* Whether a symbol is code of this file. */
static inline bool elf_is_function(const ElfW(Sym) * s)
{
    return elf_symbol_type(s) == STT_FUNC && s->st_shndx != SHN_UNDEF;
}

#endif
