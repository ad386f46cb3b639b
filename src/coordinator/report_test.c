/* SPDX-License-Identifier: MIT
 *
 * The results of tests; see report.h. To people as Go prints them, to machines
 * in the form they asked for.
 */
#include <stdio.h>
#include <string.h>

#include "base/printable.h"
#include "coordinator/events.h"
#include "coordinator/forms.h"
#include "coordinator/live.h"
#include "coordinator/report.h"
#include "coordinator/report_libfuzzer.h"
#include "coordinator/report_text.h"

#define WIDTH  80
#define INDENT 8

#define TEXT_MAX ((size_t)64 << 20)
/* Of what a process printed that ended for no input. */
#define OUTPUT_SHOWN ((size_t)4 << 10)

void report_run(const char *name)
{
    live_hide();
    if (events_on())
        events_run(name);
    else if (!forms_have_stdout())
        (void)printf("=== RUN   %s\n", name);
}

void report_result(const char *result, const char *name, uint64_t us, int depth)
{
    char time[DURATION_TEXT_SIZE];
    if (libfuzzer_form_on())
        return;
    live_hide();
    if (events_on()) {
        events_result(result, name, us);
    } else if (!forms_have_stdout()) {
        format_seconds(time, us);
        (void)printf("%*s--- %s: %s (%s)\n", depth * 4, "", result, name, time);
    }
}

/* What is known of an input that did not pass. */
static void add_ending(struct buf *out, const struct report_test *t,
                       const struct report_said *said)
{
    const struct verdict *v = t->verdict;
    buf_addf(out, "%s\n", v ? v->title : t->error);
    if (v && v->detail[0])
        buf_addf(out, "%s\n", v->detail);
    if (v && v->stack.n) {
        report_stack_add(out, said->names, &v->stack, WIDTH - INDENT, 0);
        buf_add_char(out, '\n');
    }
    report_said_add(out, said);
}

static void tell_failed(const struct report_test *t, const char *path)
{
    static const struct verdict none;
    struct report_said said;
    struct buf text, output, indented;
    report_said_init(&said, t->verdict ? t->verdict : &none, t->output,
                     t->output_size);
    buf_init(&text, TEXT_MAX);
    buf_init(&output, TEXT_MAX);
    buf_init(&indented, TEXT_MAX);
    add_ending(&text, t, &said);
    report_said_add(&output, &said);
    report_indent(&indented, buf_text(&text), text.size, INDENT);
    forms_result(&(struct form_result){
        .target = t->target,
        .name = t->input ? t->input : t->target,
        .us = t->us,
        .kind = t->verdict ? verdict_word(t->verdict) : FORM_ERROR,
        .title = t->verdict ? t->verdict->title : t->error,
        .text = buf_text(&text),
        .file = t->file,
        .verdict = t->verdict,
        .names = said.names,
    });
    if (t->target_us)
        report_result("FAIL", t->target, t->target_us, 0);
    if (t->input)
        report_result("FAIL", path, t->us, 1);
    if (!events_on())
        report_text(buf_text(&indented), indented.size);
    else if (t->verdict)
        events_ending(path, t->verdict, said.names, buf_text(&output));
    else
        events_error(path, t->error, buf_text(&output));
    buf_release(&text);
    buf_release(&output);
    buf_release(&indented);
    report_said_release(&said);
}

static void add_output(struct buf *out, const struct report_test *t)
{
    struct buf plain;
    buf_init(&plain, TEXT_MAX);
    printable_add(&plain, t->output, t->output_size);
    report_indent(out, buf_text(&plain), plain.size, INDENT);
    buf_release(&plain);
}

static void tell_passed(const struct report_test *t, const char *path)
{
    struct buf text;
    forms_result(&(struct form_result){
        .target = t->target, .name = t->input, .us = t->us});
    if (!t->verbose && !events_on())
        return;
    buf_init(&text, TEXT_MAX);
    add_output(&text, t);
    if (!events_on())
        report_text(buf_text(&text), text.size);
    else if (t->output_size)
        events_output(t->output, t->output_size);
    report_result("PASS", path, t->us, 1);
    buf_release(&text);
}

void report_test(const struct report_test *t)
{
    char path[STORE_PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s%s%s", t->target, t->input ? "/" : "",
                   t->input ? t->input : "");
    if (t->input && (t->verbose || events_on()))
        report_run(path);
    if (t->verdict && t->verdict->kind == VERDICT_PASS)
        tell_passed(t, path);
    else
        tell_failed(t, path);
    (void)fflush(stdout);
}

void report_end(const struct verdict *v, platform_handle output)
{
    static char tail[OUTPUT_SHOWN];
    struct report_said said;
    struct buf text, indented;
    size_t size = platform_output_tail(output, tail, sizeof tail);
    report_line("%s", v->title);
    report_said_init(&said, v, tail, size);
    buf_init(&text, TEXT_MAX);
    buf_init(&indented, TEXT_MAX);
    report_said_add(&text, &said);
    report_indent(&indented, buf_text(&text), text.size, INDENT / 2);
    (void)fwrite(buf_text(&indented), 1, indented.size, stderr);
    if (events_on() && text.size)
        events_output(buf_text(&text), text.size);
    buf_release(&text);
    buf_release(&indented);
    report_said_release(&said);
}

void report_fuzzed(const char *target, uint64_t us, const char *trouble)
{
    forms_result(&(struct form_result){
        .target = target,
        .name = "fuzzing",
        .us = us,
        .kind = trouble ? FORM_ERROR : NULL,
        .title = trouble,
        .text = "",
    });
}
