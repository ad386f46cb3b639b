/* SPDX-License-Identifier: MIT
 *
 * What the inputs of a link define, read from their symbol tables: whether the
 * program has a main of its own, and whether a library holds a harness. Only
 * two names matter, so there is no list of symbols, only bits.
 */
#ifndef THRESH_TOOL_CC_SYMBOLS_H
#define THRESH_TOOL_CC_SYMBOLS_H

enum cc_defines {
    CC_DEFINES_MAIN = 1,    /* a strong main */
    CC_DEFINES_HARNESS = 2, /* LLVMFuzzerTestOneInput */
    CC_IN_LIBRARY = 4,      /* an archive or a shared object */
    CC_IN_SHARED = 8,       /* a shared object */
};

/* Bits of what a file defines. An archive is judged by its index. Zero for
 * what is neither archive nor ELF nor COFF, can't be read, or is a fuzzing
 * engine itself. */
unsigned cc_symbols_read(const char *path);

#endif
