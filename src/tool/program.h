/* SPDX-License-Identifier: MIT
 *
 * Which fuzz program a command works with: one that is named, one that is built
 * of sources, or, where neither is, the one that was used last in this
 * directory, built anew if its sources have changed. What was last is in
 * .thresh/last: its path, and if it was built here what it was built of, a word
 * a line.
 */
#ifndef THRESH_TOOL_PROGRAM_H
#define THRESH_TOOL_PROGRAM_H

#include <stdbool.h>

#include "base/buf.h"
#include "tool/build.h"

struct program {
    char path[CC_MAX_PATH]; /* with a '/' in it */
    struct words flags;     /* for the program: among the operands, or after a
                             * "--"; of program_run()'s commands */
};

/* Where programs for `thresh cover` are, in .thresh. */
#define PROGRAM_COVERAGE_FOLDER "cover"

/* Flags of the commands that build. */
struct program_flags {
    const char *compiler; /* NULL: not given */
    const char *sanitize;
    uint64_t jobs;
    bool coverage; /* what is built is built for `thresh cover`, in its own
                    * place, and is not remembered as the last one */
};

#define PROGRAM_FLAGS                                                       \
    {.name = "compiler",                                                    \
     .type = COMMAND_TEXT,                                                  \
     .offset = offsetof(struct program_flags, compiler),                    \
     .value = "NAME",                                                       \
     .help = "gcc, clang, gcc-12, or a path; otherwise $THRESH_CC, gcc or " \
             "clang, in this order"},                                       \
        {.name = "sanitize",                                                \
         .type = COMMAND_TEXT,                                              \
         .offset = offsetof(struct program_flags, sanitize),                \
         .value = "LIST",                                                   \
         .help = "sanitizers, as for -fsanitize=, or \"none\"; default: "   \
                 "address,undefined, as far as they are installed"},        \
    {                                                                       \
        .name = "jobs", .type = COMMAND_COUNT,                              \
        .offset = offsetof(struct program_flags, jobs), .value = "N",       \
        .help = "compile so many files at a time; default: the number of "  \
                "processors"                                                \
    }

/* Finds or builds the program of a command line of sources, compiler's
 * arguments and the program's own flags, or of a program and its arguments;
 * line's lists are taken. Returns 0, or the exit code to end with. */
int program_of_line(struct program *program, const struct command *command,
                    const struct program_flags *flags,
                    struct command_line *line);

/* For commands whose operands are files: the program may come before them, and
 * is then taken out of the list, else it is the last one. */
int program_of_operands(struct program *program, const struct command *command,
                        struct words *operands);

void program_release(struct program *program);

/* Whether these arguments are for libFuzzer's command line, which a program
 * may speak, too. */
bool program_is_told_as_libfuzzer(const struct program *program);

/* Says what will be run, so that it can be run by hand. */
void program_tell(const struct program *program, const struct command *command,
                  const char *first);

/* Becomes the program, with `first` (may be NULL) before its other arguments.
 * Returns only if that fails: the exit code. */
int program_run(const struct program *program, const struct command *command,
                const char *first);

#endif
