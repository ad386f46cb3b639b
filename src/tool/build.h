/* SPDX-License-Identifier: MIT
 *
 * Building a fuzz program from sources and a compiler's arguments, as `thresh
 * fuzz FILES.c` does: each file is compiled by `thresh cc`, several at a time,
 * and only if what it was made from has changed. All files are in .thresh/ of
 * the current directory:
 *
 *     .thresh/bin/NAME        the program, called after the file of its target
 *     .thresh/bin/NAME.made   the fingerprint of what it was linked from
 *     .thresh/obj/KEY.o       an object; KEY tells the command
 *     .thresh/obj/KEY.d       the files it was made from
 *     .thresh/obj/KEY.made    the fingerprint of their content
 */
#ifndef THRESH_TOOL_BUILD_H
#define THRESH_TOOL_BUILD_H

#include <stdbool.h>
#include <stdint.h>

#include "tool/cc_compiler.h"
#include "tool/command.h"

#define BUILD_DIR ".thresh"

struct build_spec {
    const struct command *command; /* on whose behalf; for messages */
    const struct words *words;     /* sources, objects and flags */
    /* A list for -fsanitize=, or "none"; NULL: those that are there. Nothing is
     * added where the words have a -fsanitize= of their own. */
    const char *sanitize;
    bool coverage;      /* for `thresh cover`: lines and branches are counted,
                         * and nothing is optimised or sanitized unless the
                         * words say so */
    const char *folder; /* in .thresh, for programs; NULL: "bin" */
    uint64_t parallel;  /* compilers at a time; 0: one a processor */
};

/* Builds it, telling of what it does on standard error, and writes its path to
 * `program`. Returns 0, or the exit code to end with. */
int build_program(const struct build_spec *spec, char program[CC_MAX_PATH]);

/* Whether a word names a file that a compiler compiles. */
bool build_is_source(const char *word);

#endif
