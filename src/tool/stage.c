/* SPDX-License-Identifier: MIT
 *
 * See stage.h.
 */
#include "tool/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/platform.h"
#include "tool/folder.h"
#include "tool/tasks.h"
#include "tool/tool.h"

#define FILE_MAX ((size_t)256 << 20)

/* ---- targets ---- */

static int list_targets(struct stage *stage)
{
    struct thresh_err err;
    struct task task = {.path = stage->program->path};
    words_add(&task.argv, stage->program->path);
    words_add(&task.argv, "-list=.");
    int rc = tasks_run(&task, 1, 1, NULL, NULL, &err);
    int code = rc < 0 ? command_failed(stage->command, "%s", err.msg)
               : rc   ? TOOL_EXIT_INTERRUPTED
                      : 0;
    if (!code && !task_is_good(&task))
        code = command_failed(stage->command,
                              "%s does not tell its targets; is it a program "
                              "built with Thresh? It says:\n%s",
                              task.argv.item[0], task.output);
    for (char *line = task.output; !code && line && *line;) {
        size_t length = strcspn(line, "\r\n");
        if (length)
            words_addf(&stage->targets, "%.*s", (int)length, line);
        line += length + strspn(line + length, "\r\n");
    }
    task_release(&task);
    if (!code && stage->targets.n == 0)
        code = command_failed(stage->command, "%s has no targets",
                              stage->program->path);
    return code;
}

static bool has(const struct words *words, const char *text, size_t length,
                size_t *at)
{
    for (*at = 0; *at < words->n; (*at)++)
        if (strlen(words->item[*at]) == length &&
            memcmp(words->item[*at], text, length) == 0)
            return true;
    return false;
}

const char *stage_target(const struct stage *stage, const char *path,
                         const char *target)
{
    const struct words *targets = &stage->targets;
    size_t at;
    if (target) {
        if (has(targets, target, strlen(target), &at))
            return targets->item[at];
        (void)command_usage_error(stage->command,
                                  "%s has no target \"%s\"; -list=. tells its "
                                  "targets",
                                  stage->program->path, target);
        return NULL;
    }
    const char *end = path + strlen(path);
    while (end > path && end[-1] != '/' && end[-1] != '\\')
        end--;
    const char *dir = end > path ? --end : end;
    while (dir > path && dir[-1] != '/' && dir[-1] != '\\')
        dir--;
    if (has(targets, dir, (size_t)(end - dir), &at))
        return targets->item[at];
    if (targets->n == 1)
        return targets->item[0];
    (void)command_usage_error(stage->command,
                              "%s has %zu targets; which one %s is for must be "
                              "told: --target=NAME (%s, %s%s)",
                              stage->program->path, targets->n, path,
                              targets->item[0], targets->item[1],
                              targets->n > 2 ? ", ..." : "");
    return NULL;
}

/* ---- files ---- */

int stage_begin(struct stage *stage, const struct command *command,
                const struct program *program)
{
    *stage = (struct stage){.command = command, .program = program};
    folder_remove(STAGE_DIR);
    return list_targets(stage);
}

struct copying {
    const char *from;
    const char *to;
    struct thresh_err *err;
};

static int copy(void *ctx, const char *name)
{
    const struct copying *c = ctx;
    char path[CC_MAX_PATH];
    uint8_t *data;
    size_t size;
    (void)snprintf(path, sizeof path, "%s/%s", c->from, name);
    int rc = platform_read_file(path, FILE_MAX, &data, &size, c->err);
    if (rc)
        return rc;
    rc = platform_write_file(c->to, name, data, size, c->err);
    free(data);
    return rc;
}

/* What must run before it, if anything. */
static int copy_history(const char *path, const char *dir, const char *name,
                        struct thresh_err *err)
{
    char from[CC_MAX_PATH + 8];
    char to[2 * CC_MAX_PATH];
    struct copying c = {from, to, err};
    (void)snprintf(from, sizeof from, "%s.before", path);
    (void)snprintf(to, sizeof to, "%s/%s.before", dir, name);
    return platform_list_dir(from, copy, &c, err);
}

/* A name that no other file here has. */
static void name_copy(struct stage *stage, const char *path, unsigned number)
{
    const char *name = path;
    size_t at;
    for (const char *p = path; *p; p++)
        if (*p == '/' || *p == '\\')
            name = p + 1;
    if (number == 0 && !has(&stage->names, name, strlen(name), &at))
        words_add(&stage->names, name);
    else
        words_addf(&stage->names, "%s-%zu", name, stage->names.n + 1);
}

int stage_add(struct stage *stage, const char *path, const char *target,
              unsigned copies)
{
    struct thresh_err err;
    uint8_t *data;
    size_t size, at;
    char dir[CC_MAX_PATH];
    target = stage_target(stage, path, target);
    if (!target)
        return TOOL_EXIT_USAGE;
    if (platform_read_file(path, FILE_MAX, &data, &size, &err))
        return command_failed(stage->command, "%s", err.msg);
    (void)snprintf(dir, sizeof dir, STAGE_DIR "/%s", target);
    if (!has(&stage->used, target, strlen(target), &at))
        words_add(&stage->used, target);
    int rc = 0;
    for (unsigned i = 0; !rc && i < copies; i++) {
        name_copy(stage, path, i);
        const char *name = stage->names.item[stage->names.n - 1];
        rc = platform_write_file(dir, name, data, size, &err);
        if (!rc)
            rc = copy_history(path, dir, name, &err);
    }
    free(data);
    return rc ? command_failed(stage->command, "%s", err.msg) : 0;
}

/* A name as a pattern. */
static void add_escaped(struct buf *out, const char *name)
{
    for (; *name; name++) {
        if (strchr("\\.+*?()|[]{}^$/", *name))
            buf_add_char(out, '\\');
        buf_add_char(out, *name);
    }
}

void stage_add_pattern(struct words *out, const char *flag, const char *target)
{
    struct buf pattern;
    buf_init(&pattern, 1 << 20);
    add_escaped(&pattern, target);
    words_addf(out, "%s=^%s$", flag, buf_text(&pattern));
    buf_release(&pattern);
}

void stage_arguments(const struct stage *stage, struct words *out)
{
    words_add(out, "-testdata=" STAGE_DIR);
    words_add(out, "-skip=.*/^seed#[0-9]+$");
    struct buf run;
    buf_init(&run, 1 << 20);
    for (size_t i = 0; i < stage->used.n; i++) {
        if (i)
            buf_add_char(&run, '|');
        add_escaped(&run, stage->used.item[i]);
    }
    words_addf(out, "-run=^(%s)$", buf_text(&run));
    buf_release(&run);
}

void stage_end(struct stage *stage)
{
    folder_remove(STAGE_DIR);
    words_release(&stage->targets);
    words_release(&stage->used);
    words_release(&stage->names);
}
