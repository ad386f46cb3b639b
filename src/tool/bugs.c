/* SPDX-License-Identifier: MIT
 *
 * `thresh bugs`: the failures saved so far, as bugs: files that fail in the same
 * way are one. The program runs every file several times, as tests, and tells
 * how each run ended (-json); nothing is remembered between calls, so that what
 * is told is true of the program as it is now.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/parse.h"
#include "platform/platform.h"
#include "platform/tool.h"
#include "tool/json_read.h"
#include "tool/stage.h"
#include "tool/tasks.h"
#include "tool/tool.h"

#define PLACE_SIZE 512u

struct values {
    const char *testdata;
    uint64_t runs;
};

static const struct command_flag flags[] = {
    {.name = "runs",
     .type = COMMAND_COUNT,
     .offset = offsetof(struct values, runs),
     .value = "N",
     .help = "run each file so many times; default 5"},
    {.name = "testdata",
     .type = COMMAND_TEXT,
     .offset = offsetof(struct values, testdata),
     .value = "DIR",
     .help = "saved inputs are in DIR/TARGET; default testdata/fuzz"},
};

/* A saved file. */
struct saved {
    char *path;
    const char *target;
    size_t first_name; /* of its copies on the stage */
    uint64_t modified; /* seconds since 1970; 0: unknown */
    uint64_t size;
    unsigned failed; /* runs */
    unsigned ran;
    /* Of its first failing run; NULL: it passes. */
    char *signature;
    char *title;
    char *kind;
    char place[PLACE_SIZE];
    bool listed;
};

struct bugs {
    const struct command *self;
    const struct values *values;
    struct stage stage;
    struct saved *list;
    size_t n;
    size_t capacity;
    const char *dir; /* that is being listed, and its target */
    const char *target;
    int code; /* that ends the listing */
};

static char *copy(const char *text)
{
    char *own = words_memory(NULL, strlen(text) + 1, 1);
    memcpy(own, text, strlen(text) + 1);
    return own;
}

/* ---- the files ---- */

static int add_file(void *ctx, const char *name)
{
    struct bugs *b = ctx;
    struct words path = {0};
    uint8_t *data;
    size_t size = 0;
    words_addf(&path, "%s/%s", b->dir, name);
    if (b->n == b->capacity) {
        b->capacity = b->capacity ? 2 * b->capacity : 64;
        b->list = words_memory(b->list, b->capacity, sizeof *b->list);
    }
    if (platform_read_file(path.item[0], SIZE_MAX - 1, &data, &size, NULL) == 0)
        free(data);
    b->list[b->n++] = (struct saved){
        .path = copy(path.item[0]),
        .target = b->target,
        .first_name = b->stage.names.n,
        .modified = platform_modified_seconds(path.item[0]),
        .size = size,
    };
    b->code = stage_add(&b->stage, path.item[0], b->target,
                        (unsigned)b->values->runs);
    words_release(&path);
    return b->code;
}

static int list_files(struct bugs *b)
{
    struct thresh_err err;
    for (size_t i = 0; i < b->stage.targets.n; i++) {
        struct words dir = {0};
        b->target = b->stage.targets.item[i];
        words_addf(&dir, "%s/%s", b->values->testdata, b->target);
        b->dir = dir.item[0];
        int rc = platform_list_dir(b->dir, add_file, b, &err);
        words_release(&dir);
        if (b->code)
            return b->code;
        if (rc)
            return command_failed(b->self, "%s", err.msg);
    }
    return 0;
}

/* ---- how they end ---- */

/* The saved file that an event's "TARGET/NAME" is of, or NULL. */
static struct saved *find(struct bugs *b, const char *name)
{
    for (size_t i = 0; i < b->n; i++) {
        struct saved *s = &b->list[i];
        size_t length = strlen(s->target);
        if (strncmp(name, s->target, length) != 0 || name[length] != '/')
            continue;
        for (uint64_t k = 0; k < b->values->runs; k++)
            if (strcmp(name + length + 1,
                       b->stage.names.item[s->first_name + k]) == 0)
                return s;
    }
    return NULL;
}

/* The topmost frame in the project. */
static void take_place(struct saved *s, const struct json_value *event)
{
    const struct json_value *frame = json_get_first(event, "stack");
    for (; frame; frame = frame->next) {
        const char *file = json_get_text(frame, "file", "");
        const char *function = json_get_text(frame, "function", "");
        const char *slash = strrchr(file, '/');
        /* What THRESH_TARGET calls a target's body. */
        if (strncmp(function, "thresh_body_", 12) == 0)
            function += 12;
        const struct json_value *project = json_get(frame, "project");
        if (!project || project->number == 0)
            continue;
        if (*file)
            (void)snprintf(s->place, sizeof s->place, "%s:%.0f %s",
                           slash ? slash + 1 : file,
                           json_get_number(frame, "line", 0), function);
        else
            (void)snprintf(s->place, sizeof s->place, "%s", function);
        return;
    }
}

static void take_event(struct bugs *b, const struct json_value *event)
{
    const char *what = json_get_text(event, "event", "");
    struct saved *s = find(b, json_get_text(event, "name", ""));
    if (!s)
        return;
    if (strcmp(what, "result") == 0)
        s->ran++;
    if (strcmp(what, "failed") != 0 ||
        strcmp(json_get_text(event, "kind", ""), "error") == 0)
        return;
    s->failed++;
    if (s->signature)
        return;
    s->signature = copy(json_get_text(event, "signature", ""));
    s->title = copy(json_get_text(event, "title", ""));
    s->kind = copy(json_get_text(event, "kind", ""));
    take_place(s, event);
}

/* Events are lines of their own among others. */
static void take_output(struct bugs *b, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        struct json_doc doc;
        if (*text == '{' && json_read(&doc, text, length, NULL) == 0) {
            take_event(b, doc.root);
            json_release(&doc);
        }
        text += length + (text[length] != '\0');
    }
}

static int run_all(struct bugs *b, const struct words *rest)
{
    struct thresh_err err;
    const struct program *program = b->stage.program;
    struct task task = {.path = program->path};
    int code = 0;
    words_add(&task.argv, program->path);
    words_add(&task.argv, "-json");
    stage_arguments(&b->stage, &task.argv);
    for (size_t i = 0; i < rest->n; i++)
        words_add(&task.argv, rest->item[i]);
    int rc = tasks_run(&task, 1, 1, NULL, NULL, &err);
    if (rc < 0)
        code = command_failed(b->self, "%s", err.msg);
    else if (rc > 0)
        code = TOOL_EXIT_INTERRUPTED;
    else if (task.exit.kind != PLATFORM_EXITED || task.exit.code > 1)
        code = command_failed(b->self, "the files can't be run; %s says:\n%s",
                              program->path, task.output);
    else
        take_output(b, task.output);
    task_release(&task);
    return code;
}

/* ---- telling ---- */

static bool is_same(const struct saved *a, const struct saved *b)
{
    return b->signature && strcmp(a->target, b->target) == 0 &&
           strcmp(a->signature, b->signature) == 0;
}

static void tell_bug(const struct bugs *b, const struct saved *one,
                     size_t number)
{
    const struct saved *smallest = one;
    uint64_t first = one->modified;
    size_t files = 0;
    char when[UTC_TEXT_SIZE];
    for (size_t i = 0; i < b->n; i++) {
        struct saved *other = &b->list[i];
        if (!is_same(one, other))
            continue;
        files++;
        other->listed = true;
        if (other->size < smallest->size)
            smallest = other;
        if (other->modified && other->modified < first)
            first = other->modified;
    }
    format_utc(when, first);
    when[10] = '\0'; /* the day alone */
    (void)printf("%zu. %s: %s (%s)\n", number, one->target, one->title,
                 one->kind);
    if (one->place[0])
        (void)printf("   at         %s\n", one->place);
    (void)printf("   first seen %s, reproducible %u/%u\n", when,
                 smallest->failed, smallest->ran);
    (void)printf("   smallest   %s (%llu bytes%s", smallest->path,
                 (unsigned long long)smallest->size, files > 1 ? "" : ")\n");
    if (files > 1)
        (void)printf("; %zu files)\n", files);
    (void)printf("   signature  %s\n\n", one->signature);
}

static int tell(struct bugs *b)
{
    size_t number = 0, passing = 0, without = 0;
    for (size_t i = 0; i < b->n; i++) {
        struct saved *s = &b->list[i];
        passing += !s->signature && s->ran;
        without += !s->ran;
        if (s->signature && !s->listed)
            tell_bug(b, s, ++number);
    }
    (void)printf("%zu bug%s in %zu saved file%s", number,
                 number == 1 ? "" : "s", b->n, b->n == 1 ? "" : "s");
    if (passing)
        (void)printf("; %zu pass%s: seeds, or mended", passing,
                     passing == 1 ? "es" : "");
    if (without)
        (void)printf("; %zu could not be run", without);
    (void)putchar('\n');
    return number ? TOOL_EXIT_FAILURE : TOOL_EXIT_OK;
}

static int bugs(const struct command *self, const struct values *values,
                struct command_line *line)
{
    struct program program;
    struct bugs b = {.self = self, .values = values};
    int code = program_of_operands(&program, self, &line->operands);
    if (!code && line->operands.n)
        code = command_usage_error(self, "\"%s\" is no program",
                                   line->operands.item[0]);
    if (!code)
        code = stage_begin(&b.stage, self, &program);
    if (!code)
        code = list_files(&b);
    if (!code && b.n)
        code = run_all(&b, &line->rest);
    if (!code)
        code = tell(&b);
    for (size_t i = 0; i < b.n; i++) {
        free(b.list[i].path);
        free(b.list[i].signature);
        free(b.list[i].title);
        free(b.list[i].kind);
    }
    free(b.list);
    stage_end(&b.stage);
    program_release(&program);
    return code;
}

static int run(const struct command *self, int argc, char *const *argv)
{
    struct values values = {.testdata = "testdata/fuzz", .runs = 5};
    struct command_line line;
    int code = TOOL_EXIT_USAGE;
    if (command_read(self, argc, argv, &values, &line))
        code = values.runs > 1000
                   ? command_usage_error(self, "--runs can be at most 1000")
                   : bugs(self, &values, &line);
    command_line_release(&line);
    return code;
}

const struct command command_bugs = {
    .name = "bugs",
    .summary = "list the saved failures as bugs",
    .usage = "[BINARY] [-- ARGUMENT...]",
    .about =
        "Runs every saved input of every target several times, and lists those "
        "that fail: one bug for each signature (kind and place of the "
        "failure), "
        "how often it came again, when its oldest file was written, and its "
        "smallest input. Ends with 1 if there is a bug.\n"
        "Without BINARY it is the program that was used last in this "
        "directory, "
        "built anew if its sources have changed.",
    .examples = "thresh bugs\nthresh bugs ./url_fuzz --runs=20",
    COMMAND_FLAGS(flags),
    .run = run,
};
