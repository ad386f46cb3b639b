/* SPDX-License-Identifier: MIT
 *
 * Shared memory and the file for a child's output, seen from both sides. The
 * other side is played by forks and by this process's own descriptors.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/platform.h"

#if !defined(F_SEAL_FUTURE_WRITE)
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

static struct platform_shared make(size_t size, bool read_only)
{
    struct thresh_err err = {0};
    struct platform_shared shared;
    if (platform_shared_new(&shared, "test", size, read_only, &err) != 0)
        fail_msg("%s", err.msg);
    assert_int_equal(shared.size, size);
    return shared;
}

static void *map(platform_handle handle, int protection)
{
    return mmap(NULL, 4096, protection, MAP_SHARED, (int)handle, 0);
}

static void test_memory_is_shared_both_ways(void **state)
{
    (void)state;
    struct platform_shared shared = make(8192, false);
    assert_int_equal(shared.read_handle, PLATFORM_NO_HANDLE);
    for (size_t i = 0; i < shared.size; i++)
        assert_int_equal(shared.base[i], 0);
    char *other = map(shared.handle, PROT_READ | PROT_WRITE);
    assert_ptr_not_equal(other, MAP_FAILED);
    shared.base[1] = 'a';
    other[2] = 'b';
    assert_int_equal(other[1], 'a');
    assert_int_equal(shared.base[2], 'b');
    munmap(other, 4096);
    platform_shared_free(&shared);
}

static void test_size_is_fixed(void **state)
{
    (void)state;
    struct platform_shared shared = make(8192, false);
    assert_int_not_equal(ftruncate((int)shared.handle, 4096), 0);
    assert_int_not_equal(ftruncate((int)shared.handle, 16384), 0);
    /* Nor may a worker make it read-only for the next one. */
    assert_int_not_equal(
        fcntl((int)shared.handle, F_ADD_SEALS, F_SEAL_FUTURE_WRITE), 0);
    platform_shared_free(&shared);
}

/* Not even through /proc, and not even as root. */
static void test_read_only_for_others(void **state)
{
    (void)state;
    struct platform_shared shared = make(8192, true);
    assert_int_equal(shared.handle, PLATFORM_NO_HANDLE);
    int fd = (int)shared.read_handle;
    shared.base[0] = 'a';
    assert_ptr_equal(map(fd, PROT_READ | PROT_WRITE), MAP_FAILED);
    assert_ptr_equal(map(fd, PROT_WRITE), MAP_FAILED);
    assert_true(write(fd, "x", 1) < 0);
    char *other = map(fd, PROT_READ);
    assert_ptr_not_equal(other, MAP_FAILED);
    assert_int_not_equal(mprotect(other, 4096, PROT_READ | PROT_WRITE), 0);
    assert_int_equal(other[0], 'a');

    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int again = open(path, O_RDWR);
    if (again >= 0) {
        assert_ptr_equal(map(again, PROT_READ | PROT_WRITE), MAP_FAILED);
        assert_true(write(again, "x", 1) < 0);
        assert_true(pwrite(again, "x", 1, 0) < 0);
        assert_int_not_equal(ftruncate(again, 0), 0);
        assert_int_not_equal(
            fallocate(again, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                      4096),
            0);
        close(again);
    }
    shared.base[0] = 'b';
    assert_int_equal(other[0], 'b');
    munmap(other, 4096);
    platform_shared_free(&shared);
}

static void test_many_gigabytes_cost_nothing(void **state)
{
    (void)state;
    if (sizeof(size_t) < 8)
        skip();
    size_t size = (size_t)16 << 30;
    struct platform_shared shared = make(size, true);
    struct stat st;
    shared.base[0] = 1;
    shared.base[size - 1] = 2;
    assert_int_equal(fstat((int)shared.read_handle, &st), 0);
    assert_true(st.st_blocks <= 2 * 4096 * 1024 / 512); /* two (huge) pages */
    char last;
    assert_int_equal(
        pread((int)shared.read_handle, &last, 1, (off_t)(size - 1)), 1);
    assert_int_equal(last, 2);
    platform_shared_free(&shared);
}

static void test_free_is_idempotent(void **state)
{
    (void)state;
    struct platform_shared zeroed = {0};
    platform_shared_free(&zeroed);
    assert_true(fcntl(0, F_GETFD) >= 0);
    struct platform_shared shared = make(4096, true);
    int fd = (int)shared.read_handle;
    platform_shared_free(&shared);
    assert_true(fcntl(fd, F_GETFD) < 0);
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

static void test_output_tail(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    platform_handle out;
    char text[16];
    assert_int_equal(platform_output_new(&out, &err), 0);
    assert_int_equal(platform_output_size(out), 0);
    assert_int_equal(platform_output_tail(out, text, sizeof text), 0);
    assert_int_equal(write((int)out, "0123456789", 10), 10);
    assert_int_equal(platform_output_size(out), 10);
    assert_int_equal(platform_output_tail(out, text, sizeof text), 10);
    assert_int_equal(platform_output_tail(out, text, 3), 3);
    assert_memory_equal(text, "789", 3);
    platform_close(&out);
    assert_int_equal(platform_output_size(out), 0);
    assert_int_equal(platform_output_tail(out, text, 3), 0);
}

/* Two writers and somebody who empties it: each write goes to the end. */
static void test_output_appends_after_clear(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    platform_handle out;
    char text[16];
    assert_int_equal(platform_output_new(&out, &err), 0);
    for (int turn = 0; turn < 2; turn++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(write((int)out, "abc", 3) != 3);
        int status;
        waitpid(pid, &status, 0);
        assert_int_equal(status, 0);
        assert_int_equal(write((int)out, "def", 3), 3);
        assert_int_equal(platform_output_tail(out, text, sizeof text), 6);
        assert_memory_equal(text, "abcdef", 6);
        platform_output_clear(out);
        assert_int_equal(platform_output_size(out), 0);
    }
    platform_close(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_shared_both_ways),
        cmocka_unit_test(test_size_is_fixed),
        cmocka_unit_test(test_read_only_for_others),
        cmocka_unit_test(test_many_gigabytes_cost_nothing),
        cmocka_unit_test(test_free_is_idempotent),
        cmocka_unit_test(test_impossible_sizes),
        cmocka_unit_test(test_output_tail),
        cmocka_unit_test(test_output_appends_after_clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
