/* SPDX-License-Identifier: MIT
 *
 * See cover_data.h.
 */
#include "tool/cover_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/platform.h"
#include "tool/cc_compiler.h"
#include "tool/json_read.h"
#include "tool/words.h"

/* No source has more lines. */
#define LINES_MAX    10000000u
#define BRANCHES_MAX 4096u

static char *copy(const char *text, size_t size)
{
    char *out = words_memory(NULL, 1, size + 1);
    memcpy(out, text, size);
    out[size] = '\0';
    return out;
}

/* ---- files ---- */

/* Takes "." and "NAME/.." out of a path, in place. */
static void normalise(char *path)
{
    char *out = path;
    for (const char *in = path; *in;) {
        size_t n = strcspn(in, "/");
        const char *next = in + n + (in[n] == '/');
        bool up = n == 2 && in[0] == '.' && in[1] == '.';
        char *last = out > path && out[-1] == '/' ? out - 1 : out;
        while (last > path && last[-1] != '/')
            last--;
        bool can_go_up = out > path + 1 && strncmp(last, "../", 3) != 0;
        if (up && can_go_up) {
            out = last;
        } else if (!(n == 1 && *in == '.')) {
            memmove(out, in, (size_t)(next - in));
            out += next - in;
        }
        in = next;
    }
    *out = '\0';
}

/* The path as it is shown: `name` as the compiler was given it in `dir`. */
static void shown_path(char out[CC_MAX_PATH], const char *dir, const char *name)
{
    char here[CC_MAX_PATH];
    bool whole = name[0] == '/' || (name[0] && name[1] == ':') || !*dir;
    (void)snprintf(out, CC_MAX_PATH, "%s%s%s", whole ? "" : dir,
                   whole ? "" : "/", name);
    normalise(out);
    if (platform_current_dir(here, sizeof here, NULL))
        return;
    size_t n = strlen(here);
    if (strncmp(out, here, n) == 0 && out[n] == '/')
        memmove(out, out + n + 1, strlen(out + n + 1) + 1);
}

/* Not the user's. */
static bool is_foreign(const char *path)
{
    const char *base = strrchr(path, '/');
    return strncmp(path, "/usr/", 5) == 0 ||
           strcmp(base ? base + 1 : path, "thresh.h") == 0 ||
           strcmp(path, "<built-in>") == 0;
}

/* The file of this path; NULL if it is left out. */
static struct cover_file *file_of(struct cover *c, const char *dir,
                                  const char *name)
{
    char path[CC_MAX_PATH];
    shown_path(path, dir, name);
    if (is_foreign(path))
        return NULL;
    for (size_t i = 0; i < c->nfiles; i++)
        if (strcmp(c->file[i].path, path) == 0)
            return &c->file[i];
    if (c->nfiles == c->room) {
        c->room = c->room ? 2 * c->room : 16;
        c->file = words_memory(c->file, c->room, sizeof *c->file);
    }
    c->file[c->nfiles] = (struct cover_file){.path = copy(path, strlen(path))};
    return &c->file[c->nfiles++];
}

/* NULL for a number that no line has. */
static struct cover_line *line_at(struct cover_file *f, double number)
{
    if (!(number >= 1 && number < LINES_MAX))
        return NULL;
    uint32_t n = (uint32_t)number;
    if (n >= f->nlines) {
        uint32_t more = n + n / 2 + 64;
        f->line = words_memory(f->line, more, sizeof *f->line);
        memset(f->line + f->nlines, 0, (more - f->nlines) * sizeof *f->line);
        f->nlines = more;
    }
    return &f->line[n];
}

static void add_branch(struct cover_line *line, uint32_t index, double count)
{
    if (index >= BRANCHES_MAX)
        return;
    if (index >= line->nbranches) {
        line->branch =
            words_memory(line->branch, index + 1, sizeof *line->branch);
        memset(line->branch + line->nbranches, 0,
               (index + 1 - line->nbranches) * sizeof *line->branch);
        line->nbranches = index + 1;
    }
    line->branch[index] += (uint64_t)count;
}

/* The name as its source has it: without the file that clang puts before those
 * of static functions, targets as they are called; NULL for what Thresh's macros
 * define besides. */
static const char *source_name(const char *name)
{
    static const char body[] = "thresh_body_";
    const char *colon = strchr(name, ':');
    if (colon && colon[1] != ':')
        name = colon + 1;
    if (strncmp(name, body, sizeof body - 1) == 0)
        return name + sizeof body - 1;
    return strncmp(name, "thresh_", 7) == 0 ? NULL : name;
}

static void add_function(struct cover_file *f, const char *name, double line,
                         double count)
{
    name = source_name(name);
    if (!name)
        return;
    size_t n = f->nfunctions;
    for (size_t i = 0; i < n; i++)
        if (strcmp(f->function[i].name, name) == 0 &&
            f->function[i].line == (uint32_t)line) {
            f->function[i].count += (uint64_t)count;
            return;
        }
    if ((n & (n - 1)) == 0)
        f->function =
            words_memory(f->function, n ? 2 * n : 1, sizeof *f->function);
    f->function[f->nfunctions++] =
        (struct cover_function){.name = copy(name, strlen(name)),
                                .line = (uint32_t)line,
                                .count = (uint64_t)count};
}

/* ---- gcov ---- */

static double at_least_0(const struct json_value *v, const char *name)
{
    double number = json_get_number(v, name, 0);
    return number > 0 ? number : 0;
}

static void take_gcov_line(struct cover_file *f, const struct json_value *l)
{
    struct cover_line *line = line_at(f, json_get_number(l, "line_number", 0));
    uint32_t index = 0;
    if (!line)
        return;
    line->code = true;
    line->count += (uint64_t)at_least_0(l, "count");
    for (const struct json_value *b = json_get_first(l, "branches"); b;
         b = b->next) {
        const struct json_value *thrown = json_get(b, "throw");
        if (!thrown || thrown->number == 0)
            add_branch(line, index++, at_least_0(b, "count"));
    }
}

static void take_gcov(struct cover *c, const struct json_value *root)
{
    const char *dir = json_get_text(root, "current_working_directory", "");
    for (const struct json_value *v = json_get_first(root, "files"); v;
         v = v->next) {
        struct cover_file *f = file_of(c, dir, json_get_text(v, "file", ""));
        if (!f)
            continue;
        for (const struct json_value *fn = json_get_first(v, "functions"); fn;
             fn = fn->next)
            add_function(f,
                         json_get_text(fn, "demangled_name",
                                       json_get_text(fn, "name", "")),
                         at_least_0(fn, "start_line"),
                         at_least_0(fn, "execution_count"));
        for (const struct json_value *l = json_get_first(v, "lines"); l;
             l = l->next)
            take_gcov_line(f, l);
    }
}

int cover_read_gcov(struct cover *c, const char *text, struct thresh_err *err)
{
    bool any = false;
    while (*text) {
        size_t n = strcspn(text, "\n");
        struct json_doc doc;
        if (*text == '{') {
            int rc = json_read(&doc, text, n, err);
            if (rc)
                return rc;
            take_gcov(c, doc.root);
            json_release(&doc);
            any = true;
        }
        text += n + (text[n] == '\n');
    }
    return any ? 0
               : thresh_fail(err, THRESH_EFORMAT, "it tells of no source file");
}

/* ---- lcov ---- */

static void count_calls(struct cover_file *f, const char *name, double calls)
{
    for (size_t i = 0; name && i < f->nfunctions; i++)
        if (strcmp(f->function[i].name, name) == 0)
            f->function[i].count += (uint64_t)calls;
}

/* A line of the format, taken apart: "FN:12,name", "BRDA:3,0,1,-". */
static void take_lcov(struct cover *c, size_t *at, const char *text,
                      size_t size)
{
    char value[CC_MAX_PATH];
    const char *colon = memchr(text, ':', size);
    if (!colon || size - (size_t)(colon - text) > sizeof value)
        return;
    size_t key = (size_t)(colon - text), n = size - key - 1;
    memcpy(value, colon + 1, n);
    value[n] = '\0';
    if (key == 2 && memcmp(text, "SF", 2) == 0) {
        struct cover_file *f = file_of(c, "", value);
        *at = f ? (size_t)(f - c->file) : SIZE_MAX;
        return;
    }
    if (*at == SIZE_MAX)
        return;
    struct cover_file *f = &c->file[*at];
    char *rest = NULL;
    double number = strtod(value, &rest);
    const char *after = *rest == ',' ? rest + 1 : "";
    struct cover_line *line;
    if (key == 2 && memcmp(text, "FN", 2) == 0) {
        add_function(f, after, number, 0);
    } else if (key == 4 && memcmp(text, "FNDA", 4) == 0) {
        count_calls(f, source_name(after), number);
    } else if (key == 2 && memcmp(text, "DA", 2) == 0) {
        line = line_at(f, number);
        if (!line)
            return;
        line->code = true;
        line->count += strtoull(after, NULL, 10);
    } else if (key == 4 && memcmp(text, "BRDA", 4) == 0) {
        const char *count = strrchr(after, ',');
        line = line_at(f, number);
        if (!line || !count)
            return;
        add_branch(line, line->nbranches, strtod(count + 1, NULL));
    }
}

int cover_read_lcov(struct cover *c, const char *text, struct thresh_err *err)
{
    size_t at = SIZE_MAX; /* the file of now */
    while (*text) {
        size_t n = strcspn(text, "\n");
        take_lcov(c, &at, text, n);
        text += n + (text[n] == '\n');
    }
    return c->nfiles
               ? 0
               : thresh_fail(err, THRESH_EFORMAT, "it tells of no source file");
}

/* ---- what comes of it ---- */

static int by_line(const void *a, const void *b)
{
    const struct cover_function *x = a, *y = b;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int by_path(const void *a, const void *b)
{
    const struct cover_file *x = a, *y = b;
    return strcmp(x->path, y->path);
}

void cover_sort(struct cover *c)
{
    for (size_t i = 0; i < c->nfiles; i++)
        if (c->file[i].nfunctions)
            qsort(c->file[i].function, c->file[i].nfunctions,
                  sizeof *c->file[i].function, by_line);
    if (c->nfiles)
        qsort(c->file, c->nfiles, sizeof *c->file, by_path);
}

static uint32_t never_taken(const struct cover_line *line)
{
    uint32_t never = 0;
    for (uint32_t i = 0; i < line->nbranches; i++)
        never += line->branch[i] == 0;
    return never;
}

struct cover_sums cover_sum(const struct cover_file *f)
{
    struct cover_sums s = {.functions = f->nfunctions};
    for (uint32_t i = 0; i < f->nlines; i++) {
        const struct cover_line *line = &f->line[i];
        s.lines += line->code;
        s.lines_covered += line->code && line->count;
        s.lines_added += line->added;
        s.branches += line->nbranches;
        s.branches_taken += line->nbranches - never_taken(line);
    }
    for (size_t i = 0; i < f->nfunctions; i++)
        s.functions_called += f->function[i].count > 0;
    return s;
}

struct cover_sums cover_sum_all(const struct cover *c)
{
    struct cover_sums all = {0};
    for (size_t i = 0; i < c->nfiles; i++) {
        struct cover_sums s = cover_sum(&c->file[i]);
        all.lines += s.lines;
        all.lines_covered += s.lines_covered;
        all.lines_added += s.lines_added;
        all.branches += s.branches;
        all.branches_taken += s.branches_taken;
        all.functions += s.functions;
        all.functions_called += s.functions_called;
    }
    return all;
}

static const struct cover_function *function_at(const struct cover_file *f,
                                                uint32_t line)
{
    const struct cover_function *found = NULL;
    for (size_t i = 0; i < f->nfunctions && f->function[i].line <= line; i++)
        found = &f->function[i];
    return found;
}

static int by_count(const void *a, const void *b)
{
    const struct cover_frontier *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    int path = strcmp(x->file->path, y->file->path);
    return path ? path : x->line < y->line ? -1 : x->line > y->line;
}

static void add_frontier(struct cover_frontier **list, size_t *n,
                         const struct cover_frontier *item)
{
    if ((*n & (*n - 1)) == 0)
        *list = words_memory(*list, *n ? 2 * *n : 1, sizeof **list);
    (*list)[(*n)++] = *item;
}

struct cover_frontier *cover_find_frontier(const struct cover *c, size_t *n)
{
    struct cover_frontier *list = NULL;
    *n = 0;
    for (size_t i = 0; i < c->nfiles; i++) {
        const struct cover_file *f = &c->file[i];
        for (uint32_t k = 0; k < f->nlines; k++) {
            const struct cover_line *line = &f->line[k];
            uint32_t never = never_taken(line);
            if (line->count && never)
                add_frontier(
                    &list, n,
                    &(struct cover_frontier){.file = f,
                                             .function = function_at(f, k),
                                             .line = k,
                                             .count = line->count,
                                             .branches = line->nbranches,
                                             .never = never});
        }
        for (size_t k = 0; k < f->nfunctions; k++)
            if (!f->function[k].count)
                add_frontier(
                    &list, n,
                    &(struct cover_frontier){.file = f,
                                             .function = &f->function[k],
                                             .line = f->function[k].line});
    }
    if (*n)
        qsort(list, *n, sizeof *list, by_count);
    return list;
}

void cover_release(struct cover *c)
{
    for (size_t i = 0; i < c->nfiles; i++) {
        struct cover_file *f = &c->file[i];
        for (uint32_t k = 0; k < f->nlines; k++)
            free(f->line[k].branch);
        for (size_t k = 0; k < f->nfunctions; k++)
            free(f->function[k].name);
        free(f->line);
        free(f->function);
        free(f->path);
    }
    free(c->file);
    *c = (struct cover){0};
}
