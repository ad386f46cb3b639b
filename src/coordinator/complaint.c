/* SPDX-License-Identifier: MIT
 *
 * See complaint.h.
 */
#include "coordinator/complaint.h"

#include <stdint.h>
#include <string.h>

/* The complaint is the last thing printed, but for what other threads and exit
 * handlers still say. */
#define LOOKED_AT ((size_t)4096)

/* The first place of word in line[0..n). */
static const char *find(const char *line, size_t n, const char *word)
{
    size_t size = strlen(word);
    for (size_t i = 0; i + size <= n; i++)
        if (memcmp(line + i, word, size) == 0)
            return line + i;
    return NULL;
}

/* Where the complaint begins in a line; NULL if it is none. */
static const char *complaint_in(const char *line, size_t n)
{
    static const char *const starts[] = {
        "free(): ",
        "malloc(): ",
        "malloc_consolidate(): ",
        "realloc(): ",
        "calloc(): ",
        "munmap_chunk(): ",
        "double free or corruption",
        "corrupted ",
        "*** stack smashing detected",
        "*** buffer overflow detected",
        "*** %n in writable",
        "Fatal glibc error: ",
        "Assertion failed: ", /* other C libraries' assert */
        "terminate called ",
        "pure virtual method called",
        "libc++abi: ",
    };
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        if (n >= strlen(starts[i]) &&
            memcmp(line, starts[i], strlen(starts[i])) == 0)
            return line;
    /* "program: file.c:12: function: Assertion `x' failed." */
    const char *assertion = find(line, n, ": Assertion `");
    const char *name = find(line, n, ": ");
    if (!assertion || !find(line, n, "' failed.") || name == assertion)
        return NULL;
    return name + 2;
}

static void copy_without_addresses(char *out, size_t size, const char *from,
                                   const char *end)
{
    size_t n = 0;
    while (from < end && n + 1 < size) {
        out[n++] = *from++;
        if (n >= 2 && out[n - 2] == '0' && out[n - 1] == 'x')
            while (from < end && ((*from >= '0' && *from <= '9') ||
                                  (*from >= 'a' && *from <= 'f')))
                from++;
    }
    out[n] = 0;
}

bool complaint_find(char *out, size_t out_size, const char *output, size_t size)
{
    const char *end = output + size;
    const char *from = size > LOOKED_AT ? end - LOOKED_AT : output;
    while (end > from) {
        const char *line = end;
        while (line > from && line[-1] != '\n')
            line--;
        const char *complaint = complaint_in(line, (size_t)(end - line));
        if (complaint) {
            copy_without_addresses(out, out_size, complaint, end);
            return true;
        }
        end = line > from ? line - 1 : from;
    }
    return false;
}
