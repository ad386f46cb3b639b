/* SPDX-License-Identifier: MIT
 *
 * ^C on Windows, and programs found and waited for. What a console sends, it
 * sends to all that are on it, so a child with a console of its own is sent
 * to, this program itself.
 */
#include "platform/windows.h"

#include "unit.h"

#include "platform/tool.h"

#define PATIENCE_US (60 * 1000000ULL)

enum { INTERRUPTED = 10, TERMINATED = 20, NOTHING_CAME = 30, CANT_SEND = 40 };

/* What one event is taken for; the exit code says. */
static int part_event(DWORD event)
{
    enum platform_interrupt last = PLATFORM_NO_INTERRUPT;
    uint64_t deadline = platform_now_us() + PATIENCE_US;
    if (!AllocConsole())
        return CANT_SEND;
    if (platform_watch(NULL) != 0)
        return 1;
    if (platform_interrupts(&last) != 0 || last != PLATFORM_NO_INTERRUPT)
        return 2;
    if (!GenerateConsoleCtrlEvent(event, 0))
        return CANT_SEND;
    while (platform_interrupts(&last) == 0 && platform_now_us() < deadline)
        (void)platform_wait(NULL, NULL, 0, deadline);
    if (platform_interrupts(NULL) != 1)
        return NOTHING_CAME;
    return last == PLATFORM_INTERRUPT ? INTERRUPTED : TERMINATED;
}

static int run(const char *part, bool guarded)
{
    const char *const argv[] = {"test", part, NULL};
    struct platform_spawn spec = {
        .argv = argv, .output = PLATFORM_NO_HANDLE, .guarded = guarded};
    struct platform_process process;
    assert_int_equal(platform_spawn(&spec, &process, NULL), 0);
    struct platform_exit end = platform_wait_exit(&process);
    assert_int_equal(end.kind, PLATFORM_EXITED);
    assert_int_equal(process.id, 0);
    return end.code;
}

static void assert_interrupts(const char *part)
{
    int code = run(part, true);
    if (code == CANT_SEND)
        skip();
    assert_int_equal(code, INTERRUPTED);
}

static void test_control_c_interrupts(void **state)
{
    (void)state;
    assert_interrupts("^C");
}

/* Wine can't send it. */
static void test_control_break_interrupts(void **state)
{
    (void)state;
    assert_interrupts("break");
}

/* The first starts the second in its place, whose status is then its own. */
static void test_becoming_another_program(void **state)
{
    (void)state;
    assert_int_equal(run("become", false), 77);
}

static int part_become(void)
{
    char path[] = "test", other[] = "77";
    char *argv[] = {path, other, NULL};
    (void)platform_become(platform_self_path(), argv, NULL);
    return 1;
}

static void test_programs_are_found(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    char path[WINDOWS_MAX_PATH], small[4];
    assert_int_equal(platform_find_program("cmd", path, sizeof path, &err), 0);
    assert_true(platform_is_file(path));
    assert_int_equal(platform_find_program("CMD.EXE", path, sizeof path, &err),
                     0);
    assert_int_equal(
        platform_find_program(platform_self_path(), path, sizeof path, &err),
        0);
    assert_string_equal(path, platform_self_path());
    assert_int_equal(platform_find_program("cmd", small, sizeof small, &err),
                     THRESH_EIO);
    assert_int_equal(
        platform_find_program("no such program", path, sizeof path, &err),
        THRESH_EIO);
    assert_int_equal(platform_find_program("./cmd", path, sizeof path, &err),
                     THRESH_EIO);
    assert_int_equal(platform_find_program("", path, sizeof path, &err),
                     THRESH_EIO);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "become") == 0)
        return part_become();
    if (argc == 2 && strcmp(argv[1], "^C") == 0)
        return part_event(CTRL_C_EVENT);
    if (argc == 2 && strcmp(argv[1], "break") == 0)
        return part_event(CTRL_BREAK_EVENT);
    if (argc == 2)
        return (int)strtol(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_control_c_interrupts),
        cmocka_unit_test(test_control_break_interrupts),
        cmocka_unit_test(test_becoming_another_program),
        cmocka_unit_test(test_programs_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
