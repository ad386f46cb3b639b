/* SPDX-License-Identifier: MIT
 *
 * `thresh cover`: what the corpus of a fuzz program covers in its sources, as a
 * page of HTML and a summary. The program is built once more, with the counts
 * that gcov or llvm-cov read, and runs seeds, saved inputs and found ones as
 * tests.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cache_name.h"
#include "platform/platform.h"
#include "tool/cover_html.h"
#include "tool/cover_run.h"
#include "tool/cover_state.h"
#include "tool/fingerprint.h"
#include "tool/output.h"
#include "tool/program.h"
#include "tool/stage.h"
#include "tool/tool.h"

#define COVER_DIR BUILD_DIR "/" PROGRAM_COVERAGE_FOLDER
/* Lines of the frontier in the summary, unless all are wanted. */
#define FRONTIER_SHOWN 12u
#define PAGE_MAX       ((size_t)1 << 30)

struct values {
    struct program_flags program;
    const char *html;
    const char *testdata;
    const char *cache;
    const char *target;
    struct words corpus;
    bool all;
};

struct job {
    const struct command *command;
    const struct values *values;
    struct program program;
    struct cover_run run;
    struct cover cover;
    struct fingerprint corpus; /* of the names of its files */
    char name[CC_MAX_PATH];    /* of the program */
    bool compared;
};

/* ---- inputs ---- */

static int digest_name(void *ctx, const char *name)
{
    struct job *job = ctx;
    fingerprint_add(&job->corpus, name);
    return 0;
}

static int digest_folder(void *ctx, const char *name)
{
    struct job *job = ((void **)ctx)[0];
    const char *dir = ((void **)ctx)[1];
    char path[2 * CC_MAX_PATH];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    return platform_list_dir(path, digest_name, job, NULL);
}

static void add_target(const struct job *job, struct words *arguments)
{
    if (job->values->target)
        words_addf(arguments, "-run=^%s$", job->values->target);
}

/* Where the program keeps what it finds: of one that was built here, the one
 * that fuzzes, which is another file. */
static bool find_cache(const struct job *job, char out[CC_MAX_PATH])
{
    static const char ours[] = "/" COVER_DIR "/",
                      usual[] = "/" BUILD_DIR "/bin/";
    char home[CC_MAX_PATH], path[2 * CC_MAX_PATH], here[CC_MAX_PATH];
    const char *given = job->program.path;
    given += strncmp(given, "./", 2) == 0 ? 2 : 0;
    if (platform_cache_home(home, sizeof home, NULL) ||
        platform_current_dir(here, sizeof here, NULL))
        return false;
    bool whole = given[0] == '/' || (given[0] && given[1] == ':');
    (void)snprintf(path, sizeof path, "%s%s%s", whole ? "" : here,
                   whole ? "" : "/", given);
    char *at = strstr(path, ours);
    if (at) {
        char rest[CC_MAX_PATH];
        (void)snprintf(rest, sizeof rest, "%s", at + sizeof ours - 1);
        (void)snprintf(at, sizeof path - (size_t)(at - path), "%s%s", usual,
                       rest);
    }
    return cache_name(out, CC_MAX_PATH, home, path);
}

/* Seeds in code and saved inputs. */
static int run_testdata(struct job *job)
{
    struct words arguments = {0};
    const char *dir = job->values->testdata;
    void *ctx[] = {job, (void *)(uintptr_t)dir};
    words_addf(&arguments, "-testdata=%s", dir);
    add_target(job, &arguments);
    (void)platform_list_folders(dir, digest_folder, ctx, NULL);
    int code = cover_run_inputs(&job->run, &arguments, "seeds and saved ones");
    words_release(&arguments);
    return code;
}

static int run_cache(struct job *job)
{
    struct words arguments = {0};
    char dir[CC_MAX_PATH];
    if (job->values->cache)
        (void)snprintf(dir, sizeof dir, "%s", job->values->cache);
    else if (!find_cache(job, dir))
        return 0;
    void *ctx[] = {job, dir};
    if (!platform_is_dir(dir))
        return 0;
    words_addf(&arguments, "-testdata=%s", dir);
    words_add(&arguments, "-skip=.*/^seed#[0-9]+$");
    add_target(job, &arguments);
    (void)platform_list_folders(dir, digest_folder, ctx, NULL);
    int code = cover_run_inputs(&job->run, &arguments, "found ones");
    words_release(&arguments);
    return code;
}

struct adding {
    struct stage *stage;
    struct job *job;
    const char *dir;
    int code;
};

static int add_file(void *ctx, const char *name)
{
    struct adding *a = ctx;
    char path[2 * CC_MAX_PATH];
    (void)snprintf(path, sizeof path, "%s/%s", a->dir, name);
    fingerprint_add(&a->job->corpus, name);
    a->code = stage_add(a->stage, path, a->job->values->target, 1);
    return a->code;
}

/* Directories that the user names. */
static int run_corpus(struct job *job)
{
    struct stage stage = {0};
    struct words arguments = {0};
    const struct words *dirs = &job->values->corpus;
    int code = dirs->n ? stage_begin(&stage, job->command, &job->program) : 0;
    for (size_t i = 0; !code && i < dirs->n; i++) {
        struct adding a = {&stage, job, dirs->item[i], 0};
        if (!platform_is_dir(a.dir))
            code = command_usage_error(job->command, "there is no directory %s",
                                       a.dir);
        else
            (void)platform_list_dir(a.dir, add_file, &a, NULL);
        code = code ? code : a.code;
    }
    if (!code && stage.names.n) {
        stage_arguments(&stage, &arguments);
        code = cover_run_inputs(&job->run, &arguments, "--corpus");
    }
    words_release(&arguments);
    stage_end(&stage);
    return code;
}

/* ---- the summary ---- */

static void print_part(size_t part, size_t whole)
{
    char of[64] = "-";
    if (whole)
        (void)snprintf(of, sizeof of, "%zu/%zu %3u%%", part, whole,
                       (unsigned)(part * 100 / whole));
    (void)printf(" %16s", of);
}

static void print_sums(const char *name, const struct cover_sums *s,
                       bool compared)
{
    (void)printf("%-28s", name);
    print_part(s->lines_covered, s->lines);
    print_part(s->branches_taken, s->branches);
    print_part(s->functions_called, s->functions);
    if (compared && s->lines_added)
        (void)printf("  +%zu", s->lines_added);
    (void)putchar('\n');
}

static void print_frontier(const struct cover_frontier *list, size_t n,
                           bool all)
{
    size_t shown = all || n < FRONTIER_SHOWN ? n : FRONTIER_SHOWN;
    if (n)
        (void)puts("\nfrontier: reached, but a side never taken");
    for (size_t i = 0; i < shown; i++) {
        const struct cover_frontier *f = &list[i];
        (void)printf("  %s:%u %s: ", f->file->path, f->line,
                     f->function ? f->function->name : "");
        if (f->count)
            (void)printf("%u of %u branches never taken, reached %llu times\n",
                         f->never, f->branches, (unsigned long long)f->count);
        else
            (void)puts("never called");
    }
    if (shown < n)
        (void)printf("  ... %zu more (--all)\n", n - shown);
}

static void print_summary(const struct job *job,
                          const struct cover_frontier *list, size_t n)
{
    const struct cover *c = &job->cover;
    struct cover_sums all = cover_sum_all(c);
    (void)printf("%-28s %16s %16s %16s%s\n", "file", "lines", "branches",
                 "functions", job->compared ? "  new lines" : "");
    for (size_t i = 0; i < c->nfiles; i++) {
        struct cover_sums s = cover_sum(&c->file[i]);
        print_sums(c->file[i].path, &s, job->compared);
    }
    if (c->nfiles != 1)
        print_sums("all", &all, job->compared);
    print_frontier(list, n, job->values->all);
    (void)putchar('\n');
}

static int report(struct job *job)
{
    size_t n;
    char path[2 * CC_MAX_PATH];
    struct buf page;
    struct cover_frontier *list = cover_find_frontier(&job->cover, &n);
    (void)snprintf(path, sizeof path, COVER_DIR "/%s.html", job->name);
    buf_init(&page, PAGE_MAX);
    print_summary(job, list, n);
    cover_html(&page, &(struct cover_page){.title = job->name,
                                           .cover = &job->cover,
                                           .frontier = list,
                                           .nfrontier = n,
                                           .compared = job->compared});
    int code =
        page.failed
            ? command_failed(job->command, "no memory")
            : output_write(job->command,
                           job->values->html ? job->values->html : path, &page);
    buf_release(&page);
    free(list);
    return code;
}

/* ---- all of it ---- */

static void name_job(struct job *job)
{
    const char *base = job->program.path;
    for (const char *p = base; *p; p++)
        if (*p == '/' || *p == '\\')
            base = p + 1;
    (void)snprintf(job->name, sizeof job->name, "%s", base);
}

static int cover(struct job *job)
{
    name_job(job);
    job->run = (struct cover_run){.command = job->command,
                                  .program = &job->program,
                                  .dir = COVER_DIR,
                                  .name = job->name};
    struct thresh_err err;
    if (platform_make_dirs(COVER_DIR, &err))
        return command_failed(job->command, "%s", err.msg);
    fingerprint_begin(&job->corpus);
    int code = cover_run_begin(&job->run);
    if (!code)
        code = run_testdata(job);
    if (!code)
        code = run_cache(job);
    if (!code)
        code = run_corpus(job);
    fingerprint_end(&job->corpus);
    if (!code)
        code = cover_run_read(&job->run, &job->cover);
    if (!code) {
        char state[CC_MAX_PATH + 8]; /* the two count lines differently */
        (void)snprintf(state, sizeof state, "%s.%s", job->name,
                       job->run.llvm ? "llvm" : "gcov");
        job->compared =
            cover_state_apply(&job->cover, COVER_DIR, state, job->corpus.text);
        code = report(job);
    }
    cover_run_end(&job->run);
    cover_release(&job->cover);
    return code;
}

static int run(const struct command *self, int argc, char *const *argv)
{
    struct values values = {.program = {.coverage = true},
                            .testdata = "testdata/fuzz"};
    struct command_line line;
    struct job *job = words_memory(NULL, 1, sizeof *job);
    int code = TOOL_EXIT_USAGE;
    *job = (struct job){.command = self, .values = &values};
    if (command_read(self, argc, argv, &values, &line))
        code = program_of_line(&job->program, self, &values.program, &line);
    command_line_release(&line);
    if (!code && job->program.flags.n)
        code = command_usage_error(self, "it takes no \"%s\"",
                                   job->program.flags.item[0]);
    if (!code)
        code = cover(job);
    program_release(&job->program);
    words_release(&values.corpus);
    free(job);
    return code;
}

static const struct command_flag flags[] = {
    {"html", COMMAND_TEXT, offsetof(struct values, html), "FILE",
     "where the page goes; default: .thresh/cover/NAME.html"},
    {"all", COMMAND_SWITCH, offsetof(struct values, all), NULL,
     "the whole frontier in the summary"},
    {"target", COMMAND_TEXT, offsetof(struct values, target), "NAME",
     "only the inputs of this target"},
    {"corpus", COMMAND_LIST, offsetof(struct values, corpus), "DIR",
     "a directory of inputs that are run besides; may be given several times"},
    {"testdata", COMMAND_TEXT, offsetof(struct values, testdata), "DIR",
     "saved inputs are in DIR/TARGET; default: testdata/fuzz"},
    {"cachedir", COMMAND_TEXT, offsetof(struct values, cache), "DIR",
     "found inputs are in DIR/TARGET; default: where the program keeps them"},
    {"compiler", COMMAND_TEXT,
     offsetof(struct values, program) +
         offsetof(struct program_flags, compiler),
     "NAME", "gcc, clang, gcc-12, or a path; otherwise as `thresh fuzz`"},
    {"jobs", COMMAND_COUNT,
     offsetof(struct values, program) + offsetof(struct program_flags, jobs),
     "N", "compile so many files at a time"},
};

const struct command command_cover = {
    .name = "cover",
    .summary = "show what the corpus covers in the sources",
    .usage = "[FLAGS] FILE.c... [COMPILER ARGUMENT...]\n[FLAGS] [BINARY]",
    .about =
        "Builds the program once more with counts of lines and branches (gcov "
        "under gcc, llvm-cov under clang), runs seeds, saved and found inputs, "
        "and writes a page of HTML and a summary: what is covered, the "
        "frontier (lines that are reached while one side of a branch is never "
        "taken, functions that are never called), and which lines are new "
        "since the corpus was measured last.\nWithout FILE.c and BINARY it is "
        "what was fuzzed last in this directory. A BINARY must have been built "
        "with `thresh cc -ftest-coverage` (gcc) or `thresh cc "
        "-fprofile-instr-generate -fcoverage-mapping` (clang).",
    .examples = "thresh cover\n"
                "thresh cover url_fuzz.c url.c --html=coverage.html\n"
                "thresh cover ./url_fuzz --corpus=corpus",
    COMMAND_FLAGS(flags),
    .mixed = true,
    .run = run,
};
