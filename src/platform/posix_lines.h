/* SPDX-License-Identifier: MIT
 *
 * Which stretches of code came from which compilation, by the line tables of
 * a program built with -g. Symbols don't tell this for global functions.
 */
#ifndef THRESH_PLATFORM_POSIX_LINES_H
#define THRESH_PLATFORM_POSIX_LINES_H

#include <stdint.h>

#include "platform/posix_elf.h"

struct line_span {
    uint64_t start; /* as in the file */
    uint64_t end;
    uint32_t unit; /* number of the compilation, from 0 */
};

struct line_table {
    struct line_span *spans; /* by address */
    size_t nspans;
    const char **units; /* the source file each was compiled from */
    size_t nunits;
};

/* Reads what there is, which may be nothing: only tables of DWARF 5 name the
 * compiled file, and what is broken is left out. The names belong to the
 * image. */
void lines_read(struct line_table *table, const struct elf_file *file);
void lines_release(struct line_table *table);

/* The unit whose code is at an address, or UINT32_MAX. */
uint32_t lines_unit_at(const struct line_table *table, uint64_t address);

#endif
