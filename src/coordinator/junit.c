/* SPDX-License-Identifier: MIT
 *
 * See junit.h. Ant's schema wants attributes that say nothing here (hostname,
 * package, id) and empty elements; Jenkins' allows them.
 */
#include "coordinator/junit.h"

#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/xml.h"
#include "coordinator/result_file.h"
#include "platform/platform.h"

#define TEXT_MAX ((size_t)1 << 30)

struct suite {
    struct suite *next;
    struct buf cases;
    char began[UTC_TEXT_SIZE];
    uint64_t us;
    unsigned tests;
    unsigned failures;
    unsigned errors;
    char target[]; /* name */
};

static struct suite *suites;
static bool lost; /* for lack of memory */

/* The suite of a target, at the end of the list if it is new. */
static struct suite *suite_of(const char *target)
{
    struct suite **at = &suites;
    size_t size = strlen(target) + 1;
    while (*at && strcmp((*at)->target, target) != 0)
        at = &(*at)->next;
    if (*at)
        return *at;
    *at = calloc(1, sizeof **at + size);
    if (!*at) {
        lost = true;
        return NULL;
    }
    memcpy((*at)->target, target, size);
    buf_init(&(*at)->cases, TEXT_MAX);
    format_utc((*at)->began, platform_utc_seconds());
    return *at;
}

void junit_target(const char *target)
{
    (void)suite_of(target);
}

static void add_seconds(struct buf *out, uint64_t us)
{
    buf_addf(out, " time=\"%llu.%06llu\"", (unsigned long long)(us / 1000000),
             (unsigned long long)(us % 1000000));
}

static void add_failure(struct buf *out, const struct form_result *r,
                        const char *element)
{
    buf_addf(out, "\n      <%s", element);
    xml_attribute(out, "type", r->kind);
    xml_attribute(out, "message", r->title);
    buf_add_char(out, '>');
    xml_text(out, r->text, strlen(r->text));
    buf_addf(out, "</%s>\n    ", element);
}

void junit_result(const struct form_result *r)
{
    struct suite *s = suite_of(r->target);
    if (!s)
        return;
    bool error = r->kind && strcmp(r->kind, FORM_ERROR) == 0;
    s->tests++;
    s->errors += error;
    s->failures += r->kind && !error;
    s->us += r->us;
    buf_add_text(&s->cases, "    <testcase");
    xml_attribute(&s->cases, "classname", r->target);
    xml_attribute(&s->cases, "name", r->name);
    add_seconds(&s->cases, r->us);
    buf_add_char(&s->cases, '>');
    if (r->kind)
        add_failure(&s->cases, r, error ? "error" : "failure");
    buf_add_text(&s->cases, "</testcase>\n");
}

static void add_suite(struct buf *out, const struct suite *s, unsigned id)
{
    buf_add_text(out, "  <testsuite");
    xml_attribute(out, "name", s->target);
    xml_attribute(out, "package", s->target);
    xml_attribute(out, "timestamp", s->began);
    buf_addf(out,
             " hostname=\"localhost\" id=\"%u\" tests=\"%u\" failures=\"%u\" "
             "errors=\"%u\" skipped=\"0\"",
             id, s->tests, s->failures, s->errors);
    add_seconds(out, s->us);
    buf_add_text(out, ">\n    <properties/>\n");
    buf_add(out, buf_text(&s->cases), s->cases.size);
    buf_add_text(out, "    <system-out/>\n    <system-err/>\n  </testsuite>\n");
}

static void forget(void)
{
    while (suites) {
        struct suite *next = suites->next;
        buf_release(&suites->cases);
        free(suites);
        suites = next;
    }
}

int junit_write(const char *path, struct thresh_err *err)
{
    struct buf out;
    unsigned id = 0;
    bool failed = lost;
    buf_init(&out, TEXT_MAX);
    buf_add_text(&out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                       "<testsuites>\n");
    for (const struct suite *s = suites; s; s = s->next) {
        failed |= s->cases.failed;
        add_suite(&out, s, id++);
    }
    buf_add_text(&out, "</testsuites>\n");
    int rc = result_file_write(path, &out, failed, err);
    buf_release(&out);
    forget();
    return rc;
}
