/* SPDX-License-Identifier: MIT
 *
 * The report of one failure; see report.h. Five lines that tell all of it, made
 * for a terminal of 80 columns, then what the process printed:
 *
 *     FAIL parse_url: heap-buffer-overflow READ of size 1 (AddressSanitizer)
 *         url.c:88 skip_ws < url.c:140 value            reproduced 5/5
 *         parse_url(url = "http://[")                   minimised 1204 -> 8 bytes
 *         saved   testdata/fuzz/parse_url/8f3a1c0e5d71b2f6
 *         re-run  ./url_fuzz -run=parse_url/8f3a1c0e5d71b2f6
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encoding.h"
#include "base/printable.h"
#include "base/quote.h"
#include "coordinator/events.h"
#include "coordinator/forms.h"
#include "coordinator/report.h"
#include "coordinator/report_libfuzzer.h"
#include "coordinator/report_text.h"
#include "coordinator/signature.h"

#define WIDTH  80
#define INDENT 8
/* Where what stands on the right begins, if there is room. */
#define RIGHT 54
/* Bytes of a value that a report shows. */
#define VALUE_SHOWN 256u
/* Room for the input itself, where it can't be saved. */
#define TEXT_MAX ((size_t)1 << 30)
/* So many bytes that are no text still read best as a literal. */
#define LITERAL_MAX 16u

/* ---- left and right ---- */

/* Appends left and, beside it or below where there is no room, right. */
static void add_pair(struct buf *out, const struct buf *left, const char *right)
{
    const char *text = buf_text(left);
    const char *last = strrchr(text, '\n');
    size_t used = last ? strlen(last + 1) : INDENT + left->size;
    buf_addf(out, "%*s%s", INDENT, "", text);
    if (*right && used + 2 + strlen(right) <= WIDTH) {
        size_t at = used + 2 > RIGHT || RIGHT + strlen(right) > WIDTH ? used + 2
                                                                      : RIGHT;
        buf_addf(out, "%*s%s", (int)(at - used), "", right);
    } else if (*right) {
        buf_addf(out, "\n%*s%s", INDENT, "", right);
    }
    buf_addf(out, "\n");
}

/* ---- the input ---- */

static bool is_literal(const struct span *arg)
{
    return arg->size <= LITERAL_MAX || printable_is_text(arg->data, arg->size);
}

static bool is_text_kind(enum input_kind kind)
{
    return kind == KIND_STRING || kind == KIND_BYTES;
}

/* A value as C has it; what is mostly no text is dumped below. */
static void add_value(struct buf *out, enum input_kind kind,
                      const struct span *arg)
{
    if (is_text_kind(kind) && !is_literal(arg))
        buf_addf(out, "%u bytes", arg->size);
    else
        encoding_show_value(out, kind, arg->data, arg->size, VALUE_SHOWN);
}

/* The call as the user would write it: parse_url(url = "http://["). */
static void add_call(struct buf *out, const struct options *opt,
                     const struct input *in)
{
    buf_addf(out, "%s(", opt->target);
    for (uint32_t i = 0; i < in->nargs; i++) {
        if (i)
            buf_add_text(out, ", ");
        if (opt->arg_name[i])
            buf_addf(out, "%s = ", opt->arg_name[i]);
        add_value(out, opt->sig.kind[i], &in->arg[i]);
    }
    buf_add_char(out, ')');
}

static void add_dump(struct buf *out, const struct span *arg)
{
    enum { LINE = 16 };
    size_t shown = arg->size < VALUE_SHOWN ? arg->size : VALUE_SHOWN;
    for (size_t at = 0; at < shown; at += LINE) {
        buf_addf(out, "%*s%04zx ", INDENT, "", at);
        for (size_t i = at; i < at + LINE; i++)
            if (i < shown)
                buf_addf(out, " %02x", arg->data[i]);
            else
                buf_addf(out, "   ");
        buf_addf(out, "  ");
        for (size_t i = at; i < at + LINE && i < shown; i++) {
            uint8_t c = arg->data[i];
            buf_add_char(out, c >= ' ' && c <= '~' ? (char)c : '.');
        }
        buf_addf(out, "\n");
    }
    if (shown < arg->size)
        buf_addf(out, "%*s...\n", INDENT, "");
}

static void add_dumps(struct buf *out, const struct options *opt,
                      const struct input *in)
{
    for (uint32_t i = 0; i < in->nargs; i++) {
        if (!is_text_kind(opt->sig.kind[i]) || is_literal(&in->arg[i]))
            continue;
        if (in->nargs > 1 && opt->arg_name[i])
            buf_addf(out, "%*s%s:\n", INDENT, "", opt->arg_name[i]);
        add_dump(out, &in->arg[i]);
    }
}

/* ---- what is known of it ---- */

static void add_proof(struct buf *out, const struct failure *f)
{
    uint32_t needs = failure_needs(f);
    if (f->confirm_runs)
        buf_addf(out, "reproduced %u/%u", f->confirmed, f->confirm_runs);
    else
        buf_add_text(out, "not run again");
    if (f->confirm_runs && needs)
        buf_addf(out, ", needs %u earlier input%s", needs,
                 needs == 1 ? "" : "s");
    if (f->count > 1)
        buf_addf(out, ", found %llu times", (unsigned long long)f->count);
}

/* What was tried in vain. */
static void add_attempts(struct buf *out, const struct failure *f)
{
    if (!f->confirm_runs || f->confirmed)
        return;
    buf_addf(out, "%*snot reproduced: 0/%u alone", INDENT, "", f->confirm_runs);
    if (f->history_tried)
        buf_addf(out, ", nor after the %u input%s before it", f->history_tried,
                 f->history_tried == 1 ? "" : "s");
    buf_addf(out, "; it may depend on time, threads or earlier batches\n");
}

static void add_size(struct buf *out, const struct failure *f,
                     const struct options *opt)
{
    size_t bytes = f->size - opt->sig.nargs * sizeof(uint32_t);
    if (bytes < f->first_bytes)
        buf_addf(out, "minimised %zu -> %zu bytes", f->first_bytes, bytes);
    else
        buf_addf(out, "%zu byte%s", bytes, bytes == 1 ? "" : "s");
}

static void add_input(struct buf *out, const struct failure *f,
                      const struct options *opt, const struct buf *stack)
{
    struct input in;
    struct buf call, proof, size;
    failure_input(f, opt, &in);
    buf_init(&call, (size_t)1 << 20);
    buf_init(&proof, 4096);
    buf_init(&size, 4096);
    add_proof(&proof, f);
    add_size(&size, f, opt);
    add_call(&call, opt, &in);
    if (stack->size) {
        add_pair(out, stack, buf_text(&proof));
    } else {
        buf_addf(&proof, ", %s", buf_text(&size));
        buf_clear(&size);
        buf_add(&size, proof.data, proof.size);
    }
    add_pair(out, &call, buf_text(&size));
    add_dumps(out, opt, &in);
    add_attempts(out, f);
    buf_release(&call);
    buf_release(&proof);
    buf_release(&size);
}

/* The last resort when the file can't be written: nothing found is lost. */
static void add_encoded(struct buf *out, const struct options *opt,
                        const struct failure *f)
{
    struct input in;
    struct buf file;
    failure_input(f, opt, &in);
    buf_addf(out,
             "        NOT SAVED: %s\n        the input, as a corpus file of "
             "the text format:\n",
             f->save_error.msg);
    buf_init(&file, SIZE_MAX / 2);
    encoding_write(&file, opt->sig.kind, &in);
    report_indent(out, buf_text(&file), file.size, INDENT);
    buf_release(&file);
}

/* Adds a word of a command line, in quotes where a shell would take it apart:
 * double ones if they will do, which all shells know. A backslash is taken for
 * what separates folders where such names come from. */
static void add_word(struct buf *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_./\\:=,+@%^#-";
    if (!word[strspn(word, plain)]) {
        buf_addf(out, "%s", word);
    } else if (!strpbrk(word, "\"$`!")) {
        buf_addf(out, "\"%s\"", word);
    } else {
        buf_addf(out, "'");
        for (const char *c = word; *c; c++)
            buf_addf(out, *c == '\'' ? "'\\''" : "%c", *c);
        buf_addf(out, "'");
    }
}

/* Adds the command that runs the input again, with the directory it is in and
 * the limits without which test mode, which has its own, would not fail. */
static void add_rerun(struct buf *out, const struct options *opt,
                      const struct failure *f)
{
    const struct verdict *v = &f->verdict;
    char limit[DURATION_TEXT_SIZE];
    format_seconds(limit, v->limit_us);
    add_word(out, opt->argv[0]);
    buf_addf(out, " -run=%s/%s", opt->target,
             f->origin == FAILURE_SEED ? f->entry_name : f->name);
    if (strcmp(opt->testdata, DEFAULT_TESTDATA) != 0) {
        buf_addf(out, " -testdata=");
        add_word(out, opt->testdata);
    }
    if (v->timeout && v->limit_us != DEFAULT_TIMEOUT_US)
        buf_addf(out, " -inputtimeout=%s", limit);
    if ((v->memory || v->allocation) &&
        opt->max_resident != DEFAULT_MAX_RESIDENT)
        buf_addf(out, " -maxrss=%llu", (unsigned long long)opt->max_resident);
}

static void add_files(struct buf *out, const struct options *opt,
                      const struct failure *f, const struct buf *rerun)
{
    if (f->origin == FAILURE_SEED)
        buf_addf(out, "%*sseed    %s/%s\n", INDENT, "", opt->target,
                 f->entry_name);
    else if (f->save_error.code)
        add_encoded(out, opt, f);
    else
        buf_addf(out, "%*ssaved   %s/%s/%s\n", INDENT, "", opt->testdata,
                 opt->target, f->name);
    if (f->origin == FAILURE_SEED || !f->save_error.code)
        buf_addf(out, "%*sre-run  %s\n", INDENT, "", buf_text(rerun));
}

/* ---- all of it ---- */

static void add_failure(struct buf *out, const struct options *opt,
                        const struct failure *f, const struct report_said *said,
                        const struct buf *rerun)
{
    const struct verdict *v = &f->verdict;
    struct buf stack, output;
    buf_init(&stack, 65536);
    buf_init(&output, TEXT_MAX);
    report_stack_add(&stack, said->names, &v->stack, WIDTH, INDENT);
    report_said_add(&output, said);
    buf_addf(out, "    FAIL %s: %s\n", opt->target, v->title);
    if (v->detail[0])
        buf_addf(out, "%*s%s\n", INDENT, "", v->detail);
    add_input(out, f, opt, &stack);
    add_files(out, opt, f, rerun);
    if (output.size) {
        buf_addf(out, "%*slast output:\n", INDENT, "");
        report_indent(out, buf_text(&output), output.size, INDENT + 2);
    }
    buf_release(&stack);
    buf_release(&output);
}

static void tell_machines(const struct options *opt, const struct failure *f,
                          const struct report_said *said,
                          const struct buf *rerun)
{
    struct buf output;
    buf_init(&output, TEXT_MAX);
    report_said_add(&output, said);
    events_failure(opt, f, said->names, buf_text(&output), buf_text(rerun));
    buf_release(&output);
}

/* A line for the live view. */
static void add_news(struct report *r, const struct failure *f)
{
    const struct stack *stack = &f->verdict.stack;
    struct buf where;
    buf_init(&where, 4096);
    for (uint32_t i = 0; i < stack->n && !where.size; i++)
        if (signature_is_project(stack, &stack->frame[i]))
            report_function_add(&where, stack->frame[i].function);
    live_add_news(r->history.failure, &r->history.nfailures,
                  platform_now_us() - r->start_us, "%s%s%s  %s",
                  f->verdict.title, where.size ? " in " : "", buf_text(&where),
                  f->name[0] ? f->name : f->entry_name);
    buf_release(&where);
}

void report_failure(struct report *r, const struct options *opt,
                    const struct failure *f)
{
    struct report_said said;
    struct buf text, rerun;
    char path[2 * STORE_PATH_SIZE] = "";
    if (libfuzzer_form_on()) {
        libfuzzer_failure(opt, f);
        return;
    }
    report_said_init(&said, &f->verdict, f->output, f->output_size);
    buf_init(&text, TEXT_MAX);
    buf_init(&rerun, 65536);
    add_rerun(&rerun, opt, f);
    add_failure(&text, opt, f, &said, &rerun);
    if (f->name[0] && !f->save_error.code)
        (void)snprintf(path, sizeof path, "%s/%s/%s", opt->testdata,
                       opt->target, f->name);
    forms_result(&(struct form_result){
        .target = opt->target,
        .name = f->origin == FAILURE_SEED ? f->entry_name
                : f->name[0]              ? f->name
                                          : "not saved",
        .kind = verdict_word(&f->verdict),
        .title = f->verdict.title,
        .text = buf_text(&text),
        .file = *path ? path : NULL,
        .verdict = &f->verdict,
        .names = said.names,
    });
    if (events_on() || events_have_stats())
        tell_machines(opt, f, &said, &rerun);
    add_news(r, f);
    if (!events_on())
        report_text(buf_text(&text), text.size);
    buf_release(&text);
    buf_release(&rerun);
    report_said_release(&said);
}
