/* SPDX-License-Identifier: MIT
 *
 * See fingerprint.h.
 */
#include "tool/fingerprint.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "platform/platform.h"

#define TAKEN_MAX ((size_t)64 << 20)
#define FILE_MAX  ((size_t)1 << 30)

void fingerprint_begin(struct fingerprint *f)
{
    *f = (struct fingerprint){0};
    buf_init(&f->taken, TAKEN_MAX);
}

void fingerprint_add(struct fingerprint *f, const char *word)
{
    buf_add(&f->taken, word, strlen(word) + 1);
}

void fingerprint_add_words(struct fingerprint *f, const struct words *words)
{
    buf_addf(&f->taken, "%zu:", words->n);
    for (size_t i = 0; i < words->n; i++)
        fingerprint_add(f, words->item[i]);
}

void fingerprint_add_file(struct fingerprint *f, const char *path)
{
    uint8_t *data;
    size_t size;
    uint8_t digest[HASH_SHA256_SIZE];
    if (platform_read_file(path, FILE_MAX, &data, &size, NULL)) {
        fingerprint_add(f, "missing");
        return;
    }
    hash_sha256(digest, data, size);
    free(data);
    buf_add(&f->taken, digest, sizeof digest);
}

void fingerprint_end(struct fingerprint *f)
{
    uint8_t digest[HASH_SHA256_SIZE];
    hash_sha256(digest, buf_text(&f->taken), f->taken.size);
    hash_hex(f->text, digest, sizeof digest);
    buf_release(&f->taken);
}

/* ---- dependencies ---- */

static bool is_space(const char *p)
{
    return *p == ' ' || *p == '\t' || *p == '\n' || *p == '\r' ||
           (*p == '\\' && (p[1] == '\n' || p[1] == '\r'));
}

/* Reads one name as make has it, and returns what follows it. */
static const char *read_name(const char *p, struct words *files)
{
    char *name = words_memory(NULL, strlen(p) + 1, 1);
    size_t n = 0;
    while (*p && !is_space(p)) {
        bool escapes = *p == '\\' && (p[1] == ' ' || p[1] == '#');
        if (escapes || (*p == '$' && p[1] == '$'))
            p++;
        name[n++] = *p++;
    }
    name[n] = '\0';
    words_add(files, name);
    free(name);
    return p;
}

bool fingerprint_read_dependencies(const char *path, struct words *files)
{
    uint8_t *data;
    size_t size;
    if (platform_read_file(path, TAKEN_MAX, &data, &size, NULL))
        return false;
    char *text = words_memory(NULL, size + 1, 1);
    memcpy(text, data, size);
    text[size] = '\0';
    free(data);
    /* "TARGET: FILE FILE ..."; a drive's colon has no space after it. */
    const char *p = strstr(text, ": ");
    while (p && *p) {
        p++;
        while (*p && is_space(p))
            p++;
        if (*p)
            p = read_name(p, files);
    }
    free(text);
    return files->n > 0;
}
