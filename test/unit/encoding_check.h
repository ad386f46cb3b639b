/* SPDX-License-Identifier: MIT
 *
 * What the tests of the corpus format share: files and lines that must be
 * good.
 */
#ifndef THRESH_TEST_ENCODING_CHECK_H
#define THRESH_TEST_ENCODING_CHECK_H

#include <stdio.h>

#include "base/encoding.h"

#define HEADER ENCODING_HEADER "\n"

/* The little-endian number of an argument. */
static inline uint64_t get(struct span s)
{
    uint64_t value = 0;
    for (uint32_t i = s.size; i-- > 0;)
        value = value << 8 | s.data[i];
    return value;
}

/* Reads a file that must be good. */
static inline struct encoding_file read_file(const char *text, size_t size)
{
    struct encoding_file file;
    struct thresh_err err = {0};
    /* An exact copy, so that a sanitizer sees any step beyond the end. */
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, text, size);
    if (encoding_read(&file, copy, size, &err) != 0)
        fail_msg("%s: %s", text, err.msg);
    free(copy);
    return file;
}

/* Reads a line that must be good and writes its value again. */
static inline void check_line(const char *line, const char *want)
{
    char text[600];
    int size = snprintf(text, sizeof text, HEADER "%s\n", line);
    struct encoding_file file = read_file(text, (size_t)size);
    struct buf out;
    char whole[600];
    buf_init(&out, 1000);
    encoding_write(&out, file.kind, &file.input);
    (void)snprintf(whole, sizeof whole, HEADER "%s\n", want);
    assert_string_equal(buf_text(&out), whole);
    buf_release(&out);
    encoding_file_release(&file);
}

#endif
