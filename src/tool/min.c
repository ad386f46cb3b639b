/* SPDX-License-Identifier: MIT
 *
 * `thresh min`: the program's own -minimize, for the target that a file belongs
 * to.
 */
#include "tool/program.h"
#include "tool/stage.h"
#include "tool/tool.h"

struct values {
    const char *target;
    const char *time;
};

static const struct command_flag flags[] = {
    {.name = "target",
     .type = COMMAND_TEXT,
     .offset = offsetof(struct values, target),
     .value = "NAME",
     .help =
         "the target that fails; default: the one that the file's directory "
         "is called after, or the only one"},
    {.name = "time",
     .type = COMMAND_TEXT,
     .offset = offsetof(struct values, time),
     .value = "D|Nx",
     .help = "at most so long (30s) or so many runs (1000x); default 60s"},
};

static int minimise(const struct command *self, const struct values *values,
                    struct command_line *line)
{
    struct program program;
    struct stage stage = {0};
    const char *target = NULL;
    int code = program_of_operands(&program, self, &line->operands);
    if (!code && line->operands.n != 1)
        code = command_usage_error(self, "one failing file is needed");
    if (!code)
        code = stage_begin(&stage, self, &program);
    if (!code) {
        target = stage_target(&stage, line->operands.item[0], values->target);
        code = target ? 0 : TOOL_EXIT_USAGE;
    }
    if (!code) {
        words_addf(&program.flags, "-minimize=%s", line->operands.item[0]);
        stage_add_pattern(&program.flags, "-run", target);
        if (values->time)
            words_addf(&program.flags, "-fuzzminimizetime=%s", values->time);
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
        code = minimise(self, &values, &line);
    command_line_release(&line);
    return code;
}

const struct command command_min = {
    .name = "min",
    .summary = "make a failing input smaller",
    .usage = "[BINARY] FILE [-- ARGUMENT...]",
    .about =
        "Makes the input smaller and simpler while it fails in the very same "
        "way, as fuzzing does with what it finds, and saves what is left in "
        "testdata/fuzz/TARGET/ (ARGUMENT -testdata=DIR: in DIR/TARGET). FILE "
        "itself stays. Ends with 1 if FILE does not fail.\n"
        "Without BINARY it is the program that was used last in this "
        "directory, "
        "built anew if its sources have changed.",
    .examples = "thresh min crash-4f2a\n"
                "thresh min ./url_fuzz some/file --time=10m",
    COMMAND_FLAGS(flags),
    .run = run,
};
