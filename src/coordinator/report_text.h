/* SPDX-License-Identifier: MIT
 *
 * What a worker printed, made fit to be read: the frames of a sanitizer's
 * report get their functions, files and lines and end where the engine begins,
 * the dump of shadow memory is left out, and nothing in it can upset a
 * terminal. Apart from report.h because nothing is decided and printed here.
 */
#ifndef THRESH_COORDINATOR_REPORT_TEXT_H
#define THRESH_COORDINATOR_REPORT_TEXT_H

#include "base/buf.h"
#include "coordinator/stack.h"
#include "coordinator/symbolise.h"
#include "coordinator/verdict.h"

/* Wants every address that the text names without its function. */
void report_text_want(struct symbolise *s, const char *text,
                      const struct engine_place *engine);

/* Wants the frames of a stack that lie in the project. */
void report_stack_want(struct symbolise *s, const struct stack *stack);

/* Appends the text, with what `s` knows by now. */
void report_text_add(struct buf *out, const struct symbolise *s,
                     const char *text, const struct engine_place *engine);

/* Appends the project's frames of a stack on one line, innermost first, or on
 * several where that takes more than `width` columns: "url.c:88 skip_ws <
 * url.c:140 value". Lines after the first begin with `indent` spaces. */
void report_stack_add(struct buf *out, const struct symbolise *s,
                      const struct stack *stack, size_t width, size_t indent);

/* What a failing process said last and where it was, with all names looked up
 * that a report shows. */
struct report_said {
    const struct verdict *verdict;
    char *output;            /* no NUL in it hides what comes after; or NULL */
    struct symbolise *names; /* released with it */
};

void report_said_init(struct report_said *s, const struct verdict *v,
                      const char *output, size_t size);
void report_said_release(struct report_said *s);

/* Appends the output for people: of what is too long the end, since reports
 * come last. */
void report_said_add(struct buf *out, const struct report_said *s);

/* Appends a function's name as its source has it: without what compilers add to
 * the names of clones, and targets under the name that the user gave. */
void report_function_add(struct buf *out, const char *name);

/* A path, from the current directory on if it lies below. */
const char *report_short_path(const char *path);

/* Text with every line indented. */
void report_indent(struct buf *out, const char *text, size_t size, int spaces);

#endif
