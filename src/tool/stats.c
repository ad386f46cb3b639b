/* SPDX-License-Identifier: MIT
 *
 * See stats.h. doc/output.md describes the lines.
 */
#include "tool/stats.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "platform/platform.h"
#include "tool/json_read.h"
#include "tool/words.h"

#define LARGEST_FILE ((size_t)1 << 30)

static char *copy(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(words_memory(NULL, 1, size), text, size);
}

/* Room for one more of n elements: it doubles at powers of two. */
static void *grow(void *list, size_t n, size_t size)
{
    bool full = (n & (n - 1)) == 0;
    return full ? words_memory(list, n ? 2 * n : 1, size) : list;
}

static struct stats_series *series_of(struct stats *s, const char *target)
{
    for (size_t i = 0; i < s->nseries; i++)
        if (strcmp(s->series[i].target, target) == 0)
            return &s->series[i];
    s->series = grow(s->series, s->nseries, sizeof *s->series);
    s->series[s->nseries] = (struct stats_series){.target = copy(target)};
    return &s->series[s->nseries++];
}

static void begin_run(struct stats *s, const struct json_value *event)
{
    free(s->name);
    s->name = copy(json_get_text(event, "program", ""));
    s->program = s->name;
    if (s->nseries == 0)
        return;
    s->base = s->seconds;
    s->begun = grow(s->begun, s->nbegun, sizeof *s->begun);
    s->begun[s->nbegun++] = s->base;
}

static void add_point(struct stats *s, const struct json_value *event,
                      double seconds)
{
    struct stats_series *r = series_of(s, json_get_text(event, "target", ""));
    const struct stats_point *last =
        r->npoints ? &r->point[r->npoints - 1] : NULL;
    bool first = !last || last->run < s->nbegun;
    if (last && first) {
        r->execs_before = last->execs;
        r->found_before = last->found;
    }
    r->point = grow(r->point, r->npoints, sizeof *r->point);
    r->point[r->npoints] = (struct stats_point){
        .seconds = seconds,
        .run = s->nbegun,
        .first = first,
        .execs = r->execs_before + json_get_number(event, "execs", 0),
        .found = r->found_before + json_get_number(event, "found", 0),
        .rate = json_get_number(event, "rate", 0),
        .edges = json_get_number(event, "edges", 0),
    };
    r->npoints++;
}

static void add_mark(struct stats *s, const struct json_value *event,
                     double seconds)
{
    struct stats_series *r = series_of(s, json_get_text(event, "target", ""));
    r->mark = grow(r->mark, r->nmarks, sizeof *r->mark);
    r->mark[r->nmarks++] = (struct stats_mark){
        .seconds = seconds, .title = copy(json_get_text(event, "title", ""))};
}

static void take_event(struct stats *s, const struct json_value *event)
{
    const char *kind = json_get_text(event, "event", NULL);
    if (!kind) {
        s->bad_lines++;
        return;
    }
    if (strcmp(kind, "start") == 0)
        begin_run(s, event);
    double seconds = s->base + json_get_number(event, "elapsed", 0);
    if (seconds > s->seconds)
        s->seconds = seconds;
    if (strcmp(kind, "progress") == 0)
        add_point(s, event, seconds);
    else if (strcmp(kind, "failure") == 0)
        add_mark(s, event, seconds);
}

static void take_line(struct stats *s, const char *line, size_t size)
{
    struct json_doc doc;
    if (size == 0)
        return;
    if (json_read(&doc, line, size, NULL)) {
        s->bad_lines++;
        return;
    }
    take_event(s, doc.root);
    json_release(&doc);
}

static bool has_points(const struct stats *s)
{
    for (size_t i = 0; i < s->nseries; i++)
        if (s->series[i].npoints)
            return true;
    return false;
}

int stats_read(struct stats *s, const char *path, struct thresh_err *err)
{
    uint8_t *data;
    size_t size;
    *s = (struct stats){.program = ""};
    int rc = platform_read_file(path, LARGEST_FILE, &data, &size, err);
    if (rc)
        return rc;
    const char *text = (const char *)data, *end = text + size;
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        stop = stop ? stop : end;
        take_line(s, text, (size_t)(stop - text));
        text = stop + 1;
    }
    free(data);
    if (has_points(s))
        return 0;
    stats_release(s);
    return thresh_fail(err, THRESH_EFORMAT,
                       "%s has no line that tells how a run goes; a fuzz "
                       "binary writes such with -fuzz=RE -stats=FILE",
                       path);
}

void stats_release(struct stats *s)
{
    for (size_t i = 0; i < s->nseries; i++) {
        struct stats_series *r = &s->series[i];
        for (size_t k = 0; k < r->nmarks; k++)
            free(r->mark[k].title);
        free(r->mark);
        free(r->point);
        free(r->target);
    }
    free(s->series);
    free(s->begun);
    free(s->name);
    *s = (struct stats){0};
}
