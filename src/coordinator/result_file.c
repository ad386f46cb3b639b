/* SPDX-License-Identifier: MIT
 *
 * See result_file.h.
 */
#include "coordinator/result_file.h"

#include <string.h>

#include "platform/platform.h"

int result_file_write(const char *path, const struct buf *text, bool lost,
                      struct thresh_err *err)
{
    char dir[4096] = ".";
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 0;
    bool failed = lost || text->failed || n >= sizeof dir;
    if (failed)
        return thresh_fail(err, THRESH_ENOMEM, "no memory for the results");
    if (slash) {
        memcpy(dir, path, n + 1);
        dir[n + (n == 0)] = 0; /* "/file" lies in "/" */
    }
    return platform_write_file(dir, slash ? slash + 1 : path, buf_text(text),
                               text->size, err);
}
