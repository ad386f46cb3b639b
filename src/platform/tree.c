/* SPDX-License-Identifier: MIT
 *
 * Directories with the directories in them. Of no one system: made of the
 * listings that each has.
 */
#include <stdio.h>

#include "platform/platform.h"

#define PATH_SIZE 4096

struct tree_lister {
    const char *dir;
    const char *below; /* "" or the path from dir on, with its '/' */
    int (*visit)(void *ctx, const char *name);
    void *ctx;
    struct thresh_err *err;
};

static int list_one(void *ctx, const char *name)
{
    const struct tree_lister *lister = ctx;
    char path[PATH_SIZE];
    if (!*lister->below)
        return lister->visit(lister->ctx, name);
    int n = snprintf(path, sizeof path, "%s%s", lister->below, name);
    if (n < 0 || (size_t)n >= sizeof path)
        return thresh_fail(lister->err, THRESH_ELIMIT,
                           "the path %.60s... is too long", lister->below);
    return lister->visit(lister->ctx, path);
}

static int list_tree(struct tree_lister *lister);

static int list_folder(void *ctx, const char *name)
{
    const struct tree_lister *outer = ctx;
    struct tree_lister inner = *outer;
    char below[PATH_SIZE];
    int n = snprintf(below, sizeof below, "%s%s/", outer->below, name);
    if (n < 0 || (size_t)n >= sizeof below)
        return thresh_fail(outer->err, THRESH_ELIMIT,
                           "the path %.60s... is too long", below);
    inner.below = below;
    return list_tree(&inner);
}

static int list_tree(struct tree_lister *lister)
{
    char path[PATH_SIZE];
    int n = snprintf(path, sizeof path, "%s/%s", lister->dir, lister->below);
    if (n < 0 || (size_t)n >= sizeof path)
        return thresh_fail(lister->err, THRESH_ELIMIT,
                           "the path %.60s/... is too long", lister->dir);
    int rc = platform_list_dir(path, list_one, lister, lister->err);
    if (!rc)
        rc = platform_list_folders(path, list_folder, lister, lister->err);
    return rc;
}

int platform_list_tree(const char *dir,
                       int (*visit)(void *ctx, const char *name), void *ctx,
                       struct thresh_err *err)
{
    struct tree_lister lister = {dir, "", visit, ctx, err};
    return list_tree(&lister);
}
