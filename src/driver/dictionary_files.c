/* SPDX-License-Identifier: MIT
 *
 * See dictionary_files.h.
 */
#include "driver/dictionary_files.h"

#include <stdlib.h>

#include "coordinator/report.h"
#include "platform/platform.h"

#define FILE_MAX ((size_t)64 << 20)
/* Bad lines of a file that are told one by one. */
#define TOLD_MAX 10u

struct collection {
    struct token *tokens;
    size_t count;
    size_t capacity;
};

static int add(struct collection *c, const struct token *token,
               struct thresh_err *err)
{
    if (c->count == c->capacity) {
        size_t capacity = c->capacity ? 2 * c->capacity : 64;
        struct token *grown = realloc(c->tokens, capacity * sizeof *grown);
        if (!grown)
            return thresh_fail(err, THRESH_ENOMEM,
                               "no memory for a dictionary of %zu tokens",
                               capacity);
        c->tokens = grown;
        c->capacity = capacity;
    }
    c->tokens[c->count++] = *token;
    return 0;
}

/* Tells a bad line, of many only the first. */
static void tell(const char *path, const struct dictionary_reader *r,
                 const struct thresh_err *why, unsigned bad)
{
    if (bad <= TOLD_MAX)
        report_line("warning: %s:%u: %s; the line is left out", path, r->line,
                    why->msg);
}

static int read_tokens(struct collection *c, const char *path,
                       struct dictionary_reader *r, struct thresh_err *err)
{
    struct thresh_err why;
    struct token token;
    enum dictionary_event event;
    unsigned bad = 0;
    size_t before = c->count;
    while ((event = dictionary_read(r, &token, &why)) != DICTIONARY_END) {
        if (event == DICTIONARY_BAD)
            tell(path, r, &why, ++bad);
        else if (add(c, &token, err))
            return err->code;
    }
    if (bad > TOLD_MAX)
        report_line("warning: %s: %u more lines are left out", path,
                    bad - TOLD_MAX);
    if (bad && c->count == before)
        return thresh_fail(err, THRESH_EUSAGE,
                           "-dict: %s has no token in it; want lines like "
                           "name=\"value\", with \\xNN, \\\\ and \\\"",
                           path);
    return 0;
}

static int read_file(struct collection *c, const char *path,
                     struct thresh_err *err)
{
    uint8_t *data;
    size_t size;
    struct thresh_err why;
    if (platform_read_file(path, FILE_MAX, &data, &size, &why))
        return thresh_fail(err, THRESH_EUSAGE, "-dict: %s", why.msg);
    struct dictionary_reader r = {.text = data, .size = size};
    int rc = read_tokens(c, path, &r, err);
    free(data);
    return rc;
}

int dictionary_files(const char *const *paths, size_t n, struct token **tokens,
                     size_t *count, struct thresh_err *err)
{
    struct collection c = {.tokens = NULL};
    int rc = 0;
    for (size_t i = 0; !rc && i < n; i++)
        rc = read_file(&c, paths[i], err);
    *tokens = c.tokens;
    *count = c.count;
    return rc;
}
