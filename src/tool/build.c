/* SPDX-License-Identifier: MIT
 *
 * See build.h. The order: read the words as a compiler would, find out what is
 * out of date, compile that, link if anything that goes into the program has
 * changed.
 */
#include "tool/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "platform/platform.h"
#include "tool/cc_files.h"
#include "tool/cc_input.h"
#include "tool/cc_line.h"
#include "tool/fingerprint.h"
#include "tool/sanitizers.h"
#include "tool/tasks.h"
#include "tool/tool.h"

#define OBJECTS     BUILD_DIR "/obj"
#define KEY_DIGITS  24
#define SOURCE_MAX  ((size_t)64 << 20)
#define MADE_SUFFIX "made"

/* A source and the object it becomes. */
struct unit {
    const char *source;
    size_t word; /* its place in the line */
    char key[KEY_DIGITS + 1];
    char made[FINGERPRINT_SIZE]; /* of what the object was made from */
};

struct build {
    const struct build_spec *spec;
    struct thresh_err *err;
    uint64_t began_us;
    struct words words; /* the line's, with what is added to them */
    struct cc_line line;
    struct cc_compiler compiler;
    struct cc_files files; /* the engine */
    bool cxx;              /* a source is C++ */
    struct unit *units;
    size_t nunits;
    size_t nfailed;
    char sanitizers[64]; /* that are added */
    char *program;       /* CC_MAX_PATH */
};

static int fail(const struct build *b)
{
    return b->err->code == THRESH_EUSAGE
               ? command_usage_error(b->spec->command, "%s", b->err->msg)
               : command_failed(b->spec->command, "%s", b->err->msg);
}

/* ---- what is to be built ---- */

bool build_is_source(const char *word)
{
    enum cc_input kind = cc_input_kind(word, NULL);
    return word[0] != '-' &&
           (kind == CC_INPUT_SOURCE || kind == CC_INPUT_PREPROCESSED_ASSEMBLY ||
            kind == CC_INPUT_OTHER);
}

static bool is_cxx(const char *source)
{
    static const char *const suffixes[] = {"cc",  "cp",  "cxx", "cpp",
                                           "CPP", "c++", "C",   "ii"};
    const char *dot = strrchr(source, '.');
    for (size_t i = 0; dot && i < sizeof suffixes / sizeof suffixes[0]; i++)
        if (strcmp(dot + 1, suffixes[i]) == 0)
            return true;
    return false;
}

static int take_words(struct build *b)
{
    const struct command *command = b->spec->command;
    cc_line_read(&b->line, b->words.item);
    b->units = words_memory(NULL, b->line.nwords + 1, sizeof *b->units);
    for (size_t i = 0; i < b->line.nwords; i++) {
        const struct cc_word *word = &b->line.word[i];
        if (!word->text)
            continue;
        if (word->role == CC_ROLE_PURPOSE)
            return command_usage_error(
                command,
                "\"%s\" can't be used here: a program is built and run; for "
                "any other command of a compiler there is `thresh cc`",
                word->text);
        if (word->role != CC_ROLE_SOURCE)
            continue;
        if (!platform_is_file(word->text))
            return command_usage_error(command, "there is no file %s",
                                       word->text);
        b->units[b->nunits++] = (struct unit){.source = word->text, .word = i};
        b->cxx |= is_cxx(word->text);
    }
    if (b->nunits + b->line.objects.n == 0)
        return command_usage_error(command, "no source file is named");
    return 0;
}

/* Whether a file defines a target. */
static bool has_target(const char *path)
{
    uint8_t *data;
    size_t size;
    if (platform_read_file(path, SOURCE_MAX, &data, &size, NULL))
        return false;
    char *text = words_memory(data, size + 1, 1);
    text[size] = '\0';
    bool found = strstr(text, "THRESH_TARGET(") ||
                 strstr(text, "LLVMFuzzerTestOneInput");
    free(text);
    return found;
}

/* The program is called after the file of its target: that of tests/fuzz_url.c
 * is .thresh/bin/tests/fuzz_url. So it stays where it is when it is built anew,
 * which its cache of found inputs is named for. */
static int name_program(struct build *b)
{
    const char *folder = b->spec->folder ? b->spec->folder : "bin";
    const char *source = b->nunits ? b->units[0].source : "fuzz";
    for (size_t i = 0; b->nunits > 1 && i < b->nunits; i++)
        if (has_target(b->units[i].source)) {
            source = b->units[i].source;
            break;
        }
    int n = snprintf(b->program, CC_MAX_PATH, BUILD_DIR "/%s", folder);
    /* Each part of the path; ".." must not lead out. */
    for (const char *part = source; n > 0 && n < CC_MAX_PATH && *part;) {
        size_t length = strcspn(part, "/\\:");
        const char *next = part + length + (part[length] != '\0');
        const char *dot = *next ? NULL : strrchr(part, '.');
        bool up = length == 2 && memcmp(part, "..", 2) == 0;
        if (dot && dot > part)
            length = (size_t)(dot - part);
        if (length && !(length == 1 && *part == '.'))
            n += snprintf(b->program + n, CC_MAX_PATH - (size_t)n, "/%.*s",
                          up ? 2 : (int)length, up ? "up" : part);
        part = next;
    }
    if (n > 0 && n < CC_MAX_PATH && cc_compiler_is_coff(&b->compiler))
        n += snprintf(b->program + n, CC_MAX_PATH - (size_t)n, ".exe");
    if (n < 0 || n >= CC_MAX_PATH - 64)
        return command_failed(b->spec->command, "the path %s is too long",
                              source);
    return 0;
}

/* ---- flags that are added ---- */

static bool is_given(const struct build *b, const char *prefix)
{
    for (size_t i = 0; i < b->spec->words->n; i++)
        if (strncmp(b->spec->words->item[i], prefix, strlen(prefix)) == 0)
            return true;
    return false;
}

/* gcc's arc counters are there in any case; what they mean is in its notes. */
static void add_coverage(struct build *b)
{
    if (b->compiler.family == CC_GCC) {
        words_add(&b->words, "-ftest-coverage");
        return;
    }
    words_add(&b->words, "-fprofile-instr-generate");
    words_add(&b->words, "-fcoverage-mapping");
}

/* Sanitizers, so that mistakes show, and a little optimisation, since without
 * any a search gets through half of the executions; what the user says wins. */
static int add_flags(struct build *b)
{
    const char *wanted = b->spec->sanitize;
    for (size_t i = 0; i < b->spec->words->n; i++)
        words_add(&b->words, b->spec->words->item[i]);
    if (!is_given(b, "-O"))
        words_add(&b->words, b->spec->coverage ? "-O0" : "-O1");
    if (b->spec->coverage)
        add_coverage(b);
    if (is_given(b, "-fsanitize=") || (wanted && strcmp(wanted, "none") == 0))
        return 0;
    if (!wanted) {
        int rc =
            sanitizers_find(&b->compiler, BUILD_DIR, b->sanitizers, b->err);
        if (rc)
            return rc < 0 ? fail(b) : TOOL_EXIT_INTERRUPTED;
        wanted = b->sanitizers;
        if (!*wanted)
            (void)fprintf(stderr,
                          "thresh %s: %s has no sanitizers here, so that fewer "
                          "mistakes show; `thresh doctor` tells more\n",
                          b->spec->command->name, b->compiler.path);
    }
    if (*wanted)
        words_addf(&b->words, "-fsanitize=%s", wanted);
    return 0;
}

/* ---- compiling ---- */

static void begin_command(const struct build *b, struct words *argv, bool cxx)
{
    words_add(argv, "thresh");
    words_add(argv, cxx ? "c++" : "cc");
    words_addf(argv, "--compiler=%s", b->compiler.path);
    if (b->line.no_fuzzing_macro)
        words_add(argv, "--no-fuzzing-macro");
}

static void compile_command(const struct build *b, const struct unit *unit,
                            struct words *argv)
{
    begin_command(b, argv, is_cxx(unit->source));
    for (size_t i = 0; i < b->line.nwords; i++) {
        const struct cc_word *word = &b->line.word[i];
        if (word->text && word->role == CC_ROLE_OPTION)
            words_add(argv, word->text);
    }
    words_add(argv, "-c");
    words_add(argv, unit->source);
}

static void object_path(const struct unit *unit, const char *suffix,
                        char path[CC_MAX_PATH])
{
    (void)snprintf(path, CC_MAX_PATH, OBJECTS "/%s.%s", unit->key, suffix);
}

/* Names an object for the command that makes it. */
static void key_unit(const struct build *b, struct unit *unit)
{
    struct fingerprint f;
    struct words argv = {0};
    compile_command(b, unit, &argv);
    fingerprint_begin(&f);
    fingerprint_add_words(&f, &argv);
    fingerprint_add(&f, b->compiler.target);
    /* The flags that the wrapper adds are this program's. */
    fingerprint_add_file(&f, platform_self_path());
    fingerprint_end(&f);
    memcpy(unit->key, f.text, KEY_DIGITS);
    unit->key[KEY_DIGITS] = '\0';
    words_release(&argv);
}

/* What an object's sources are now; false if that is not known. */
static bool fingerprint_sources(const struct unit *unit, char text[])
{
    char path[CC_MAX_PATH];
    struct words files = {0};
    struct fingerprint f;
    object_path(unit, "d", path);
    bool known = fingerprint_read_dependencies(path, &files);
    fingerprint_begin(&f);
    for (size_t i = 0; i < files.n; i++)
        fingerprint_add_file(&f, files.item[i]);
    fingerprint_end(&f);
    memcpy(text, f.text, FINGERPRINT_SIZE);
    words_release(&files);
    return known;
}

/* Whether a file holds this text. */
static bool holds(const char *path, const char *text)
{
    uint8_t *data;
    size_t size;
    if (platform_read_file(path, FINGERPRINT_SIZE, &data, &size, NULL))
        return false;
    bool same = size == strlen(text) && memcmp(data, text, size) == 0;
    free(data);
    return same;
}

static bool is_up_to_date(struct unit *unit)
{
    char path[CC_MAX_PATH];
    object_path(unit, "o", path);
    if (!platform_is_file(path) || !fingerprint_sources(unit, unit->made))
        return false;
    object_path(unit, MADE_SUFFIX, path);
    return holds(path, unit->made);
}

static bool compiled(void *ctx, struct task *task)
{
    struct build *b = ctx;
    struct unit *unit = &b->units[task->tag];
    char name[KEY_DIGITS + 8];
    if (task->output[0])
        (void)fputs(task->output, stderr);
    if (!task_is_good(task)) {
        b->nfailed++;
        return false;
    }
    (void)snprintf(name, sizeof name, "%s." MADE_SUFFIX, unit->key);
    if (fingerprint_sources(unit, unit->made))
        (void)platform_write_file(OBJECTS, name, unit->made, strlen(unit->made),
                                  NULL);
    return true;
}

static size_t list_stale(struct build *b, struct task *tasks)
{
    size_t n = 0;
    for (size_t i = 0; i < b->nunits; i++) {
        char path[CC_MAX_PATH];
        struct unit *unit = &b->units[i];
        key_unit(b, unit);
        if (is_up_to_date(unit))
            continue;
        struct task *task = &tasks[n++];
        *task = (struct task){.tag = i};
        compile_command(b, unit, &task->argv);
        words_add(&task->argv, "-o");
        object_path(unit, "o", path);
        words_add(&task->argv, path);
        words_add(&task->argv, "-MD");
        words_add(&task->argv, "-MF");
        object_path(unit, "d", path);
        words_add(&task->argv, path);
    }
    return n;
}

static int compile(struct build *b)
{
    struct task *tasks = words_memory(NULL, b->nunits + 1, sizeof *tasks);
    size_t n = list_stale(b, tasks);
    uint64_t parallel = b->spec->parallel;
    if (n)
        (void)fprintf(stderr,
                      "thresh %s: compiling %zu of %zu source files (%s%s%s)\n",
                      b->spec->command->name, n, b->nunits, b->compiler.path,
                      b->sanitizers[0] ? " -fsanitize=" : "", b->sanitizers);
    int rc = platform_make_dirs(OBJECTS, b->err);
    if (!rc)
        rc = tasks_run(tasks, n,
                       parallel ? (size_t)parallel : platform_cpu_count(),
                       compiled, b, b->err);
    for (size_t i = 0; i < n; i++)
        task_release(&tasks[i]);
    free(tasks);
    if (rc)
        return rc < 0 ? fail(b) : TOOL_EXIT_INTERRUPTED;
    if (b->nfailed)
        return command_failed(b->spec->command,
                              "it does not compile; see above");
    return 0;
}

/* ---- linking ---- */

static void link_command(const struct build *b, struct words *argv)
{
    char path[CC_MAX_PATH];
    size_t next = 0;
    begin_command(b, argv, b->cxx);
    for (size_t i = 0; i < b->line.nwords; i++) {
        const struct cc_word *word = &b->line.word[i];
        if (next < b->nunits && b->units[next].word == i) {
            object_path(&b->units[next++], "o", path);
            words_add(argv, path);
        } else if (word->text) {
            words_add(argv, word->text);
        }
    }
    words_add(argv, "-o");
    words_add(argv, b->program);
}

/* Takes in the libraries that -l finds where -L says; those of the system are
 * taken to be what they are. */
static void fingerprint_libraries(const struct build *b, struct fingerprint *f)
{
    static const char *const suffixes[] = {"so", "a", "dll.a"};
    const struct cc_line *line = &b->line;
    for (size_t i = 0; i < line->libraries.n * line->library_dirs.n; i++)
        for (size_t k = 0; k < sizeof suffixes / sizeof suffixes[0]; k++) {
            char path[CC_MAX_PATH];
            (void)snprintf(path, sizeof path, "%s/lib%s.%s",
                           line->library_dirs.item[i % line->library_dirs.n],
                           line->libraries.item[i / line->library_dirs.n],
                           suffixes[k]);
            if (platform_is_file(path))
                fingerprint_add_file(f, path);
        }
}

static void fingerprint_program(const struct build *b, const struct words *argv,
                                char text[FINGERPRINT_SIZE])
{
    struct fingerprint f;
    fingerprint_begin(&f);
    fingerprint_add_words(&f, argv);
    for (size_t i = 0; i < b->nunits; i++)
        fingerprint_add(&f, b->units[i].made);
    for (size_t i = 0; i < b->line.objects.n; i++)
        fingerprint_add_file(&f, b->line.objects.item[i]);
    fingerprint_libraries(b, &f);
    fingerprint_add_file(&f, b->files.archive);
    fingerprint_end(&f);
    memcpy(text, f.text, FINGERPRINT_SIZE);
}

static int run_linker(struct build *b, struct words *argv)
{
    struct task task = {.argv = *argv};
    *argv = (struct words){0};
    int rc = tasks_run(&task, 1, 1, NULL, NULL, b->err);
    bool good = task_is_good(&task);
    if (task.output && task.output[0])
        (void)fputs(task.output, stderr);
    task_release(&task);
    if (rc)
        return rc < 0 ? fail(b) : TOOL_EXIT_INTERRUPTED;
    if (!good)
        return command_failed(b->spec->command,
                              "it does not link; see above. Sources and "
                              "libraries it misses are to be named, too");
    return 0;
}

static int link_program(struct build *b)
{
    char made[FINGERPRINT_SIZE], path[CC_MAX_PATH];
    struct words argv = {0};
    link_command(b, &argv);
    fingerprint_program(b, &argv, made);
    (void)snprintf(path, sizeof path, "%s." MADE_SUFFIX, b->program);
    if (platform_is_file(b->program) && holds(path, made)) {
        words_release(&argv);
        return 0;
    }
    (void)platform_remove_file(path, NULL);
    char *slash = strrchr(b->program, '/');
    *slash = '\0';
    int rc = platform_make_dirs(b->program, b->err);
    *slash = '/';
    int code = rc ? fail(b) : run_linker(b, &argv);
    words_release(&argv);
    if (code)
        return code;
    slash = strrchr(path, '/');
    *slash = '\0';
    (void)platform_write_file(path, slash + 1, made, strlen(made), NULL);
    (void)fprintf(stderr, "thresh %s: built %s in %.1f s\n",
                  b->spec->command->name, b->program,
                  (double)(platform_now_us() - b->began_us) / 1e6);
    return 0;
}

/* ---- all of it ---- */

/* Makes .thresh, which version control shall not see. */
static int make_dir(struct build *b)
{
    static const char ignore[] = "*\n";
    int rc = platform_make_dirs(BUILD_DIR, b->err);
    if (!rc)
        rc = platform_write_file(BUILD_DIR, ".gitignore", ignore,
                                 sizeof ignore - 1, b->err);
    return rc ? fail(b) : 0;
}

/* --compiler=NAME is among the words. */
static const char *wanted_compiler(const struct build *b)
{
    static const char flag[] = "--compiler=";
    const char *wanted = NULL;
    for (size_t i = 0; i < b->spec->words->n; i++)
        if (strncmp(b->spec->words->item[i], flag, sizeof flag - 1) == 0)
            wanted = b->spec->words->item[i] + sizeof flag - 1;
    return wanted;
}

static int build(struct build *b)
{
    if (b->spec->words->n == 0)
        return command_usage_error(b->spec->command, "no source file is named");
    if (cc_compiler_find(&b->compiler, wanted_compiler(b), false, b->err) ||
        cc_compiler_ask(&b->compiler, b->err))
        return fail(b);
    cc_files_find(&b->files, &b->compiler);
    int code = make_dir(b);
    if (!code)
        code = add_flags(b);
    if (!code)
        code = take_words(b);
    if (!code)
        code = name_program(b);
    if (!code)
        code = compile(b);
    if (!code)
        code = link_program(b);
    return code;
}

int build_program(const struct build_spec *spec, char program[CC_MAX_PATH])
{
    struct thresh_err err = {0};
    struct build b = {.spec = spec,
                      .err = &err,
                      .program = program,
                      .began_us = platform_now_us()};
    int code = build(&b);
    free(b.units);
    cc_line_release(&b.line);
    cc_files_release(&b.files);
    words_release(&b.words);
    return code;
}
