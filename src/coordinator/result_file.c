/* SPDX-License-Identifier: MIT
 *
 * See result_file.h.
 */
#include "coordinator/result_file.h"

#include "base/names.h"
#include "platform/platform.h"

int result_file_write(const char *path, const struct buf *text, bool lost,
                      struct thresh_err *err)
{
    char dir[4096];
    const char *name = names_split(path, dir, sizeof dir);
    if (lost || text->failed || !name)
        return thresh_fail(err, THRESH_ENOMEM, "no memory for the results");
    return platform_write_file(dir, name, buf_text(text), text->size, err);
}
