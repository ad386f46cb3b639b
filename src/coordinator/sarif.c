/* SPDX-License-Identifier: MIT
 *
 * See sarif.h. Names of properties are those of the OASIS standard.
 */
#include "coordinator/sarif.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "coordinator/report_text.h"
#include "coordinator/result_file.h"
#include "coordinator/signature.h"

#define TEXT_MAX ((size_t)1 << 30)

/* The kinds that verdict_word() tells, and what the rules of the file say of
 * them. */
static const struct rule {
    const char *kind;
    const char *id;
    const char *text;
} rules[] = {
    {"crash", "crash",
     "The program crashed, ended, or a sanitizer reported an error."},
    {"check", "check", "A check of the target failed."},
    {"timeout", "timeout", "An execution took longer than its limit."},
    {"out of memory", "out-of-memory",
     "An execution took more memory than its limit."},
    {"leak", "leak", "Memory was lost."},
};

#define RULES (sizeof rules / sizeof rules[0])

static struct buf results, notes;
static struct json results_json, notes_json;
static bool begun;

static void begin(void)
{
    if (begun)
        return;
    begun = true;
    buf_init(&results, TEXT_MAX);
    buf_init(&notes, TEXT_MAX);
    json_init(&results_json, &results);
    json_init(&notes_json, &notes);
}

static void text(struct json *j, const char *name, const char *value)
{
    json_key(j, name);
    json_text(j, value);
}

static void open(struct json *j, const char *name, char bracket)
{
    json_key(j, name);
    json_open(j, bracket);
}

/* {"text": ...} */
static void message(struct json *j, const char *value)
{
    open(j, "message", '{');
    text(j, "text", value);
    json_close(j, '}');
}

/* A path as a URI: relative ones stay so, which readers take from the root of
 * the repository. */
static void add_uri(struct json *j, const char *path)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789-._~/";
    bool drive = path[0] && path[1] == ':'; /* C:/url.c */
    struct buf uri;
    buf_init(&uri, TEXT_MAX);
    buf_add_text(&uri, drive ? "file:///" : path[0] == '/' ? "file://" : "");
    for (const char *c = path; *c; c++)
        if (*c == '\\')
            buf_add_char(&uri, '/');
        else if (strchr(plain, *c) || (drive && c == path + 1))
            buf_add_char(&uri, *c);
        else
            buf_addf(&uri, "%%%02X", (unsigned char)*c);
    text(j, "uri", buf_text(&uri));
    buf_release(&uri);
}

/* The value of a "location" or of one in a list. */
static void add_location(struct json *j, const char *file, unsigned line,
                         const char *function)
{
    json_open(j, '{');
    if (*file) {
        open(j, "physicalLocation", '{');
        open(j, "artifactLocation", '{');
        add_uri(j, report_short_path(file));
        json_close(j, '}');
        if (line) {
            open(j, "region", '{');
            json_key(j, "startLine");
            json_u64(j, line);
            json_close(j, '}');
        }
        json_close(j, '}');
    }
    if (*function) {
        open(j, "logicalLocations", '[');
        struct buf name;
        buf_init(&name, TEXT_MAX);
        report_function_add(&name, function);
        json_open(j, '{');
        text(j, "name", buf_text(&name));
        buf_release(&name);
        text(j, "kind", "function");
        json_close(j, '}');
        json_close(j, ']');
    }
    json_close(j, '}');
}

/* Adds the places of the project's code, innermost first: the first one with a
 * file as a location, or all as frames. Returns whether there was any. */
static bool add_places(struct json *j, const struct form_result *r,
                       bool as_frames)
{
    bool any = false;
    const struct stack *stack = &r->verdict->stack;
    for (uint32_t i = 0; i < stack->n; i++) {
        const struct stack_frame *f = &stack->frame[i];
        size_t names = 0;
        if (!signature_is_project(stack, f) || f->module == STACK_NO_MODULE)
            continue;
        const struct symbolised *at = symbolise_get(
            r->names, stack->module[f->module], f->address, &names);
        for (size_t k = 0; k < names; k++) {
            if (!as_frames && !*at[k].file)
                continue;
            any = true;
            if (as_frames) {
                json_open(j, '{');
                json_key(j, "location");
            }
            add_location(j, at[k].file, at[k].line, at[k].function);
            if (!as_frames)
                return any;
            json_close(j, '}');
        }
    }
    return any;
}

static const char *rule_of(const char *kind)
{
    for (size_t i = 0; i < RULES; i++)
        if (strcmp(rules[i].kind, kind) == 0)
            return rules[i].id;
    return kind;
}

static void add_locations(struct json *j, const struct form_result *r)
{
    open(j, "locations", '[');
    if (!add_places(j, r, false) && r->file)
        add_location(j, r->file, 0, "");
    json_close(j, ']');
    open(j, "stacks", '[');
    json_open(j, '{');
    open(j, "frames", '[');
    (void)add_places(j, r, true);
    json_close(j, ']');
    json_close(j, '}');
    json_close(j, ']');
}

static void add_note(const struct form_result *r)
{
    struct json *j = &notes_json;
    struct buf line;
    buf_init(&line, TEXT_MAX);
    buf_addf(&line, "%s/%s: %s", r->target, r->name, r->title);
    json_open(j, '{');
    text(j, "level", "error");
    message(j, buf_text(&line));
    json_close(j, '}');
    buf_release(&line);
}

void sarif_result(const struct form_result *r)
{
    struct json *j = &results_json;
    struct buf line;
    if (!r->kind)
        return;
    begin();
    if (!r->verdict) {
        add_note(r);
        return;
    }
    buf_init(&line, TEXT_MAX);
    buf_addf(&line, "%s: %s", r->target, r->title);
    json_open(j, '{');
    text(j, "ruleId", rule_of(r->kind));
    text(j, "level", "error");
    message(j, buf_text(&line));
    add_locations(j, r);
    open(j, "partialFingerprints", '{');
    text(j, "threshSignature/v1", r->verdict->key);
    json_close(j, '}');
    open(j, "properties", '{');
    text(j, "target", r->target);
    text(j, "name", r->name);
    if (r->file)
        text(j, "file", r->file);
    text(j, "report", r->text);
    json_close(j, '}');
    json_close(j, '}');
    buf_release(&line);
}

static void add_driver(struct json *j)
{
    open(j, "tool", '{');
    open(j, "driver", '{');
    text(j, "name", "Thresh");
    text(j, "version", THRESH_VERSION);
    open(j, "rules", '[');
    for (size_t i = 0; i < RULES; i++) {
        json_open(j, '{');
        text(j, "id", rules[i].id);
        open(j, "shortDescription", '{');
        text(j, "text", rules[i].text);
        json_close(j, '}');
        json_close(j, '}');
    }
    json_close(j, ']');
    json_close(j, '}');
    json_close(j, '}');
}

static void add_invocation(struct json *j, const char *why)
{
    open(j, "invocations", '[');
    json_open(j, '{');
    json_key(j, "executionSuccessful");
    json_bool(j, !why && notes.size == 0);
    if (why)
        text(j, "exitCodeDescription", why);
    open(j, "toolExecutionNotifications", '[');
    buf_add(j->out, buf_text(&notes), notes.size);
    json_close(j, ']');
    json_close(j, '}');
    json_close(j, ']');
}

int sarif_write(const char *path, const char *why, struct thresh_err *err)
{
    struct buf out;
    struct json j;
    begin();
    buf_init(&out, TEXT_MAX);
    json_init(&j, &out);
    json_open(&j, '{');
    text(&j, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    text(&j, "version", "2.1.0");
    open(&j, "runs", '[');
    json_open(&j, '{');
    add_driver(&j);
    add_invocation(&j, why);
    open(&j, "results", '[');
    buf_add(&out, buf_text(&results), results.size);
    json_close(&j, ']');
    json_close(&j, '}');
    json_close(&j, ']');
    json_close(&j, '}');
    buf_add_char(&out, '\n');
    int rc = result_file_write(path, &out, results.failed || notes.failed, err);
    buf_release(&out);
    buf_release(&results);
    buf_release(&notes);
    begun = false;
    return rc;
}
