/* SPDX-License-Identifier: MIT
 *
 * Processes, from start to end. The children are this program itself, started
 * with the name of one of the parts below; they report through the first
 * handle they inherit.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/platform.h"

#define REPORT 3 /* the first inherited descriptor */

/* Long enough to never matter on a loaded machine; tests that fail end. */
#define PATIENCE_US (60 * 1000000ULL)

/* ---- what children do ---- */

static int part_descriptors(void)
{
    for (int fd = 0; fd < 1024; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            dprintf(REPORT, "%d ", fd);
    }
    dprintf(REPORT + 1, "second");
    return 0;
}

static int part_handles(void)
{
    for (int fd = REPORT; fd < REPORT + PLATFORM_MAX_CHILD_HANDLES; fd++)
        dprintf(fd, "%d ", fd);
    return 0;
}

static int part_environment(void)
{
    const char *home = getenv("HOME");
    const char *added = getenv("THRESH_TEST_ADDED");
    const char *replaced = getenv("THRESH_TEST_REPLACED");
    const char *removed = getenv("THRESH_TEST_REMOVED");
    const char *kept = getenv("THRESH_TEST_KEPT");
    dprintf(REPORT, "%s %s %s %s %s", home ? home : "-", added ? added : "-",
            replaced ? replaced : "-", removed ? removed : "-",
            kept ? kept : "-");
    return 0;
}

static int part_guarded(void)
{
    struct rlimit core;
    sigset_t mask;
    struct sigaction action;
    int blocked = 0, changed = 0;
    getrlimit(RLIMIT_CORE, &core);
    sigprocmask(SIG_BLOCK, NULL, &mask);
    for (int s = 1; s < 32; s++) {
        blocked += sigismember(&mask, s) == 1;
        if (s == SIGUSR1 || s == SIGUSR2 || s == SIGCHLD || s == SIGINT) {
            sigaction(s, NULL, &action);
            changed += action.sa_handler != SIG_DFL;
        }
    }
    dprintf(REPORT, "core %d blocked %d changed %d own %d", core.rlim_cur > 1,
            blocked, changed, getpgrp() == getpid());
    char byte;
    dprintf(REPORT, " stdin %zd", read(0, &byte, 1));
    printf("out\n");
    fflush(stdout);
    fprintf(stderr, "err\n");
    return 0;
}

static int part_randomisation(void)
{
    dprintf(REPORT, "%d", (personality(0xffffffff) & ADDR_NO_RANDOMIZE) != 0);
    return 0;
}

static int part_path(void)
{
    dprintf(REPORT, "%s", platform_self_path());
    return 0;
}

static int part_pause(void)
{
    while (pause() != 0)
        ;
    return 0;
}

/* A grandchild in the same group keeps the report open. */
static int part_family(void)
{
    pid_t pid = fork();
    if (pid == 0)
        return part_pause();
    dprintf(REPORT, "%d", pid);
    return part_pause();
}

/* Ends, but leaves a grandchild. */
static int part_abandon(void)
{
    if (fork() == 0)
        return part_pause();
    dprintf(REPORT, "left");
    return 0;
}

static int part_signal(void)
{
    raise(SIGKILL);
    return 0;
}

/* Starts a guarded process that holds the report, and waits to be killed. */
static int part_coordinator(void)
{
    const char *const argv[] = {"test", "pause", NULL};
    struct platform_spawn spec = {.argv = argv,
                                  .handles = {REPORT},
                                  .nhandles = 1,
                                  .output = PLATFORM_NO_HANDLE,
                                  .guarded = true};
    struct platform_process process;
    if (platform_spawn(&spec, &process, NULL) != 0)
        return 1;
    dprintf(REPORT, "started");
    return part_pause();
}

static const struct {
    const char *name;
    int (*run)(void);
} parts[] = {
    {"descriptors", part_descriptors},
    {"handles", part_handles},
    {"environment", part_environment},
    {"guarded", part_guarded},
    {"randomisation", part_randomisation},
    {"path", part_path},
    {"pause", part_pause},
    {"family", part_family},
    {"abandon", part_abandon},
    {"signal", part_signal},
    {"coordinator", part_coordinator},
};

static int play(const char *name)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (strcmp(parts[i].name, name) == 0)
            return parts[i].run();
    }
    return 100;
}

/* ---- what tests share ---- */

struct child {
    struct platform_process process;
    platform_handle report;
    char text[8192]; /* all that came through the report */
    size_t size;
    bool ended; /* the report has */
};

/* Starts a part; spec may hold more than this fills in. */
static void child_start(struct child *c, const char *part,
                        struct platform_spawn *spec)
{
    struct thresh_err err = {0};
    platform_handle write_end;
    const char *const argv[] = {"test", part, NULL};
    *c = (struct child){0};
    assert_int_equal(platform_pipe(&c->report, &write_end, &err), 0);
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

static struct platform_exit child_reap(struct child *c)
{
    struct platform_exit exit = {.kind = PLATFORM_RUNNING};
    uint64_t deadline = platform_now_us() + PATIENCE_US;
    while (exit.kind == PLATFORM_RUNNING && platform_now_us() < deadline) {
        bool ready;
        platform_handle none = PLATFORM_NO_HANDLE;
        exit = platform_poll_exit(&c->process);
        if (exit.kind == PLATFORM_RUNNING)
            (void)platform_wait(&none, &ready, 1, platform_now_us() + 100000);
    }
    platform_close(&c->report);
    return exit;
}

static void assert_exits(struct child *c, int code)
{
    struct platform_exit exit = child_reap(c);
    assert_int_equal(exit.kind, PLATFORM_EXITED);
    assert_int_equal(exit.code, code);
}

static struct platform_spawn plain(void)
{
    return (struct platform_spawn){.output = PLATFORM_NO_HANDLE};
}

/* ---- processes ---- */

/* Handles lie where others go, some are given twice, strangers are open. */
static void test_inherits_what_is_listed(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    platform_handle second_read, second_write;
    int stranger = open("/dev/null", O_RDONLY);
    int high = fcntl(stranger, F_DUPFD, 200);
    assert_true(stranger >= 0 && high >= 0);
    assert_int_equal(platform_pipe(&second_read, &second_write, &err), 0);

    struct child c;
    struct platform_spawn spec = plain();
    spec.handles[1] = second_write;
    spec.handles[2] = second_read;
    spec.handles[3] = stranger;
    spec.nhandles = 4;
    child_start(&c, "descriptors", &spec);
    platform_close(&second_write);
    child_read_to_end(&c);
    assert_string_equal(c.text, "0 1 2 3 4 5 6 ");
    char text[16] = "";
    assert_int_equal(platform_read_some(second_read, text, 15, &err), 6);
    assert_string_equal(text, "second");
    assert_int_equal(platform_read_some(second_read, text, 15, &err), 0);
    assert_exits(&c, 0);
    platform_close(&second_read);
    close(stranger);
    close(high);
}

/* The numbers that handles have here overlap those they get there. */
static void test_handles_do_not_clobber_each_other(void **state)
{
    (void)state;
    enum { PIPES = 4 };
    static const char *const expected[PIPES] = {"6 10 ", "5 9 ", "4 8 ",
                                                "3 7 "};
    struct thresh_err err = {0};
    const char *const argv[] = {"test", "handles", NULL};
    platform_handle r[PIPES], w[PIPES];
    struct platform_spawn spec = plain();
    spec.argv = argv;
    spec.nhandles = PLATFORM_MAX_CHILD_HANDLES;
    for (size_t i = 0; i < PIPES; i++)
        assert_int_equal(platform_pipe(&r[i], &w[i], &err), 0);
    for (size_t i = 0; i < spec.nhandles; i++)
        spec.handles[i] = w[PIPES - 1 - i % PIPES];
    struct child c = {.report = PLATFORM_NO_HANDLE};
    assert_int_equal(platform_spawn(&spec, &c.process, &err), 0);
    for (size_t i = 0; i < PIPES; i++) {
        platform_close(&w[i]);
        struct child reader = {.report = r[i]};
        child_read_to_end(&reader);
        assert_string_equal(reader.text, expected[i]);
        platform_close(&r[i]);
    }
    assert_exits(&c, 0);
}

static void test_environment_is_private(void **state)
{
    (void)state;
    const char *const env[] = {"THRESH_TEST_ADDED=wrong",
                               "THRESH_TEST_REMOVED",
                               "THRESH_TEST_REPLACED=new",
                               "THRESH_TEST_ADDED=x=y",
                               "HOME=",
                               NULL};
    setenv("THRESH_TEST_REPLACED", "old", 1);
    setenv("THRESH_TEST_REMOVED", "old", 1);
    setenv("THRESH_TEST_KEPT", "kept", 1);
    struct child c;
    struct platform_spawn spec = plain();
    spec.env = env;
    child_start(&c, "environment", &spec);
    child_read_to_end(&c);
    assert_string_equal(c.text, " x=y new - kept");
    assert_exits(&c, 0);
    assert_null(getenv("THRESH_TEST_ADDED"));
    assert_string_equal(getenv("THRESH_TEST_REPLACED"), "old");
    assert_string_equal(getenv("THRESH_TEST_REMOVED"), "old");
}

static void ignore(int signal)
{
    (void)signal;
}

static void test_guarded_child_starts_clean(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    sigset_t some, before;
    sigemptyset(&some);
    sigaddset(&some, SIGUSR1);
    sigaddset(&some, SIGTERM);
    sigprocmask(SIG_BLOCK, &some, &before);
    signal(SIGUSR1, SIG_IGN);
    signal(SIGUSR2, ignore);

    struct rlimit core, full;
    getrlimit(RLIMIT_CORE, &core);
    full = core;
    full.rlim_cur = full.rlim_max;
    setrlimit(RLIMIT_CORE, &full);

    struct child c;
    struct platform_spawn spec = plain();
    spec.guarded = true;
    assert_int_equal(platform_output_new(&spec.output, &err), 0);
    child_start(&c, "guarded", &spec);
    setrlimit(RLIMIT_CORE, &core);
    signal(SIGUSR1, SIG_DFL);
    signal(SIGUSR2, SIG_DFL);
    sigset_t now;
    sigprocmask(SIG_SETMASK, &before, &now);
    assert_true(sigismember(&now, SIGUSR1) && sigismember(&now, SIGTERM));
    assert_false(sigismember(&now, SIGUSR2));

    child_read_to_end(&c);
    assert_string_equal(c.text, "core 0 blocked 0 changed 0 own 1 stdin 0");
    assert_exits(&c, 0);
    char text[64] = "";
    platform_output_tail(spec.output, text, sizeof text - 1);
    assert_string_equal(text, "out\nerr\n");
    platform_close(&spec.output);
}

static void test_guarded_child_is_not_randomised(void **state)
{
    (void)state;
    int now = personality(0xffffffff);
    if (now < 0 || personality((unsigned long)now | ADDR_NO_RANDOMIZE) < 0)
        skip(); /* forbidden here, as in some containers */
    personality((unsigned long)now);
    struct child c;
    struct platform_spawn spec = plain();
    spec.guarded = true;
    child_start(&c, "randomisation", &spec);
    child_read_to_end(&c);
    assert_string_equal(c.text, "1");
    assert_exits(&c, 0);
}

static void test_no_path_is_this_program(void **state)
{
    (void)state;
    struct child c;
    struct platform_spawn spec = plain();
    child_start(&c, "path", &spec);
    child_read_to_end(&c);
    assert_string_equal(c.text, platform_self_path());
    assert_exits(&c, 0);
}

/* A copy of this program removes its own file and starts itself again. */
static int part_replaced(const char *own_path)
{
    struct thresh_err err = {0};
    const char *const argv[] = {"test", "path", NULL};
    struct platform_spawn spec = plain();
    spec.argv = argv;
    spec.handles[0] = REPORT;
    spec.nhandles = 1;
    struct platform_process process;
    unlink(own_path);
    if (platform_spawn(&spec, &process, &err) != 0) {
        dprintf(REPORT, "%s", err.msg);
        return 1;
    }
    while (platform_poll_exit(&process).kind == PLATFORM_RUNNING)
        platform_sleep_us(1000);
    return 0;
}

static void test_this_program_survives_its_file(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    char dir[] = "/tmp/thresh-test-XXXXXX";
    char path[64];
    uint8_t *data;
    size_t size;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(
        platform_read_file(platform_self_path(), SIZE_MAX, &data, &size, &err),
        0);
    assert_int_equal(platform_write_file(dir, "copy", data, size, &err), 0);
    free(data);
    snprintf(path, sizeof path, "%s/copy", dir);
    assert_int_equal(chmod(path, 0700), 0);

    struct child c = {0};
    platform_handle write_end;
    assert_int_equal(platform_pipe(&c.report, &write_end, &err), 0);
    const char *const argv[] = {"test", "replaced", path, NULL};
    struct platform_spawn spec = plain();
    spec.path = path;
    spec.argv = argv;
    spec.handles[0] = write_end;
    spec.nhandles = 1;
    assert_int_equal(platform_spawn(&spec, &c.process, &err), 0);
    platform_close(&write_end);
    child_read_to_end(&c);
    assert_memory_equal(c.text, path, strlen(path));
    assert_exits(&c, 0);
    rmdir(dir);
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
    /* Nothing is left to reap. */
    assert_true(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

static void test_failure_to_execute_is_reported(void **state)
{
    (void)state;
    assert_does_not_start("/nonexistent/program", ENOENT);
    assert_does_not_start("/dev/null", EACCES);
    assert_does_not_start("/dev", EACCES);
    assert_does_not_start("/dev/null/program", ENOTDIR);
}

static void test_closed_handle_is_reported(void **state)
{
    (void)state;
    struct thresh_err err = {0};
    const char *const argv[] = {"test", "pause", NULL};
    struct platform_spawn spec = plain();
    struct platform_process process;
    spec.argv = argv;
    spec.handles[0] = 999;
    spec.nhandles = 1;
    assert_int_equal(platform_spawn(&spec, &process, &err), THRESH_EIO);
    assert_int_equal(err.os, EBADF);
    spec.nhandles = PLATFORM_MAX_CHILD_HANDLES + 1;
    assert_int_equal(platform_spawn(&spec, &process, &err), THRESH_ELIMIT);
}

static void test_exits_are_told_apart(void **state)
{
    (void)state;
    struct child c;
    struct platform_spawn spec = plain();
    child_start(&c, "no such part", &spec);
    assert_true(platform_process_number(&c.process) > 0);
    assert_exits(&c, 100);
    assert_int_equal(platform_process_number(&c.process), 0);
    /* Reaped exactly once; the rest is harmless. */
    assert_int_equal(platform_poll_exit(&c.process).kind, PLATFORM_RUNNING);
    platform_kill(&c.process);
    platform_kill_group(&c.process);

    child_start(&c, "signal", &spec);
    struct platform_exit exit = child_reap(&c);
    assert_int_equal(exit.kind, PLATFORM_SIGNALLED);
    assert_int_equal(exit.code, SIGKILL);
}

static void test_kill_takes_the_group(void **state)
{
    (void)state;
    struct child c;
    struct platform_spawn spec = plain();
    spec.guarded = true;
    child_start(&c, "family", &spec);
    while (c.size == 0)
        child_read(&c);
    assert_int_equal(platform_poll_exit(&c.process).kind, PLATFORM_RUNNING);
    assert_true(platform_resident_bytes(&c.process) >= 4096);
    platform_kill(&c.process);
    /* The end of the report: both have gone. */
    child_read_to_end(&c);
    struct platform_exit exit = child_reap(&c);
    assert_int_equal(exit.kind, PLATFORM_SIGNALLED);
    assert_int_equal(exit.code, SIGKILL);
}

static void test_end_takes_the_rest_of_the_group(void **state)
{
    (void)state;
    struct child c;
    struct platform_spawn spec = plain();
    spec.guarded = true;
    child_start(&c, "abandon", &spec);
    child_read_text(&c, "left");
    platform_handle report = c.report;
    c.report = PLATFORM_NO_HANDLE;
    assert_exits(&c, 0);
    c.report = report;
    child_read_to_end(&c);
    platform_close(&c.report);
}

static void test_guarded_child_dies_with_its_parent(void **state)
{
    (void)state;
    struct child c;
    struct platform_spawn spec = plain();
    child_start(&c, "coordinator", &spec);
    child_read_text(&c, "started");
    platform_kill(&c.process);
    child_read_to_end(&c);
    assert_int_equal(child_reap(&c).kind, PLATFORM_SIGNALLED);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "replaced") == 0)
        return part_replaced(argv[2]);
    if (argc == 2)
        _exit(play(argv[1]));
    if (platform_watch(NULL) != 0 || platform_watch(NULL) != 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inherits_what_is_listed),
        cmocka_unit_test(test_handles_do_not_clobber_each_other),
        cmocka_unit_test(test_environment_is_private),
        cmocka_unit_test(test_guarded_child_starts_clean),
        cmocka_unit_test(test_guarded_child_is_not_randomised),
        cmocka_unit_test(test_no_path_is_this_program),
        cmocka_unit_test(test_this_program_survives_its_file),
        cmocka_unit_test(test_failure_to_execute_is_reported),
        cmocka_unit_test(test_closed_handle_is_reported),
        cmocka_unit_test(test_exits_are_told_apart),
        cmocka_unit_test(test_kill_takes_the_group),
        cmocka_unit_test(test_end_takes_the_rest_of_the_group),
        cmocka_unit_test(test_guarded_child_dies_with_its_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
