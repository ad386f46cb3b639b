/* SPDX-License-Identifier: MIT
 *
 * The file of a failure: where the best input so far is kept, and that it takes
 * the place of the one before. Apart from failure.c, which decides when. See
 * failure.h.
 */
#include <stdio.h>
#include <string.h>

#include "coordinator/failure.h"
#include "platform/platform.h"

static void remove_plain(const struct failure *f)
{
    if (f->name[0])
        (void)platform_remove_file(f->name, NULL);
}

static void remove_files(const struct failure *f, const char *dir)
{
    char path[2 * STORE_PATH_SIZE];
    if (!f->name[0])
        return;
    (void)snprintf(path, sizeof path, "%s/%s", dir, f->name);
    (void)platform_remove_file(path, NULL);
    store_remove_history(dir, f->name);
}

void failure_unsave(struct failure *f, const struct options *opt)
{
    char dir[STORE_PATH_SIZE];
    if (opt->plain)
        remove_plain(f);
    else if (store_testdata_dir(opt, dir, NULL) == 0)
        remove_files(f, dir);
    f->name[0] = 0;
}

/* libFuzzer's words, which begin the names of artifacts. */
const char *failure_artifact_kind(const struct verdict *v)
{
    return v->timeout                   ? "timeout"
           : v->memory || v->allocation ? "oom"
           : v->leak                    ? "leak"
                                        : "crash";
}

static void save_plain(struct failure *f, const struct options *opt,
                       const struct input *in)
{
    char path[STORE_PATH_SIZE];
    if (store_write_artifact(opt, failure_artifact_kind(&f->verdict), in, path,
                             &f->save_error))
        return;
    if (strcmp(f->name, path) != 0)
        remove_plain(f);
    memcpy(f->name, path, sizeof path);
    f->saved_size = f->size;
}

void failure_save(struct failure *f, const struct options *opt)
{
    char dir[STORE_PATH_SIZE];
    struct input in;
    if (f->origin == FAILURE_SEED)
        return;
    failure_input(f, opt, &in);
    char name[STORE_NAME_SIZE];
    f->save_error.code = 0;
    if (opt->plain) {
        save_plain(f, opt, &in);
        return;
    }
    if (store_testdata_dir(opt, dir, &f->save_error) ||
        store_write(opt, dir, &in, name, &f->save_error))
        return;
    if (failure_needs(f) &&
        store_write_history(opt, dir, name, &f->history, &f->save_error))
        return;
    if (strcmp(f->name, name) != 0)
        remove_files(f, dir);
    memcpy(f->name, name, sizeof name);
    f->saved_size = f->size;
}
