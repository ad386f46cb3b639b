/* SPDX-License-Identifier: MIT
 *
 * See corpora.h.
 */
#include "tool/corpora.h"

#include <string.h>

#include "base/encoding.h"

bool corpora_is_input(const char *name)
{
    return name[0] != '.' && strcmp(name, "README.txt") != 0;
}

int corpora_to_bytes(struct buf *out, const uint8_t *data, size_t size,
                     struct thresh_err *err)
{
    struct encoding_file file;
    if (!encoding_has_header(data, size)) {
        buf_add(out, data, size);
        return 0;
    }
    int rc = encoding_read(&file, data, size, err);
    if (rc)
        return rc;
    if (file.input.nargs != 1)
        rc = thresh_fail(err, THRESH_EFORMAT,
                         "it has %u values; other fuzzers know one",
                         file.input.nargs);
    else
        buf_add(out, file.input.arg[0].data, file.input.arg[0].size);
    encoding_file_release(&file);
    return rc;
}

void corpora_to_text(struct buf *out, const uint8_t *data, size_t size,
                     bool string)
{
    const enum input_kind kind = string ? KIND_STRING : KIND_BYTES;
    const struct input in = {
        .nargs = 1, .arg = {{(uint8_t *)(uintptr_t)data, (uint32_t)size}}};
    if (encoding_has_header(data, size))
        buf_add(out, data, size);
    else
        encoding_write(out, &kind, &in);
}
