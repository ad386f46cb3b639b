/* SPDX-License-Identifier: MIT
 *
 * See cover_run.h. Inputs are run by one worker, since processes that add to
 * files of counts at once would lose some.
 */
#include "tool/cover_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/platform.h"
#include "platform/tool.h"
#include "tool/tasks.h"
#include "tool/tool.h"

#define LIST_MAX   ((size_t)1 << 26)
#define OUTPUT_MAX ((size_t)1 << 29) /* of gcov, llvm-cov */
#define LOOK_US    50000u
/* Of the end of a program's output, where it says how far it is. */
#define TAIL_MAX 4096
/* llvm-cov-NUMBER, from the newest to the oldest that is tried. */
#define LLVM_NEWEST 40
#define LLVM_OLDEST 11

/* ---- what the program says of itself ---- */

/* Whether the compiler has left notes on an object, without which its counts
 * mean nothing. */
static bool has_notes(const char *data)
{
    char path[CC_MAX_PATH];
    size_t n = strlen(data);
    if (n < 5 || n >= sizeof path || strcmp(data + n - 5, ".gcda") != 0)
        return false;
    memcpy(path, data, n + 1);
    memcpy(path + n - 5, ".gcno", 5);
    return platform_is_file(path);
}

/* A line of the list: "gcov 12 PATH" or "llvm". */
static void take_line(struct cover_run *run, char *line)
{
    char *rest;
    if (strcmp(line, "llvm") == 0) {
        run->llvm = true;
    } else if (strncmp(line, "gcov ", 5) == 0) {
        run->gcc = (unsigned)strtoul(line + 5, &rest, 10);
        rest += *rest == ' ';
        if (has_notes(rest))
            words_add(&run->data, rest);
    }
}

static int read_list(struct cover_run *run, struct thresh_err *err)
{
    uint8_t *data;
    size_t size;
    const char *path = strchr(run->list, '=') + 1;
    int rc = platform_read_file(path, LIST_MAX, &data, &size, err);
    if (rc)
        return rc;
    char *text = words_memory(data, size + 1, 1);
    text[size] = '\0';
    for (char *line = text; *line;) {
        size_t n = strcspn(line, "\n");
        char *next = line + n + (line[n] == '\n');
        line[n] = '\0';
        take_line(run, line);
        line = next;
    }
    free(text);
    (void)platform_remove_file(path, NULL);
    return 0;
}

/* Runs one program to its end. */
static int run_task(const struct cover_run *run, struct task *task)
{
    struct thresh_err err;
    task->output_max = OUTPUT_MAX;
    int rc = tasks_run(task, 1, 1, NULL, NULL, &err);
    return rc < 0 ? command_failed(run->command, "%s", err.msg)
           : rc   ? TOOL_EXIT_INTERRUPTED
                  : 0;
}

static int remove_raw(void *ctx, const char *name)
{
    const struct cover_run *run = ctx;
    char path[2 * CC_MAX_PATH];
    size_t n = strlen(run->name);
    const char *suffix = strrchr(name, '.');
    if (strncmp(name, run->name, n) != 0 || !suffix ||
        strcmp(suffix, ".profraw") != 0)
        return 0;
    (void)snprintf(path, sizeof path, "%s/%s", run->dir, name);
    (void)platform_remove_file(path, NULL);
    return 0;
}

static void remove_counts(struct cover_run *run)
{
    for (size_t i = 0; i < run->data.n; i++)
        (void)platform_remove_file(run->data.item[i], NULL);
    (void)platform_list_dir(run->dir, remove_raw, run, NULL);
}

int cover_run_begin(struct cover_run *run)
{
    char here[CC_MAX_PATH];
    struct thresh_err err;
    struct task task = {.path = run->program->path, .env = run->env};
    if (platform_current_dir(here, sizeof here, &err))
        return command_failed(run->command, "%s", err.msg);
    /* Its own process may be in another directory. */
    int n =
        snprintf(run->list, sizeof run->list, "THRESH_COVERAGE=%s/%s/%s.list",
                 here, run->dir, run->name);
    int m = snprintf(run->raw, sizeof run->raw,
                     "LLVM_PROFILE_FILE=%s/%s/%s-%%m.profraw", here, run->dir,
                     run->name);
    if (n >= (int)sizeof run->list || m >= (int)sizeof run->raw)
        return command_failed(run->command, "the path %s is too long", here);
    run->env[0] = run->list;
    run->env[1] = run->raw;
    words_add(&task.argv, run->program->path);
    words_add(&task.argv, "-list=.");
    int code = run_task(run, &task);
    bool told = task_is_good(&task) && read_list(run, &err) == 0;
    task_release(&task);
    if (code)
        return code;
    if (!told || (run->data.n == 0 && !run->llvm))
        return command_failed(
            run->command,
            "%s does not count lines: name its sources instead, or build it "
            "with `thresh cc -ftest-coverage` (gcc) or `thresh cc "
            "-fprofile-instr-generate -fcoverage-mapping` (clang)",
            run->program->path);
    remove_counts(run);
    return 0;
}

/* ---- running inputs ---- */

/* The last line in which it says how far it is, if there is a new one. */
static void tell_progress(const struct cover_run *run, platform_handle output,
                          uint64_t *seen)
{
    static const char mark[] = "\ntest: ";
    char tail[TAIL_MAX + 1];
    uint64_t size = platform_output_size(output);
    if (size == *seen)
        return;
    *seen = size;
    tail[platform_output_tail(output, tail, TAIL_MAX)] = '\0';
    const char *last = NULL;
    for (const char *at = tail; (at = strstr(at, mark)); at++)
        last = at;
    if (last)
        (void)fprintf(stderr, "thresh %s: %.*s\n", run->command->name,
                      (int)strcspn(last + sizeof mark - 1, "\r\n"),
                      last + sizeof mark - 1);
}

static unsigned count(const char *text, const char *word)
{
    unsigned n = 0;
    for (; (text = strstr(text, word)); text++)
        n++;
    return n;
}

/* Waits for its end, told of meanwhile. */
static struct platform_exit wait_for(const struct cover_run *run,
                                     struct platform_process *process,
                                     platform_handle output)
{
    uint64_t seen = 0;
    struct platform_exit end = platform_poll_exit(process);
    while (end.kind == PLATFORM_RUNNING) {
        (void)platform_wait(NULL, NULL, 0, platform_now_us() + LOOK_US);
        if (platform_interrupts(NULL))
            platform_kill(process);
        tell_progress(run, output, &seen);
        end = platform_poll_exit(process);
    }
    return end;
}

static int judge(const struct cover_run *run, struct platform_exit end,
                 const char *output, const char *what)
{
    unsigned failed = count(output, "\nnot ok ");
    if (platform_interrupts(NULL))
        return TOOL_EXIT_INTERRUPTED;
    if (end.kind != PLATFORM_EXITED || end.code > 1)
        return command_failed(run->command, "%s could not run %s:\n%s",
                              run->program->path, what, output);
    (void)fprintf(stderr, "thresh %s: %s: %u inputs", run->command->name, what,
                  failed + count(output, "\nok "));
    /* clang's runtime must not be called by a process that is dying. */
    if (failed)
        (void)fprintf(stderr,
                      "; %u of them fail, and count %s (`thresh test` "
                      "tells more)",
                      failed,
                      run->llvm ? "only where they do not end the process"
                                : "up to there");
    (void)fputc('\n', stderr);
    return 0;
}

int cover_run_inputs(struct cover_run *run, const struct words *arguments,
                     const char *what)
{
    struct thresh_err err;
    struct words argv = {0};
    struct platform_process process = {0};
    platform_handle output;
    words_add(&argv, run->program->path);
    for (size_t i = 0; i < arguments->n; i++)
        words_add(&argv, arguments->item[i]);
    words_add(&argv, "-tap");
    words_add(&argv, "-parallel=1");
    words_add(&argv, "-timeout=0");
    int rc = platform_watch(&err);
    if (!rc)
        rc = platform_output_new(&output, &err);
    if (rc) {
        words_release(&argv);
        return command_failed(run->command, "%s", err.msg);
    }
    struct platform_spawn spec = {.path = run->program->path,
                                  .argv = (const char *const *)argv.item,
                                  .env = run->env,
                                  .output = output,
                                  .guarded = true};
    rc = platform_spawn(&spec, &process, &err);
    int code = rc ? command_failed(run->command, "%s", err.msg) : 0;
    if (!rc) {
        struct platform_exit end = wait_for(run, &process, output);
        size_t size = (size_t)platform_output_size(output);
        size = size < OUTPUT_MAX ? size : OUTPUT_MAX;
        char *text = words_memory(NULL, size + 1, 1);
        text[platform_output_tail(output, text, size)] = '\0';
        code = judge(run, end, text, what);
        free(text);
    }
    platform_close(&output);
    words_release(&argv);
    return code;
}

/* ---- reading counts ---- */

/* The gcov beside this gcc, by its name. */
static bool find_gcov(const struct cover_run *run, char path[CC_MAX_PATH])
{
    char name[32];
    (void)snprintf(name, sizeof name, "gcov-%u", run->gcc);
    return platform_find_program(name, path, CC_MAX_PATH, NULL) == 0 ||
           platform_find_program("gcov", path, CC_MAX_PATH, NULL) == 0;
}

static int read_gcov(struct cover_run *run, struct cover *cover)
{
    char path[CC_MAX_PATH];
    struct thresh_err err;
    if (!find_gcov(run, path))
        return command_failed(run->command,
                              "gcov-%u, which reads gcc's counts, is not "
                              "installed; it comes with gcc",
                              run->gcc);
    for (size_t i = 0; i < run->data.n; i++) {
        struct task task = {.path = path};
        words_add(&task.argv, path);
        words_add(&task.argv, "--json-format");
        words_add(&task.argv, "--stdout");
        words_add(&task.argv, "--branch-probabilities");
        words_add(&task.argv, run->data.item[i]);
        int code = run_task(run, &task);
        if (!code && cover_read_gcov(cover, task.output, &err))
            code =
                command_failed(run->command, "%s can't read %s: %s\n%s", path,
                               run->data.item[i], err.msg, task.output);
        task_release(&task);
        if (code)
            return code;
    }
    return 0;
}

/* llvm-cov or llvm-profdata: the plain name, else the newest. */
static bool find_llvm(const char *tool, char path[CC_MAX_PATH])
{
    char name[64];
    if (platform_find_program(tool, path, CC_MAX_PATH, NULL) == 0)
        return true;
    for (int version = LLVM_NEWEST; version >= LLVM_OLDEST; version--) {
        (void)snprintf(name, sizeof name, "%s-%d", tool, version);
        if (platform_find_program(name, path, CC_MAX_PATH, NULL) == 0)
            return true;
    }
    return false;
}

struct raw_files {
    const struct cover_run *run;
    struct words *argv;
    unsigned n;
};

static int add_raw(void *ctx, const char *name)
{
    struct raw_files *raw = ctx;
    size_t n = strlen(raw->run->name);
    const char *suffix = strrchr(name, '.');
    if (strncmp(name, raw->run->name, n) == 0 && suffix &&
        strcmp(suffix, ".profraw") == 0) {
        words_addf(raw->argv, "%s/%s", raw->run->dir, name);
        raw->n++;
    }
    return 0;
}

/* Runs one of LLVM's programs, whose output the caller releases. */
static int run_llvm(const struct cover_run *run, struct task *task)
{
    int code = run_task(run, task);
    if (!code && !task_is_good(task))
        code = command_failed(run->command, "%s failed: %s", task->path,
                              task->output);
    return code;
}

static int read_llvm(struct cover_run *run, struct cover *cover)
{
    char profdata[CC_MAX_PATH], cov[CC_MAX_PATH], merged[2 * CC_MAX_PATH];
    struct thresh_err err;
    if (!find_llvm("llvm-profdata", profdata) || !find_llvm("llvm-cov", cov))
        return command_failed(run->command,
                              "llvm-profdata and llvm-cov, which read clang's "
                              "counts, are not both installed (Debian: llvm)");
    struct task merge = {.path = profdata};
    struct raw_files raw = {run, &merge.argv, 0};
    (void)snprintf(merged, sizeof merged, "%s/%s.profdata", run->dir,
                   run->name);
    words_add(&merge.argv, profdata);
    words_add(&merge.argv, "merge");
    words_add(&merge.argv, "-o");
    words_add(&merge.argv, merged);
    (void)platform_list_dir(run->dir, add_raw, &raw, NULL);
    int code = raw.n ? run_llvm(run, &merge)
                     : command_failed(run->command, "no input was run");
    task_release(&merge);
    if (code)
        return code;
    struct task export = {.path = cov};
    words_add(&export.argv, cov);
    words_add(&export.argv, "export");
    words_add(&export.argv, "-format=lcov");
    words_addf(&export.argv, "-instr-profile=%s", merged);
    words_add(&export.argv, run->program->path);
    code = run_llvm(run, &export);
    if (!code && cover_read_lcov(cover, export.output, &err))
        code = command_failed(run->command, "%s: %s", cov, err.msg);
    task_release(&export);
    return code;
}

int cover_run_read(struct cover_run *run, struct cover *cover)
{
    int code = run->data.n && !run->llvm ? read_gcov(run, cover) : 0;
    if (!code && run->llvm)
        code = read_llvm(run, cover);
    cover_sort(cover);
    return code;
}

void cover_run_end(struct cover_run *run)
{
    if (run->list[0])
        (void)platform_remove_file(strchr(run->list, '=') + 1, NULL);
    words_release(&run->data);
}
