/* SPDX-License-Identifier: MIT
 *
 * See tap.h.
 */
#include "coordinator/tap.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"

#define TEXT_MAX ((size_t)4 << 20)

static unsigned count;

void tap_begin(void)
{
    (void)printf("TAP version 13\n");
}

/* A name on the line of its result, where a # begins a directive unless it is
 * escaped. That of "seed#0" cannot be one. */
static void print_name(const char *name)
{
    for (; *name; name++) {
        bool digit = name[1] >= '0' && name[1] <= '9';
        if (*name == '\\' || (*name == '#' && !digit))
            (void)putchar('\\');
        (void)putchar((unsigned char)*name < ' ' ? '?' : *name);
    }
}

/* Text for people is a comment: not all readers know all of YAML. */
static void print_comment(const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        (void)printf("# %.*s\n", (int)n, text);
        text += n + (text[n] == '\n');
    }
}

static void print_diagnosis(const struct form_result *r)
{
    struct buf title;
    struct json json;
    buf_init(&title, TEXT_MAX);
    json_init(&json, &title);
    json_text(&json, r->title); /* a string of JSON is one of YAML */
    (void)printf("  ---\n  message: %s\n  severity: %s\n", buf_text(&title),
                 strcmp(r->kind, FORM_ERROR) == 0 ? "error" : "fail");
    (void)printf("  kind: %s\n  duration_ms: %llu.%03llu\n", r->kind,
                 (unsigned long long)(r->us / 1000),
                 (unsigned long long)(r->us % 1000));
    (void)printf("  ...\n");
    print_comment(r->text);
    buf_release(&title);
}

void tap_result(const struct form_result *r)
{
    (void)printf("%sok %u - ", r->kind ? "not " : "", ++count);
    print_name(r->target);
    (void)putchar('/');
    print_name(r->name);
    (void)putchar('\n');
    if (r->kind)
        print_diagnosis(r);
    (void)fflush(stdout);
}

void tap_end(const char *why)
{
    if (why)
        (void)printf("Bail out! %s\n", why);
    else if (count)
        (void)printf("1..%u\n", count);
    else
        (void)printf("1..0 # SKIP no tests to run\n");
    (void)fflush(stdout);
}
