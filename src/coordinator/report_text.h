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

#endif
