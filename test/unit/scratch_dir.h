/* SPDX-License-Identifier: MIT
 *
 * A directory for tests that write files, gone afterwards with all that is in
 * it. A header because each test is a program of its own.
 */
#ifndef THRESH_TEST_SCRATCH_DIR_H
#define THRESH_TEST_SCRATCH_DIR_H

#include "unit.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include "platform/platform.h"

static char scratch_dir[128];

/* Set-up and tear-down of a group or a test. */
static inline int scratch_make(void **state)
{
    (void)state;
    const char *base = getenv("TEMP"); /* Windows has no /tmp */
    (void)snprintf(scratch_dir, sizeof scratch_dir, "%s/thresh-test-%08x",
                   base ? base : "/tmp", (unsigned)platform_entropy());
    for (char *p = scratch_dir; *p; p++)
        *p = (char)(*p == '\\' ? '/' : *p);
    return platform_make_dirs(scratch_dir, NULL);
}

static inline void scratch_remove_tree(const char *path)
{
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char inner[4096];
        int n = snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        if (strcmp(entry->d_name, ".") == 0 ||
            strcmp(entry->d_name, "..") == 0 || n < 0 ||
            (size_t)n >= sizeof inner)
            continue;
        if (unlink(inner) != 0)
            scratch_remove_tree(inner);
    }
    if (dir)
        closedir(dir);
    (void)rmdir(path);
}

static inline int scratch_remove(void **state)
{
    (void)state;
    scratch_remove_tree(scratch_dir);
    return platform_is_dir(scratch_dir) ? -1 : 0;
}

#endif
