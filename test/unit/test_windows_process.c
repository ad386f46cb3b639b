/* SPDX-License-Identifier: MIT
 *
 * Processes on Windows, from start to end. The children are this program
 * itself, started with the name of one of the parts below and the number of
 * the handle through which it reports.
 */
#include "platform/windows_child.h"
#include "unit.h"

#include <inttypes.h>
#include <stdio.h>

/* Long enough to never matter on a loaded machine; tests that fail end. */
#define PATIENCE_US (60 * 1000000ULL)

/* ---- what children do ---- */

static platform_handle report_to;

FORMATS(1, 2) static void report(const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    (void)platform_write_all(report_to, text, (size_t)n, NULL);
}

static int part_quiet(void)
{
    return 0;
}

static int part_arguments(int argc, char **argv)
{
    for (int i = 3; i < argc; i++)
        report("%s|", argv[i]);
    return 0;
}

/* Which of the handles that are numbers of argv are open here. */
static int part_handles(int argc, char **argv)
{
    for (int i = 3; i < argc; i++) {
        DWORD flags;
        HANDLE handle = (HANDLE)(uintptr_t)strtoull(argv[i], NULL, 10);
        report("%d", GetHandleInformation(handle, &flags) != 0);
    }
    return 0;
}

static int part_environment(void)
{
    char text[64];
    static const wchar_t *const names[] = {L"THRESH_ADDED", L"THRESH_REPLACED",
                                           L"THRESH_REMOVED", L"THRESH_KEPT"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        report("%s ",
               windows_variable(names[i], text, sizeof text) ? text : "-");
    return 0;
}

static int part_guarded(void)
{
    char byte;
    DWORD n = 1;
    BOOL in_job = FALSE;
    (void)IsProcessInJob(GetCurrentProcess(), NULL, &in_job);
    bool read = ReadFile(GetStdHandle(STD_INPUT_HANDLE), &byte, 1, &n, NULL);
    report("job %d console %d stdin %d %lu", in_job, GetConsoleCP() != 0, read,
           n);
    printf("out\n");
    fflush(stdout);
    fprintf(stderr, "err\n");
    return 0;
}

static int part_pause(void)
{
    Sleep(INFINITE);
    return 0;
}

/* Starts another that holds the report too. */
static bool start_another(bool guarded)
{
    char number[32];
    (void)snprintf(number, sizeof number, "%" PRIuPTR, (uintptr_t)report_to);
    const char *const argv[] = {"test", "pause", number, NULL};
    struct platform_spawn spec = {.argv = argv,
                                  .handles = {report_to},
                                  .nhandles = 1,
                                  .output = PLATFORM_NO_HANDLE,
                                  .guarded = guarded};
    struct platform_process process;
    return platform_spawn(&spec, &process, NULL) == 0;
}

static int part_family(void)
{
    if (!start_another(false))
        return 1;
    report("family");
    return part_pause();
}

static int part_abandon(void)
{
    if (!start_another(false))
        return 1;
    report("left");
    return 0;
}

static int part_coordinator(void)
{
    if (!start_another(true))
        return 1;
    report("started");
    return part_pause();
}

static int part_exit(char **argv)
{
    ExitProcess((UINT)strtoul(argv[3], NULL, 16));
}

static int play(int argc, char **argv)
{
    const char *name = argv[1];
    report_to = (platform_handle)strtoull(argv[2], NULL, 10);
    static const struct {
        const char *name;
        int (*run)(void);
    } parts[] = {
        {"quiet", part_quiet},
        {"environment", part_environment},
        {"guarded", part_guarded},
        {"pause", part_pause},
        {"family", part_family},
        {"abandon", part_abandon},
        {"coordinator", part_coordinator},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (strcmp(parts[i].name, name) == 0)
            return parts[i].run();
    }
    if (strcmp(name, "arguments") == 0)
        return part_arguments(argc, argv);
    if (strcmp(name, "handles") == 0)
        return part_handles(argc, argv);
    return strcmp(name, "exit") == 0 ? part_exit(argv) : 100;
}

/* ---- what tests share ---- */

struct child {
    struct platform_process process;
    platform_handle report;
    char text[1024]; /* all that came through the report */
    size_t size;
    bool ended; /* the report has */
};

enum { MAX_EXTRA = 10 };

/* Starts a part with more arguments; spec may hold more than this fills in. */
static void child_start(struct child *c, const char *part,
                        const char *const *extra, struct platform_spawn *spec)
{
    struct thresh_err err = {0};
    platform_handle write_end;
    char number[32];
    const char *argv[MAX_EXTRA + 4] = {"test", part, number};
    for (size_t i = 0; extra && extra[i] && i < MAX_EXTRA; i++)
        argv[3 + i] = extra[i];
    *c = (struct child){0};
    assert_int_equal(platform_pipe(&c->report, &write_end, &err), 0);
    (void)snprintf(number, sizeof number, "%" PRIuPTR, (uintptr_t)write_end);
    spec->argv = argv;
    spec->handles[0] = write_end;
    if (spec->nhandles == 0)
        spec->nhandles = 1;
    if (platform_spawn(spec, &c->process, &err) != 0)
        fail_msg("%s", err.msg);
    platform_close(&write_end);
    spec->argv = NULL;
}

static void child_read(struct child *c)
{
    struct thresh_err err = {0};
    bool ready;
    (void)platform_wait(&c->report, &ready, 1, platform_now_us() + 1000000);
    long n = platform_read_some(c->report, c->text + c->size,
                                sizeof c->text - 1 - c->size, &err);
    if (n == 0)
        c->ended = true;
    else if (n > 0)
        c->size += (size_t)n;
    else
        assert_int_equal(n, PLATFORM_AGAIN);
}

static void child_read_to_end(struct child *c)
{
    uint64_t deadline = platform_now_us() + PATIENCE_US;
    while (!c->ended && platform_now_us() < deadline)
        child_read(c);
    assert_true(c->ended);
}

static void child_read_text(struct child *c, const char *text)
{
    uint64_t deadline = platform_now_us() + PATIENCE_US;
    while (strcmp(c->text, text) != 0 && platform_now_us() < deadline)
        child_read(c);
    assert_string_equal(c->text, text);
}

/* Waits without a time limit of its own: only the child's end may end it. */
static struct platform_exit child_reap(struct child *c)
{
    struct platform_exit exit = platform_poll_exit(&c->process);
    uint64_t deadline = platform_now_us() + PATIENCE_US;
    while (exit.kind == PLATFORM_RUNNING && platform_now_us() < deadline) {
        (void)platform_wait(NULL, NULL, 0, deadline);
        exit = platform_poll_exit(&c->process);
    }
    platform_close(&c->report);
    return exit;
}

static void assert_ends(struct child *c, enum platform_exit_kind kind,
                        unsigned code)
{
    struct platform_exit exit = child_reap(c);
    assert_int_equal(exit.kind, kind);
    assert_int_equal((unsigned)exit.code, code);
}

static struct platform_spawn plain(void)
{
    return (struct platform_spawn){.output = PLATFORM_NO_HANDLE};
}

/* ---- what a child is given ---- */

static void test_arguments_arrive_as_they_are(void **state)
{
    (void)state;
    static const char *const extra[] = {
        "",        "a b",   "\"",      "a\\\"b\\\\",
        "\\\\ \\", "-x=\t", "\"\"\\ ", "n\xc3\xa4\xf0\x9f\x98\x80",
        "*",       NULL};
    struct child c;
    struct platform_spawn spec = plain();
    child_start(&c, "arguments", extra, &spec);
    child_read_to_end(&c);
    assert_string_equal(c.text, "|a b|\"|a\\\"b\\\\|\\\\ \\|-x=\t|\"\"\\ |"
                                "n\xc3\xa4\xf0\x9f\x98\x80|*|");
    assert_ends(&c, PLATFORM_EXITED, 0);
}

/* A stranger that may be inherited is not, nor the next child's. */
static void test_inherits_what_is_listed(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    platform_handle listed, other, r;
    HANDLE stranger = CreateEventW(NULL, TRUE, FALSE, NULL);
    assert_non_null(stranger);
    assert_true(SetHandleInformation(stranger, HANDLE_FLAG_INHERIT,
                                     HANDLE_FLAG_INHERIT));
    assert_int_equal(platform_pipe_to_child(&listed, &other, &err), 0);
    assert_int_equal(platform_pipe(&r, &other, &err), 0);
    char text[3][32];
    const char *const extra[] = {text[0], text[1], text[2], NULL};
    (void)snprintf(text[0], sizeof text[0], "%" PRIuPTR, (uintptr_t)listed);
    (void)snprintf(text[1], sizeof text[1], "%" PRIuPTR, (uintptr_t)stranger);
    (void)snprintf(text[2], sizeof text[2], "%" PRIuPTR, (uintptr_t)r);
    struct child c;
    struct platform_spawn spec = plain();
    spec.handles[1] = listed;
    spec.handles[2] = listed;
    spec.nhandles = 3;
    child_start(&c, "handles", extra, &spec);
    child_read_to_end(&c);
    assert_string_equal(c.text, "100");
    assert_ends(&c, PLATFORM_EXITED, 0);
    /* Only for as long as the child was started. */
    DWORD flags;
    assert_true(GetHandleInformation((HANDLE)listed, &flags));
    assert_int_equal(flags, 0);
    CloseHandle(stranger);
    platform_close(&listed);
    platform_close(&other);
    platform_close(&r);
}

static void test_environment_is_private(void **state)
{
    (void)state;
    const char *const env[] = {"THRESH_ADDED=wrong",        "THRESH_REMOVED",
                               "thresh_replaced=n\xc3\xa4", "THRESH_ADDED=x=y",
                               "THRESH_NEVER_THERE",        NULL};
    char text[64];
    SetEnvironmentVariableW(L"THRESH_REPLACED", L"old");
    SetEnvironmentVariableW(L"THRESH_REMOVED", L"old");
    SetEnvironmentVariableW(L"THRESH_KEPT", L"kept");
    struct child c;
    struct platform_spawn spec = plain();
    spec.env = env;
    child_start(&c, "environment", NULL, &spec);
    child_read_to_end(&c);
    assert_string_equal(c.text, "x=y n\xc3\xa4 - kept ");
    assert_ends(&c, PLATFORM_EXITED, 0);
    assert_false(windows_variable(L"THRESH_ADDED", text, sizeof text));
    assert_true(windows_variable(L"THRESH_REMOVED", text, sizeof text));
}

static void test_guarded_child_starts_clean(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    struct child c;
    struct platform_spawn spec = plain();
    spec.guarded = true;
    assert_int_equal(platform_output_new(&spec.output, &err), 0);
    child_start(&c, "guarded", NULL, &spec);
    child_read_to_end(&c);
    assert_string_equal(c.text, "job 1 console 0 stdin 1 0");
    assert_ends(&c, PLATFORM_EXITED, 0);
    char text[64] = "";
    platform_output_tail(spec.output, text, sizeof text - 1);
    assert_string_equal(text, "out\nerr\n");
    platform_close(&spec.output);
}

static void assert_does_not_start(const char *path, int os)
{
    struct thresh_err err = {0};
    const char *const argv[] = {path, NULL};
    struct platform_spawn spec = plain();
    struct platform_process process;
    spec.path = path;
    spec.argv = argv;
    assert_int_equal(platform_spawn(&spec, &process, &err), THRESH_EIO);
    assert_int_equal(err.os, os);
    assert_non_null(strstr(err.msg, path));
    assert_int_equal(process.id, 0);
}

static void test_failure_to_execute_is_reported(void **state)
{
    (void)state;
    assert_does_not_start("C:/nonexistent/program.exe", ERROR_PATH_NOT_FOUND);
    assert_does_not_start("C:/nonexistent.exe", ERROR_FILE_NOT_FOUND);
    assert_does_not_start("no\xff utf-8", ERROR_NO_UNICODE_TRANSLATION);
}

static void test_closed_handle_is_reported(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    const char *const argv[] = {"test", "pause", "0", NULL};
    struct platform_spawn spec = plain();
    struct platform_process process;
    spec.argv = argv;
    spec.handles[0] = 99996;
    spec.nhandles = 1;
    assert_int_equal(platform_spawn(&spec, &process, &err), THRESH_EIO);
    assert_int_equal(err.os, ERROR_INVALID_HANDLE);
    spec.nhandles = PLATFORM_MAX_CHILD_HANDLES + 1;
    assert_int_equal(platform_spawn(&spec, &process, &err), THRESH_ELIMIT);
}

/* The running program's file stays what it is until the end. */
static void test_this_program_can_not_be_replaced(void **state)
{
    (void)state;
    wchar_t path[WINDOWS_MAX_PATH];
    struct child c;
    struct platform_spawn spec = plain();
    child_start(&c, "quiet", NULL, &spec);
    assert_ends(&c, PLATFORM_EXITED, 0);
    assert_true(windows_path(platform_self_path(), path));
    assert_false(MoveFileExW(path, L"moved.exe", 0));
    assert_int_equal(GetLastError(), ERROR_SHARING_VIOLATION);
}

/* ---- how it ends ---- */

static void test_exits_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *status;
        enum platform_exit_kind kind;
    } rows[] = {
        {"0", PLATFORM_EXITED},           {"1", PLATFORM_EXITED},
        {"46", PLATFORM_EXITED},          {"ffffffff", PLATFORM_EXITED},
        {"80000000", PLATFORM_EXITED},    {"c0000005", PLATFORM_SIGNALLED},
        {"80000003", PLATFORM_SIGNALLED}, {"40000015", PLATFORM_SIGNALLED},
        {"e06d7363", PLATFORM_SIGNALLED}, {"c0001234", PLATFORM_SIGNALLED},
    };
    struct platform_spawn spec = plain();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const extra[] = {rows[i].status, NULL};
        struct child c;
        child_start(&c, "exit", extra, &spec);
        assert_true(platform_process_number(&c.process) > 0);
        assert_ends(&c, rows[i].kind,
                    (unsigned)strtoul(rows[i].status, NULL, 16));
        assert_int_equal(platform_process_number(&c.process), 0);
        /* The rest is harmless. */
        assert_int_equal(platform_poll_exit(&c.process).kind, PLATFORM_RUNNING);
        platform_kill(&c.process);
        platform_kill_group(&c.process);
    }
}

static void test_statuses_have_names(void **state)
{
    (void)state;
    int killed = (int)WINDOWS_KILLED;
    assert_string_equal(platform_signal_name((int)EXCEPTION_ACCESS_VIOLATION),
                        "EXCEPTION_ACCESS_VIOLATION");
    assert_string_equal(platform_signal_text((int)EXCEPTION_STACK_OVERFLOW),
                        "stack overflow");
    assert_string_equal(platform_signal_name((int)0xC0001234),
                        "exception 0xC0001234");
    assert_string_equal(platform_signal_text(killed), "killed");
    assert_false(platform_signal_is_crash(killed));
    assert_false(platform_signal_is_crash((int)0xC000013A));
    assert_true(platform_signal_is_crash((int)0xC0001234));
    assert_true(platform_signal_is_crash((int)0x80000003));
    assert_true(platform_signal_is_abort(0x40000015));
    assert_false(platform_signal_is_abort((int)EXCEPTION_ACCESS_VIOLATION));
}

static void test_kill_takes_the_group(void **state)
{
    (void)state;
    struct child c;
    struct platform_spawn spec = plain();
    spec.guarded = true;
    child_start(&c, "family", NULL, &spec);
    child_read_text(&c, "family");
    assert_int_equal(platform_poll_exit(&c.process).kind, PLATFORM_RUNNING);
    assert_true(platform_resident_bytes(&c.process) >= 4096);
    platform_kill(&c.process);
    /* The end of the report: both have gone. */
    child_read_to_end(&c);
    assert_ends(&c, PLATFORM_SIGNALLED, (unsigned)WINDOWS_KILLED);
}

static void test_end_takes_the_rest_of_the_group(void **state)
{
    (void)state;
    struct child c;
    struct platform_spawn spec = plain();
    spec.guarded = true;
    child_start(&c, "abandon", NULL, &spec);
    child_read_text(&c, "left");
    platform_handle report_end = c.report;
    c.report = PLATFORM_NO_HANDLE;
    assert_ends(&c, PLATFORM_EXITED, 0);
    c.report = report_end;
    child_read_to_end(&c);
    platform_close(&c.report);
}

static void test_guarded_child_dies_with_its_parent(void **state)
{
    (void)state;
    struct child c;
    struct platform_spawn spec = plain();
    child_start(&c, "coordinator", NULL, &spec);
    child_read_text(&c, "started");
    platform_kill(&c.process);
    child_read_to_end(&c);
    assert_ends(&c, PLATFORM_SIGNALLED, (unsigned)WINDOWS_KILLED);
}

/* By trying, since Wine does not count them. */
static size_t count_handles(void)
{
    size_t n = 0;
    DWORD flags;
    for (uintptr_t handle = 4; handle < 0x8000; handle += 4)
        n += GetHandleInformation((HANDLE)handle, &flags) != 0;
    return n;
}

static void start_and_kill(void)
{
    struct child c;
    struct thresh_err err = {0};
    struct platform_spawn spec = plain();
    spec.guarded = true;
    assert_int_equal(platform_output_new(&spec.output, &err), 0);
    child_start(&c, "pause", NULL, &spec);
    platform_kill(&c.process);
    child_read_to_end(&c);
    assert_ends(&c, PLATFORM_SIGNALLED, (unsigned)WINDOWS_KILLED);
    platform_close(&spec.output);
}

static void test_no_handle_is_left(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        start_and_kill();
    size_t before = count_handles();
    assert_true(before > 0);
    for (int i = 0; i < 200; i++)
        start_and_kill();
    assert_int_equal(count_handles(), before);
}

/* More than the 64 that one call can wait for. */
static void test_many_children_at_once(void **state)
{
    (void)state;
    enum { N = 100 };
    static struct child c[N];
    platform_handle pipes[N];
    bool ready[N];
    size_t ended = 0;
    for (size_t i = 0; i < N; i++) {
        struct platform_spawn spec = plain();
        spec.guarded = true;
        child_start(&c[i], "pause", NULL, &spec);
        pipes[i] = c[i].report;
    }
    (void)platform_wait(pipes, ready, N, 0);
    for (size_t i = 0; i < N; i++)
        assert_false(ready[i]);
    platform_kill(&c[N - 1].process);
    while (platform_poll_exit(&c[N - 1].process).kind == PLATFORM_RUNNING)
        (void)platform_wait(NULL, NULL, 0, UINT64_MAX);
    for (size_t i = 0; i < N - 1; i++)
        platform_kill(&c[i].process);
    uint64_t deadline = platform_now_us() + PATIENCE_US;
    while (ended < N && platform_now_us() < deadline) {
        (void)platform_wait(pipes, ready, N, deadline);
        for (size_t i = 0; i < N; i++) {
            if (!ready[i])
                continue;
            assert_int_equal(platform_read_some(pipes[i], c[i].text, 1, NULL),
                             0);
            pipes[i] = PLATFORM_NO_HANDLE;
            ended++;
        }
    }
    assert_int_equal(ended, N);
    for (size_t i = 0; i < N - 1; i++)
        assert_ends(&c[i], PLATFORM_SIGNALLED, (unsigned)WINDOWS_KILLED);
    platform_close(&c[N - 1].report);
}

int main(int argc, char **argv)
{
    if (argc >= 3) {
        platform_arguments(&argc, &argv);
        return play(argc, argv);
    }
    (void)SetErrorMode(SEM_NOGPFAULTERRORBOX);
    if (platform_watch(NULL) != 0 || platform_watch(NULL) != 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments_arrive_as_they_are),
        cmocka_unit_test(test_inherits_what_is_listed),
        cmocka_unit_test(test_environment_is_private),
        cmocka_unit_test(test_guarded_child_starts_clean),
        cmocka_unit_test(test_failure_to_execute_is_reported),
        cmocka_unit_test(test_closed_handle_is_reported),
        cmocka_unit_test(test_this_program_can_not_be_replaced),
        cmocka_unit_test(test_exits_are_told_apart),
        cmocka_unit_test(test_statuses_have_names),
        cmocka_unit_test(test_kill_takes_the_group),
        cmocka_unit_test(test_end_takes_the_rest_of_the_group),
        cmocka_unit_test(test_guarded_child_dies_with_its_parent),
        cmocka_unit_test(test_no_handle_is_left),
        cmocka_unit_test(test_many_children_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
