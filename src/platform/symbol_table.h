/* SPDX-License-Identifier: MIT
 *
 * How a module's functions get into the table behind symbols.h. The table
 * (symbol_table.c) is the same for all formats of files; reading one is the
 * system's matter.
 */
#ifndef THRESH_PLATFORM_SYMBOL_TABLE_H
#define THRESH_PLATFORM_SYMBOL_TABLE_H

#include "platform/symbols.h"

/* Reads a module's file, by calls of the two functions below; nothing if it
 * can't be read. Each system has its own. */
void symbol_table_read(struct symbols *s, const char *path);

/* Code of the file that is loaded at an address. Bounded; more is left out. */
void symbol_table_add_code(struct symbols *s, uint64_t offset, uint64_t address,
                           uint64_t size);

/* A function; the name is copied. */
struct symbol {
    uint64_t start;
    uint64_t size; /* 0: unknown */
    const char *name;
    size_t name_size;
    bool global;
    bool own; /* of this archive */
};
void symbol_table_add(struct symbols *s, const struct symbol *symbol);

#endif
