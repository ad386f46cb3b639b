/* SPDX-License-Identifier: MIT
 *
 * See report_libfuzzer.h.
 */
#include "coordinator/report_libfuzzer.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "coordinator/report.h"
#include "coordinator/report_text.h"
#include "platform/platform.h"

/* Bytes of an input that libFuzzer prints. */
#define SHOWN_MAX 256u
#define TEXT_MAX  ((size_t)64 << 20)

/* Pulses begin when a run has lasted so long. */
#define PULSE_AFTER_US 2000000u

static struct libfuzzer_form form;
static bool on;
static int first_code;
static uint64_t begun_us;
static uint64_t next_pulse = 1;
static struct {
    unsigned crashes, timeouts, ooms;
} seen;

void libfuzzer_form_begin(const struct libfuzzer_form *settings)
{
    form = *settings;
    on = true;
    begun_us = platform_now_us();
}

bool libfuzzer_form_on(void)
{
    return on;
}

int libfuzzer_form_code(void)
{
    return first_code;
}

/* ---- status lines ---- */

static unsigned long long rate(const struct progress *p)
{
    uint64_t seconds = (platform_now_us() - begun_us) / 1000000u;
    return seconds ? p->execs / seconds : 0;
}

static void add_corpus(struct buf *out, const struct progress *p)
{
    unsigned long long n = p->unit_bytes;
    if (!p->units)
        return;
    buf_addf(out, " corp: %u", p->units);
    if (n && n < 1u << 14)
        buf_addf(out, "/%llub", n);
    else if (n && n < 1u << 24)
        buf_addf(out, "/%lluKb", n >> 10);
    else if (n)
        buf_addf(out, "/%lluMb", n >> 20);
    if (p->focused)
        buf_addf(out, " focus: %u", p->focused);
}

static void add_status(struct buf *out, const char *word, uint64_t execs,
                       const struct progress *p)
{
    buf_addf(out, "#%llu\t%-6s", (unsigned long long)execs, word);
    if (p->edges)
        buf_addf(out, " cov: %u", p->edges);
    if (p->features)
        buf_addf(out, " ft: %u", p->features);
    add_corpus(out, p);
    if (strcmp(word, "INITED") != 0)
        buf_addf(out, " lim: %llu", (unsigned long long)p->max_bytes);
    buf_addf(out, " exec/s: %llu rss: %lluMb", rate(p),
             (unsigned long long)(p->peak_resident >> 20));
}

/* Prints in one piece and releases. */
static void print(struct buf *text)
{
    (void)fwrite(buf_text(text), 1, text->size, stderr);
    (void)fflush(stderr);
    buf_release(text);
}

void libfuzzer_status(const char *word, const struct progress *p)
{
    struct buf line;
    if (form.quiet)
        return;
    buf_init(&line, 4096);
    add_status(&line, word, p->execs, p);
    buf_add_char(&line, '\n');
    print(&line);
}

void libfuzzer_new(const struct progress *p, uint32_t bytes, bool replaces,
                   const char *made)
{
    struct buf line;
    if (form.quiet || form.forks)
        return;
    buf_init(&line, 4096);
    add_status(&line, replaces ? "REDUCE" : "NEW", p->execs, p);
    buf_addf(&line, " L: %u/%llu %s\n", bytes, (unsigned long long)p->longest,
             made);
    print(&line);
}

/* One line for all workers, whose number stands where libFuzzer counts the
 * processes that it has started. */
static void fork_status(const struct progress *p)
{
    (void)fprintf(
        stderr,
        "#%llu: cov: %u ft: %u corp: %u exec/s: %llu "
        "oom/timeout/crash: %u/%u/%u time: %llus job: %u dft_time: "
        "0\n",
        (unsigned long long)p->execs, p->edges, p->features, p->units, rate(p),
        seen.ooms, seen.timeouts, seen.crashes,
        (unsigned long long)((platform_now_us() - begun_us) / 1000000u),
        p->workers);
}

void libfuzzer_pulse(const struct progress *p)
{
    struct buf line;
    if (p->minimising && p->minimise_tries && !form.quiet) {
        (void)fprintf(stderr,
                      "CRASH_MIN: %zu -> %zu bytes so far, tries: %llu\n",
                      p->minimise_from, p->minimise_to,
                      (unsigned long long)p->minimise_tries);
        return;
    }
    if (form.forks && !form.quiet && p->fuzzes)
        fork_status(p);
    if (form.quiet || form.forks || p->execs < next_pulse)
        return;
    while (next_pulse * 2 <= p->execs)
        next_pulse *= 2;
    if (platform_now_us() - begun_us >= PULSE_AFTER_US) {
        buf_init(&line, 4096);
        add_status(&line, "pulse", next_pulse, p);
        buf_add_char(&line, '\n');
        print(&line);
    }
    next_pulse *= 2;
}

/* ---- failures ---- */

void libfuzzer_trouble(const char *why)
{
    (void)fprintf(stderr, "ERROR: %s\n", why);
    if (!first_code)
        first_code = 1;
}

static void count(const struct verdict *v)
{
    if (v->timeout)
        seen.timeouts++;
    else if (v->memory || v->allocation)
        seen.ooms++;
    else
        seen.crashes++;
}

static void note_code(const struct verdict *v)
{
    bool memory = v->memory || v->allocation;
    count(v);
    /* libFuzzer's own, too: only crashes leave a code where all are ignored. */
    if (first_code || (v->timeout && (form.tolerated & TOLERATE_TIMEOUTS)) ||
        (memory && (form.tolerated & TOLERATE_MEMORY)))
        return;
    if (v->timeout)
        first_code = form.timeout_code;
    else if (v->memory || (v->allocation && v->cause != CAUSE_TOOL))
        first_code = LIBFUZZER_OOM_CODE;
    else if (v->cause == CAUSE_TOOL && !v->leak && v->exit_code)
        first_code = v->exit_code;
    else
        first_code = form.error_code;
}

void libfuzzer_add_text(struct buf *out, const uint8_t *data, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        uint8_t c = data[i];
        if (c == '\\' || c == '"')
            buf_addf(out, "\\%c", c);
        else if (c >= ' ' && c < 127)
            buf_add_char(out, (char)c);
        else
            buf_addf(out, "\\%03o", c);
    }
}

/* The bytes of a short input, as numbers and as text. */
static void add_bytes(struct buf *out, const struct span *in)
{
    if (in->size > SHOWN_MAX)
        return;
    for (uint32_t i = 0; i < in->size; i++)
        buf_addf(out, "0x%x,", in->data[i]);
    buf_add_char(out, '\n');
    libfuzzer_add_text(out, in->data, in->size);
    buf_add_char(out, '\n');
}

static void add_base64(struct buf *out, const uint8_t *data, uint32_t size)
{
    buf_add_text(out, "Base64: ");
    base64_add(out, data, size);
    buf_add_char(out, '\n');
}

void libfuzzer_base64(const uint8_t *data, uint32_t size)
{
    struct buf line;
    if (size > SHOWN_MAX)
        return;
    buf_init(&line, TEXT_MAX);
    add_base64(&line, data, size);
    print(&line);
}

/* What is written of a failure; f NULL: nothing, it was run for its own sake. */
struct artifact {
    const struct options *opt;
    const struct failure *f;
    struct input in;
};

static void add_artifact(struct buf *out, const struct artifact *a)
{
    const struct failure *f = a->f;
    const struct span *in = &a->in.arg[0];
    if (!f)
        return;
    if (!f->confirmed || failure_needs(f))
        buf_add_text(out, "INFO: Thresh could not reproduce this failure with "
                          "the input alone\n");
    /* An entry as it is comes of no mutation. */
    if (f->made)
        buf_addf(out, "%s\n", f->made);
    else
        buf_addf(out, "MS: 0 ; base unit: %040d\n", 0);
    add_bytes(out, in);
    if (f->save_error.code)
        buf_addf(out, "ERROR: the input is not saved: %s\n", f->save_error.msg);
    else
        buf_addf(out, "artifact_prefix='%s'; Test unit written to %s\n",
                 a->opt->plain->artifact_prefix, f->name);
    if (in->size <= SHOWN_MAX || f->save_error.code)
        add_base64(out, in->data, in->size);
}

/* "    #0 0x55... in function file:line", as the runtimes print it. */
static void add_stack(struct buf *out, const struct report_said *said)
{
    const struct stack *stack = &said->verdict->stack;
    for (uint32_t i = 0; i < stack->n; i++) {
        const struct stack_frame *f = &stack->frame[i];
        bool known = f->module != STACK_NO_MODULE;
        size_t n = 0;
        const struct symbolised *at =
            known ? symbolise_get(said->names, stack->module[f->module],
                                  f->address, &n)
                  : NULL;
        buf_addf(out, "    #%u 0x%012llx", i, (unsigned long long)f->pc);
        if (n && at[0].file[0])
            buf_addf(out, " in %s %s:%u", at[0].function, at[0].file,
                     at[0].line);
        else if (f->function[0])
            buf_addf(out, " in %s", f->function);
        if (known && !(n && at[0].file[0]))
            buf_addf(out, " (%s+0x%llx)", stack->module[f->module],
                     (unsigned long long)f->address);
        buf_add_char(out, '\n');
    }
    buf_add_char(out, '\n');
}

static void add_error(struct buf *out, const char *what)
{
    buf_addf(out, "==%ld== ERROR: libFuzzer: %s\n", platform_own_number(),
             what);
}

static void add_timeout(struct buf *out, const struct report_said *said,
                        const struct artifact *a)
{
    char text[64];
    unsigned long long seconds = said->verdict->limit_us / 1000000u;
    buf_addf(out,
             "ALARM: working on the last Unit for %llu seconds\n"
             "       and the timeout value is %llu (use -timeout=N to "
             "change)\n",
             seconds, seconds);
    add_artifact(out, a);
    (void)snprintf(text, sizeof text, "timeout after %llu seconds", seconds);
    add_error(out, text);
    add_stack(out, said);
    buf_add_text(out, "SUMMARY: libFuzzer: timeout\n");
}

static void add_memory(struct buf *out, const struct report_said *said,
                       const struct artifact *a)
{
    static const char said_by_us[] = "out of memory: ";
    const struct verdict *v = said->verdict;
    unsigned long long limit = form.max_resident >> 20;
    char text[VERDICT_TEXT + 64];
    if (strncmp(v->title, said_by_us, sizeof said_by_us - 1) == 0)
        (void)snprintf(text, sizeof text, "out-of-memory (%s)",
                       v->title + sizeof said_by_us - 1);
    else
        (void)snprintf(text, sizeof text,
                       "out-of-memory (used: %lluMb; limit: %lluMb)",
                       (unsigned long long)(v->resident >> 20), limit);
    add_error(out, text);
    buf_add_text(out, "   To change the out-of-memory limit use "
                      "-rss_limit_mb=<N>\n\n");
    report_said_add(out, said); /* the heap's profile, for one */
    if (v->stack.n)
        add_stack(out, said);
    add_artifact(out, a);
    buf_add_text(out, "SUMMARY: libFuzzer: out-of-memory\n");
}

static void add_signal(struct buf *out, const struct report_said *said)
{
    add_error(out, "deadly signal");
    add_stack(out, said);
    buf_add_text(out,
                 "NOTE: libFuzzer has rudimentary signal handlers.\n"
                 "      Combine libFuzzer with AddressSanitizer or similar "
                 "for better crash reports.\n"
                 "SUMMARY: libFuzzer: deadly signal\n");
}

/* In libFuzzer's order: of what it notices by itself the artifact stands in the
 * middle of the report, else at its end. */
static void add_verdict(struct buf *out, const struct report_said *said,
                        const struct artifact *a)
{
    const struct verdict *v = said->verdict;
    if (v->memory || (v->allocation && v->cause != CAUSE_TOOL)) {
        add_memory(out, said, a);
        return;
    }
    report_said_add(out, said);
    if (v->timeout) {
        add_timeout(out, said, a);
        return;
    } else if (v->leak) {
        if (a->f && a->f->in_corpus)
            buf_add_text(out, "\nINFO: a leak has been found in the initial "
                              "corpus.\n\n");
        buf_add_text(out, "INFO: to ignore leaks on libFuzzer side use "
                          "-detect_leaks=0.\n\n");
    } else if (v->cause == CAUSE_OVERWRITE) {
        add_error(out, "fuzz target overwrites its const input");
        buf_add_text(out, "SUMMARY: libFuzzer: overwrites-const-input\n");
    } else if (v->cause == CAUSE_EXIT) {
        add_error(out, "fuzz target exited");
        add_stack(out, said);
        buf_add_text(out, "SUMMARY: libFuzzer: fuzz target exited\n");
    } else if (v->cause != CAUSE_TOOL) {
        add_signal(out, said);
    }
    add_artifact(out, a);
}

static void report(const struct artifact *a, const struct verdict *v,
                   const char *output, size_t output_size)
{
    struct report_said said;
    struct buf out;
    buf_init(&out, TEXT_MAX);
    report_said_init(&said, v, output, output_size);
    add_verdict(&out, &said, a);
    report_said_release(&said);
    print(&out);
    note_code(v);
}

void libfuzzer_failure(const struct options *opt, const struct failure *f)
{
    struct artifact a = {.opt = opt, .f = f};
    failure_input(f, opt, &a.in);
    if (f->earlier_size)
        (void)fwrite(f->earlier, 1, f->earlier_size, stderr);
    report(&a, &f->verdict, f->output, f->output_size);
}

void libfuzzer_verdict(const struct verdict *v, const char *output,
                       size_t output_size)
{
    report(&(struct artifact){.f = NULL}, v, output, output_size);
}

void libfuzzer_leaks(const struct verdict *v, const char *output,
                     size_t output_size)
{
    struct report_said said;
    struct buf out;
    buf_init(&out, TEXT_MAX);
    report_said_init(&said, v, output, output_size);
    report_said_add(&out, &said);
    report_said_release(&said);
    print(&out);
}

void libfuzzer_final_stats(const struct progress *p)
{
    if (!form.final_stats)
        return;
    (void)fprintf(stderr,
                  "stat::number_of_executed_units: %llu\n"
                  "stat::average_exec_per_sec:     %llu\n"
                  "stat::new_units_added:          %u\n"
                  "stat::slowest_unit_time_sec:    %llu\n"
                  "stat::peak_rss_mb:              %llu\n",
                  (unsigned long long)p->execs, rate(p), p->found,
                  (unsigned long long)(p->slowest_us / 1000000u),
                  (unsigned long long)(p->peak_resident >> 20));
}
