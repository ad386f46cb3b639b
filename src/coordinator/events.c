/* SPDX-License-Identifier: MIT
 *
 * See events.h.
 */
#include "coordinator/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encoding.h"
#include "base/json.h"
#include "base/parse.h"
#include "coordinator/signature.h"
#include "platform/platform.h"

/* Bytes of a value that an event shows; the file has all. */
#define VALUE_SHOWN 4096u
/* A file beyond that is some other one. */
#define LARGEST_STATS  ((size_t)1 << 30)
#define LINE_MAX_BYTES ((size_t)16 << 20)

static bool on;
static const char *stats; /* path; NULL: none */
static uint64_t start_us;

static void begin_time(void)
{
    if (!start_us)
        start_us = platform_now_us();
}

void events_begin(void)
{
    on = true;
    begin_time();
}

/* A file that somebody else needs is not to be written into. */
static bool is_foreign(const char *path)
{
    uint8_t *data;
    size_t size;
    if (platform_read_file(path, LARGEST_STATS, &data, &size, NULL))
        return false; /* there is none, or what follows tells why */
    bool foreign = size > 0 && data[0] != '{';
    free(data);
    return foreign;
}

int events_open_stats(const char *path, struct thresh_err *err)
{
    if (is_foreign(path))
        return thresh_fail(err, THRESH_EFORMAT,
                           "-stats=%s: this file holds something else; name "
                           "another one, or remove it",
                           path);
    int rc = platform_append_file(path, "", 0, err);
    if (rc)
        return rc;
    stats = path;
    begin_time();
    return 0;
}

bool events_have_stats(void)
{
    return stats != NULL;
}

bool events_on(void)
{
    return on;
}

/* Where an event goes, if anybody wants it there. */
enum where {
    TO_STDOUT = 1,
    TO_STATS = 2,
    TO_BOTH = 3,
};

/* An event while it is written. */
struct event {
    enum where where;
    struct buf line;
    struct json json;
};

static void text(struct event *e, const char *name, const char *value)
{
    json_key(&e->json, name);
    json_text(&e->json, value);
}

static void number(struct event *e, const char *name, uint64_t value)
{
    json_key(&e->json, name);
    json_u64(&e->json, value);
}

static void seconds(struct event *e, const char *name, uint64_t us)
{
    json_key(&e->json, name);
    json_seconds(&e->json, us);
}

static void begin_at(struct event *e, const char *what, enum where where)
{
    e->where = where;
    buf_init(&e->line, LINE_MAX_BYTES);
    json_init(&e->json, &e->line);
    json_open(&e->json, '{');
    text(e, "event", what);
    seconds(e, "elapsed", platform_now_us() - start_us);
}

static void begin(struct event *e, const char *what)
{
    begin_at(e, what, TO_STDOUT);
}

static void write_stats(const struct buf *line)
{
    struct thresh_err err;
    if (platform_append_file(stats, line->data, line->size, &err) == 0)
        return;
    stats = NULL;
    report_line("warning: nothing more is written to -stats: %s", err.msg);
}

/* Writes the event, whole or, where memory is refused, not at all. */
static void end(struct event *e)
{
    json_close(&e->json, '}');
    buf_add_char(&e->line, '\n');
    if (on && (e->where & TO_STDOUT) && !e->line.failed) {
        (void)fwrite(e->line.data, 1, e->line.size, stdout);
        (void)fflush(stdout);
    }
    if (stats && (e->where & TO_STATS) && !e->line.failed)
        write_stats(&e->line);
    buf_release(&e->line);
}

void events_start(const char *program, unsigned workers)
{
    struct event e;
    char now[UTC_TEXT_SIZE];
    format_utc(now, platform_utc_seconds());
    begin_at(&e, "start", TO_BOTH);
    text(&e, "version", THRESH_VERSION);
    text(&e, "program", program);
    text(&e, "time", now);
    number(&e, "workers", workers);
    end(&e);
}

static void progress(enum where where, const char *phase,
                     const struct progress *p, uint64_t elapsed_us, double rate)
{
    struct event e;
    begin_at(&e, "progress", where);
    text(&e, "target", p->target);
    text(&e, "phase", phase);
    seconds(&e, "run", elapsed_us);
    number(&e, "done", p->baseline_done);
    number(&e, "seeds", p->baseline_total);
    number(&e, "execs", p->execs);
    number(&e, "rate", rate > 0 ? (uint64_t)rate : 0);
    number(&e, "found", p->found);
    number(&e, "corpus", p->total);
    number(&e, "edges", p->edges);
    number(&e, "features", p->features);
    number(&e, "unstable", p->unstable);
    number(&e, "failures", p->failures);
    number(&e, "workers", p->workers);
    end(&e);
}

void events_progress(const char *phase, const struct progress *p,
                     uint64_t elapsed_us, double rate)
{
    progress(TO_STDOUT, phase, p, elapsed_us, rate);
}

void events_sample(const char *phase, const struct progress *p,
                   uint64_t elapsed_us, double rate)
{
    progress(TO_STATS, phase, p, elapsed_us, rate);
}

void events_summary(const struct progress *p, size_t targets)
{
    struct event e;
    begin_at(&e, "summary", TO_BOTH);
    if (targets)
        number(&e, "targets", targets);
    else
        text(&e, "target", p->target);
    number(&e, "execs", p->execs);
    number(&e, "found", p->found);
    number(&e, "corpus", p->total);
    number(&e, "failures", p->failures);
    end(&e);
}

void events_message(const char *message)
{
    struct event e;
    begin(&e, "message");
    text(&e, "text", message);
    end(&e);
}

void events_output(const char *output, size_t size)
{
    struct event e;
    begin(&e, "output");
    json_key(&e.json, "text");
    json_bytes(&e.json, output, size);
    end(&e);
}

void events_run(const char *name)
{
    struct event e;
    begin(&e, "run");
    text(&e, "name", name);
    end(&e);
}

void events_result(const char *result, const char *name, uint64_t us)
{
    struct event e;
    begin(&e, "result");
    text(&e, "name", name);
    text(&e, "result", result);
    seconds(&e, "took", us);
    end(&e);
}

/* ---- failures ---- */

static void add_place(struct event *e, const char *function, const char *file,
                      unsigned line)
{
    if (*function)
        text(e, "function", function);
    if (*file)
        text(e, "file", file);
    if (line)
        number(e, "line", line);
}

static void add_frame(struct event *e, const struct stack *stack, uint32_t i,
                      const struct symbolise *s)
{
    const struct stack_frame *frame = &stack->frame[i];
    const char *module =
        frame->module < stack->nmodules ? stack->module[frame->module] : "";
    size_t n = 0;
    const struct symbolised *at = symbolise_get(s, module, frame->address, &n);
    for (size_t k = 0; k < (n ? n : 1); k++) {
        json_open(&e->json, '{');
        if (n)
            add_place(e, at[k].function, at[k].file, at[k].line);
        else
            add_place(e, frame->function, "", 0);
        if (*module)
            text(e, "module", module);
        number(e, "address", frame->address);
        json_key(&e->json, "project");
        json_bool(&e->json, signature_is_project(stack, frame));
        json_close(&e->json, '}');
    }
}

static void add_verdict(struct event *e, const struct verdict *v,
                        const struct symbolise *s, const char *said)
{
    text(e, "kind", verdict_word(v));
    text(e, "title", v->title);
    text(e, "detail", v->detail);
    text(e, "signature", v->key);
    json_key(&e->json, "stack");
    json_open(&e->json, '[');
    for (uint32_t i = 0; i < v->stack.n; i++)
        add_frame(e, &v->stack, i, s);
    json_close(&e->json, ']');
    text(e, "output", said);
}

static void add_input(struct event *e, const struct options *opt,
                      const struct failure *f)
{
    struct input in;
    failure_input(f, opt, &in);
    json_key(&e->json, "input");
    json_open(&e->json, '[');
    for (uint32_t i = 0; i < in.nargs; i++) {
        struct buf value;
        size_t size = in.arg[i].size;
        buf_init(&value, LINE_MAX_BYTES);
        encoding_write_value(&value, opt->sig.kind[i], in.arg[i].data,
                             size < VALUE_SHOWN ? size : VALUE_SHOWN);
        json_open(&e->json, '{');
        if (opt->arg_name[i])
            text(e, "name", opt->arg_name[i]);
        text(e, "value", buf_text(&value));
        number(e, "bytes", size);
        json_close(&e->json, '}');
        buf_release(&value);
    }
    json_close(&e->json, ']');
}

/* Where the input is: its file's path, or a seed in code. */
static void add_file(struct event *e, const struct options *opt,
                     const struct failure *f)
{
    char path[STORE_PATH_SIZE + STORE_NAME_SIZE];
    if (f->origin == FAILURE_SEED) {
        (void)snprintf(path, sizeof path, "%s/%s", opt->target, f->entry_name);
        text(e, "seed", path);
    } else if (f->save_error.code) {
        text(e, "not_saved", f->save_error.msg);
    } else if (f->name[0]) {
        (void)snprintf(path, sizeof path, "%s/%s/%s", opt->testdata,
                       opt->target, f->name);
        text(e, "file", path);
    }
}

void events_ending(const char *name, const struct verdict *v,
                   const struct symbolise *s, const char *said)
{
    struct event e;
    begin(&e, "failed");
    text(&e, "name", name);
    add_verdict(&e, v, s, said);
    end(&e);
}

void events_error(const char *name, const char *why, const char *said)
{
    struct event e;
    begin(&e, "failed");
    text(&e, "name", name);
    text(&e, "kind", "error");
    text(&e, "title", why);
    text(&e, "output", said);
    end(&e);
}

void events_failure(const struct options *opt, const struct failure *f,
                    const struct symbolise *s, const char *said,
                    const char *rerun)
{
    struct event e;
    size_t overhead = opt->sig.nargs * sizeof(uint32_t);
    begin_at(&e, "failure", TO_BOTH);
    text(&e, "target", opt->target);
    add_verdict(&e, &f->verdict, s, said);
    number(&e, "runs", f->confirm_runs);
    number(&e, "reproduced", f->confirmed);
    number(&e, "needs", failure_needs(f));
    number(&e, "count", f->count);
    number(&e, "bytes_found", f->first_bytes);
    number(&e, "bytes", f->size - overhead);
    add_input(&e, opt, f);
    add_file(&e, opt, f);
    text(&e, "rerun", rerun);
    end(&e);
}

void events_group(const struct options *opt, const struct failure *f)
{
    struct event e;
    begin(&e, "group");
    text(&e, "target", opt->target);
    text(&e, "title", f->verdict.title);
    text(&e, "signature", f->verdict.key);
    number(&e, "count", f->count);
    add_file(&e, opt, f);
    end(&e);
}

void events_end(const char *result, int code)
{
    struct event e;
    begin_at(&e, "end", TO_BOTH);
    text(&e, "result", result);
    number(&e, "code", (uint64_t)code);
    end(&e);
}
