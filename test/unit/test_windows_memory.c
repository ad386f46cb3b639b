/* SPDX-License-Identifier: MIT
 *
 * Shared memory and the file for a child's output on Windows, seen from both
 * sides. The other side is played by this process's own handles.
 */
#include "platform/windows.h"

#include "unit.h"

static struct platform_shared make(size_t size, bool read_only)
{
    struct thresh_err err = {0};
    struct platform_shared shared;
    if (platform_shared_new(&shared, "test", size, read_only, &err) != 0)
        fail_msg("%s", err.msg);
    assert_int_equal(shared.size, size);
    return shared;
}

static char *map(platform_handle handle, DWORD access)
{
    return MapViewOfFile((HANDLE)handle, access, 0, 0, 0);
}

static void test_memory_is_shared_both_ways(void **state)
{
    (void)state;
    static const size_t sizes[] = {8192, (size_t)64 << 20};
    for (size_t i = 0; i < 2; i++) {
        struct platform_shared shared = make(sizes[i], false);
        assert_int_equal(shared.read_handle, PLATFORM_NO_HANDLE);
        assert_int_equal(shared.base[0], 0);
        assert_int_equal(shared.base[sizes[i] - 1], 0);
        char *other = map(shared.handle, FILE_MAP_READ | FILE_MAP_WRITE);
        assert_non_null(other);
        shared.base[1] = 'a';
        other[sizes[i] - 1] = 'b';
        assert_int_equal(other[1], 'a');
        assert_int_equal(shared.base[sizes[i] - 1], 'b');
        UnmapViewOfFile(other);
        platform_shared_free(&shared);
    }
}

static void test_read_only_for_others(void **state)
{
    (void)state;
    static const size_t sizes[] = {8192, (size_t)64 << 20};
    for (size_t i = 0; i < 2; i++) {
        struct platform_shared shared = make(sizes[i], true);
        HANDLE more = NULL;
        DWORD before;
        assert_int_equal(shared.handle, PLATFORM_NO_HANDLE);
        shared.base[0] = 'a';
        assert_null(map(shared.read_handle, FILE_MAP_WRITE));
        assert_null(map(shared.read_handle, FILE_MAP_READ | FILE_MAP_WRITE));
        char *other = map(shared.read_handle, FILE_MAP_READ);
        assert_non_null(other);
        assert_int_equal(other[0], 'a');
        assert_false(VirtualProtect(other, 4096, PAGE_READWRITE, &before));
        if (DuplicateHandle(GetCurrentProcess(), (HANDLE)shared.read_handle,
                            GetCurrentProcess(), &more, 0, FALSE,
                            DUPLICATE_SAME_ACCESS)) {
            assert_null(map((platform_handle)more, FILE_MAP_WRITE));
            CloseHandle(more);
        }
        shared.base[0] = 'b';
        assert_int_equal(other[0], 'b');
        UnmapViewOfFile(other);
        platform_shared_free(&shared);
    }
}

static void test_many_gigabytes_cost_nothing(void **state)
{
    (void)state;
    size_t size = (size_t)16 << 30;
    struct platform_shared shared = make(size, true);
    shared.base[0] = 1;
    shared.base[size - 1] = 2;
    FILE_STANDARD_INFO facts;
    assert_true(GetFileInformationByHandleEx(
        (HANDLE)shared.file, FileStandardInfo, &facts, sizeof facts));
    assert_int_equal(facts.EndOfFile.QuadPart, size);
    assert_true((uint64_t)facts.AllocationSize.QuadPart < (uint64_t)1 << 24);
    platform_shared_free(&shared);
}

static void test_free_is_idempotent(void **state)
{
    (void)state;
    DWORD flags;
    struct platform_shared zeroed = {0};
    platform_shared_free(&zeroed);
    struct platform_shared shared = make((size_t)64 << 20, true);
    HANDLE handle = (HANDLE)shared.read_handle;
    platform_shared_free(&shared);
    assert_false(GetHandleInformation(handle, &flags));
    platform_shared_free(&shared);
    assert_null(shared.base);
}

static void test_impossible_sizes(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    struct platform_shared shared;
    assert_int_equal(platform_shared_new(&shared, "test", 0, false, &err),
                     THRESH_ELIMIT);
    platform_shared_free(&shared);
    assert_true(
        platform_shared_new(&shared, "test", SIZE_MAX / 4, false, &err) < 0);
    assert_non_null(strstr(err.msg, "test"));
    platform_shared_free(&shared);
}

/* ---- a child's output ---- */

/* A handle as a child has it: it can only append, and read. */
static HANDLE as_child(platform_handle output)
{
    HANDLE copy;
    assert_true(DuplicateHandle(
        GetCurrentProcess(), (HANDLE)output, GetCurrentProcess(), &copy,
        FILE_APPEND_DATA | FILE_READ_DATA | SYNCHRONIZE, FALSE, 0));
    return copy;
}

static void assert_writes(HANDLE file, const char *text)
{
    DWORD n = 0;
    assert_true(WriteFile(file, text, (DWORD)strlen(text), &n, NULL));
    assert_int_equal(n, strlen(text));
}

/* Two writers and somebody who reads and empties it: each write goes to the
 * end. */
static void test_output_appends_after_clear(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    platform_handle out;
    char text[16];
    assert_int_equal(platform_output_new(&out, &err), 0);
    assert_int_equal(platform_output_size(out), 0);
    assert_int_equal(platform_output_tail(out, text, sizeof text), 0);
    HANDLE one = as_child(out), two = as_child(out);
    for (int turn = 0; turn < 2; turn++) {
        assert_writes(one, "abc");
        assert_int_equal(platform_output_tail(out, text, 1), 1);
        assert_writes(two, "def");
        assert_int_equal(platform_output_size(out), 6);
        assert_int_equal(platform_output_tail(out, text, sizeof text), 6);
        assert_memory_equal(text, "abcdef", 6);
        assert_int_equal(platform_output_tail(out, text, 2), 2);
        assert_memory_equal(text, "ef", 2);
        platform_output_clear(out);
        assert_int_equal(platform_output_size(out), 0);
    }
    assert_writes(one, "a\r\nb\rc\r");
    assert_int_equal(platform_output_tail(out, text, sizeof text), 6);
    assert_memory_equal(text, "a\nb\rc\r", 6);
    CloseHandle(one);
    CloseHandle(two);
    platform_close(&out);
    assert_int_equal(platform_output_size(out), 0);
    assert_int_equal(platform_output_tail(out, text, 3), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_shared_both_ways),
        cmocka_unit_test(test_read_only_for_others),
        cmocka_unit_test(test_many_gigabytes_cost_nothing),
        cmocka_unit_test(test_free_is_idempotent),
        cmocka_unit_test(test_impossible_sizes),
        cmocka_unit_test(test_output_appends_after_clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
