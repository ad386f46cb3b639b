/* SPDX-License-Identifier: MIT
 *
 * `thresh plot`: a drawing of how runs went, as SVG. One panel for each target:
 * edges (filled, left) and finds (line, right) over time, reported failures as
 * marks, and under it the speed. It follows the reader's choice of light or dark
 * and needs nothing but the file.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/xml.h"
#include "tool/output.h"
#include "tool/stats.h"
#include "tool/tool.h"

#define TEXT_MAX ((size_t)1 << 28)

/* Pixels. */
#define WIDTH      900.0
#define LEFT       70.0 /* of the plots: room for labels */
#define RIGHT      790.0
#define HEAD       56.0
#define MAIN       190.0 /* height of the plot of edges and finds */
#define GAP        18.0
#define SPEED      46.0
#define FOOT       44.0
#define PANEL      (HEAD + MAIN + GAP + SPEED + FOOT)
#define TICKS_WANT 5.0
/* Points closer than that are drawn as one. */
#define STEP_MIN 0.5

struct values {
    const char *output;
};

/* A number axis: from 0 to max, pixels from `from` to `to`. */
struct axis {
    double max;
    double from;
    double to;
};

static double at(const struct axis *a, double value)
{
    return a->from + (a->to - a->from) * (a->max > 0 ? value / a->max : 0);
}

/* ---- numbers for people ---- */

/* "950", "12.3k", "8.34M". */
static void add_short(struct buf *out, double value)
{
    static const char units[] = " kMGT";
    size_t unit = 0;
    while (value >= 999.5 && unit + 2 < sizeof units) {
        value /= 1000;
        unit++;
    }
    if (unit == 0)
        buf_addf(out, "%.0f", value);
    else
        buf_addf(out, "%.3g%c", value, units[unit]);
}

/* How many steps make at least value. */
static double steps_up(double value, double step)
{
    double n = (double)(uint64_t)(value / step);
    return n * step < value ? n + 1 : n;
}

/* 1, 2 or 5 times a power of ten, so that about TICKS_WANT fit; whole. */
static double tick_step(double max)
{
    double raw = max / TICKS_WANT, power = 1;
    while (power * 10 <= raw)
        power *= 10;
    double lead = raw / power;
    return (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10) * power;
}

/* What clocks are divided into. */
static double time_step(double max)
{
    static const double steps[] = {1,    2,    5,     10,    15,    30,
                                   60,   120,  300,   600,   900,   1800,
                                   3600, 7200, 14400, 21600, 43200, 86400};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (max / steps[i] <= 8)
            return steps[i];
    return 86400 * steps_up(max / 8, 86400);
}

/* "0s", "30s", "5m", "1h30m", "2d". */
static void add_time(struct buf *out, double seconds)
{
    long s = (long)seconds, day = s / 86400;
    if (s < 60)
        buf_addf(out, "%lds", s);
    else if (s % 86400 == 0)
        buf_addf(out, "%ldd", day);
    else {
        if (s >= 3600)
            buf_addf(out, "%ldh", s / 3600);
        if (s % 3600 / 60)
            buf_addf(out, "%ldm", s % 3600 / 60);
        if (s % 60)
            buf_addf(out, "%lds", s % 60);
    }
}

/* ---- parts of a panel ---- */

static void add_label(struct buf *out, double x, double y, const char *class,
                      const char *anchor, const struct buf *text)
{
    buf_addf(out,
             "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\" text-anchor=\"%s\">", x,
             y, class, anchor);
    xml_text(out, buf_text(text), text->size);
    buf_add_text(out, "</text>\n");
}

static void add_line(struct buf *out, const char *class, double x1, double y1,
                     double x2, double y2)
{
    buf_addf(out,
             "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" "
             "y2=\"%.1f\"/>\n",
             class, x1, y1, x2, y2);
}

/* Labels of a vertical axis, with lines across where it is the left one. */
static void add_ticks(struct buf *out, const struct axis *y, bool left,
                      const char *class, double step)
{
    for (double v = 0; v <= y->max * 1.0001; v += step) {
        struct buf label;
        buf_init(&label, 64);
        add_short(&label, v);
        if (left)
            add_line(out, "grid", LEFT, at(y, v), RIGHT, at(y, v));
        add_label(out, left ? LEFT - 8 : RIGHT + 8, at(y, v) + 4, class,
                  left ? "end" : "start", &label);
        buf_release(&label);
    }
}

static void add_times(struct buf *out, const struct axis *x, double y)
{
    double step = time_step(x->max);
    for (double t = 0; t <= x->max * 1.0001; t += step) {
        struct buf label;
        buf_init(&label, 64);
        add_time(&label, t);
        add_line(out, "axis", at(x, t), y, at(x, t), y + 4);
        add_label(out, at(x, t), y + 18, "label", "middle", &label);
        buf_release(&label);
    }
}

typedef double (*value_of)(const struct stats_point *p);

static double edges_of(const struct stats_point *p)
{
    return p->edges;
}

static double found_of(const struct stats_point *p)
{
    return p->found;
}

static double rate_of(const struct stats_point *p)
{
    return p->rate;
}

/* The path of one run's points, [from, to): a line, or an area above y's
 * zero. What counts stays until it changes; a rate goes straight. */
static void add_path(struct buf *out, const struct stats_series *s, size_t from,
                     size_t to, const struct axis *x, const struct axis *y,
                     value_of value, const char *class, bool area)
{
    double last_x = 0, last_y = 0;
    buf_addf(out, "<path class=\"%s\" d=\"", class);
    for (size_t i = from; i < to; i++) {
        double px = at(x, s->point[i].seconds);
        double py = at(y, value(&s->point[i]));
        if (i == from && area)
            buf_addf(out, "M%.1f %.1fL%.1f %.1f", px, at(y, 0), px, py);
        else if (i == from)
            buf_addf(out, "M%.1f %.1f", px, py);
        else if (px - last_x < STEP_MIN && i + 1 < to)
            continue;
        else if (value == rate_of)
            buf_addf(out, "L%.1f %.1f", px, py);
        else
            buf_addf(out, "L%.1f %.1fL%.1f %.1f", px, last_y, px, py);
        last_x = px;
        last_y = py;
    }
    if (area)
        buf_addf(out, "L%.1f %.1fZ", last_x, at(y, 0));
    buf_add_text(out, "\"/>\n");
}

/* A path for each run. */
static void add_paths(struct buf *out, const struct stats_series *s,
                      const struct axis *x, const struct axis *y,
                      value_of value, const char *class, bool area)
{
    for (size_t from = 0, to; from < s->npoints; from = to) {
        to = from + 1;
        while (to < s->npoints && !s->point[to].first)
            to++;
        add_path(out, s, from, to, x, y, value, class, area);
    }
}

static double most(const struct stats_series *s, value_of value)
{
    double max = 1;
    for (size_t i = 0; i < s->npoints; i++)
        if (value(&s->point[i]) > max)
            max = value(&s->point[i]);
    return max;
}

/* A bit above what is shown, at a tick. */
static struct axis axis_for(double max, double from, double to)
{
    double step = tick_step(max);
    return (struct axis){
        .max = steps_up(max, step) * step, .from = from, .to = to};
}

static void add_marks(struct buf *out, const struct stats_series *s,
                      const struct axis *x, double top, double bottom)
{
    for (size_t i = 0; i < s->nmarks; i++) {
        double px = at(x, s->mark[i].seconds);
        buf_add_text(out, "<g><title>");
        add_time(out, s->mark[i].seconds);
        buf_add_text(out, ": ");
        xml_text(out, s->mark[i].title, strlen(s->mark[i].title));
        buf_add_text(out, "</title>");
        add_line(out, "failure", px, top, px, bottom);
        buf_addf(out, "<path class=\"flag\" d=\"M%.1f %.1fl-5 -9h10z\"/></g>\n",
                 px, top);
    }
}

/* ---- a panel ---- */

static void add_head(struct buf *out, const struct stats *all,
                     const struct stats_series *s, double top)
{
    const struct stats_point *last =
        s->npoints ? &s->point[s->npoints - 1] : NULL;
    struct buf line;
    buf_init(&line, 4096);
    buf_addf(&line, "%s", *s->target ? s->target : all->program);
    add_label(out, LEFT, top + 22, "title", "start", &line);
    buf_clear(&line);
    add_time(&line, all->seconds);
    if (last) {
        buf_add_text(&line, ", ");
        add_short(&line, last->execs);
        buf_add_text(&line, " executions, ");
        add_short(&line, last->edges);
        buf_add_text(&line, " edges, ");
        add_short(&line, last->found);
        buf_add_text(&line, " new inputs, ");
    }
    buf_addf(&line, "%zu failure%s reported", s->nmarks,
             s->nmarks == 1 ? "" : "s");
    add_label(out, RIGHT, top + 22, "label", "end", &line);
    buf_release(&line);
    buf_addf(out,
             "<text x=\"%.1f\" y=\"%.1f\" class=\"left\" text-anchor=\"end\">"
             "edges</text>\n<text x=\"%.1f\" y=\"%.1f\" class=\"right\">"
             "new inputs</text>\n",
             LEFT - 8, top + HEAD - 14, RIGHT + 8, top + HEAD - 14);
}

static void add_panel(struct buf *out, const struct stats *all,
                      const struct stats_series *s, double top)
{
    double bottom = top + HEAD + MAIN, low = bottom + GAP + SPEED;
    struct axis x = {
        .max = all->seconds > 0 ? all->seconds : 1, .from = LEFT, .to = RIGHT};
    struct axis edges = axis_for(most(s, edges_of), bottom, top + HEAD);
    struct axis found = axis_for(most(s, found_of), bottom, top + HEAD);
    struct axis rate = axis_for(most(s, rate_of), low, low - SPEED);
    add_head(out, all, s, top);
    add_ticks(out, &edges, true, "left", tick_step(edges.max));
    add_ticks(out, &found, false, "right", tick_step(found.max));
    add_paths(out, s, &x, &edges, edges_of, "area", true);
    add_paths(out, s, &x, &edges, edges_of, "edges", false);
    add_paths(out, s, &x, &found, found_of, "finds", false);
    for (size_t i = 0; i < all->nbegun; i++)
        add_line(out, "run", at(&x, all->begun[i]), top + HEAD,
                 at(&x, all->begun[i]), low);
    add_marks(out, s, &x, top + HEAD, bottom);
    add_ticks(out, &rate, true, "label", rate.max);
    buf_addf(out,
             "<text x=\"%.1f\" y=\"%.1f\" class=\"label\">executions/s</text>"
             "\n",
             RIGHT + 8, low - SPEED / 2 + 4);
    add_paths(out, s, &x, &rate, rate_of, "speed", false);
    add_line(out, "axis", LEFT, low, RIGHT, low);
    add_times(out, &x, low);
}

static const char style[] =
    "<style>\n"
    "svg{--back:#fff;--ink:#1f2328;--dim:#59636e;--grid:#e4e7eb;"
    "--edges:#0a66c2;--finds:#b35900;--speed:#59636e;--failure:#cf222e;"
    "font:12px system-ui,sans-serif}\n"
    "@media (prefers-color-scheme:dark){svg{--back:#0d1117;--ink:#e6edf3;"
    "--dim:#9198a1;--grid:#262c36;--edges:#58a6ff;--finds:#f0883e;"
    "--speed:#9198a1;--failure:#ff7b72}}\n"
    ".back{fill:var(--back)}.title{font-size:15px;font-weight:600;"
    "fill:var(--ink)}.label{fill:var(--dim)}.left{fill:var(--edges)}"
    ".right{fill:var(--finds)}\n"
    ".grid{stroke:var(--grid)}.axis{stroke:var(--dim)}"
    ".run{stroke:var(--dim);stroke-dasharray:2 4}\n"
    ".area{fill:var(--edges);opacity:.15}"
    ".edges,.finds,.speed{fill:none;stroke-width:1.8;stroke-linejoin:round}"
    ".edges{stroke:var(--edges)}.finds{stroke:var(--finds)}"
    ".speed{stroke:var(--speed);stroke-width:1.2}\n"
    ".failure{stroke:var(--failure);stroke-width:1.4}"
    ".flag{fill:var(--failure)}\n"
    "</style>\n";

static void draw(struct buf *out, const struct stats *s)
{
    double height = PANEL * (double)s->nseries;
    buf_addf(out,
             "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" "
             "height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n<title>"
             "How fuzzing went</title>\n",
             WIDTH, height, WIDTH, height);
    buf_add_text(out, style);
    buf_addf(out, "<rect class=\"back\" width=\"%.0f\" height=\"%.0f\"/>\n",
             WIDTH, height);
    for (size_t i = 0; i < s->nseries; i++)
        add_panel(out, s, &s->series[i], PANEL * (double)i);
    buf_add_text(out, "</svg>\n");
}

/* ---- the command ---- */

static int plot_file(const struct command *self, const char *path,
                     const char *output)
{
    struct stats stats;
    struct thresh_err err;
    struct buf drawing, name;
    if (stats_read(&stats, path, &err))
        return command_failed(self, "%s", err.msg);
    if (stats.bad_lines)
        (void)fprintf(stderr,
                      "thresh plot: %s: %zu line%s left out that %s no "
                      "event\n",
                      path, stats.bad_lines, stats.bad_lines == 1 ? "" : "s",
                      stats.bad_lines == 1 ? "is" : "are");
    buf_init(&drawing, TEXT_MAX);
    buf_init(&name, 65536);
    buf_addf(&name, "%s.svg", path);
    draw(&drawing, &stats);
    int code =
        drawing.failed
            ? command_failed(self, "no memory to draw")
            : output_write(self, output ? output : buf_text(&name), &drawing);
    buf_release(&drawing);
    buf_release(&name);
    stats_release(&stats);
    return code;
}

static int plot(const struct command *self, int argc, char *const *argv)
{
    struct values values = {0};
    struct command_line line;
    int code = TOOL_EXIT_USAGE;
    if (!command_read(self, argc, argv, &values, &line))
        return code;
    if (line.operands.n != 1)
        code = command_usage_error(self, "one file of statistics is to be "
                                         "named");
    else
        code = plot_file(self, line.operands.item[0], values.output);
    command_line_release(&line);
    return code;
}

static const struct command_flag flags[] = {
    {"output", COMMAND_TEXT, offsetof(struct values, output), "FILE",
     "where the drawing goes; \"-\" is standard output; default: the name of "
     "the statistics with .svg"},
};

const struct command command_plot = {
    .name = "plot",
    .summary = "draw how fuzzing went, as SVG",
    .usage = "[FLAGS] STATS",
    .about = "STATS is what a fuzz binary writes with -stats=FILE, or with "
             "-json. For each target it draws edges, new inputs, reported "
             "failures and executions per second over time; runs that were "
             "appended to one file follow each other.",
    .examples = "./url_fuzz -fuzz=parse_url -stats=run.stats\n"
                "thresh plot run.stats",
    COMMAND_FLAGS(flags),
    .run = plot,
};
