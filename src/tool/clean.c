/* SPDX-License-Identifier: MIT
 *
 * `thresh clean`: removes what was built here, and on request what was found.
 */
#include <stdio.h>
#include <string.h>

#include "base/cache_name.h"
#include "platform/platform.h"
#include "tool/build.h"
#include "tool/folder.h"
#include "tool/tool.h"

struct values {
    bool cache;
};

static const struct command_flag flags[] = {
    {.name = "cache",
     .type = COMMAND_SWITCH,
     .offset = offsetof(struct values, cache),
     .help = "also the inputs that programs built here have found, in the "
             "user's cache"},
};

/* A folder in .thresh/bin. */
struct folder {
    const char *path;
    const char *home; /* the user's cache */
};

static int remove_found(void *ctx, const char *name)
{
    const struct folder *f = ctx;
    char here[CC_MAX_PATH];
    char program[3 * CC_MAX_PATH];
    char cache[CC_MAX_PATH];
    if (platform_current_dir(here, sizeof here, NULL))
        return 0;
    (void)snprintf(program, sizeof program, "%s/%s/%s", here, f->path, name);
    if (cache_name(cache, sizeof cache, f->home, program) &&
        platform_is_dir(cache)) {
        folder_remove(cache);
        (void)printf("removed %s\n", cache);
    }
    return 0;
}

static int each_folder(void *ctx, const char *name)
{
    const struct folder *outer = ctx;
    char path[CC_MAX_PATH];
    struct folder inner = {path, outer->home};
    int n = snprintf(path, sizeof path, "%s/%s", outer->path, name);
    if (n < 0 || (size_t)n >= sizeof path)
        return 0;
    (void)platform_list_dir(path, remove_found, &inner, NULL);
    return platform_list_folders(path, each_folder, &inner, NULL);
}

static int clean(const struct command *self, const struct values *values)
{
    char home[CC_MAX_PATH];
    struct thresh_err err;
    if (values->cache) {
        if (platform_cache_home(home, sizeof home, &err))
            return command_failed(self, "%s", err.msg);
        (void)each_folder(&(struct folder){BUILD_DIR, home}, "bin");
    }
    if (!platform_is_dir(BUILD_DIR)) {
        (void)puts("there is no " BUILD_DIR " here; nothing to do");
        return TOOL_EXIT_OK;
    }
    folder_remove(BUILD_DIR);
    if (platform_is_dir(BUILD_DIR))
        return command_failed(self, BUILD_DIR " can't be removed whole: "
                                              "something in it is not ours, or "
                                              "in use");
    (void)puts("removed " BUILD_DIR);
    return TOOL_EXIT_OK;
}

static int run(const struct command *self, int argc, char *const *argv)
{
    struct values values = {0};
    struct command_line line;
    int code = TOOL_EXIT_USAGE;
    if (command_read(self, argc, argv, &values, &line))
        code = line.operands.n ? command_usage_error(self, "it takes no \"%s\"",
                                                     line.operands.item[0])
                               : clean(self, &values);
    command_line_release(&line);
    return code;
}

const struct command command_clean = {
    .name = "clean",
    .summary = "remove what was built here",
    .usage = "[--cache]",
    .about = "Removes .thresh of the current directory. Saved failures and "
             "shared seeds, in testdata/fuzz, are never touched.",
    COMMAND_FLAGS(flags),
    .run = run,
};
