/* SPDX-License-Identifier: MIT
 *
 * Patterns that select tests by name, as -run, -fuzz and -skip take them. A
 * test's name is a path: the target, and below it a seed. So the pattern is
 * cut at each '/' outside brackets and parentheses into elements, one regular
 * expression for each part of a name, matching anywhere in it:
 *
 *     -run=parse/9a3c      seeds with "9a3c" of targets with "parse"
 *     -run=a/b|c           those, and everything of targets with "c"
 *
 * Where a pattern has such a '/', a '|' outside brackets and parentheses parts
 * alternatives, each a whole path. Without one, '|' is the regular
 * expression's own, so that (?i) at the start means all of the pattern.
 */
#ifndef THRESH_BASE_NAME_MATCH_H
#define THRESH_BASE_NAME_MATCH_H

#include <stddef.h>

#include "base/error.h"

struct name_match;

/* The flag's name, such as "-run", is for the message: `invalid regexp for
 * element 0 of -run ("["): error parsing regexp: ...`. On failure, which is
 * THRESH_EUSAGE or THRESH_ENOMEM, *m is NULL. The empty pattern matches
 * everything. */
int name_match_new(struct name_match **m, const char *pattern, const char *flag,
                   struct thresh_err *err);
void name_match_free(struct name_match *m);

enum name_match_result {
    NAME_MATCH_NONE,
    /* So far: the pattern has elements for names below this one. Good enough
     * for -run; -skip must not leave out the whole target yet. */
    NAME_MATCH_PARTIAL,
    NAME_MATCH_FULL,
};

/* Matches a path of `count` names, the target's first. Names deeper than the
 * pattern match. The best of the alternatives counts. As with regexp_match,
 * one thread at a time. */
enum name_match_result name_match_path(const struct name_match *m,
                                       const char *const *names, size_t count);

#endif
