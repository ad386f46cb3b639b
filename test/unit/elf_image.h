/* SPDX-License-Identifier: MIT
 *
 * Images of linked ELF files, made in memory for test_posix_objects.c: enough
 * sections and symbols to show a case, and no code. A header with the code in
 * it, because one test program uses it.
 */
#ifndef THRESH_TEST_ELF_IMAGE_H
#define THRESH_TEST_ELF_IMAGE_H

#include "unit.h"

#include <link.h>
#include <stdio.h>

#define BIAS   0x10000u
#define LOCAL  0
#define GLOBAL 1
#define WEAK   2

enum { TEXT = 1, STRINGS, SYMBOLS, LINES, LINE_STRINGS, NAMES, SECTIONS };

/* An image in the making. */
struct image {
    ElfW(Sym) symbols[64];
    size_t nsymbols;
    char strings[2048];
    size_t nstrings;
    uint8_t lines[512];
    size_t nlines;
    char line_strings[128];
    size_t nline_strings;
    uint32_t table; /* SHT_SYMTAB or SHT_DYNSYM */
};

static void start(struct image *m)
{
    *m = (struct image){.nsymbols = 1, .nstrings = 1, .table = SHT_SYMTAB};
}

static void symbol(struct image *m, unsigned binding, unsigned type,
                   const char *name, uintptr_t value, size_t size)
{
    ElfW(Sym) *s = &m->symbols[m->nsymbols++];
    s->st_name = (uint32_t)m->nstrings;
    s->st_info = (unsigned char)(binding << 4 | type);
    s->st_shndx = type == STT_FILE ? SHN_ABS : TEXT;
    s->st_value = value;
    s->st_size = size;
    memcpy(m->strings + m->nstrings, name, strlen(name) + 1);
    m->nstrings += strlen(name) + 1;
}

static void file(struct image *m, const char *name)
{
    symbol(m, LOCAL, STT_FILE, name, 0, 0);
}

static void function(struct image *m, unsigned binding, const char *name,
                     uintptr_t address)
{
    symbol(m, binding, STT_FUNC, name, address, 16);
}

static void counted(struct image *m, const char *name)
{
    symbol(m, LOCAL, STT_OBJECT, name, 0x9000, 8);
}

static void undefined(struct image *m, const char *name)
{
    symbol(m, GLOBAL, STT_NOTYPE, name, 0, 0);
    m->symbols[m->nsymbols - 1].st_shndx = SHN_UNDEF;
}

static void put_at(struct image *m, size_t at, uint64_t value, size_t width)
{
    const union {
        uint16_t number;
        uint8_t low;
    } order = {1};
    for (size_t i = 0; i < width; i++)
        m->lines[at + (order.low ? i : width - 1 - i)] =
            (uint8_t)(value >> (8 * i));
}

static void put(struct image *m, uint64_t value, size_t width)
{
    put_at(m, m->nlines, value, width);
    m->nlines += width;
}

/* A list of one path, given as an offset into .debug_line_str. */
static void put_list(struct image *m, size_t offset)
{
    put(m, 1, 1);    /* one thing told of each: */
    put(m, 1, 1);    /* its path */
    put(m, 0x1f, 1); /* as an offset */
    put(m, 1, 1);
    put(m, offset, 4);
}

/* A line table of one file that has code at from .. to-1. */
static void lines(struct image *m, const char *path, uintptr_t from,
                  uintptr_t to)
{
    static const uint8_t operands[] = {0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1};
    size_t length_at = m->nlines, header_at;
    put(m, 0, 4);
    put(m, 5, 2); /* version */
    put(m, sizeof(void *), 1);
    put(m, 0, 1);
    header_at = m->nlines;
    put(m, 0, 4);
    put(m, 1, 1);    /* bytes of an instruction */
    put(m, 1, 1);    /* operations of one */
    put(m, 1, 1);    /* is_stmt */
    put(m, 0xfb, 1); /* line base */
    put(m, 14, 1);   /* line range */
    put(m, 13, 1);   /* first special opcode */
    memcpy(m->lines + m->nlines, operands, sizeof operands);
    m->nlines += sizeof operands;
    put_list(m, 0); /* directories */
    put_list(m, m->nline_strings);
    memcpy(m->line_strings + m->nline_strings, path, strlen(path) + 1);
    m->nline_strings += strlen(path) + 1;
    size_t header = m->nlines - header_at - 4;
    put(m, 0, 1); /* set address */
    put(m, 1 + sizeof(void *), 1);
    put(m, 2, 1);
    put(m, from, sizeof(void *));
    put(m, 13, 1); /* a special opcode, by 0 */
    put(m, 8, 1);  /* advance as opcode 255 does, by 17 */
    put(m, 9, 1);  /* advance by a fixed number */
    put(m, to - from - 17, 2);
    put(m, 0, 1); /* end of sequence */
    put(m, 1, 1);
    put(m, 1, 1);
    put_at(m, length_at, m->nlines - length_at - 4, 4);
    put_at(m, header_at, header, 4);
}

static size_t append(uint8_t *out, size_t at, ElfW(Shdr) * section,
                     const void *data, size_t size)
{
    section->sh_offset = at;
    section->sh_size = size;
    if (size)
        memcpy(out + at, data, size);
    return (at + size + 7) & ~(size_t)7;
}

/* Writes the file into a block of exactly its size. */
static uint8_t *build(const struct image *m, size_t *size)
{
    static const char names[] = "\0.debug_line\0.debug_line_str";
    static uint8_t out[16384];
    ElfW(Ehdr) head = {.e_shentsize = sizeof(ElfW(Shdr)),
                       .e_shnum = SECTIONS,
                       .e_shstrndx = NAMES};
    ElfW(Shdr) s[SECTIONS] = {{0}};
    size_t at = sizeof head;
    const uint16_t one = 1;
    memcpy(head.e_ident, ELFMAG, SELFMAG);
    head.e_ident[EI_CLASS] = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
    head.e_ident[EI_DATA] = *(const uint8_t *)&one ? ELFDATA2LSB : ELFDATA2MSB;
    memset(out, 0, sizeof out);
    s[TEXT].sh_type = SHT_NOBITS;
    s[SYMBOLS].sh_type = m->table;
    s[SYMBOLS].sh_link = STRINGS;
    s[SYMBOLS].sh_entsize = sizeof(ElfW(Sym));
    s[STRINGS].sh_type = s[NAMES].sh_type = SHT_STRTAB;
    s[LINES].sh_type = s[LINE_STRINGS].sh_type = SHT_PROGBITS;
    s[LINES].sh_name = 1;
    s[LINE_STRINGS].sh_name = 13;
    at = append(out, at, &s[STRINGS], m->strings, m->nstrings);
    at = append(out, at, &s[SYMBOLS], m->symbols,
                m->nsymbols * sizeof m->symbols[0]);
    at = append(out, at, &s[LINES], m->lines, m->nlines);
    at = append(out, at, &s[LINE_STRINGS], m->line_strings, m->nline_strings);
    at = append(out, at, &s[NAMES], names, sizeof names);
    head.e_shoff = at;
    memcpy(out, &head, sizeof head);
    memcpy(out + at, s, sizeof s);
    *size = at + sizeof s;
    uint8_t *exact = malloc(*size);
    assert_non_null(exact);
    memcpy(exact, out, *size);
    return exact;
}

#endif
