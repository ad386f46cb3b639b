/* SPDX-License-Identifier: MIT
 *
 * -minimize_crash=1 and -cleanse_crash=1: one failing file is made smaller, or
 * plainer. See libfuzzer.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "coordinator/coordinator.h"
#include "coordinator/replay.h"
#include "coordinator/report_libfuzzer.h"
#include "driver/libfuzzer.h"
#include "platform/platform.h"

#define FILE_MAX ((size_t)256 << 20)
/* Without -runs and -max_total_time. */
#define DEFAULT_TIME_US (600u * (uint64_t)1000000u)

static int read_one(const struct libfuzzer *l, uint8_t **data, size_t *size)
{
    struct thresh_err err;
    if (platform_read_file(l->flags.inputs[0], FILE_MAX, data, size, &err))
        return libfuzzer_error("%s", err.msg);
    return 0;
}

/* ---- -minimize_crash ---- */

/* "minimized-from-" and the SHA-1 of the original, unless a path is given. */
static void name_minimised(const struct libfuzzer *l, const uint8_t *data,
                           size_t size, char path[STORE_PATH_SIZE])
{
    uint8_t digest[HASH_SHA1_SIZE];
    char hex[2 * HASH_SHA1_SIZE + 1];
    hash_sha1(digest, data, size);
    hash_hex(hex, digest, sizeof digest);
    if (l->files.exact_artifact)
        (void)snprintf(path, STORE_PATH_SIZE, "%s", l->files.exact_artifact);
    else
        (void)snprintf(path, STORE_PATH_SIZE, "%sminimized-from-%s",
                       l->files.artifact_prefix, hex);
}

static enum outcome minimise(struct libfuzzer *l, const char *path,
                             struct progress *p)
{
    struct options opt = l->opt;
    struct plain_files files = l->files;
    files.ndirs = 0;
    files.seeds = l->flags.inputs;
    files.nseeds = 1;
    files.only_seeds = true;
    files.exact_artifact = path;
    opt.plain = &files;
    opt.only_baseline = true;
    opt.minimise_time = opt.fuzz_time;
    if (!opt.minimise_time.us && !opt.minimise_time.count)
        opt.minimise_time.us = DEFAULT_TIME_US;
    opt.fuzz_time = (struct duration_or_count){0};
    return coordinator_run(&opt, p);
}

int libfuzzer_minimize(struct libfuzzer *l)
{
    char path[STORE_PATH_SIZE];
    uint8_t *data;
    size_t size;
    struct progress p;
    const char *input = l->flags.inputs[0];
    if (l->flags.ninputs != 1)
        return libfuzzer_error("-minimize_crash should be given one input "
                               "file");
    int code = read_one(l, &data, &size);
    if (code)
        return code;
    name_minimised(l, data, size, path);
    free(data);
    (void)fprintf(stderr,
                  "CRASH_MIN: minimizing crash input: '%s' (%zu bytes)\n",
                  input, size);
    (void)minimise(l, path, &p);
    if (platform_interrupts(NULL))
        return LIBFUZZER_INTERRUPT_CODE;
    if (!libfuzzer_form_code())
        return libfuzzer_error("the input %s did not crash", input);
    if (read_one(&(struct libfuzzer){.flags.inputs = (const char *[]){path}},
                 &data, &size))
        return 1;
    free(data);
    if (size <= 1)
        (void)fputs("INFO: The input is small enough, exiting\n", stderr);
    (void)fprintf(stderr,
                  "CRASH_MIN: failed to minimize beyond %s (%zu bytes), "
                  "exiting\n",
                  path, size);
    return 0;
}

/* ---- -cleanse_crash ---- */

struct cleanse {
    struct libfuzzer *l;
    struct replay *replay;
    uint8_t *data;
    size_t size;
    bool stopped; /* by the user */
    bool failed;  /* the last run */
    bool known;   /* key is the failure's */
    char key[VERDICT_TEXT];
};

static void tell(void *ctx, const struct replay_result *r)
{
    struct cleanse *c = ctx;
    c->stopped |= r->how == REPLAY_NOT_RUN;
    c->failed = r->how == REPLAY_RAN && r->verdict->kind == VERDICT_FAIL;
    if (!c->failed)
        return;
    if (!c->known)
        memcpy(c->key, r->verdict->key, sizeof c->key);
    c->known = true;
    /* Another failure than the first is not what is asked for. */
    c->failed = strcmp(c->key, r->verdict->key) == 0;
}

/* Whether what is there fails as the original does. */
static bool still_fails(struct cleanse *c)
{
    struct thresh_err err;
    struct history nothing = {0};
    const struct input in = {.nargs = 1, .arg = {{c->data, (uint32_t)c->size}}};
    c->failed = false;
    int rc = replay_add(c->replay, "candidate", &in, &nothing, &err);
    c->stopped |= rc > 0;
    if (rc == 0)
        replay_settle(c->replay);
    return c->failed;
}

static int write_result(const struct cleanse *c)
{
    struct thresh_err err;
    char path[STORE_PATH_SIZE];
    const struct input in = {.nargs = 1, .arg = {{c->data, (uint32_t)c->size}}};
    if (store_write_artifact(&c->l->opt, "", &in, path, &err))
        return libfuzzer_error("%s", err.msg);
    return 0;
}

static bool is_plain(uint8_t byte)
{
    return byte == ' ' || byte == 0xff;
}

/* Tries both plain bytes in place of one. True if it is one now. */
static bool cleanse_byte(struct cleanse *c, size_t i)
{
    static const uint8_t plain[] = {' ', 0xff};
    uint8_t original = c->data[i];
    for (size_t k = 0; k < sizeof plain && !c->stopped; k++) {
        c->data[i] = plain[k];
        if (still_fails(c)) {
            (void)fprintf(stderr, "CLEANSE: Replaced byte %zu with 0x%x\n", i,
                          plain[k]);
            return true;
        }
    }
    c->data[i] = original;
    return false;
}

static int cleanse_all(struct cleanse *c)
{
    int code = 0;
    bool changed = true;
    if (!still_fails(c))
        return libfuzzer_error("the input %s did not crash",
                               c->l->flags.inputs[0]);
    for (int round = 0; changed && round < 5; round++) {
        changed = false;
        for (size_t i = 0; !code && !c->stopped && i < c->size; i++) {
            if (is_plain(c->data[i]))
                continue;
            (void)fprintf(stderr,
                          "CLEANSE[%d]: Trying to replace byte %zu of %zu\n",
                          round, i, c->size);
            if (cleanse_byte(c, i)) {
                changed = true;
                code = write_result(c);
            }
        }
    }
    return c->stopped ? LIBFUZZER_INTERRUPT_CODE : code;
}

int libfuzzer_cleanse(struct libfuzzer *l)
{
    struct thresh_err err;
    struct cleanse c = {.l = l};
    if (l->flags.ninputs != 1 || !l->files.exact_artifact)
        return libfuzzer_error("-cleanse_crash should be given one input file "
                               "and -exact_artifact_path");
    int code = read_one(l, &c.data, &c.size);
    if (code)
        return code;
    const struct replay_spec spec = {.opt = &l->opt,
                                     .tell = tell,
                                     .ctx = &c,
                                     .max_bytes = c.size ? c.size : 1};
    if (replay_new(&c.replay, &spec, &err))
        code = libfuzzer_error("%s", err.msg);
    else
        code = cleanse_all(&c);
    if (c.replay)
        (void)replay_finish(c.replay);
    replay_free(c.replay);
    free(c.data);
    return code;
}
