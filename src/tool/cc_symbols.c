/* SPDX-License-Identifier: MIT
 *
 * See cc_symbols.h. Files come from anywhere: every offset and count is
 * checked against what was read. All of a file is never read, only its tables.
 */
#include "tool/cc_symbols.h"

#include <stdlib.h>
#include <string.h>

#include "tool/cc_object.h"
#include "tool/words.h"

static bool open_source(struct source *in, const char *path)
{
    long size;
    in->file = fopen(path, "rb");
    if (!in->file)
        return false;
    if (fseek(in->file, 0, SEEK_END) == 0 && (size = ftell(in->file)) >= 0) {
        in->size = (uint64_t)size;
        return true;
    }
    (void)fclose(in->file);
    return false;
}

bool source_read(const struct source *in, uint64_t offset, uint64_t size,
                 struct bytes *out)
{
    *out = (struct bytes){0};
    if (offset > in->size || size > in->size - offset ||
        fseek(in->file, (long)offset, SEEK_SET) != 0)
        return false;
    out->data = words_memory(NULL, (size_t)size + 1, 1);
    out->size = size;
    out->data[size] = '\0';
    if (fread(out->data, 1, (size_t)size, in->file) == size)
        return true;
    free(out->data);
    *out = (struct bytes){0};
    return false;
}

uint64_t source_number(const uint8_t *p, unsigned size, bool big_endian)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < size; i++)
        n = n << 8 | p[big_endian ? i : size - 1 - i];
    return n;
}

void findings_note(struct findings *found, const char *name, bool strong)
{
    if (strong && strcmp(name, "main") == 0)
        found->defines |= CC_DEFINES_MAIN;
    else if (strcmp(name, "LLVMFuzzerTestOneInput") == 0)
        found->defines |= CC_DEFINES_HARNESS;
    else if (strcmp(name, "LLVMFuzzerRunDriver") == 0)
        found->is_engine = true;
    else if (found->targets &&
             strncmp(name, CC_TARGET_PREFIX, sizeof CC_TARGET_PREFIX - 1) == 0)
        words_add(found->targets, name);
}

/* ---- archives ---- */

#define AR_MAGIC_SIZE  8
#define AR_HEADER_SIZE 60

/* The index is the first member, "/" or, with 64-bit numbers, "/SYM64/": a
 * big-endian count, that many offsets, that many names. */
static void read_archive(const struct source *in, struct findings *found)
{
    struct bytes header;
    struct bytes index;
    unsigned width = 4;
    if (!source_read(in, AR_MAGIC_SIZE, AR_HEADER_SIZE, &header))
        return;
    char digits[11] = "";
    memcpy(digits, header.data + 48, 10);
    uint64_t size = strtoull(digits, NULL, 10);
    if (memcmp(header.data, "/SYM64/ ", 8) == 0)
        width = 8;
    else if (memcmp(header.data, "/ ", 2) != 0)
        size = 0;
    free(header.data);
    if (size < width ||
        !source_read(in, AR_MAGIC_SIZE + AR_HEADER_SIZE, size, &index))
        return;
    uint64_t count = source_number(index.data, width, true);
    if (count <= size / width - 1) {
        const char *name = (const char *)index.data + (count + 1) * width;
        const char *end = (const char *)index.data + size;
        for (; count > 0 && name < end; count--) {
            findings_note(found, name, true);
            name += strlen(name) + 1;
        }
    }
    free(index.data);
}

unsigned cc_symbols_read(const char *path, struct words *targets)
{
    struct source in;
    struct bytes magic;
    struct findings found = {0};
    if (!open_source(&in, path))
        return 0;
    if (source_read(&in, 0, AR_MAGIC_SIZE, &magic)) {
        if (memcmp(magic.data, "!<arch>\n", AR_MAGIC_SIZE) == 0 ||
            memcmp(magic.data, "!<thin>\n", AR_MAGIC_SIZE) == 0) {
            found.defines = CC_IN_LIBRARY;
            found.targets = targets;
            read_archive(&in, &found);
        } else if (memcmp(magic.data, "\177ELF", 4) == 0) {
            elf_read(&in, &found);
        } else if (coff_is_object(magic.data)) {
            coff_read(&in, &found);
        }
        free(magic.data);
    }
    (void)fclose(in.file);
    return found.is_engine ? 0 : found.defines;
}
