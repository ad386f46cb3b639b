/* SPDX-License-Identifier: MIT
 *
 * md4c: the first two bytes choose the dialect, the rest is rendered as HTML.
 */
#include <stddef.h>
#include <stdint.h>

#include "md4c-html.h"

static void swallow(const MD_CHAR *text, MD_SIZE size, void *total)
{
    (void)text;
    *(size_t *)total += size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t total = 0;
    if (size < 2)
        return 0;
    unsigned flags = (unsigned)data[0] | (unsigned)data[1] << 8;
    (void)md_html((const MD_CHAR *)data + 2, (MD_SIZE)(size - 2), swallow,
                  &total, flags & 0x7fff, MD_HTML_FLAG_SKIP_UTF8_BOM);
    return 0;
}
