/* SPDX-License-Identifier: MIT
 *
 * See report.h.
 */
#include "coordinator/report.h"

#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "coordinator/events.h"
#include "platform/platform.h"

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
    const char *what =
        p->has_coverage ? "gathering baseline coverage" : "testing seed corpus";
    if (events_on())
        events_progress("baseline", p, platform_now_us() - r->start_us, 0);
    status_line("fuzz: elapsed: %s, %s: %u/%u completed", elapsed(r, time),
                what, p->baseline_done, p->baseline_total);
    if (p->baseline_done < p->baseline_total)
        status_line("\n");
    else
        status_line(", now fuzzing with %u workers\n", p->workers);
}

void report_fuzzing(struct report *r, const struct progress *p)
{
    char time[DURATION_TEXT_SIZE];
    uint64_t now = platform_now_us();
    uint64_t span = now - r->last_us;
    double rate =
        span ? (double)(p->execs - r->last_execs) * 1e6 / (double)span : 0;
    if (events_on())
        events_progress(p->minimising ? "minimizing" : "fuzzing", p,
                        now - r->start_us, rate);
    status_line("fuzz: elapsed: %s, ", elapsed(r, time));
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

void report_run(const char *name)
{
    if (events_on())
        events_run(name);
    else
        (void)printf("=== RUN   %s\n", name);
    (void)fflush(stdout);
}

void report_result(const char *result, const char *name, uint64_t us, int depth)
{
    char time[DURATION_TEXT_SIZE];
    if (events_on()) {
        events_result(result, name, us);
        return;
    }
    format_seconds(time, us);
    (void)printf("%*s--- %s: %s (%s)\n", depth * 4, "", result, name, time);
}

void report_indented(const char *text, size_t size, int spaces)
{
    size_t at = 0;
    if (events_on()) {
        if (size)
            events_output(text, size);
        return;
    }
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

static void print_group(const struct options *opt, const struct failure *f)
{
    if (events_on()) {
        events_group(opt, f);
        return;
    }
    (void)printf("    %10llu  %s  ", (unsigned long long)f->count,
                 f->verdict.title);
    if (f->origin == FAILURE_SEED)
        (void)printf("seed %s/%s\n", opt->target, f->entry_name);
    else if (f->name[0])
        (void)printf("%s/%s/%s\n", opt->testdata, opt->target, f->name);
    else
        (void)printf("not saved\n");
}

static bool is_listed(const struct failure *f)
{
    return !f->dropped && !f->same_as;
}

void report_groups(const struct options *opt, const struct groups *groups)
{
    unsigned n = 0;
    uint64_t execs = groups->beyond;
    for (uint32_t i = 0; i < groups->count; i++) {
        n += is_listed(groups->list[i]);
        execs += is_listed(groups->list[i]) ? groups->list[i]->count : 0;
    }
    if (!n)
        return;
    if (!events_on())
        (void)printf("    %u kind%s of failure in %llu failing execution%s:\n",
                     n, n == 1 ? "" : "s", (unsigned long long)execs,
                     execs == 1 ? "" : "s");
    for (uint32_t i = 0; i < groups->count; i++)
        if (is_listed(groups->list[i]))
            print_group(opt, groups->list[i]);
    if (groups->beyond && !events_on())
        (void)printf("    %10llu  of further kinds, saved in %s/%s\n",
                     (unsigned long long)groups->beyond, opt->testdata,
                     opt->target);
    (void)fflush(stdout);
}
