/* SPDX-License-Identifier: MIT
 *
 * See live_view.h. From top to bottom: what runs; edges over time; numbers; the
 * newest finds; the newest failures.
 */
#include "coordinator/live_view.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "coordinator/report.h"

#define BOLD  "\x1b[1m"
#define DIM   "\x1b[2m"
#define RED   "\x1b[31m"
#define GREEN "\x1b[32m"
#define BLUE  "\x1b[36m"
#define PLAIN "\x1b[0m"

/* Columns left of a plot, and what stands before numbers and news. */
#define MARGIN         10u
#define FIRST_APART_US 100000u
/* So few are shown from 0 on in any case. */
#define FEW_EDGES 100u
/* On terminals of so many rows, several finds and failures get one each. */
#define ROWS_FOR_NEWS 40u

/* ---- history ---- */

/* Every second sample goes, and further ones are twice as rare. */
static void thin(struct live_history *h)
{
    for (uint32_t i = 0; i < LIVE_SAMPLES / 2; i++)
        h->sample[i] = h->sample[2 * i + 1];
    h->nsamples = LIVE_SAMPLES / 2;
    h->apart_us *= 2;
}

void live_note(struct live_history *h, const struct progress *p, uint64_t us)
{
    const struct live_sample *last =
        h->nsamples ? &h->sample[h->nsamples - 1] : NULL;
    if (!h->apart_us)
        h->apart_us = FIRST_APART_US;
    h->speed[h->looks % LIVE_SPEED].us = us;
    h->speed[h->looks % LIVE_SPEED].execs = p->execs;
    h->looks++;
    if (last && (last->edges == p->edges || us < last->us + h->apart_us))
        return;
    if (h->nsamples == LIVE_SAMPLES)
        thin(h);
    h->sample[h->nsamples++] = (struct live_sample){us, p->edges};
}

void live_resume(struct live_history *h)
{
    h->looks = 0;
}

void live_add_news(struct live_news ring[LIVE_NEWS], uint64_t *n, uint64_t us,
                   const char *fmt, ...)
{
    struct live_news *news = &ring[(*n)++ % LIVE_NEWS];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(news->text, sizeof news->text, fmt, ap);
    va_end(ap);
    /* One column each, whatever the terminal makes of others. */
    for (char *c = news->text; *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    news->us = us;
}

static double speed(const struct live_history *h)
{
    uint64_t n = h->looks < LIVE_SPEED ? h->looks : LIVE_SPEED;
    if (n < 2)
        return 0;
    uint64_t first = (h->looks - n) % LIVE_SPEED;
    uint64_t last = (h->looks - 1) % LIVE_SPEED;
    uint64_t us = h->speed[last].us - h->speed[first].us;
    uint64_t execs = h->speed[last].execs - h->speed[first].execs;
    return us ? (double)execs * 1e6 / (double)us : 0;
}

/* The edges that were known at a time. */
static uint32_t edges_at(const struct live_history *h, uint64_t us)
{
    uint32_t low = 0, high = h->nsamples;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (h->sample[middle].us <= us)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? h->sample[low - 1].edges : 0;
}

/* ---- rows ---- */

static struct live_row *add_row(struct live_view *v)
{
    static struct live_row beyond;
    struct live_row *row = v->n < LIVE_MAX_ROWS ? &v->row[v->n++] : &beyond;
    *row = (struct live_row){0};
    return row;
}

/* A colour, which takes no column. */
static void style(struct live_row *row, const char *sequence)
{
    size_t n = strlen(sequence);
    if (row->size + n < sizeof row->text) {
        memcpy(row->text + row->size, sequence, n + 1);
        row->size += n;
    }
}

/* A character of one column; what has no room is left out. */
static void glyph(struct live_row *row, const struct live_view *v,
                  const char *text)
{
    size_t n = strlen(text);
    if (row->columns + 1 >= v->columns ||
        row->size + n + sizeof PLAIN >= sizeof row->text)
        return;
    memcpy(row->text + row->size, text, n + 1);
    row->size += n;
    row->columns++;
}

FORMATS(3, 4)
static void add(struct live_row *row, const struct live_view *v,
                const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    for (const char *c = text; *c; c++)
        glyph(row, v, (char[]){*c, 0});
}

static void pad(struct live_row *row, const struct live_view *v, unsigned to)
{
    while (row->columns < to && row->columns + 1 < v->columns)
        glyph(row, v, " ");
}

/* "8,340,580" */
static const char *grouped(char out[32], uint64_t value)
{
    char digits[32];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    size_t at = 0;
    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = 0;
    return out;
}

/* ---- the parts ---- */

static const char *phase_of(const struct progress *p)
{
    return p->minimising ? "ending"
           : p->fuzzes   ? "fuzzing"
                         : "running the corpus";
}

static void add_head(struct live_view *v, const struct progress *p, uint64_t us)
{
    struct live_row *row = add_row(v);
    char time[DURATION_TEXT_SIZE], right[80];
    int n = snprintf(right, sizeof right, "%u worker%s", p->workers,
                     p->workers == 1 ? "" : "s");
    if (p->on_failures && n > 0 && (size_t)n < sizeof right)
        n += snprintf(right + n, sizeof right - (size_t)n, ", %u on failures",
                      p->on_failures);
    format_duration(time, us);
    style(row, BOLD);
    add(row, v, "%s", p->target);
    style(row, PLAIN);
    add(row, v, "  %s  %s", phase_of(p), time);
    if (p->minimise_tries)
        add(row, v, "  minimizing: %zu -> %zu bytes", p->minimise_from,
            p->minimise_to);
    if (n > 0 && row->columns + 2 + (unsigned)n < v->columns)
        pad(row, v, v->columns - 1 - (unsigned)n);
    else
        add(row, v, "  ");
    add(row, v, "%s", right);
}

/* How much of a cell of the plot is filled, in eighths. */
static const char *cell(const struct live_view *v, unsigned eighths)
{
    static const char *const blocks[] = {" ",      "\u2581", "\u2582",
                                         "\u2583", "\u2584", "\u2585",
                                         "\u2586", "\u2587", "\u2588"};
    static const char *const ascii[] = {" ", ".", ".", ".", ":",
                                        ":", ":", "#", "#"};
    return v->utf8 ? blocks[eighths] : ascii[eighths];
}

/* The range of edges that a plot shows: from 0, unless that would leave nothing
 * to be seen of what changed. */
struct range {
    uint32_t low;
    uint32_t high;
};

static struct range range_of(const struct live_history *h)
{
    struct range r = {UINT32_MAX, 1};
    for (uint32_t i = 0; i < h->nsamples; i++) {
        uint32_t edges = h->sample[i].edges;
        r.high = edges > r.high ? edges : r.high;
        if (edges)
            r.low = edges < r.low ? edges : r.low;
    }
    if (r.high < FEW_EDGES || r.low < r.high / 2)
        r.low = 0;
    else
        r.low -= (r.high - r.low) / 4 + 1;
    return r;
}

static void add_plot(struct live_view *v, const struct live_history *h,
                     uint64_t us, unsigned height)
{
    struct range range = range_of(h);
    unsigned width = v->columns - 1 - MARGIN;
    uint64_t span = (uint64_t)range.high - range.low;
    for (unsigned y = height; y-- > 0;) {
        struct live_row *row = add_row(v);
        style(row, DIM);
        if (y == height - 1)
            add(row, v, "%*u ", (int)MARGIN - 2, range.high);
        else if (y == 0)
            add(row, v, "%*u ", (int)MARGIN - 2, range.low);
        pad(row, v, MARGIN - 1);
        glyph(row, v, v->utf8 ? "\u2502" : "|");
        style(row, PLAIN BLUE);
        for (unsigned x = 0; x < width; x++) {
            uint32_t edges = edges_at(h, us * (x + 1) / width);
            uint64_t over = edges > range.low ? edges - range.low : 0;
            uint64_t level = (over * height * 8 + span / 2) / span;
            if (over && !level)
                level = 1;
            level = level > (uint64_t)y * 8 ? level - (uint64_t)y * 8 : 0;
            glyph(row, v, cell(v, level < 8 ? (unsigned)level : 8));
        }
    }
}

/* The bottom line of the plot: time. */
static void add_axis(struct live_view *v, uint64_t us)
{
    struct live_row *row = add_row(v);
    char time[DURATION_TEXT_SIZE];
    format_duration(time, us);
    unsigned right = v->columns - 1 - (unsigned)strlen(time) - 1;
    style(row, DIM);
    add(row, v, "%*s ", (int)MARGIN - 2, "edges");
    glyph(row, v, v->utf8 ? "\u2514" : "+");
    while (row->columns < right)
        glyph(row, v, v->utf8 ? "\u2500" : "-");
    add(row, v, " %s", time);
}

/* While the corpus is run: how much of it has been. */
static void add_bar(struct live_view *v, const struct progress *p)
{
    struct live_row *row = add_row(v);
    char done[32], total[32];
    unsigned width = v->columns / 2 - MARGIN;
    uint64_t eighths = p->baseline_total ? (uint64_t)p->baseline_done * width *
                                               8 / p->baseline_total
                                         : 0;
    add(row, v, "%-*s", (int)MARGIN, "corpus");
    style(row, BLUE);
    for (uint64_t x = 0; x < width; x++) {
        uint64_t left = eighths > x * 8 ? eighths - x * 8 : 0;
        const char *rest = v->utf8 ? "\u2591" : ".";
        glyph(row, v, left ? cell(v, left < 8 ? (unsigned)left : 8) : rest);
    }
    style(row, PLAIN);
    add(row, v, "  %s of %s", grouped(done, p->baseline_done),
        grouped(total, p->baseline_total));
}

static void add_numbers(struct live_view *v, const struct live_history *h,
                        const struct progress *p)
{
    struct live_row *row = add_row(v);
    char execs[32], rate[32], total[32];
    add(row, v, "%-*s", (int)MARGIN, "execs");
    style(row, BOLD);
    add(row, v, "%s", grouped(execs, p->execs));
    style(row, PLAIN);
    add(row, v, "  %s/s", grouped(rate, (uint64_t)speed(h)));
    if (!p->has_coverage)
        return;
    add(row, v, "   corpus ");
    style(row, BOLD);
    add(row, v, "%s", grouped(total, p->total));
    style(row, PLAIN);
    add(row, v, " (%u new)", p->found);
    if (p->edges && p->total)
        add(row, v, "   stability %.1f%%",
            100.0 - 100.0 * p->unstable / p->edges);
}

static void add_one(struct live_row *row, struct live_view *v,
                    const struct live_news *news, uint64_t us)
{
    char ago[DURATION_TEXT_SIZE];
    format_duration(ago, us > news->us ? us - news->us : 0);
    add(row, v, "%s ago  %s", ago, news->text);
}

/* The newest, as many as `most`, a row each. */
static void add_news(struct live_view *v, const char *name, const char *colour,
                     const struct live_news ring[LIVE_NEWS], uint64_t n,
                     unsigned most, uint64_t us)
{
    unsigned count = n < most ? (unsigned)n : most;
    for (unsigned i = 0; i < (count ? count : 1); i++) {
        struct live_row *row = add_row(v);
        add(row, v, "%-*s", (int)MARGIN, i ? "" : name);
        if (!count) {
            style(row, DIM);
            add(row, v, "none yet");
            return;
        }
        style(row, colour);
        add_one(row, v, &ring[(n - 1 - i) % LIVE_NEWS], us);
    }
}

/* What there is only on a terminal that is large enough. */
static void add_rest(struct live_view *v, const struct live_history *h,
                     const struct progress *p, uint64_t us)
{
    unsigned news = v->rows >= ROWS_FOR_NEWS ? LIVE_NEWS : 1;
    if (p->has_coverage)
        add_news(v, "new", GREEN, h->find, h->nfinds, news, us);
    add_news(v, "failures", RED BOLD, h->failure, h->nfailures, news, us);
}

/* The rows of a plot that leave room for all others. */
static unsigned plot_height(const struct live_view *v)
{
    unsigned news = v->rows >= ROWS_FOR_NEWS ? LIVE_NEWS : 1;
    unsigned all = v->rows / 2 < LIVE_MAX_ROWS ? v->rows / 2 : LIVE_MAX_ROWS;
    unsigned others = 3 + 2 * news; /* head, axis, numbers, news */
    return all > others + 1 ? all - others : 1;
}

void live_view_make(struct live_view *v, const struct live_history *h,
                    const struct progress *p, uint64_t us)
{
    bool large = v->columns >= LIVE_MIN_COLUMNS && v->rows >= LIVE_MIN_ROWS;
    v->n = 0;
    if (v->columns > LIVE_MAX_COLUMNS)
        v->columns = LIVE_MAX_COLUMNS;
    add_head(v, p, us);
    if (large && p->fuzzes && p->has_coverage) {
        add_plot(v, h, us, plot_height(v));
        add_axis(v, us);
    } else if (large && !p->fuzzes) {
        add_bar(v, p);
    }
    add_numbers(v, h, p);
    if (large)
        add_rest(v, h, p, us);
    for (unsigned i = 0; i < v->n; i++)
        style(&v->row[i], PLAIN);
}
