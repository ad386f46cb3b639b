/* SPDX-License-Identifier: MIT
 *
 * See events.h.
 */
#include "coordinator/events.h"

#include <stdio.h>
#include <string.h>

#include "base/encoding.h"
#include "base/json.h"
#include "coordinator/signature.h"
#include "platform/platform.h"

/* Bytes of a value that an event shows; the file has all. */
#define VALUE_SHOWN    4096u
#define LINE_MAX_BYTES ((size_t)16 << 20)

static bool on;
static uint64_t start_us;

void events_begin(void)
{
    on = true;
    start_us = platform_now_us();
}

bool events_on(void)
{
    return on;
}

/* An event while it is written. */
struct event {
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

static void begin(struct event *e, const char *what)
{
    buf_init(&e->line, LINE_MAX_BYTES);
    json_init(&e->json, &e->line);
    json_open(&e->json, '{');
    text(e, "event", what);
    seconds(e, "elapsed", platform_now_us() - start_us);
}

/* Prints the event, whole or, where memory is refused, not at all. */
static void end(struct event *e)
{
    json_close(&e->json, '}');
    buf_add_char(&e->line, '\n');
    if (!e->line.failed)
        (void)fwrite(e->line.data, 1, e->line.size, stdout);
    (void)fflush(stdout);
    buf_release(&e->line);
}

void events_progress(const char *phase, const struct progress *p,
                     uint64_t elapsed_us, double rate)
{
    struct event e;
    begin(&e, "progress");
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
    number(&e, "workers", p->workers);
    end(&e);
}

void events_summary(const struct progress *p, size_t targets)
{
    struct event e;
    begin(&e, "summary");
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
    begin(&e, "failure");
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
    begin(&e, "end");
    text(&e, "result", result);
    number(&e, "code", (uint64_t)code);
    end(&e);
}
