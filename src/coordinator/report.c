/* SPDX-License-Identifier: MIT
 *
 * See report.h.
 */
#include "coordinator/report.h"

#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "coordinator/events.h"
#include "coordinator/forms.h"
#include "coordinator/report_libfuzzer.h"
#include "platform/platform.h"

void report_init(struct report *r, const struct options *opt)
{
    uint64_t now = platform_now_us();
    *r = (struct report){.start_us = opt->began_us ? opt->began_us : now,
                         .last_us = now,
                         .no_search = opt->only_baseline};
    if (opt->several)
        (void)snprintf(r->label, sizeof r->label, "%s: ", opt->target);
}

void report_resume(struct report *r, uint64_t execs)
{
    r->last_us = platform_now_us();
    r->last_execs = execs;
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
    if (events_on())
        events_message(line);
}

/* A status line: machines get its numbers, in an event of its own. */
FORMATS(1, 2)
static void status_line(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)vfprintf(stderr, fmt, ap);
    va_end(ap);
}

void report_baseline(struct report *r, const struct progress *p)
{
    char time[DURATION_TEXT_SIZE];
    if (libfuzzer_form_on()) {
        if (p->fuzzes && (p->failures == 0 || p->goes_on))
            libfuzzer_status("INITED", p);
        return;
    }
    const char *what =
        p->has_coverage ? "gathering baseline coverage" : "testing seed corpus";
    if (events_on())
        events_progress("baseline", p, platform_now_us() - r->start_us, 0);
    status_line("fuzz: %selapsed: %s, %s: %u/%u completed", r->label,
                elapsed(r, time), what, p->baseline_done, p->baseline_total);
    if (p->baseline_done < p->baseline_total || r->no_search)
        status_line("\n");
    else
        status_line(", now fuzzing with %u workers\n", p->workers);
}

void report_fuzzing(struct report *r, const struct progress *p)
{
    char time[DURATION_TEXT_SIZE];
    uint64_t now = platform_now_us();
    if (libfuzzer_form_on()) {
        libfuzzer_pulse(p);
        return;
    }
    if (r->no_search && !p->minimising)
        return;
    uint64_t span = now - r->last_us;
    double rate =
        span ? (double)(p->execs - r->last_execs) * 1e6 / (double)span : 0;
    if (events_on())
        events_progress(p->minimising ? "minimizing" : "fuzzing", p,
                        now - r->start_us, rate);
    status_line("fuzz: %selapsed: %s, ", r->label, elapsed(r, time));
    if (p->minimising)
        status_line("minimizing\n");
    else if (p->has_coverage)
        status_line("execs: %llu (%.0f/sec), new interesting: %u (total: %u), "
                    "edges: %u\n",
                    (unsigned long long)p->execs, rate, p->found, p->total,
                    p->edges);
    else
        status_line("execs: %llu (%.0f/sec)\n", (unsigned long long)p->execs,
                    rate);
    r->last_us = now;
    r->last_execs = p->execs;
}

void report_new(const struct progress *p, uint32_t bytes, bool replaces)
{
    if (libfuzzer_form_on())
        libfuzzer_new(p, bytes, replaces);
}

void report_summary(const struct progress *p, size_t targets)
{
    if (events_on())
        events_summary(p, targets);
    if (targets)
        status_line("fuzz: all %zu targets: ", targets);
    else
        status_line("fuzz: %s: ", p->target);
    status_line("execs: %llu, new interesting: %u (total: %u), failures: %u\n",
                (unsigned long long)p->execs, p->found, p->total, p->failures);
}

void report_trouble(const char *target, uint64_t us, const char *why)
{
    if (libfuzzer_form_on()) {
        libfuzzer_trouble(why);
        return;
    }
    report_result("FAIL", target, us, 0);
    if (events_on()) {
        events_error(target, why, "");
    } else {
        report_text("    ", 4);
        report_text(why, strlen(why));
        report_text("\n", 1);
    }
}

void report_text(const char *text, size_t size)
{
    if (forms_have_stdout())
        return;
    (void)fwrite(text, 1, size, stdout);
    (void)fflush(stdout);
}

static void add_group(struct buf *out, const struct options *opt,
                      const struct failure *f)
{
    buf_addf(out, "    %10llu  %s  ", (unsigned long long)f->count,
             f->verdict.title);
    if (f->origin == FAILURE_SEED)
        buf_addf(out, "seed %s/%s\n", opt->target, f->entry_name);
    else if (f->name[0])
        buf_addf(out, "%s/%s/%s\n", opt->testdata, opt->target, f->name);
    else
        buf_add_text(out, "not saved\n");
}

void report_groups(const struct options *opt, const struct groups *groups)
{
    struct buf list;
    uint32_t n = groups_count(groups);
    uint64_t execs = groups->beyond;
    buf_init(&list, (size_t)64 << 20);
    for (uint32_t i = 0; i < groups->count; i++) {
        const struct failure *f = groups->list[i];
        if (f->dropped || f->same_as)
            continue;
        execs += f->count;
        add_group(&list, opt, f);
        if (events_on())
            events_group(opt, f);
    }
    if (groups->beyond)
        buf_addf(&list, "    %10llu  of further kinds, saved in %s/%s\n",
                 (unsigned long long)groups->beyond, opt->testdata,
                 opt->target);
    if (n && !events_on() && !forms_have_stdout() && !libfuzzer_form_on()) {
        (void)printf("    %u kind%s of failure in %llu failing execution%s:\n",
                     n, n == 1 ? "" : "s", (unsigned long long)execs,
                     execs == 1 ? "" : "s");
        report_text(buf_text(&list), list.size);
    }
    buf_release(&list);
}
