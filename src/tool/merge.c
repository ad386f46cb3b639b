/* SPDX-License-Identifier: MIT
 *
 * `thresh merge`, also called cmin: the program's own -mergeinto, with directories
 * as operands.
 */
#include "tool/program.h"
#include "tool/stage.h"
#include "tool/tool.h"

struct values {
    const char *target;
    bool fewest;
};

static const struct command_flag flags[] = {
    {.name = "target",
     .type = COMMAND_TEXT,
     .offset = offsetof(struct values, target),
     .value = "NAME",
     .help = "the target whose corpora these are; needed where there are "
             "several"},
    {.name = "fewest",
     .type = COMMAND_SWITCH,
     .offset = offsetof(struct values, fewest),
     .help = "as few files as possible, which are larger"},
};

static int merge(const struct command *self, const struct values *values,
                 struct command_line *line)
{
    struct program program;
    int code = program_of_operands(&program, self, &line->operands);
    if (!code && line->operands.n < 2)
        code = command_usage_error(
            self, "two directories are needed: what is kept goes to OUT, the "
                  "files of IN are looked at");
    if (!code) {
        words_addf(&program.flags, "-mergeinto=%s", line->operands.item[0]);
        for (size_t i = 1; i < line->operands.n; i++)
            words_addf(&program.flags, "-from=%s", line->operands.item[i]);
        if (values->target)
            stage_add_pattern(&program.flags, "-run", values->target);
        if (values->fewest)
            words_add(&program.flags, "-fewest");
        words_add_all(&program.flags, &line->rest);
        code = program_run(&program, self, NULL);
    }
    program_release(&program);
    return code;
}

static int run(const struct command *self, int argc, char *const *argv)
{
    struct values values = {0};
    struct command_line line;
    int code = TOOL_EXIT_USAGE;
    if (command_read(self, argc, argv, &values, &line))
        code = merge(self, &values, &line);
    command_line_release(&line);
    return code;
}

const struct command command_merge = {
    .name = "merge",
    .alias = "cmin",
    .summary = "keep of a corpus the inputs that cover something",
    .usage = "[BINARY] OUT IN... [-- ARGUMENT...]",
    .about =
        "Runs all files of OUT and of each IN, with the directories in them, "
        "and copies to OUT those of IN that cover something which no file "
        "before them covers: first what is in OUT, then the smallest. Every "
        "feature is kept, and the same files are chosen each time.\n"
        "Files that crash, hang or eat memory are named and left out. What a "
        "file covers is remembered for the build, in the user's cache: an "
        "interrupted merge goes on, and a grown corpus costs what is new.\n"
        "Without BINARY it is the program that was used last in this "
        "directory. ARGUMENTs are the program's, such as -parallel=N, "
        "-maxlen=SIZE, -inputtimeout=D.",
    .examples = "thresh merge corpus.min corpus\n"
                "thresh merge ./url_fuzz testdata/fuzz/parse_url ~/queue\n"
                "thresh cmin --fewest small big -- -parallel=1",
    COMMAND_FLAGS(flags),
    .run = run,
};
