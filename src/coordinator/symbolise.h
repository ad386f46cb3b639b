/* SPDX-License-Identifier: MIT
 *
 * Functions, files and lines of addresses, for what a person will read: by
 * llvm-symbolizer or addr2line, whichever is installed and knows the debug
 * information; else functions alone, by the module's symbols. All addresses of
 * a report are collected first and then asked for at once, a program started
 * for each module, because starting it is what takes the time.
 */
#ifndef THRESH_COORDINATOR_SYMBOLISE_H
#define THRESH_COORDINATOR_SYMBOLISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbolise;

/* A function at an address; several are at one where the compiler inlined. */
struct symbolised {
    char *function; /* "": unknown */
    char *file;     /* path as the debug information has it; "": unknown */
    unsigned line;  /* 0: unknown */
};

/* NULL if memory is refused, which all functions here accept. */
struct symbolise *symbolise_new(void);
void symbolise_free(struct symbolise *s);

/* Wants an address in a module's file. At most a few hundred are taken. */
void symbolise_want(struct symbolise *s, const char *module, uint64_t address);

/* Asks for everything wanted. Takes seconds at worst. */
void symbolise_ask(struct symbolise *s);

/* What is known of an address: *n functions, innermost first. NULL if it was
 * not wanted or nothing is known. */
const struct symbolised *symbolise_get(const struct symbolise *s,
                                       const char *module, uint64_t address,
                                       size_t *n);

/* Reads what such a program prints: the address, then a line with a function
 * and a line with "file:line" for each, next address. Exposed for its unit
 * test. */
void symbolise_read(struct symbolise *s, const char *module, const char *text);

#endif
