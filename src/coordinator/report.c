/* SPDX-License-Identifier: MIT
 *
 * See report.h.
 */
#include "coordinator/report.h"

#include <stdio.h>
#include <string.h>

#include "base/encoding.h"
#include "platform/platform.h"

/* Output of the failing process that a report shows. */
#define OUTPUT_SHOWN 16384u
/* Bytes of a value that a report shows. */
#define VALUE_SHOWN 256u

void report_init(struct report *r)
{
    *r = (struct report){.start_us = platform_now_us()};
    r->last_us = r->start_us;
}

static const char *elapsed(const struct report *r,
                           char text[DURATION_TEXT_SIZE])
{
    format_duration(text, platform_now_us() - r->start_us);
    return text;
}

void report_line(const char *fmt, ...)
{
    char line[1024];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    (void)fprintf(stderr, "%s\n", line);
}

void report_baseline(struct report *r, const struct progress *p)
{
    char time[DURATION_TEXT_SIZE];
    const char *what =
        p->has_coverage ? "gathering baseline coverage" : "testing seed corpus";
    if (p->baseline_done < p->baseline_total)
        report_line("fuzz: elapsed: %s, %s: %u/%u completed", elapsed(r, time),
                    what, p->baseline_done, p->baseline_total);
    else
        report_line("fuzz: elapsed: %s, %s: %u/%u completed, now fuzzing with "
                    "%u workers",
                    elapsed(r, time), what, p->baseline_done, p->baseline_total,
                    p->workers);
}

void report_fuzzing(struct report *r, const struct progress *p)
{
    char time[DURATION_TEXT_SIZE];
    uint64_t now = platform_now_us();
    uint64_t span = now - r->last_us;
    double rate =
        span ? (double)(p->execs - r->last_execs) * 1e6 / (double)span : 0;
    if (p->minimising)
        report_line("fuzz: elapsed: %s, minimizing", elapsed(r, time));
    else if (p->has_coverage)
        report_line("fuzz: elapsed: %s, execs: %llu (%.0f/sec), new "
                    "interesting: %u (total: %u), edges: %u",
                    elapsed(r, time), (unsigned long long)p->execs, rate,
                    p->found, p->total, p->edges);
    else
        report_line("fuzz: elapsed: %s, execs: %llu (%.0f/sec)",
                    elapsed(r, time), (unsigned long long)p->execs, rate);
    r->last_us = now;
    r->last_execs = p->execs;
}

void report_result(const char *result, const char *name, uint64_t us, int depth)
{
    char time[DURATION_TEXT_SIZE];
    format_seconds(time, us);
    (void)printf("%*s--- %s: %s (%s)\n", depth * 4, "", result, name, time);
}

void report_indented(const char *text, size_t size, int spaces)
{
    size_t at = 0;
    while (at < size) {
        const char *line = text + at;
        const char *end = memchr(line, '\n', size - at);
        size_t n = end ? (size_t)(end - line) : size - at;
        (void)printf("%*s", spaces, "");
        (void)fwrite(line, 1, n, stdout);
        (void)putchar('\n');
        at += n + 1;
    }
}

/* The call as the user would write it: parse_url(url = "http://["). */
static void print_call(const struct options *opt, const struct failure *f)
{
    struct input in;
    struct buf text;
    failure_input(f, opt, &in);
    buf_init(&text, (size_t)1 << 20);
    for (uint32_t i = 0; i < in.nargs; i++) {
        size_t shown =
            in.arg[i].size < VALUE_SHOWN ? in.arg[i].size : VALUE_SHOWN;
        if (i)
            buf_add_text(&text, ", ");
        encoding_write_value(&text, opt->sig.kind[i], in.arg[i].data, shown);
        if (shown < in.arg[i].size)
            buf_addf(&text, "... %u bytes", in.arg[i].size);
    }
    (void)printf("        %s(%s)\n", opt->target, buf_text(&text));
    buf_release(&text);
}

static void print_proof(const struct failure *f, const struct options *opt)
{
    size_t bytes = f->size - opt->sig.nargs * sizeof(uint32_t);
    if (f->confirm_runs)
        (void)printf("        reproduced %u/%u", f->confirmed, f->confirm_runs);
    else
        (void)printf("        not run again");
    if (bytes < f->first_bytes)
        (void)printf(", minimised %zu -> %zu bytes", f->first_bytes, bytes);
    else
        (void)printf(", %zu bytes", bytes);
    if (f->count > 1)
        (void)printf(", found %u times", f->count);
    (void)printf("\n");
    if (f->confirm_runs && f->confirmed == 0)
        (void)printf("        it did not fail again: it may depend on earlier "
                     "inputs, on time or on threads\n");
}

/* The end of what the failing process printed, without ASan's dump of shadow
 * memory, which tells nothing about the target. */
static void print_output(const struct failure *f)
{
    size_t size = f->output_size;
    if (!size)
        return;
    const char *shadow = strstr(f->output, "\nShadow bytes around");
    if (shadow)
        size = (size_t)(shadow - f->output);
    size_t skip = size > OUTPUT_SHOWN ? size - OUTPUT_SHOWN : 0;
    (void)printf("        last output%s:\n", skip ? " (its end)" : "");
    report_indented(f->output + skip, size - skip, 10);
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
    report_indented(buf_text(&file), file.size, 8);
    buf_release(&file);
}

/* Flags without which test mode, which has its own limits, would not fail. */
static void limit_flags(const struct options *opt, const struct failure *f,
                        char *text, size_t size)
{
    const struct verdict *v = &f->verdict;
    char limit[DURATION_TEXT_SIZE];
    *text = 0;
    format_seconds(limit, v->limit_us);
    if (v->timeout && v->limit_us != DEFAULT_TIMEOUT_US)
        (void)snprintf(text, size, " -inputtimeout=%s", limit);
    if ((v->memory || v->allocation) &&
        opt->max_resident != DEFAULT_MAX_RESIDENT)
        (void)snprintf(text, size, " -maxrss=%llu",
                       (unsigned long long)opt->max_resident);
}

void report_failure(const struct options *opt, const struct failure *f)
{
    char flags[64];
    limit_flags(opt, f, flags, sizeof flags);
    (void)printf("    FAIL %s: %s\n", opt->target, f->verdict.title);
    if (f->verdict.detail[0])
        (void)printf("        %s\n", f->verdict.detail);
    print_call(opt, f);
    print_proof(f, opt);
    print_output(f);
    if (f->origin == FAILURE_SEED) {
        (void)printf("        seed    %s/%s\n        re-run  %s -run=%s/%s%s\n",
                     opt->target, f->entry_name, opt->argv[0], opt->target,
                     f->entry_name, flags);
    } else if (f->save_error.code) {
        print_encoded(opt, f);
    } else {
        (void)printf(
            "        saved   %s/%s/%s\n        re-run  %s -run=%s/%s%s\n",
            opt->testdata, opt->target, f->name, opt->argv[0], opt->target,
            f->name, flags);
    }
    (void)fflush(stdout);
}
