/* SPDX-License-Identifier: MIT
 *
 * Files where POSIX has more than others: special files and links, modes,
 * limits, kills in the middle, files without a name. What can't be written lies
 * in /proc, or beyond a limit.
 */
#include "files_check.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- reading ---- */

static void test_a_fifo_is_no_file(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    uint8_t *data;
    size_t size;
    assert_int_equal(mkfifo(at("fifo"), 0600), 0);
    assert_int_equal(platform_read_file(at("fifo"), 9, &data, &size, &err),
                     THRESH_EIO);
}

/* Files in /proc say size 0; this one is larger than the first guess. */
static void test_read_file_of_unknown_size(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    uint8_t *data;
    size_t size;
    assert_int_equal(
        platform_read_file("/proc/self/status", SIZE_MAX, &data, &size, &err),
        0);
    assert_true(size > 100);
    assert_memory_equal(data, "Name:", 5);
    assert_int_equal(data[size - 1], '\n');
    free(data);
    assert_int_equal(
        platform_read_file("/proc/self/status", 50, &data, &size, &err),
        THRESH_ELIMIT);
}

/* ---- writing ---- */

static void test_write_leaves_equal_content_alone(void **state)
{
    (void)state;
    static char text[10000];
    memset(text, 'a', sizeof text - 1);
    struct stat before, after;
    write_file("", "x", text);
    assert_int_equal(stat(at("x"), &before), 0);
    write_file("", "x", text);
    assert_int_equal(stat(at("x"), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    text[9998] = 'b';
    write_file("", "x", text);
    assert_content("x", text);
}

static void test_write_obeys_umask(void **state)
{
    (void)state;
    struct stat st;
    mode_t old = umask(027);
    write_file("d", "x", "text");
    umask(old);
    assert_int_equal(stat(at("d/x"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_int_equal(stat(at("d"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0750);
}

static void test_write_into_no_directory(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    write_file("", "file", "text");
    assert_int_equal(platform_write_file(at("file"), "x", "y", 1, &err),
                     THRESH_EIO);
    assert_int_equal(err.os, ENOTDIR);
    assert_non_null(strstr(err.msg, at("file")));
    assert_int_equal(platform_write_file(at("file/sub"), "x", "y", 1, &err),
                     THRESH_EIO);
    assert_int_equal(
        platform_write_file("/proc/thresh-test", "x", "y", 1, &err),
        THRESH_EIO);
    assert_int_equal(platform_write_file("", "x", "y", 1, &err), THRESH_EIO);
    char path[5000];
    memset(path, 'a', sizeof path - 1);
    path[sizeof path - 1] = 0;
    assert_int_equal(platform_write_file(path, "x", "y", 1, &err), THRESH_EIO);
    assert_int_equal(err.os, ENAMETOOLONG);
}

static void test_write_where_nothing_can_be(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    assert_int_equal(platform_write_file("/proc/self", "x", "y", 1, &err),
                     THRESH_EIO);
    assert_true(err.os != 0);
    assert_non_null(strstr(err.msg, "/proc/self/x"));
}

/* Nothing is left of a write that failed in its middle. */
static void test_write_beyond_the_limit(void **state)
{
    (void)state;
    static char big[100000];
    struct thresh_err err = {0};
    struct rlimit old, small;
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    write_file("", "x", "old");
    getrlimit(RLIMIT_FSIZE, &old);
    small = old;
    small.rlim_cur = 5000;
    setrlimit(RLIMIT_FSIZE, &small);
    int fresh = platform_write_file(scratch_dir, "y", big, sizeof big, &err);
    int replaced = platform_write_file(scratch_dir, "x", big, sizeof big, &err);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, before);
    assert_int_equal(fresh, THRESH_EIO);
    assert_int_equal(replaced, THRESH_EIO);
    assert_int_equal(err.os, EFBIG);
    assert_non_null(strstr(err.msg, at("x")));
    assert_names("", "x ");
    assert_content("x", "old");
}

static void test_killed_writers_leave_whole_files(void **state)
{
    (void)state;
    static char text[1 << 16];
    for (int turn = 0; turn < 30; turn++) {
        pid_t pid = fork();
        if (pid == 0) {
            for (char c = 'a';; c = c == 'z' ? 'a' : (char)(c + 1)) {
                memset(text, c, sizeof text);
                platform_write_file(scratch_dir, "x", text, sizeof text, NULL);
            }
        }
        while (!platform_is_file(at("x")))
            platform_sleep_us(100);
        platform_sleep_us((uint64_t)turn * 53);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        uint8_t *data;
        size_t size;
        assert_int_equal(
            platform_read_file(at("x"), sizeof text, &data, &size, NULL), 0);
        assert_int_equal(size, sizeof text);
        for (size_t i = 1; i < size; i++)
            assert_int_equal(data[i], data[0]);
        free(data);
        platform_sweep_temporaries(scratch_dir);
        assert_names("", "x ");
        assert_int_equal(platform_remove_file(at("x"), NULL), 0);
    }
}

/* ---- file systems without unnamed files ---- */

/* Has the kernel refuse them to this process from now on. */
static bool forbid_unnamed_files(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
        /* The low half of the flags. */
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                 offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_TMPFILE & ~O_DIRECTORY, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {.len = sizeof code / sizeof *code,
                                .filter = code};
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ &&
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

enum { CANT_FORBID = 99 };

/* Runs a part in a fork where there are none; its result must be 0. */
static void without_unnamed_files(int (*part)(void))
{
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(forbid_unnamed_files() ? part() : CANT_FORBID);
    waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == CANT_FORBID)
        skip();
    assert_int_equal(status, 0);
}

static int part_names_are_given_late(void)
{
    static char big[100000];
    struct rlimit small = {.rlim_cur = 5000, .rlim_max = 5000};
    if (open(scratch_dir, O_TMPFILE | O_WRONLY, 0666) >= 0)
        return 1;
    if (platform_write_file(scratch_dir, "x", "old text", 8, NULL) != 0 ||
        platform_write_file(scratch_dir, "x", "new", 3, NULL) != 0 ||
        platform_write_file(scratch_dir, "y", "", 0, NULL) != 0)
        return 2;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    return platform_write_file(scratch_dir, "x", big, sizeof big, NULL) ==
                   THRESH_EIO
               ? 0
               : 3;
}

static void test_write_with_temporary_names(void **state)
{
    (void)state;
    without_unnamed_files(part_names_are_given_late);
    assert_content("x", "new");
    assert_content("y", "");
    assert_names("", "x y ");
}

/* What an earlier owner of this process number has left is in the way. */
static int part_left_overs(void)
{
    char name[256];
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "%s/.thresh-tmp-%d-%d", scratch_dir,
                 getpid(), i);
        int fd = open(name, O_CREAT | O_WRONLY, 0600);
        if (fd < 0 || close(fd) != 0)
            return 1;
    }
    return platform_write_file(scratch_dir, "x", "text", 4, NULL) == 0 ? 0 : 2;
}

static void test_left_overs_are_no_obstacle(void **state)
{
    (void)state;
    without_unnamed_files(part_left_overs);
    assert_content("x", "text");
    platform_sweep_temporaries(scratch_dir);
    assert_names("", "x ");
}

/* ---- temporaries and lists ---- */

static void test_sweep_spares_the_living(void **state)
{
    (void)state;
    char mine[64], living[64], text[128], name[64];
    pid_t dead = fork();
    if (dead == 0)
        _exit(0);
    waitpid(dead, NULL, 0);
    snprintf(mine, sizeof mine, ".thresh-tmp-%d-900", getpid());
    snprintf(living, sizeof living, ".thresh-tmp-%d-0", getppid());
    snprintf(name, sizeof name, ".thresh-tmp-%d-0", dead);
    write_file("", mine, "");
    write_file("", living, "");
    write_file("", name, "");
    write_file("", ".thresh-tmp-strange", "");
    write_file("", "x", "");
    platform_sweep_temporaries(scratch_dir);
    snprintf(text, sizeof text, "%s .thresh-tmp-strange x ", living);
    assert_names("", text);
    platform_sweep_temporaries(at("none"));
}

/* Links count as what they lead to; names are any bytes. */
static void test_what_is_listed(void **state)
{
    (void)state;
    char text[1024] = "";
    write_file("", "b", "");
    write_file("", "\xff", "");
    assert_int_equal(mkfifo(at("fifo"), 0600), 0);
    assert_int_equal(symlink("b", at("link")), 0);
    assert_int_equal(symlink("gone", at("dangling")), 0);
    assert_int_equal(platform_list_dir(at(""), join_name, text, NULL), 0);
    assert_string_equal(text, "b link \xff ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_a_fifo_is_no_file),
        FILE_TEST(test_read_file_of_unknown_size),
        FILE_TEST(test_write_leaves_equal_content_alone),
        FILE_TEST(test_write_obeys_umask),
        FILE_TEST(test_write_into_no_directory),
        FILE_TEST(test_write_where_nothing_can_be),
        FILE_TEST(test_write_beyond_the_limit),
        FILE_TEST(test_killed_writers_leave_whole_files),
        FILE_TEST(test_write_with_temporary_names),
        FILE_TEST(test_left_overs_are_no_obstacle),
        FILE_TEST(test_sweep_spares_the_living),
        FILE_TEST(test_what_is_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
