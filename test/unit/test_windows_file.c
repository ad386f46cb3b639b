/* SPDX-License-Identifier: MIT
 *
 * Files where Windows differs: names in UTF-16, long paths, files that others
 * have open, killed writers. A writer is this program itself.
 */
#include "platform/windows.h"

#include "files_check.h"

static HANDLE open_shared(const char *name, DWORD share)
{
    wchar_t path[WINDOWS_MAX_PATH];
    assert_true(windows_path(at(name), path));
    HANDLE file =
        CreateFileW(path, GENERIC_READ, share, NULL, OPEN_EXISTING, 0, NULL);
    assert_true(file != INVALID_HANDLE_VALUE);
    return file;
}

static void test_names_are_utf8(void **state)
{
    (void)state;
    char text[1024] = "";
    write_file("with space/n\xc3\xa4m\xe2\x82\xac", "\xf0\x9f\x98\x80 x", "t");
    assert_content("with space\\n\xc3\xa4m\xe2\x82\xac/\xf0\x9f\x98\x80 x",
                   "t");
    const char *dir = at("with space/n\xc3\xa4m\xe2\x82\xac");
    assert_int_equal(platform_list_dir(dir, join_name, text, NULL), 0);
    assert_string_equal(text, "\xf0\x9f\x98\x80 x ");
    platform_remove_dir(dir);
    assert_false(platform_is_dir(dir));
}

static void test_names_that_are_no_utf8(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    uint8_t *data;
    size_t size;
    assert_int_equal(platform_write_file(scratch_dir, "\xff", "y", 1, &err),
                     THRESH_EIO);
    assert_int_equal(err.os, ERROR_NO_UNICODE_TRANSLATION);
    assert_int_equal(platform_read_file(at("\xff"), 9, &data, &size, &err),
                     THRESH_EIO);
    assert_names("", "");
}

/* Beyond the 260 that old programs have. */
static void test_long_paths(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    char dir[400], text[1024] = "";
    uint8_t *data;
    size_t size;
    (void)snprintf(dir, sizeof dir, "%s/%0100d/%0100d/%0100d", scratch_dir, 1,
                   2, 3);
    if (platform_write_file(dir, "x", "t", 1, &err) != 0)
        fail_msg("%s", err.msg);
    assert_int_equal(platform_list_dir(dir, join_name, text, &err), 0);
    assert_string_equal(text, "x ");
    char path[404];
    (void)snprintf(path, sizeof path, "%s/x", dir);
    assert_true(platform_is_file(path));
    assert_int_equal(platform_read_file(path, 9, &data, &size, &err), 0);
    assert_int_equal(size, 1);
    free(data);
    for (int up = 0; up < 3; up++) {
        platform_remove_dir(dir);
        *strrchr(dir, '/') = 0;
    }
    assert_names("", "");
}

static void test_what_is_no_file_is_not_read(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    uint8_t *data;
    size_t size;
    assert_int_equal(platform_read_file("NUL", 9, &data, &size, &err),
                     THRESH_EIO);
    assert_non_null(strstr(err.msg, "NUL"));
}

/* A reader of ours never is in the way; somebody else's can be. */
static void test_write_over_an_open_file(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    write_file("", "x", "old");
    HANDLE file = open_shared("x", FILE_SHARE_READ);
    assert_int_equal(platform_write_file(scratch_dir, "x", "new", 3, &err),
                     THRESH_EIO);
    assert_true(err.os == ERROR_SHARING_VIOLATION ||
                err.os == ERROR_ACCESS_DENIED);
    assert_non_null(strstr(err.msg, at("x")));
    CloseHandle(file);
    assert_names("", "x ");
    assert_content("x", "old");
    write_file("", "x", "new");
    assert_content("x", "new");
}

/* ---- killed writers ---- */

static char big[1 << 16];

static _Noreturn void write_for_ever(const char *dir)
{
    for (char c = 'a';; c = c == 'z' ? 'a' : (char)(c + 1)) {
        memset(big, c, sizeof big);
        (void)platform_write_file(dir, "x", big, sizeof big, NULL);
    }
}

static void kill_a_writer(uint64_t after_us)
{
    const char *const argv[] = {"test", "write", scratch_dir, NULL};
    struct platform_spawn spec = {.argv = argv, .output = PLATFORM_NO_HANDLE};
    struct platform_process process;
    assert_int_equal(platform_spawn(&spec, &process, NULL), 0);
    while (!platform_is_file(at("x")))
        platform_sleep_us(1000);
    platform_sleep_us(after_us);
    platform_kill(&process);
    while (platform_poll_exit(&process).kind == PLATFORM_RUNNING)
        platform_sleep_us(1000);
}

static void test_killed_writers_leave_whole_files(void **state)
{
    (void)state;
    for (unsigned turn = 0; turn < 20; turn++) {
        uint8_t *data;
        size_t size;
        kill_a_writer(turn * 530);
        assert_int_equal(
            platform_read_file(at("x"), sizeof big, &data, &size, NULL), 0);
        assert_int_equal(size, sizeof big);
        for (size_t i = 1; i < size; i++)
            assert_int_equal(data[i], data[0]);
        free(data);
        platform_sweep_temporaries(scratch_dir);
        assert_names("", "x ");
        assert_int_equal(platform_remove_file(at("x"), NULL), 0);
    }
}

static void test_sweep_spares_the_living(void **state)
{
    (void)state;
    const char *const argv[] = {"test", "pause", "", NULL};
    struct platform_spawn spec = {.argv = argv, .output = PLATFORM_NO_HANDLE};
    struct platform_process process;
    char living[64], mine[64];
    assert_int_equal(platform_spawn(&spec, &process, NULL), 0);
    names_temporary(living, sizeof living, platform_process_number(&process),
                    0);
    names_temporary(mine, sizeof mine, (long)GetCurrentProcessId(), 900);
    write_file("", living, "");
    write_file("", mine, "");
    write_file("", ".thresh-tmp-2147483644-0", "");
    write_file("", ".thresh-tmp-strange", "");
    platform_sweep_temporaries(scratch_dir);
    assert_true(platform_is_file(at(living)));
    assert_false(platform_is_file(at(mine)));
    assert_false(platform_is_file(at(".thresh-tmp-2147483644-0")));
    assert_true(platform_is_file(at(".thresh-tmp-strange")));
    platform_kill(&process);
    while (platform_poll_exit(&process).kind == PLATFORM_RUNNING)
        platform_sleep_us(1000);
    platform_sweep_temporaries(scratch_dir);
    assert_false(platform_is_file(at(living)));
}

/* ---- this system's places ---- */

static void test_cache_home(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    char text[4096], small[4];
    SetEnvironmentVariableW(L"XDG_CACHE_HOME", L"C:\\x\\y");
    assert_int_equal(platform_cache_home(text, sizeof text, &err), 0);
    assert_string_equal(text, "C:/x/y");
    assert_int_equal(platform_cache_home(small, sizeof small, &err),
                     THRESH_EIO);
    SetEnvironmentVariableW(L"XDG_CACHE_HOME", L"relative");
    SetEnvironmentVariableW(L"LOCALAPPDATA", L"D:\\\x00e4");
    assert_int_equal(platform_cache_home(text, sizeof text, &err), 0);
    assert_string_equal(text, "D:/\xc3\xa4");
    SetEnvironmentVariableW(L"XDG_CACHE_HOME", NULL);
    SetEnvironmentVariableW(L"LOCALAPPDATA", NULL);
    assert_int_equal(platform_cache_home(text, sizeof text, &err), 0);
    assert_true(platform_is_dir(text));
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "write") == 0)
        write_for_ever(argv[2]);
    if (argc == 3)
        Sleep(INFINITE);
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_names_are_utf8),
        FILE_TEST(test_names_that_are_no_utf8),
        FILE_TEST(test_long_paths),
        FILE_TEST(test_what_is_no_file_is_not_read),
        FILE_TEST(test_write_over_an_open_file),
        FILE_TEST(test_killed_writers_leave_whole_files),
        FILE_TEST(test_sweep_spares_the_living),
        FILE_TEST(test_cache_home),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
