/* SPDX-License-Identifier: MIT
 *
 * What the readers of symbol tables share: an open file of which pieces are
 * read, and the notes they make. cc_symbols.c opens the file, tells its format
 * and reads archives; cc_elf.c and cc_coff.c read objects.
 */
#ifndef THRESH_TOOL_CC_OBJECT_H
#define THRESH_TOOL_CC_OBJECT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct words;

/* An open file and its size. */
struct source {
    FILE *file;
    uint64_t size;
};

/* Bytes read from a file, owned (free data), followed by a NUL. */
struct bytes {
    uint8_t *data;
    uint64_t size;
};

/* What a table of names has shown. */
struct findings {
    unsigned defines;      /* enum cc_defines */
    bool is_engine;        /* of fuzzing */
    struct words *targets; /* their names; NULL: of no interest */
};

/* Reads a piece of the file; false, with nothing to free, if it is not all
 * there. */
bool source_read(const struct source *in, uint64_t offset, uint64_t size,
                 struct bytes *out);

/* An unsigned number of `size` bytes. */
uint64_t source_number(const uint8_t *p, unsigned size, bool big_endian);

/* Takes a defined global name into account. */
void findings_note(struct findings *found, const char *name, bool strong);

void elf_read(const struct source *in, struct findings *found);

/* Whether a file that starts with these 8 bytes may be a COFF object; reads it,
 * and finds nothing in what only looked like one. */
bool coff_is_object(const uint8_t *magic);
void coff_read(const struct source *in, struct findings *found);

#endif
