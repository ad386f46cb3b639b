/* SPDX-License-Identifier: MIT
 *
 * See store.h.
 */
#include "coordinator/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encoding.h"
#include "base/hash.h"
#include "coordinator/conform.h"
#include "platform/platform.h"

/* A corpus file larger than this is surely a mistake. */
#define FILE_MAX ((size_t)256 << 20)

static int join(char path[STORE_PATH_SIZE], const char *dir, const char *name,
                struct thresh_err *err)
{
    int n = snprintf(path, STORE_PATH_SIZE, "%s/%s", dir, name);
    if (n < 0 || n >= STORE_PATH_SIZE)
        return thresh_fail(err, THRESH_ELIMIT,
                           "the path %.60s.../%s is longer than %d bytes; use "
                           "a shorter directory",
                           dir, name, STORE_PATH_SIZE - 1);
    return 0;
}

int store_testdata_dir(const struct options *opt, char path[STORE_PATH_SIZE],
                       struct thresh_err *err)
{
    return join(path, opt->testdata, opt->target, err);
}

int store_cache_dir(const struct options *opt, char path[STORE_PATH_SIZE],
                    struct thresh_err *err)
{
    return join(path, opt->cache, opt->target, err);
}

void store_encode(const struct options *opt, const struct input *in,
                  struct buf *out)
{
    if (opt->plain ||
        (opt->raw && !encoding_has_header(in->arg[0].data, in->arg[0].size)))
        buf_add(out, in->arg[0].data, in->arg[0].size);
    else
        encoding_write(out, opt->sig.kind, in);
}

/* Digits of a SHA-256 that make a name. */
#define NAME_DIGITS 16

static void name_of(const void *data, size_t size, char name[STORE_NAME_SIZE])
{
    uint8_t digest[HASH_SHA256_SIZE];
    hash_sha256(digest, data, size);
    hash_hex(name, digest, NAME_DIGITS / 2);
}

static void plain_name_of(const void *data, size_t size,
                          char name[STORE_NAME_SIZE])
{
    uint8_t digest[HASH_SHA1_SIZE];
    hash_sha1(digest, data, size);
    hash_hex(name, digest, sizeof digest);
}

void store_name(const struct options *opt, const struct buf *file,
                char name[STORE_NAME_SIZE])
{
    if (opt->plain)
        plain_name_of(buf_text(file), file->size, name);
    else
        name_of(buf_text(file), file->size, name);
}

void store_name_of(const struct options *opt, const struct input *in,
                   char name[STORE_NAME_SIZE])
{
    struct buf file;
    buf_init(&file, FILE_MAX);
    store_encode(opt, in, &file);
    name[0] = 0;
    if (!file.failed)
        store_name(opt, &file, name);
    buf_release(&file);
}

int store_write(const struct options *opt, const char *dir,
                const struct input *in, char name[STORE_NAME_SIZE],
                struct thresh_err *err)
{
    struct buf file;
    int rc;
    buf_init(&file, FILE_MAX);
    store_encode(opt, in, &file);
    if (file.failed) {
        rc = thresh_fail(err, THRESH_ENOMEM,
                         "no memory to encode an input of %zu bytes",
                         input_bytes(in));
    } else {
        store_name(opt, &file, name);
        rc = platform_write_file(dir, name, buf_text(&file), file.size, err);
    }
    buf_release(&file);
    return rc;
}

int store_write_artifact(const struct options *opt, const char *kind,
                         const struct input *in, char path[STORE_PATH_SIZE],
                         struct thresh_err *err)
{
    const struct plain_files *plain = opt->plain;
    const struct span *bytes = &in->arg[0];
    char name[STORE_NAME_SIZE], dir[STORE_PATH_SIZE];
    plain_name_of(bytes->data, bytes->size, name);
    int n = plain->exact_artifact
                ? snprintf(path, STORE_PATH_SIZE, "%s", plain->exact_artifact)
                : snprintf(path, STORE_PATH_SIZE, "%s%s-%s",
                           plain->artifact_prefix, kind, name);
    if (n < 0 || n >= STORE_PATH_SIZE)
        return thresh_fail(err, THRESH_ELIMIT,
                           "the artifact's path is longer "
                           "than %d bytes",
                           STORE_PATH_SIZE - 1);
    const char *slash = strrchr(path, '/');
    (void)snprintf(dir, sizeof dir, "%.*s",
                   slash && slash > path ? (int)(slash - path) : 1,
                   slash ? path : ".");
    return platform_write_file(dir, slash ? slash + 1 : path, bytes->data,
                               bytes->size, err);
}

/* Packs an input into fresh memory and makes *in point there. */
static int own(struct input *in, uint8_t **memory, struct thresh_err *err)
{
    size_t size = input_packed_size(in);
    uint8_t *packed = malloc(size);
    if (!packed)
        return thresh_fail(err, THRESH_ENOMEM,
                           "no memory for an input of %zu bytes", size);
    input_pack(in, packed);
    (void)input_unpack(in, in->nargs, packed, size);
    *memory = packed;
    return 0;
}

/* Whether a file has the name that we give to such bytes. */
static bool is_ours(const char *name, const uint8_t *data, size_t size)
{
    char ours[STORE_NAME_SIZE];
    name_of(data, size, ours);
    return strcmp(name, ours) == 0;
}

/* Whether bytes are a value and not the text format. With more arguments than
 * one only files that we have named are: written before there were more. */
static bool is_raw(const struct options *opt, const char *name,
                   const uint8_t *data, size_t size)
{
    return opt->sig.kind[0] == KIND_BYTES && !encoding_has_header(data, size) &&
           (opt->raw || is_ours(name, data, size));
}

static int decode(const struct options *opt, const char *name, uint8_t *data,
                  size_t size, struct input *in, uint8_t **memory,
                  struct thresh_err *err)
{
    uint64_t store[INPUT_MAX_ARGS];
    struct encoding_file file = {.input = {.nargs = 1}};
    struct thresh_err why;
    if (opt->plain || is_raw(opt, name, data, size)) {
        file.kind[0] = KIND_BYTES;
        file.input.arg[0] = (struct span){data, (uint32_t)size};
    } else if (encoding_read(&file, data, size, &why)) {
        return thresh_fail(err, THRESH_EFORMAT, "unmarshal: %s", why.msg);
    }
    int rc = conform_input(opt, &file, in, store, err);
    if (!rc)
        rc = own(in, memory, err);
    encoding_file_release(&file);
    return rc;
}

static void cut(const struct options *opt, struct input *in, uint64_t max)
{
    for (uint32_t i = 0; i < in->nargs; i++) {
        uint64_t limit = opt->sig.max_bytes[i];
        if (limit == 0 || (max && max < limit))
            limit = max;
        if (limit && !kind_width(opt->sig.kind[i]) && in->arg[i].size > limit)
            in->arg[i].size = (uint32_t)limit;
    }
}

int store_read_bytes(const char *path, uint8_t **data, size_t *size,
                     struct thresh_err *err)
{
    return platform_read_file(path, FILE_MAX, data, size, err);
}

int store_decode(const struct options *opt, const char *path,
                 uint64_t max_bytes, uint8_t *data, size_t size,
                 struct input *in, uint8_t **memory, struct thresh_err *err)
{
    struct thresh_err why;
    const char *slash = strrchr(path, '/');
    int rc =
        decode(opt, slash ? slash + 1 : path, data, size, in, memory, &why);
    if (rc)
        return thresh_fail(err, rc, "\"%.300s\": %.170s", path, why.msg);
    cut(opt, in, max_bytes);
    return 0;
}

int store_read(const struct options *opt, const char *dir, const char *name,
               uint64_t max_bytes, struct input *in, uint8_t **memory,
               struct thresh_err *err)
{
    char path[STORE_PATH_SIZE];
    uint8_t *data;
    size_t size;
    int rc = join(path, dir, name, err);
    if (!rc)
        rc = store_read_bytes(path, &data, &size, err);
    if (rc)
        return rc;
    rc = store_decode(opt, path, max_bytes, data, size, in, memory, err);
    free(data);
    return rc;
}

/* ---- histories ---- */

static int history_dir(char path[STORE_PATH_SIZE], const char *dir,
                       const char *name, struct thresh_err *err)
{
    char before[STORE_PATH_SIZE];
    (void)snprintf(before, sizeof before, "%s.before", name);
    return join(path, dir, before, err);
}

static int write_earlier(const struct options *opt, const char *dir,
                         const struct history *history, struct thresh_err *err)
{
    int rc = 0;
    for (uint32_t i = 0; !rc && i < history->count; i++) {
        char name[16];
        struct input in;
        struct buf file;
        (void)snprintf(name, sizeof name, "%04u", i + 1);
        (void)input_unpack(&in, opt->sig.nargs, history->input[i].packed,
                           history->input[i].size);
        buf_init(&file, FILE_MAX);
        store_encode(opt, &in, &file);
        rc = file.failed ? thresh_fail(err, THRESH_ENOMEM,
                                       "no memory to encode an input")
                         : platform_write_file(dir, name, buf_text(&file),
                                               file.size, err);
        buf_release(&file);
    }
    return rc;
}

int store_write_history(const struct options *opt, const char *dir,
                        const char *name, const struct history *history,
                        struct thresh_err *err)
{
    char path[STORE_PATH_SIZE], temporary[STORE_PATH_SIZE];
    int rc = history_dir(path, dir, name, err);
    if (!rc)
        rc = platform_temporary_dir(dir, temporary, sizeof temporary, err);
    if (rc)
        return rc;
    rc = write_earlier(opt, temporary, history, err);
    if (!rc)
        rc = platform_replace_dir(temporary, path, err);
    if (rc)
        platform_remove_dir(temporary);
    return rc;
}

void store_remove(const char *dir, const char *name)
{
    char path[STORE_PATH_SIZE + STORE_NAME_SIZE];
    if (!*name)
        return;
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    (void)platform_remove_file(path, NULL);
}

void store_remove_history(const char *dir, const char *name)
{
    char path[STORE_PATH_SIZE];
    if (history_dir(path, dir, name, NULL) == 0)
        platform_remove_dir(path);
}

struct history_reader {
    const struct options *opt;
    const char *dir;
    uint64_t max_bytes;
    struct history *history;
    struct thresh_err *err;
};

static int read_earlier(void *ctx, const char *name)
{
    struct history_reader *r = ctx;
    struct input in;
    uint8_t *memory;
    int rc =
        store_read(r->opt, r->dir, name, r->max_bytes, &in, &memory, r->err);
    if (rc)
        return rc;
    if (!history_add(r->history, memory, input_packed_size(&in)))
        rc = thresh_fail(r->err, THRESH_ELIMIT,
                         "\"%.300s\" has more inputs than can be run", r->dir);
    free(memory);
    return rc;
}

int store_read_history(const struct options *opt, const char *dir,
                       const char *name, uint64_t max_bytes,
                       struct history *history, struct thresh_err *err)
{
    char path[STORE_PATH_SIZE];
    struct history_reader r = {opt, path, max_bytes, history, err};
    int rc = history_dir(path, dir, name, err);
    if (!rc && platform_is_dir(path))
        rc = platform_list_dir(path, read_earlier, &r, err);
    if (!rc && history->count)
        history->state = HISTORY_FOUND;
    return rc;
}

/* ---- directories ---- */

struct dir_reader {
    const struct options *opt;
    const char *dir;
    uint64_t max_bytes;
    int (*visit)(void *ctx, const char *name, const struct input *in,
                 const struct thresh_err *bad);
    void *ctx;
};

static int read_one(void *ctx, const char *name)
{
    struct dir_reader *reader = ctx;
    struct thresh_err bad;
    struct input in;
    uint8_t *memory = NULL;
    int rc = store_read(reader->opt, reader->dir, name, reader->max_bytes, &in,
                        &memory, &bad);
    rc = reader->visit(reader->ctx, name, rc ? NULL : &in, rc ? &bad : NULL);
    free(memory);
    return rc;
}

int store_read_dir(const struct options *opt, const char *dir,
                   uint64_t max_bytes,
                   int (*visit)(void *ctx, const char *name,
                                const struct input *in,
                                const struct thresh_err *bad),
                   void *ctx, struct thresh_err *err)
{
    struct dir_reader reader = {opt, dir, max_bytes, visit, ctx};
    return platform_list_dir(dir, read_one, &reader, err);
}

int store_read_tree(const struct options *opt, const char *dir,
                    uint64_t max_bytes,
                    int (*visit)(void *ctx, const char *name,
                                 const struct input *in,
                                 const struct thresh_err *bad),
                    void *ctx, struct thresh_err *err)
{
    struct dir_reader reader = {opt, dir, max_bytes, visit, ctx};
    return platform_list_tree(dir, read_one, &reader, err);
}
