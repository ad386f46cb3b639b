/* SPDX-License-Identifier: MIT
 *
 * What tests of files say of the scratch directory: writing into it, and what
 * is in it then.
 */
#ifndef THRESH_TEST_FILES_CHECK_H
#define THRESH_TEST_FILES_CHECK_H

#include "scratch_dir.h"

#include "base/names.h"

/* A path below the test's directory, good until the 8th call after. */
static inline const char *at(const char *name)
{
    static char paths[8][512];
    static unsigned next;
    char *path = paths[next++ % 8];
    (void)snprintf(path, sizeof paths[0], "%s%s%s", scratch_dir,
                   *name ? "/" : "", name);
    return path;
}

static inline void write_file(const char *dir, const char *name,
                              const char *text)
{
    struct thresh_err err = {0};
    if (platform_write_file(at(dir), name, text, strlen(text), &err) != 0)
        fail_msg("%s", err.msg);
}

static inline void assert_content(const char *name, const char *text)
{
    struct thresh_err err = {0};
    uint8_t *data;
    size_t size;
    if (platform_read_file(at(name), 1 << 20, &data, &size, &err) != 0)
        fail_msg("%s", err.msg);
    assert_int_equal(size, strlen(text));
    assert_memory_equal(data, text, size);
    free(data);
}

static inline int join_name(void *ctx, const char *name)
{
    char *text = ctx;
    size_t n = strlen(text);
    assert_true(n + strlen(name) + 2 < 1024);
    (void)snprintf(text + n, 1024 - n, "%s ", name);
    return 0;
}

/* All names in a directory but . and .., temporaries too. */
static inline void assert_names(const char *dir, const char *expected)
{
    char text[1024] = "";
    struct names names = {0};
    DIR *stream = opendir(at(dir));
    assert_non_null(stream);
    for (struct dirent *entry; (entry = readdir(stream));) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            assert_true(names_add(&names, entry->d_name));
    }
    closedir(stream);
    (void)names_visit(&names, join_name, text);
    names_free(&names);
    assert_string_equal(text, expected);
}

#define FILE_TEST(f) \
    cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

#endif
