/* SPDX-License-Identifier: MIT
 *
 * See folder.h.
 */
#include "tool/folder.h"

#include <stdio.h>

#include "platform/platform.h"
#include "tool/cc_compiler.h"

static int remove_inner(void *ctx, const char *name)
{
    char path[CC_MAX_PATH];
    int n = snprintf(path, sizeof path, "%s/%s", (const char *)ctx, name);
    if (n > 0 && (size_t)n < sizeof path)
        folder_remove(path);
    return 0;
}

void folder_remove(const char *path)
{
    (void)platform_list_folders(path, remove_inner, (void *)(uintptr_t)path,
                                NULL);
    platform_sweep_temporaries(path);
    platform_remove_dir(path);
}
