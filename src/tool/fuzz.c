/* SPDX-License-Identifier: MIT
 *
 * `thresh fuzz` and `thresh test`: builds a fuzz program if it is given as
 * sources, then becomes it.
 */
#include <string.h>

#include "tool/program.h"
#include "tool/tool.h"

static const struct command_flag flags[] = {PROGRAM_FLAGS};

static bool asks_to_fuzz(const struct program *program)
{
    for (size_t i = 0; i < program->flags.n; i++) {
        const char *word = program->flags.item[i];
        word += *word == '-';
        word += *word == '-';
        if (strncmp(word, "fuzz", 4) == 0 && (word[4] == '=' || !word[4]))
            return true;
    }
    return false;
}

static int run(const struct command *self, int argc, char *const *argv)
{
    struct program_flags values = {0};
    struct command_line line;
    struct program program = {0};
    int code = TOOL_EXIT_USAGE;
    if (command_read(self, argc, argv, &values, &line))
        code = program_of_line(&program, self, &values, &line);
    command_line_release(&line);
    if (!code) {
        bool fuzzes = self == &command_fuzz && !asks_to_fuzz(&program) &&
                      !program_is_told_as_libfuzzer(&program);
        const char *first = fuzzes ? "-fuzz=." : NULL;
        program_tell(&program, self, first);
        code = program_run(&program, self, first);
    }
    program_release(&program);
    return code;
}

#define USAGE                                                        \
    "FILE.c... [COMPILER ARGUMENT...] [-FLAG...] [-- ARGUMENT...]\n" \
    "BINARY [ARGUMENT...]\n"                                         \
    "[-FLAG...]"

#define ABOUT_BUILD                                                            \
    "FILEs are compiled, several at a time and only what has changed, and "    \
    "linked to a program in .thresh/bin/ (see `thresh cc`). Without -O and "   \
    "-fsanitize among the arguments they are built with -O1 and with the "     \
    "sanitizers that are installed. Sources of the code under test, its -I, "  \
    "-D and -l, and libraries are given as to any compiler.\n"                 \
    "-FLAGs are the fuzz program's own, which `thresh cc`'s programs tell of " \
    "with -help; what follows -- is handed on to it as it is. With no FILE "   \
    "and no BINARY it is the program of last time, built anew if need be."

const struct command command_fuzz = {
    .name = "fuzz",
    .summary = "build a fuzz target and fuzz it",
    .usage = USAGE,
    .about = ABOUT_BUILD
    "\nFuzzes all targets in turns, until one fails or ^C, unless -fuzz=RE "
    "or -fuzztime say otherwise. What fails is saved in testdata/fuzz/TARGET/, "
    "where `thresh test` runs it ever after.",
    .examples = "thresh fuzz target.c parser.c -Iinclude -lz\n"
                "thresh fuzz target.c -fuzztime=1m -keepfuzzing\n"
                "thresh fuzz build/url_fuzz -dict=url.dict",
    COMMAND_FLAGS(flags),
    .mixed = true,
    .run = run,
};

const struct command command_test = {
    .name = "test",
    .summary = "build a fuzz target, run its seeds and saved failures as tests",
    .usage = USAGE,
    .about = ABOUT_BUILD,
    .examples = "thresh test target.c parser.c\n"
                "thresh test target.c -junit=results.xml",
    COMMAND_FLAGS(flags),
    .mixed = true,
    .run = run,
};
