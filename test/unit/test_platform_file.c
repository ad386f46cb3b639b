/* SPDX-License-Identifier: MIT
 *
 * Files and directories of the platform room on every system, each test in a
 * fresh directory. Nothing here relies on permissions, which root does not
 * feel: what can't be written lies under a file.
 */
#include "files_check.h"

/* ---- reading ---- */

static void test_read(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    uint8_t *data;
    size_t size;
    write_file("", "full", "0123456789");
    write_file("", "empty", "");
    assert_content("full", "0123456789");
    assert_content("empty", "");
    assert_int_equal(platform_read_file(at("full"), 10, &data, &size, &err), 0);
    assert_int_equal(size, 10);
    free(data);
    assert_int_equal(platform_read_file(at("full"), 9, &data, &size, &err),
                     THRESH_ELIMIT);
    assert_int_equal(platform_read_file(at("empty"), 0, &data, &size, &err), 0);
    assert_non_null(data);
    free(data);
}

static void test_read_what_is_no_file(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    uint8_t *data;
    size_t size;
    assert_int_equal(platform_read_file(at("none"), 9, &data, &size, &err),
                     THRESH_EIO);
    assert_true(err.os != 0);
    assert_non_null(strstr(err.msg, at("none")));
    assert_int_equal(platform_read_file(scratch_dir, 9, &data, &size, &err),
                     THRESH_EIO);
}

/* ---- writing ---- */

static void test_append(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    assert_int_equal(platform_append_file(at("log"), "", 0, &err), 0);
    assert_content("log", "");
    assert_int_equal(platform_append_file(at("log"), "a\n", 2, &err), 0);
    assert_int_equal(platform_append_file(at("log"), "b\n", 2, &err), 0);
    assert_content("log", "a\nb\n");
    assert_int_equal(platform_append_file(at("none/log"), "c", 1, &err),
                     THRESH_EIO);
    assert_non_null(strstr(err.msg, at("none/log")));
}

static void test_write_makes_directories(void **state)
{
    (void)state;
    write_file("a/b//c/", "x", "text");
    assert_content("a/b/c/x", "text");
    assert_names("a/b/c", "x ");
    assert_true(platform_is_dir(at("a/b")));
    assert_false(platform_is_file(at("a/b")));
    assert_true(platform_is_file(at("a/b/c/x")));
}

static void test_write_replaces(void **state)
{
    (void)state;
    write_file("", "x", "long old text");
    write_file("", "x", "new");
    assert_content("x", "new");
    write_file("", "x", "");
    assert_content("x", "");
    assert_names("", "x ");
}

static void test_write_below_a_file(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    char path[5000];
    write_file("", "file", "text");
    assert_int_equal(platform_write_file(at("file"), "x", "y", 1, &err),
                     THRESH_EIO);
    assert_non_null(strstr(err.msg, at("file")));
    assert_non_null(strstr(err.msg, "remove or rename it"));
    assert_int_equal(platform_write_file(at("file/sub"), "x", "y", 1, &err),
                     THRESH_EIO);
    assert_int_equal(platform_write_file("", "x", "y", 1, &err), THRESH_EIO);
    memset(path, 'a', sizeof path - 1);
    path[sizeof path - 1] = 0;
    assert_int_equal(platform_write_file(path, "x", "y", 1, &err), THRESH_EIO);
    assert_true(err.os != 0);
}

static void test_write_over_directory(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    write_file("d/x", "file", "text");
    assert_int_equal(platform_write_file(at("d"), "x", "y", 1, &err),
                     THRESH_EIO);
    assert_names("d", "x ");
    assert_names("d/x", "file ");
}

/* ---- temporaries ---- */

/* ---- directories ---- */

struct visits {
    char text[256];
    int stop_after;
};

static int visit(void *ctx, const char *name)
{
    struct visits *v = ctx;
    strcat(v->text, name);
    strcat(v->text, " ");
    return --v->stop_after == 0 ? 77 : 0;
}

static void test_list_is_sorted_by_bytes(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    struct visits v = {.stop_after = -1};
    static const char *const names[] = {
        "b", "a10", "a9", "C", ".thresh-tmp-1-0", ".h"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        write_file("", names[i], "");
    write_file("sub", "inner", "");
    assert_int_equal(platform_list_dir(scratch_dir, visit, &v, &err), 0);
    assert_string_equal(v.text, ".h C a10 a9 b ");
    v = (struct visits){.stop_after = 2};
    assert_int_equal(platform_list_dir(scratch_dir, visit, &v, &err), 77);
    assert_string_equal(v.text, ".h C ");
}

static int remove_all(void *ctx, const char *name)
{
    (void)ctx;
    return platform_remove_file(at(name), NULL);
}

static void test_files_may_go_while_listed(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    char name[16];
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "%d", i);
        write_file("", name, "");
    }
    assert_int_equal(platform_list_dir(scratch_dir, remove_all, NULL, &err), 0);
    assert_names("", "");
}

static void test_list_without_directory(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    struct visits v = {.stop_after = -1};
    assert_int_equal(platform_list_dir(at("none"), visit, &v, &err), 0);
    assert_string_equal(v.text, "");
    write_file("", "file", "");
    assert_int_equal(platform_list_dir(at("file"), visit, &v, &err),
                     THRESH_EIO);
    assert_non_null(strstr(err.msg, "remove or rename it"));
}

static void test_remove(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    write_file("", "x", "");
    assert_int_equal(platform_remove_file(at("x"), &err), 0);
    assert_int_equal(platform_remove_file(at("x"), &err), 0);
    assert_int_equal(platform_make_dirs(at("d"), &err), 0);
    assert_int_equal(platform_make_dirs(at("d"), &err), 0);
    assert_int_equal(platform_remove_file(at("d"), &err), THRESH_EIO);
    assert_non_null(strstr(err.msg, at("d")));
}

/* ---- directories of files ---- */

static void put_dir(const char *name, const char *file)
{
    struct thresh_err err = {0};
    char temporary[256];
    assert_int_equal(
        platform_temporary_dir(scratch_dir, temporary, sizeof temporary, &err),
        0);
    assert_int_equal(platform_write_file(temporary, file, "x", 1, &err), 0);
    if (platform_replace_dir(temporary, at(name), &err) != 0)
        fail_msg("%s", err.msg);
}

static void test_a_directory_takes_the_place_of_another(void **state)
{
    (void)state;
    put_dir("d", "one");
    assert_names("d", "one ");
    put_dir("d", "two");
    assert_names("d", "two ");
    assert_names("", "d ");
    platform_remove_dir(at("d"));
    platform_remove_dir(at("d"));
    assert_names("", "");
}

static void test_a_directory_cannot_replace_a_file(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    char temporary[256];
    write_file("", "f", "kept");
    assert_int_equal(
        platform_temporary_dir(scratch_dir, temporary, sizeof temporary, &err),
        0);
    assert_int_equal(platform_replace_dir(temporary, at("f"), &err),
                     THRESH_EIO);
    assert_content("f", "kept");
}

static void test_sweep_takes_directories(void **state)
{
    (void)state;
    write_file(".thresh-tmp-2147483646-0", "0001", "x");
    write_file(".thresh-tmp-2147483646-1-old", "0001", "x");
    write_file("input.before", "0001", "x");
    platform_sweep_temporaries(scratch_dir);
    assert_names("", "input.before ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_read),
        FILE_TEST(test_read_what_is_no_file),
        FILE_TEST(test_append),
        FILE_TEST(test_write_makes_directories),
        FILE_TEST(test_write_replaces),
        FILE_TEST(test_write_below_a_file),
        FILE_TEST(test_write_over_directory),
        FILE_TEST(test_list_is_sorted_by_bytes),
        FILE_TEST(test_files_may_go_while_listed),
        FILE_TEST(test_list_without_directory),
        FILE_TEST(test_remove),
        FILE_TEST(test_a_directory_takes_the_place_of_another),
        FILE_TEST(test_a_directory_cannot_replace_a_file),
        FILE_TEST(test_sweep_takes_directories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
