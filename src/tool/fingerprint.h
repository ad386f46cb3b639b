/* SPDX-License-Identifier: MIT
 *
 * What something was made from, in one digest: words and the content of files.
 * Equal fingerprints mean that making it again would make the same. No times
 * of files are looked at, which copies, checkouts and caches of CI get wrong.
 */
#ifndef THRESH_TOOL_FINGERPRINT_H
#define THRESH_TOOL_FINGERPRINT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/hash.h"
#include "tool/words.h"

#define FINGERPRINT_SIZE (2 * HASH_SHA256_SIZE + 1)

/* Takes in what was said so far; `text` is filled by fingerprint_end(). */
struct fingerprint {
    struct buf taken;
    char text[FINGERPRINT_SIZE];
};

void fingerprint_begin(struct fingerprint *f);
void fingerprint_add(struct fingerprint *f, const char *word);
void fingerprint_add_words(struct fingerprint *f, const struct words *words);
/* The content of a file, whatever its name; one that can't be read differs from
 * all that can. */
void fingerprint_add_file(struct fingerprint *f, const char *path);
/* Makes the text, of hexadecimal digits, and frees the rest. */
void fingerprint_end(struct fingerprint *f);

/* Appends the files that a compiler's list of dependencies (-MD) names; false
 * if it can't be read. */
bool fingerprint_read_dependencies(const char *path, struct words *files);

#endif
