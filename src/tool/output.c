/* SPDX-License-Identifier: MIT
 *
 * See output.h.
 */
#include "tool/output.h"

#include <stdio.h>
#include <string.h>

#include "base/names.h"
#include "platform/platform.h"
#include "tool/tool.h"

int output_write(const struct command *command, const char *path,
                 const struct buf *text)
{
    struct thresh_err err;
    char dir[4096];
    if (strcmp(path, "-") == 0) {
        (void)fwrite(text->data, 1, text->size, stdout);
        return fflush(stdout) ? command_failed(command, "standard output "
                                                        "can't be written")
                              : TOOL_EXIT_OK;
    }
    const char *name = names_split(path, dir, sizeof dir);
    if (!name)
        return command_failed(command, "%s: this path is too long", path);
    if (platform_write_file(dir, name, text->data, text->size, &err))
        return command_failed(command, "%s", err.msg);
    (void)printf("%s\n", path);
    return TOOL_EXIT_OK;
}
