/* SPDX-License-Identifier: MIT
 *
 * See cover_html.h.
 */
#include "tool/cover_html.h"

#include <stdlib.h>
#include <string.h>

#include "base/xml.h"
#include "platform/platform.h"

#define SOURCE_MAX ((size_t)1 << 26)
/* Of the frontier, so many are listed. */
#define FRONTIER_SHOWN 500u

static const char head[] =
    "<meta name=\"viewport\" content=\"width=device-width\">\n<style>\n"
    ":root{--back:#fff;--ink:#1f2328;--dim:#59636e;--edge:#d1d9e0;"
    "--good:#1a7f37;--bad:#cf222e;--half:#9a6700;--new:#0969da;"
    "--goodb:#dafbe1;--badb:#ffebe9;--halfb:#fff8c5;--newb:#b6e3ff}\n"
    "@media (prefers-color-scheme:dark){:root{--back:#0d1117;--ink:#e6edf3;"
    "--dim:#9198a1;--edge:#3d444d;--good:#3fb950;--bad:#f85149;--half:#d29922;"
    "--new:#58a6ff;--goodb:#12261e;--badb:#301b1e;--halfb:#2b2410;"
    "--newb:#0c2d6b}}\n"
    "body{background:var(--back);color:var(--ink);max-width:70em;"
    "margin:2em auto;padding:0 1em;font:15px/1.5 system-ui,sans-serif}\n"
    "h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}\n"
    "a{color:inherit}table{border-collapse:collapse;width:100%}\n"
    "td,th{padding:.25em .6em;text-align:right;border-bottom:1px solid "
    "var(--edge);white-space:nowrap}td:first-child,th:first-child{"
    "text-align:left;width:99%}\n"
    ".bar{display:inline-block;width:7em;height:.6em;background:var(--badb);"
    "border-radius:.3em;overflow:hidden;margin-left:.6em}.bar b{display:block;"
    "height:100%;background:var(--good)}\n"
    ".dim{color:var(--dim)}.new{color:var(--new)}\n"
    "details{border:1px solid var(--edge);border-radius:.4em;margin:.6em 0}"
    "summary{padding:.4em .8em;cursor:pointer;font-weight:600}\n"
    "pre{margin:0;padding:.4em 0;overflow-x:auto;font:13px/1.45 "
    "ui-monospace,monospace;border-top:1px solid var(--edge)}\n"
    "pre i{display:block;font-style:normal;padding:0 "
    ".8em;min-width:max-content;"
    "border-left:4px solid transparent;tab-size:8}\n"
    "pre u{text-decoration:none;color:var(--dim);user-select:none}\n"
    ".c{background:var(--goodb)}.n{background:var(--badb)}"
    ".h{background:var(--halfb)}.a{border-left-color:var(--new)!important;"
    "background:var(--newb)}i:target{outline:2px solid var(--new)}\n"
    ".key span{padding:.1em .5em;margin-right:.6em;border-radius:.3em}\n"
    "</style>\n";

/* Opens the source that a link leads to. */
static const char script[] =
    "<script>\nfunction go(){var e=document.getElementById(location.hash."
    "slice(1));if(!e)return;var d=e.closest('details');if(d)d.open=true;"
    "e.scrollIntoView({block:'center'})}\n"
    "addEventListener('hashchange',go);go()\n</script>\n";

static void text(struct buf *out, const char *value)
{
    xml_text(out, value, strlen(value));
}

static unsigned percent(size_t part, size_t whole)
{
    /* Not 100 before all is. */
    return whole ? (unsigned)(part * 100 / whole) : 100;
}

static void add_cell(struct buf *out, size_t part, size_t whole, bool bar)
{
    if (!whole) {
        buf_add_text(out, "<td class=\"dim\">-</td>");
        return;
    }
    buf_addf(out, "<td>%zu of %zu, %u%%", part, whole, percent(part, whole));
    if (bar)
        buf_addf(out, "<span class=\"bar\"><b style=\"width:%u%%\"></b></span>",
                 percent(part, whole));
    buf_add_text(out, "</td>");
}

static void add_row(struct buf *out, const struct cover_page *page,
                    const char *name, size_t number, const struct cover_sums *s)
{
    buf_add_text(out, "<tr><td>");
    if (number != SIZE_MAX)
        buf_addf(out, "<a href=\"#f%zu\">", number);
    text(out, name);
    buf_add_text(out, number != SIZE_MAX ? "</a></td>" : "</td>");
    add_cell(out, s->lines_covered, s->lines, true);
    add_cell(out, s->branches_taken, s->branches, false);
    add_cell(out, s->functions_called, s->functions, false);
    if (page->compared && s->lines_added)
        buf_addf(out, "<td class=\"new\">+%zu</td>", s->lines_added);
    else if (page->compared)
        buf_add_text(out, "<td class=\"dim\">-</td>");
    buf_add_text(out, "</tr>\n");
}

static void add_files(struct buf *out, const struct cover_page *page)
{
    const struct cover *c = page->cover;
    struct cover_sums all = cover_sum_all(c);
    buf_addf(out,
             "<table>\n<tr><th>file</th><th>lines</th><th>branches</th>"
             "<th>functions</th>%s</tr>\n",
             page->compared ? "<th>new lines</th>" : "");
    for (size_t i = 0; i < c->nfiles; i++) {
        struct cover_sums s = cover_sum(&c->file[i]);
        add_row(out, page, c->file[i].path, i, &s);
    }
    if (c->nfiles > 1)
        add_row(out, page, "all", SIZE_MAX, &all);
    buf_add_text(out, "</table>\n");
}

static void add_frontier(struct buf *out, const struct cover_page *page)
{
    size_t n = page->nfrontier;
    buf_addf(out,
             "<h2>Frontier</h2>\n<p class=\"dim\">Lines that are reached, but "
             "of whose branches some are never taken, those reached most often "
             "first; then functions that are never called. %zu in "
             "all.</p>\n",
             n);
    if (n == 0)
        return;
    buf_add_text(out, "<table>\n<tr><th>place</th><th>reached</th>"
                      "<th>branches never taken</th></tr>\n");
    for (size_t i = 0; i < n && i < FRONTIER_SHOWN; i++) {
        const struct cover_frontier *f = &page->frontier[i];
        buf_addf(out, "<tr><td><a href=\"#f%zul%u\">",
                 (size_t)(f->file - page->cover->file), f->line);
        text(out, f->file->path);
        buf_addf(out, ":%u</a> ", f->line);
        if (f->function)
            text(out, f->function->name);
        if (f->count)
            buf_addf(out, "</td><td>%llu</td><td>%u of %u</td></tr>\n",
                     (unsigned long long)f->count, f->never, f->branches);
        else
            buf_add_text(out, "</td><td>never</td><td></td></tr>\n");
    }
    buf_add_text(out, "</table>\n");
}

/* ---- sources ---- */

static const char *class_of(const struct cover_line *line)
{
    if (!line || !line->code)
        return "";
    if (line->added)
        return "a";
    if (!line->count)
        return "n";
    for (uint32_t i = 0; i < line->nbranches; i++)
        if (!line->branch[i])
            return "h";
    return "c";
}

static void add_branches(struct buf *out, const struct cover_line *line)
{
    buf_add_text(out, " title=\"branches: ");
    for (uint32_t i = 0; i < line->nbranches; i++)
        buf_addf(out, "%s%llu", i ? ", " : "",
                 (unsigned long long)line->branch[i]);
    buf_add_text(out, "\"");
}

static void add_line(struct buf *out, size_t file, uint32_t number,
                     const struct cover_line *line, const char *source,
                     size_t size)
{
    buf_addf(out, "<i id=\"f%zul%u\" class=\"%s\"", file, number,
             class_of(line));
    if (line && line->nbranches > 1)
        add_branches(out, line);
    buf_addf(out, "><u>%5u ", number);
    if (line && line->code)
        buf_addf(out, "%9llu  </u>", (unsigned long long)line->count);
    else
        buf_addf(out, "%9s  </u>", "");
    xml_text(out, source, size);
    buf_add_text(out, "</i>");
}

static void add_source(struct buf *out, const struct cover_page *page, size_t i)
{
    const struct cover_file *f = &page->cover->file[i];
    uint8_t *data;
    size_t size;
    uint32_t number = 1;
    buf_addf(out, "<details id=\"f%zu\"%s><summary>", i,
             page->cover->nfiles == 1 ? " open" : "");
    text(out, f->path);
    buf_add_text(out, "</summary>");
    if (platform_read_file(f->path, SOURCE_MAX, &data, &size, NULL)) {
        buf_add_text(out, "<p>The source is not there.</p></details>\n");
        return;
    }
    buf_add_text(out, "<pre>");
    for (size_t at = 0; at < size; number++) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t n = end ? (size_t)(end - data) - at : size - at;
        add_line(out, i, number, number < f->nlines ? &f->line[number] : NULL,
                 (const char *)data + at, n);
        at += n + 1;
    }
    free(data);
    buf_add_text(out, "</pre></details>\n");
}

void cover_html(struct buf *out, const struct cover_page *page)
{
    buf_add_text(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset="
                      "\"utf-8\">\n<title>Coverage of ");
    text(out, page->title);
    buf_add_text(out, "</title>\n");
    buf_add_text(out, head);
    buf_add_text(out, "<h1>What the corpus of ");
    text(out, page->title);
    buf_add_text(out, " covers</h1>\n");
    add_files(out, page);
    add_frontier(out, page);
    buf_addf(out,
             "<h2>Sources</h2>\n<p class=\"key\"><span class=\"c\">covered"
             "</span><span class=\"h\">a branch is never taken</span><span "
             "class=\"n\">never reached</span>%s</p>\n",
             page->compared ? "<span class=\"a\">new since the last time</span>"
                            : "");
    for (size_t i = 0; i < page->cover->nfiles; i++)
        add_source(out, page, i);
    buf_add_text(out, script);
    buf_add_text(out, "</html>\n");
}
