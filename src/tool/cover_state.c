/* SPDX-License-Identifier: MIT
 *
 * See cover_state.h. The format: "corpus DIGEST", then for each file a line
 * "file DIGEST-OF-SOURCE PATH" and a line of numbers.
 */
#include "tool/cover_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "platform/platform.h"
#include "tool/cc_compiler.h"
#include "tool/fingerprint.h"

#define STATE_MAX ((size_t)1 << 28)

static void digest_source(const char *path, char text[FINGERPRINT_SIZE])
{
    struct fingerprint f;
    fingerprint_begin(&f);
    fingerprint_add_file(&f, path);
    fingerprint_end(&f);
    memcpy(text, f.text, FINGERPRINT_SIZE);
}

static void add_now(struct buf *out, const struct cover *c, const char *digest)
{
    buf_addf(out, "corpus %s\n", digest);
    for (size_t i = 0; i < c->nfiles; i++) {
        char source[FINGERPRINT_SIZE];
        const struct cover_file *f = &c->file[i];
        digest_source(f->path, source);
        buf_addf(out, "file %s %s\n", source, f->path);
        for (uint32_t k = 0; k < f->nlines; k++)
            if (f->line[k].count)
                buf_addf(out, "%u ", k);
        buf_add_char(out, '\n');
    }
}

/* A whole file as text; NULL if there is none. */
static char *read_text(const char *path)
{
    uint8_t *data;
    size_t size;
    if (platform_read_file(path, STATE_MAX, &data, &size, NULL))
        return NULL;
    char *text = realloc(data, size + 1);
    if (text)
        text[size] = '\0';
    return text;
}

/* The numbers of a file's lines in an earlier state; NULL if it knows nothing
 * of this source. */
static const char *lines_of(const char *state, const struct cover_file *f)
{
    char source[FINGERPRINT_SIZE];
    struct buf head;
    buf_init(&head, 65536);
    digest_source(f->path, source);
    buf_addf(&head, "\nfile %s %s\n", source, f->path);
    const char *at = strstr(state, buf_text(&head));
    if (at)
        at += head.size;
    buf_release(&head);
    return at;
}

static void mark(struct cover_file *f, const char *before)
{
    for (uint32_t k = 0; k < f->nlines; k++)
        f->line[k].added = f->line[k].count > 0;
    while (*before >= '0' && *before <= '9') {
        char *end;
        unsigned long k = strtoul(before, &end, 10);
        if (k < f->nlines)
            f->line[k].added = false;
        before = end + (*end == ' ');
    }
}

static void save(const char *dir, const char *name, const char *suffix,
                 const char *text, size_t size)
{
    char file[CC_MAX_PATH];
    (void)snprintf(file, sizeof file, "%s.%s", name, suffix);
    (void)platform_write_file(dir, file, text, size, NULL);
}

bool cover_state_apply(struct cover *c, const char *dir, const char *name,
                       const char *digest)
{
    char path[2 * CC_MAX_PATH];
    struct buf now;
    buf_init(&now, STATE_MAX);
    add_now(&now, c, digest);
    (void)snprintf(path, sizeof path, "%s/%s.lines", dir, name);
    char *last = read_text(path);
    size_t head = strlen("corpus ");
    bool same = last && strncmp(last + head, digest, strlen(digest)) == 0;
    (void)snprintf(path, sizeof path, "%s/%s.before", dir, name);
    char *before = same ? read_text(path) : last;
    for (size_t i = 0; before && i < c->nfiles; i++) {
        const char *lines = lines_of(before, &c->file[i]);
        if (lines)
            mark(&c->file[i], lines);
    }
    if (!same && last)
        save(dir, name, "before", last, strlen(last));
    if (!now.failed)
        save(dir, name, "lines", buf_text(&now), now.size);
    bool compared = before != NULL;
    if (same)
        free(before);
    free(last);
    buf_release(&now);
    return compared;
}
