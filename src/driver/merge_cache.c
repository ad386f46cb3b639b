/* SPDX-License-Identifier: MIT
 *
 * See merge_cache.h.
 */
#include "driver/merge_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "platform/platform.h"

#define CACHE_MAX   ((size_t)4 << 30)
#define PROGRAM_MAX ((size_t)4 << 30)

static const char magic[16] = "thresh features";

/* As they lie in the file. */
struct head {
    char magic[16];
    uint64_t version;
    uint64_t key[2];
    uint64_t count;
};
#define VERSION 1

struct record {
    uint64_t content[2];
    uint64_t size;
    uint64_t nfeatures;
};

static void hash_twice(uint64_t to[2], const void *data, size_t size)
{
    to[0] = hash_64(1, data, size);
    to[1] = hash_64(2, data, size) | 1; /* not known is 0 */
}

/* What features mean depends on the program: on all of it, since nobody can say
 * which of its bytes don't matter. */
static bool make_key(uint64_t key[2], uint64_t max_bytes)
{
    uint8_t *data;
    size_t size;
    uint64_t parts[3];
    const char *self = platform_self_path();
    if (!self || platform_read_file(self, PROGRAM_MAX, &data, &size, NULL))
        return false;
    hash_twice(parts, data, size);
    free(data);
    parts[2] = max_bytes;
    hash_twice(key, parts, sizeof parts);
    return true;
}

static struct record record_at(const uint8_t *at)
{
    struct record r;
    memcpy(&r, at, sizeof r);
    return r;
}

static int by_content(const void *a, const void *b)
{
    const uint8_t *const *x = a, *const *y = b;
    return memcmp(*x, *y, sizeof record_at(NULL).content);
}

/* Finds the records; false if the bytes are not what they should be. */
static bool index_records(struct merge_cache *c)
{
    struct head head;
    size_t at = sizeof head;
    if (c->size < sizeof head)
        return false;
    memcpy(&head, c->bytes, sizeof head);
    if (memcmp(head.magic, magic, sizeof magic) != 0 ||
        head.version != VERSION ||
        memcmp(head.key, c->key, sizeof head.key) != 0 ||
        head.count > c->size / sizeof(struct record))
        return false;
    c->known = calloc((size_t)head.count + 1, sizeof *c->known);
    for (uint64_t i = 0; c->known && i < head.count; i++) {
        if (c->size - at < sizeof(struct record))
            return false;
        struct record r = record_at(c->bytes + at);
        if (r.nfeatures > (c->size - at - sizeof r) / sizeof(uint32_t))
            return false;
        c->known[c->nknown++] = c->bytes + at;
        at += sizeof r + (size_t)r.nfeatures * sizeof(uint32_t);
    }
    if (c->known)
        qsort(c->known, c->nknown, sizeof *c->known, by_content);
    return c->known != NULL;
}

void merge_cache_open(struct merge_cache *c, const char *dir,
                      const char *target, uint64_t max_bytes)
{
    char path[sizeof c->dir + sizeof c->name];
    *c = (struct merge_cache){0};
    int n = snprintf(c->dir, sizeof c->dir, "%s", dir);
    int m = snprintf(c->name, sizeof c->name, ".features-%s", target);
    if (n < 0 || (size_t)n >= sizeof c->dir || m < 0 ||
        (size_t)m >= sizeof c->name || !make_key(c->key, max_bytes)) {
        c->name[0] = 0; /* nothing is kept */
        return;
    }
    (void)snprintf(path, sizeof path, "%s/%s", c->dir, c->name);
    if (platform_read_file(path, CACHE_MAX, &c->bytes, &c->size, NULL))
        return;
    if (!index_records(c)) {
        free(c->known);
        c->known = NULL;
        c->nknown = 0;
    }
}

void merge_cache_release(struct merge_cache *c)
{
    free(c->known);
    free(c->bytes);
    *c = (struct merge_cache){0};
}

void merge_cache_look_up(struct merge_cache *c, struct merge_file *file,
                         const uint8_t *data, size_t size)
{
    hash_twice(file->content, data, size);
    const uint8_t *wanted = (const uint8_t *)file->content;
    const uint8_t **at = NULL;
    if (c->nknown)
        at =
            bsearch(&wanted, c->known, c->nknown, sizeof *c->known, by_content);
    if (!at)
        return;
    struct record r = record_at(*at);
    if (!merge_file_measured(file, (size_t)r.nfeatures))
        return;
    memcpy(file->features, *at + sizeof r,
           (size_t)r.nfeatures * sizeof *file->features);
    file->size = r.size;
    c->nused++;
}

int merge_cache_save(const struct merge_cache *c,
                     const struct merge_files *files, struct thresh_err *err)
{
    struct head head = {.version = VERSION, .key = {c->key[0], c->key[1]}};
    struct buf out;
    if (!c->name[0])
        return 0;
    memcpy(head.magic, magic, sizeof magic);
    buf_init(&out, CACHE_MAX);
    buf_add(&out, &head, sizeof head);
    for (size_t i = 0; i < files->n; i++) {
        const struct merge_file *f = &files->list[i];
        /* Without features it may be a copy of one that has some. */
        if (!f->nfeatures || !f->content[1])
            continue;
        const struct record r = {
            {f->content[0], f->content[1]}, f->size, f->nfeatures};
        buf_add(&out, &r, sizeof r);
        buf_add(&out, f->features, f->nfeatures * sizeof *f->features);
        head.count++;
    }
    int rc = 0;
    if (out.failed) {
        rc = thresh_fail(err, THRESH_ENOMEM, "no memory for what files cover");
    } else {
        memcpy(out.data, &head, sizeof head);
        rc = platform_write_file(c->dir, c->name, out.data, out.size, err);
    }
    buf_release(&out);
    return rc;
}
