/* SPDX-License-Identifier: MIT
 *
 * `thresh replay`: runs given files, wherever they lie.
 */
#include "tool/stage.h"
#include "tool/tool.h"

struct values {
    const char *target;
};

static const struct command_flag flags[] = {
    {.name = "target",
     .type = COMMAND_TEXT,
     .offset = offsetof(struct values, target),
     .value = "NAME",
     .help = "the target that gets the files; default: the one that a file's "
             "directory is called after, or the only one"},
};

static int replay(const struct command *self, const struct values *values,
                  struct command_line *line)
{
    struct program program;
    struct stage stage = {0};
    int code = program_of_operands(&program, self, &line->operands);
    if (!code && line->operands.n == 0)
        code = command_usage_error(self, "no file is named");
    if (!code)
        code = stage_begin(&stage, self, &program);
    for (size_t i = 0; !code && i < line->operands.n; i++)
        code = stage_add(&stage, line->operands.item[i], values->target, 1);
    if (!code) {
        words_add(&program.flags, "-v");
        stage_arguments(&stage, &program.flags);
        words_add_all(&program.flags, &line->rest);
        code = program_run(&program, self, NULL);
    }
    stage_end(&stage);
    program_release(&program);
    return code;
}

static int run(const struct command *self, int argc, char *const *argv)
{
    struct values values = {0};
    struct command_line line;
    int code = TOOL_EXIT_USAGE;
    if (command_read(self, argc, argv, &values, &line))
        code = replay(self, &values, &line);
    command_line_release(&line);
    return code;
}

const struct command command_replay = {
    .name = "replay",
    .summary = "run given files and tell how each ends",
    .usage = "[BINARY] FILE... [-- ARGUMENT...]",
    .about =
        "Runs each file once, as `thresh test` runs what is saved, and ends "
        "with 1 if one fails. Files are of either form, plain bytes or text; "
        "what must run before one lies beside it, in FILE.before/. ARGUMENTs "
        "are the program's.\nWithout BINARY it is the program that was used "
        "last in this directory, built anew if its sources have changed.",
    .examples = "thresh replay testdata/fuzz/parse_url/8f3a1c0e5d71b2f6\n"
                "thresh replay ./url_fuzz crash-1 crash-2",
    COMMAND_FLAGS(flags),
    .run = run,
};
