/* SPDX-License-Identifier: MIT
 *
 * The functions of a linked program and the translation units they came from.
 *
 * A symbol table names each unit's file (STT_FILE) followed by its local
 * symbols; global functions come last, without a file. They are given one by
 * three kinds of evidence, the surest first:
 *
 * 1. gcc names a function's counters after it, in local symbols.
 * 2. Line tables say what was compiled from which file; `thresh cc` adds them
 *    to all it instruments.
 * 3. Linkers lay out units whole and in order, so that a function lies between
 *    the units of its neighbours.
 *
 * Names belong to the image; the arrays to the census.
 */
#ifndef THRESH_PLATFORM_POSIX_CENSUS_H
#define THRESH_PLATFORM_POSIX_CENSUS_H

#include "platform/objects.h"
#include "platform/posix_elf.h"

#define CENSUS_NO_FILE UINT32_MAX

enum census_role {
    CENSUS_PROGRAM, /* the user's */
    CENSUS_SILENT,  /* perhaps the user's, but nothing to tell of: assembly */
    CENSUS_SYSTEM,  /* of the compiler, the C library, a sanitizer */
    CENSUS_OWN,     /* Thresh */
};

struct census_file {
    const char *name;
    enum census_role role;
    bool instrumented;
    bool harness;
    bool settled;     /* some function of it was found without order */
    bool complete;    /* all were, if it has any: line tables know it */
    bool is_function; /* stands for code of an unknown file: `name` is the
                       * first function's */
    uint32_t functions;
    uint64_t bytes;
};

struct census_function {
    uint64_t start; /* as in the file */
    uint64_t size;  /* 0 only for start-up code */
    const char *name;
    uint32_t file; /* index or CENSUS_NO_FILE */
    bool covered;  /* its instrumentation was seen */
    bool weak;     /* the linked copy may be another file's than the one
                   * that marks name */
    bool made;     /* by the compiler, to register counters and the like */
};

struct census {
    struct census_file *files; /* in the order of the symbol table */
    size_t nfiles;
    size_t nordered; /* the first ones; later ones have no place in it */
    struct census_function *functions; /* by address, no two at the same */
    size_t nfunctions;
    /* Start of the function that stands where the archive was linked, as in
     * the file; our others are a section of their own, behind everything. */
    uint64_t place_of_archive;
};

/* Reads a program. Returns false when it has no symbol table with files, or
 * memory is refused; there is nothing to release then. */
bool census_take(struct census *census, const struct elf_file *file,
                 uintptr_t bias, const struct objects_query *query);
void census_release(struct census *census);

/* Evidence 3, for what is without a file. In posix_neighbours.c. */
void census_ask_neighbours(struct census *census);

#endif
