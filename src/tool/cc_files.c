/* SPDX-License-Identifier: MIT
 *
 * See cc_files.h. THRESH_LIBDIR, THRESH_INCLUDEDIR and THRESH_NATIVE_COFF, which
 * is 1 where this program itself is one for Windows, are the build's.
 */
#include "tool/cc_files.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "platform/platform.h"

#define LIB_DIRS 5

/* Formats a path; one that does not fit becomes "", which no file has. */
FORMATS(2, 3)
static void set_path(char path[CC_MAX_PATH], const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(path, CC_MAX_PATH, fmt, ap);
    va_end(ap);
    if (n < 0 || n >= CC_MAX_PATH)
        path[0] = '\0';
}

static bool try_lib_dir(struct cc_files *files, const char *dir)
{
    words_add(&files->looked_in, dir);
    set_path(files->archive, "%s/libthresh.a", dir);
    if (!platform_is_file(files->archive)) {
        files->archive[0] = '\0';
        return false;
    }
    set_path(files->exports, "%s/libthresh.syms", dir);
    set_path(files->specs, "%s/thresh-gcc.specs", dir);
    return true;
}

static bool try_include_dir(struct cc_files *files, const char *dir)
{
    char header[CC_MAX_PATH];
    set_path(header, "%s/thresh.h", dir);
    if (!platform_is_file(header))
        return false;
    set_path(files->include_dir, "%s", dir);
    return true;
}

/* The directory of this program, "" when unknown. */
static void find_self_dir(char dir[CC_MAX_PATH])
{
    const char *self = platform_self_path();
    dir[0] = '\0';
    if (self) {
        set_path(dir, "%s", self);
        char *slash = strrchr(dir, '/');
        if (slash)
            *slash = '\0';
    }
}

static void find_archive(struct cc_files *files, const char *self_dir,
                         const struct cc_compiler *compiler)
{
    const char *last = strrchr(THRESH_LIBDIR, '/');
    char dirs[LIB_DIRS][CC_MAX_PATH];
    last = last ? last + 1 : THRESH_LIBDIR;
    set_path(dirs[0], "%s", self_dir);
    set_path(dirs[1], "%s/../lib", self_dir);
    set_path(dirs[2], "%s/../lib64", self_dir);
    set_path(dirs[3], "%s/../lib/%s", self_dir, last);
    set_path(dirs[4], "%s", THRESH_LIBDIR);
    for (size_t i = 0; compiler->target[0] && i < LIB_DIRS; i++) {
        char dir[CC_MAX_PATH];
        set_path(dir, "%s/%s", dirs[i], compiler->target);
        if (try_lib_dir(files, dir))
            return;
    }
    if (cc_compiler_is_coff(compiler) != THRESH_NATIVE_COFF)
        return; /* the native archive is of no use to it */
    for (size_t i = 0; i < LIB_DIRS; i++) {
        if (try_lib_dir(files, dirs[i]))
            return;
    }
}

void cc_files_find(struct cc_files *files, const struct cc_compiler *compiler)
{
    char self_dir[CC_MAX_PATH];
    char dir[CC_MAX_PATH];
    *files = (struct cc_files){0};
    find_self_dir(self_dir);
    find_archive(files, self_dir, compiler);
    set_path(dir, "%s/include", self_dir);
    if (try_include_dir(files, dir))
        return;
    set_path(dir, "%s/../include", self_dir);
    if (!try_include_dir(files, dir))
        (void)try_include_dir(files, THRESH_INCLUDEDIR);
}

void cc_files_release(struct cc_files *files)
{
    words_release(&files->looked_in);
}
