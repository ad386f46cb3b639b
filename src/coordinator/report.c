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
#include "coordinator/live.h"
#include "coordinator/report_libfuzzer.h"
#include "platform/platform.h"

void report_init(struct report *r, const struct options *opt)
{
    uint64_t now = platform_now_us();
    *r = (struct report){.start_us = opt->began_us ? opt->began_us : now,
                         .last_us = now,
                         .sample_us = now,
                         .no_search = opt->only_baseline};
    if (opt->several)
        (void)snprintf(r->label, sizeof r->label, "%s: ", opt->target);
}

void report_resume(struct report *r, uint64_t execs)
{
    live_resume(&r->history);
    r->last_us = r->sample_us = platform_now_us();
    r->last_execs = r->sample_execs = execs;
}

static double per_second(uint64_t execs, uint64_t us)
{
    return us ? (double)execs * 1e6 / (double)us : 0;
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
    live_hide();
    (void)fprintf(stderr, "%s\n", line);
    if (events_on())
        events_message(line);
}

/* A status line: machines get its numbers, in an event of its own. */
FORMATS(1, 2)
static void status_line(const char *fmt, ...)
{
    va_list ap;
    live_hide();
    va_start(ap, fmt);
    (void)vfprintf(stderr, fmt, ap);
    va_end(ap);
}

/* Steps of the time of the run between samples: how fine a plot of it can be,
 * however long it was. */
#define SAMPLES_OF_RUN 200u
#define SAMPLE_MIN_US  100000u

static bool sample_is_due(const struct report *r, uint64_t now)
{
    uint64_t every = (now - r->start_us) / SAMPLES_OF_RUN;
    return events_have_stats() &&
           now - r->sample_us >=
               (every > SAMPLE_MIN_US ? every : SAMPLE_MIN_US);
}

static const char *phase_of(const struct progress *p)
{
    return p->minimising ? "minimizing" : p->fuzzes ? "fuzzing" : "baseline";
}

static void sample(struct report *r, const struct progress *p)
{
    uint64_t now = platform_now_us(), span = now - r->sample_us;
    if (!events_have_stats())
        return;
    events_sample(phase_of(p), p, now - r->start_us,
                  per_second(p->execs - r->sample_execs, span));
    r->sample_us = now;
    r->sample_execs = p->execs;
}

bool report_is_due(const struct report *r, uint64_t now_us)
{
    return sample_is_due(r, now_us) ||
           (live_on() && now_us - r->live_us >= LIVE_EVERY_US);
}

void report_look(struct report *r, const struct progress *p)
{
    uint64_t now = platform_now_us();
    if (sample_is_due(r, now))
        sample(r, p);
    if (!live_on())
        return;
    live_note(&r->history, p, now - r->start_us);
    live_draw(&r->history, p, now - r->start_us);
    r->live_us = now;
}

void report_baseline(struct report *r, const struct progress *p)
{
    char time[DURATION_TEXT_SIZE];
    if (libfuzzer_form_on()) {
        if (p->fuzzes && (p->failures == 0 || p->goes_on))
            libfuzzer_status("INITED", p);
        else if (!p->fuzzes)
            libfuzzer_pulse(p);
        return;
    }
    const char *what =
        p->has_coverage ? "gathering baseline coverage" : "testing seed corpus";
    if (p->ended || p->fuzzes)
        sample(r, p);
    else if (live_on())
        return;
    if (events_on())
        events_progress("baseline", p, platform_now_us() - r->start_us, 0);
    status_line("fuzz: %selapsed: %s, %s: %u/%u completed", r->label,
                elapsed(r, time), what, p->baseline_done, p->baseline_total);
    if (p->baseline_done < p->baseline_total || r->no_search)
        status_line("\n");
    else
        status_line(", now fuzzing with %u workers\n", p->workers);
}

static void fuzzing_line(const struct report *r, const struct progress *p,
                         double rate)
{
    char time[DURATION_TEXT_SIZE];
    status_line("fuzz: %selapsed: %s, ", r->label, elapsed(r, time));
    if (p->minimising && p->minimise_tries)
        status_line("minimizing: %zu -> %zu bytes, tries: %llu\n",
                    p->minimise_from, p->minimise_to,
                    (unsigned long long)p->minimise_tries);
    else if (p->minimising)
        status_line("minimizing\n");
    else if (p->has_coverage)
        status_line("execs: %llu (%.0f/sec), new interesting: %u (total: %u), "
                    "edges: %u\n",
                    (unsigned long long)p->execs, rate, p->found, p->total,
                    p->edges);
    else
        status_line("execs: %llu (%.0f/sec)\n", (unsigned long long)p->execs,
                    rate);
}

void report_fuzzing(struct report *r, const struct progress *p)
{
    uint64_t now = platform_now_us();
    if (libfuzzer_form_on()) {
        libfuzzer_pulse(p);
        return;
    }
    if (r->no_search && !p->minimising)
        return;
    double rate = per_second(p->execs - r->last_execs, now - r->last_us);
    if (p->ended)
        sample(r, p);
    if (events_on())
        events_progress(phase_of(p), p, now - r->start_us, rate);
    if (p->ended || !live_on())
        fuzzing_line(r, p, rate);
    r->last_us = now;
    r->last_execs = p->execs;
}

void report_new(struct report *r, const struct progress *p, const char *name,
                uint32_t bytes, bool replaces, const char *made)
{
    if (libfuzzer_form_on())
        libfuzzer_new(p, bytes, replaces, made);
    else if (!replaces)
        live_add_news(r->history.find, &r->history.nfinds,
                      platform_now_us() - r->start_us, "%s, %u byte%s", name,
                      bytes, bytes == 1 ? "" : "s");
}

void report_summary(const struct progress *p, size_t targets)
{
    events_summary(p, targets);
    if (targets)
        status_line("fuzz: all %zu targets: ", targets);
    else
        status_line("fuzz: %s: ", p->target);
    status_line("execs: %llu, new interesting: %u (total: %u), failures: %u\n",
                (unsigned long long)p->execs, p->found, p->total, p->failures);
}

void report_tested(const char *target, uint64_t inputs, uint64_t us)
{
    char time[DURATION_TEXT_SIZE];
    format_duration(time, us);
    status_line("test: %s: elapsed: %s, inputs run: %llu\n", target, time,
                (unsigned long long)inputs);
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
    live_hide();
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
        live_hide();
        (void)printf("    %u kind%s of failure in %llu failing execution%s:\n",
                     n, n == 1 ? "" : "s", (unsigned long long)execs,
                     execs == 1 ? "" : "s");
        report_text(buf_text(&list), list.size);
    }
    buf_release(&list);
}
