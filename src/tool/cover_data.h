/* SPDX-License-Identifier: MIT
 *
 * What a corpus covers, in one form whoever measured it: for each source file
 * its lines with how often they ran, their branches, its functions. Filled from
 * what gcov and llvm-cov print; several objects that share a header add up.
 * Files of the system and of Thresh are left out.
 */
#ifndef THRESH_TOOL_COVER_DATA_H
#define THRESH_TOOL_COVER_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct cover_line {
    bool code;  /* it has some */
    bool added; /* it was not covered before (cover_state.h) */
    uint64_t count;
    uint64_t *branch; /* how often each was taken */
    uint32_t nbranches;
};

struct cover_function {
    char *name;
    uint32_t line;
    uint64_t count; /* of calls */
};

struct cover_file {
    char *path; /* from the current directory on, if it lies below */
    struct cover_line *line; /* by number; [0] is none */
    uint32_t nlines;
    struct cover_function *function; /* by line */
    size_t nfunctions;
};

struct cover {
    struct cover_file *file; /* by path, once sorted */
    size_t nfiles;
    size_t room;
};

/* Of a file, or of all. */
struct cover_sums {
    size_t lines, lines_covered, lines_added;
    size_t branches, branches_taken;
    size_t functions, functions_called;
};

/* A place that was reached, where one side was never taken; or a function that
 * was never called. */
struct cover_frontier {
    const struct cover_file *file;
    const struct cover_function *function; /* that it is in; may be NULL */
    uint32_t line;
    uint64_t count; /* how often it was reached; 0: a function not called */
    uint32_t branches, never;
};

/* Takes in what gcov prints with --json-format --stdout, of which other lines
 * are passed over. THRESH_EFORMAT if there is none. */
int cover_read_gcov(struct cover *c, const char *text, struct thresh_err *err);
/* The same for llvm-cov export -format=lcov. */
int cover_read_lcov(struct cover *c, const char *text, struct thresh_err *err);

/* To be called when all has been read. */
void cover_sort(struct cover *c);

struct cover_sums cover_sum(const struct cover_file *file);
struct cover_sums cover_sum_all(const struct cover *c);

/* The frontier, in fresh memory: lines by how often they were reached, then
 * functions in order. */
struct cover_frontier *cover_find_frontier(const struct cover *c, size_t *n);

void cover_release(struct cover *c);

#endif
