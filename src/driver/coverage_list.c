/* SPDX-License-Identifier: MIT
 *
 * See coverage_list.h. The process of the coordinator has the same objects as
 * the workers, and they have told of themselves here, too.
 */
#include "driver/coverage_list.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/names.h"
#include "coordinator/report.h"
#include "platform/platform.h"
#include "worker/gcov.h"
#include "worker/sanitizer.h"

void coverage_list_write(void)
{
    const char *path = getenv("THRESH_COVERAGE");
    struct thresh_err err;
    struct gcov_object object;
    struct buf list;
    char dir[4096];
    const char *name = path ? names_split(path, dir, sizeof dir) : NULL;
    if (!name || !*name)
        return;
    buf_init(&list, (size_t)1 << 26);
    for (const struct gcov_info *i = gcov_next(NULL); i; i = gcov_next(i)) {
        gcov_describe(i, &object);
        if (object.n)
            buf_addf(&list, "gcov %u %s\n", object.major, object.filename);
    }
    if (__llvm_profile_write_file)
        buf_add_text(&list, "llvm\n");
    if (platform_write_file(dir, name, buf_text(&list), list.size, &err))
        report_line("warning: THRESH_COVERAGE: %s", err.msg);
    buf_release(&list);
}
