/* SPDX-License-Identifier: MIT
 *
 * What the inputs of a link define, read from their symbol tables: whether the
 * program has a main of its own, and whether a library holds a harness or
 * targets. Few names matter, so there is no list of symbols, only bits and the
 * names of targets.
 */
#ifndef THRESH_TOOL_CC_SYMBOLS_H
#define THRESH_TOOL_CC_SYMBOLS_H

enum cc_defines {
    CC_DEFINES_MAIN = 1,    /* a strong main */
    CC_DEFINES_HARNESS = 2, /* LLVMFuzzerTestOneInput */
    CC_IN_LIBRARY = 4,      /* an archive or a shared object */
    CC_IN_SHARED = 8,       /* a shared object */
};

struct words;

/* What the name begins with by which THRESH_TARGET can be asked for. */
#define CC_TARGET_PREFIX "thresh_linked_"

/* Bits of what a file defines. The targets of an archive, by those names, are
 * added to `targets`. An archive is judged by its index. Zero for what is
 * neither archive nor ELF nor COFF, can't be read, or is a fuzzing engine
 * itself. */
unsigned cc_symbols_read(const char *path, struct words *targets);

#endif
