/* SPDX-License-Identifier: MIT
 *
 * The functions of a module (executable or shared object) by address, from the
 * symbol table of its file: enough to name the frames of a stack, without any
 * other program and in no time. Lines are left to programs that know debug
 * information (coordinator/symbolise.h).
 *
 * Addresses are as in the file. The tables are made on first use and kept for
 * the life of the process.
 */
#ifndef THRESH_PLATFORM_SYMBOLS_H
#define THRESH_PLATFORM_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbols;

/* The table of a module by the path it was loaded from; NULL if the file can't
 * be read or there are too many. It may be without functions. */
const struct symbols *symbols_of(const char *path);

/* The address that an offset in the file is loaded at; false if that is not
 * code. */
bool symbols_address(const struct symbols *s, uint64_t offset,
                     uint64_t *address);

/* The function that an address lies in, or whose counters (gcc's) do, NULL if it is in none that has a name.
 * *start is its first address. */
const char *symbols_function(const struct symbols *s, uint64_t address,
                             uint64_t *start);

/* Whether an address lies in a function of this archive's own, as far as symbols
 * tell. */
bool symbols_is_own(const struct symbols *s, uint64_t address);

/* Writes the path by which other programs can read the module's file: its own,
 * or the system's link to what is running when this program's file has been
 * replaced. False if it does not fit. */
bool symbols_readable_path(const char *path, char *out, size_t size);

#endif
