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
#include "coordinator/report.h"
#include "coordinator/report_text.h"

#define WIDTH  80
#define INDENT 8
/* Where what stands on the right begins, if there is room. */
#define RIGHT 54
/* Output of the failing process that a report shows. */
#define OUTPUT_SHOWN 16384u
/* Bytes of a value that a report shows. */
#define VALUE_SHOWN 256u
/* So many bytes that are no text still read best as a literal. */
#define LITERAL_MAX 16u

/* ---- left and right ---- */

/* Prints left and, beside it or below where there is no room, right. */
static void print_pair(const struct buf *left, const char *right)
{
    const char *text = buf_text(left);
    const char *last = strrchr(text, '\n');
    size_t used = last ? strlen(last + 1) : INDENT + left->size;
    (void)printf("%*s%s", INDENT, "", text);
    if (*right && used + 2 + strlen(right) <= WIDTH) {
        size_t at = used + 2 > RIGHT || RIGHT + strlen(right) > WIDTH ? used + 2
                                                                      : RIGHT;
        (void)printf("%*s%s", (int)(at - used), "", right);
    } else if (*right) {
        (void)printf("\n%*s%s", INDENT, "", right);
    }
    (void)printf("\n");
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

static void print_dump(const struct span *arg)
{
    enum { LINE = 16 };
    size_t shown = arg->size < VALUE_SHOWN ? arg->size : VALUE_SHOWN;
    for (size_t at = 0; at < shown; at += LINE) {
        (void)printf("%*s%04zx ", INDENT, "", at);
        for (size_t i = at; i < at + LINE; i++)
            if (i < shown)
                (void)printf(" %02x", arg->data[i]);
            else
                (void)printf("   ");
        (void)printf("  ");
        for (size_t i = at; i < at + LINE && i < shown; i++) {
            uint8_t c = arg->data[i];
            (void)putchar(c >= ' ' && c <= '~' ? c : '.');
        }
        (void)printf("\n");
    }
    if (shown < arg->size)
        (void)printf("%*s...\n", INDENT, "");
}

static void print_dumps(const struct options *opt, const struct input *in)
{
    for (uint32_t i = 0; i < in->nargs; i++) {
        if (!is_text_kind(opt->sig.kind[i]) || is_literal(&in->arg[i]))
            continue;
        if (in->nargs > 1 && opt->arg_name[i])
            (void)printf("%*s%s:\n", INDENT, "", opt->arg_name[i]);
        print_dump(&in->arg[i]);
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
static void print_attempts(const struct failure *f)
{
    if (!f->confirm_runs || f->confirmed)
        return;
    (void)printf("%*snot reproduced: 0/%u alone", INDENT, "", f->confirm_runs);
    if (f->history_tried)
        (void)printf(", nor after the %u input%s before it", f->history_tried,
                     f->history_tried == 1 ? "" : "s");
    (void)printf("; it may depend on time, threads or earlier batches\n");
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

static void print_input(const struct failure *f, const struct options *opt,
                        const struct buf *stack)
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
        print_pair(stack, buf_text(&proof));
    } else {
        buf_addf(&proof, ", %s", buf_text(&size));
        buf_clear(&size);
        buf_add(&size, proof.data, proof.size);
    }
    print_pair(&call, buf_text(&size));
    print_dumps(opt, &in);
    print_attempts(f);
    buf_release(&call);
    buf_release(&proof);
    buf_release(&size);
}

/* The last resort when the file can't be written: nothing found is lost. */
static void print_encoded(const struct options *opt, const struct failure *f)
{
    struct input in;
    struct buf file;
    failure_input(f, opt, &in);
    (void)printf(
        "        NOT SAVED: %s\n        the input, as a corpus file of "
        "the text format:\n",
        f->save_error.msg);
    buf_init(&file, SIZE_MAX / 2);
    encoding_write(&file, opt->sig.kind, &in);
    report_indented(buf_text(&file), file.size, INDENT);
    buf_release(&file);
}

/* Adds the command that runs the input again, with the limits without which
 * test mode, which has its own, would not fail. */
static void add_rerun(struct buf *out, const struct options *opt,
                      const struct failure *f)
{
    const struct verdict *v = &f->verdict;
    char limit[DURATION_TEXT_SIZE];
    format_seconds(limit, v->limit_us);
    buf_addf(out, "%s -run=%s/%s", opt->argv[0], opt->target,
             f->origin == FAILURE_SEED ? f->entry_name : f->name);
    if (v->timeout && v->limit_us != DEFAULT_TIMEOUT_US)
        buf_addf(out, " -inputtimeout=%s", limit);
    if ((v->memory || v->allocation) &&
        opt->max_resident != DEFAULT_MAX_RESIDENT)
        buf_addf(out, " -maxrss=%llu", (unsigned long long)opt->max_resident);
}

static void print_files(const struct options *opt, const struct failure *f,
                        const struct buf *rerun)
{
    if (f->origin == FAILURE_SEED)
        (void)printf("%*sseed    %s/%s\n", INDENT, "", opt->target,
                     f->entry_name);
    else if (f->save_error.code)
        print_encoded(opt, f);
    else
        (void)printf("%*ssaved   %s/%s/%s\n", INDENT, "", opt->testdata,
                     opt->target, f->name);
    if (f->origin == FAILURE_SEED || !f->save_error.code)
        (void)printf("%*sre-run  %s\n", INDENT, "", buf_text(rerun));
}

/* ---- what the process said ---- */

/* The text for people: of what is too long the end, since reports come last. */
static void add_output(struct buf *out, const struct symbolise *s,
                       const char *output, const struct engine_place *engine)
{
    struct buf text;
    buf_init(&text, (size_t)4 << 20);
    report_text_add(&text, s, output, engine);
    size_t skip = text.size > OUTPUT_SHOWN ? text.size - OUTPUT_SHOWN : 0;
    if (text.size)
        buf_add(out, text.data + skip, text.size - skip);
    buf_release(&text);
}

/* A copy in which no NUL hides what comes after it (free() it). */
static char *without_nuls(const char *output, size_t size)
{
    char *copy = malloc(size + 1);
    for (size_t i = 0; copy && i < size; i++)
        copy[i] = output[i] ? output[i] : 1;
    if (copy)
        copy[size] = 0;
    return copy;
}

/* Asks once for all that a report names. */
static struct symbolise *lookup(const struct verdict *v, const char *output)
{
    struct symbolise *s = symbolise_new();
    report_stack_want(s, &v->stack);
    report_text_want(s, output, &v->engine);
    symbolise_ask(s);
    return s;
}

static void add_ending(struct buf *out, const struct verdict *v,
                       const struct symbolise *s, size_t width)
{
    buf_addf(out, "%s\n", v->title);
    if (v->detail[0])
        buf_addf(out, "%s\n", v->detail);
    if (v->stack.n) {
        report_stack_add(out, s, &v->stack, width, 0);
        buf_add_char(out, '\n');
    }
}

void report_ending(const struct verdict *v, const char *output, size_t size,
                   int spaces)
{
    char *copy = without_nuls(output, size);
    const char *said = copy ? copy : "";
    struct symbolise *s = lookup(v, said);
    struct buf text;
    buf_init(&text, (size_t)4 << 20);
    if (events_on()) {
        add_output(&text, s, said, &v->engine);
        events_ending(v, s, buf_text(&text));
    } else {
        add_ending(&text, v, s, WIDTH - (size_t)spaces);
        add_output(&text, s, said, &v->engine);
        report_indented(buf_text(&text), text.size, spaces);
    }
    buf_release(&text);
    free(copy);
    symbolise_free(s);
}

static void print_failure(const struct options *opt, const struct failure *f,
                          const struct symbolise *s, const struct buf *said,
                          const struct buf *rerun)
{
    const struct verdict *v = &f->verdict;
    struct buf stack;
    buf_init(&stack, 65536);
    report_stack_add(&stack, s, &v->stack, WIDTH, INDENT);
    (void)printf("    FAIL %s: %s\n", opt->target, v->title);
    if (v->detail[0])
        (void)printf("%*s%s\n", INDENT, "", v->detail);
    print_input(f, opt, &stack);
    print_files(opt, f, rerun);
    if (said->size) {
        (void)printf("%*slast output:\n", INDENT, "");
        report_indented(buf_text(said), said->size, INDENT + 2);
    }
    (void)fflush(stdout);
    buf_release(&stack);
}

void report_failure(const struct options *opt, const struct failure *f)
{
    char *copy = without_nuls(f->output, f->output_size);
    const char *output = copy ? copy : "";
    struct symbolise *s = lookup(&f->verdict, output);
    struct buf said, rerun;
    buf_init(&said, (size_t)4 << 20);
    buf_init(&rerun, 65536);
    add_output(&said, s, output, &f->verdict.engine);
    add_rerun(&rerun, opt, f);
    if (events_on())
        events_failure(opt, f, s, buf_text(&said), buf_text(&rerun));
    else
        print_failure(opt, f, s, &said, &rerun);
    buf_release(&said);
    buf_release(&rerun);
    free(copy);
    symbolise_free(s);
}
