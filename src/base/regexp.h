/* SPDX-License-Identifier: MIT
 *
 * Regular expressions for the names of tests on the command line. Our own,
 * because <regex.h> does not exist everywhere the archive goes, and because
 * users of -run expect the syntax of Go:
 *
 *     x|y xy                           alternation, concatenation
 *     x* x+ x? x{n} x{n,} x{n,m}       repetition, n and m up to 1000; a `?`
 *                                      behind it (lazy) changes no answer
 *     (x) (?:x)                        groups
 *     (?i)                             ignore ASCII case; only at the start
 *     . [a-z] [^a-z] [[:alpha:]] [[:^alpha:]] \d \D \s \S \w \W
 *     ^ $ \A \z \b \B                  begin and end of the text, word edges
 *     \. \a \f \n \r \t \v \xHH \Q...\E
 *
 * Everything is a byte, not a code point: UTF-8 in a pattern matches the same
 * bytes in a text, but `.`, a class or a repetition takes one byte of it.
 *
 * No pattern is dangerous: time is bounded by the product of the sizes of the
 * compiled pattern and the text, the former has a maximum, and nothing recurs.
 */
#ifndef THRESH_BASE_REGEXP_H
#define THRESH_BASE_REGEXP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct regexp;

/* On failure, THRESH_EUSAGE with a message in Go's words ("error parsing
 * regexp: missing closing ]: `[`") or THRESH_ENOMEM, *re is NULL. */
int regexp_new(struct regexp **re, const char *pattern, struct thresh_err *err);
void regexp_free(struct regexp *re);

/* Whether the pattern matches anywhere in the text. Never fails: its working
 * memory belongs to re, which therefore serves one thread at a time. */
bool regexp_match(const struct regexp *re, const char *text, size_t size);

#endif
