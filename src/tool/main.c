/* SPDX-License-Identifier: MIT
 *
 * The thresh command: the list of its subcommands, the only one there is. Called
 * by the name thresh-cc or thresh-c++ (a link to the program) it is that
 * subcommand, for build systems in which a compiler has to be a single word.
 */
#include <stdio.h>
#include <string.h>

#include "platform/platform.h"
#include "tool/completion.h"
#include "tool/manual.h"
#include "tool/tool.h"

static const struct command command_completion;
static const struct command command_manual;

/* One a line. */
/* clang-format off */
static const struct command *const commands[] = {
    &command_fuzz,
    &command_test,
    &command_replay,
    &command_show,
    &command_min,
    &command_merge,
    &command_cover,
    &command_plot,
    &command_init,
    &command_doctor,
    &command_clean,
    &command_cc,
    &command_cxx,
    &command_completion,
    &command_manual,
};
/* clang-format on */

static const struct command_list all = {commands,
                                        sizeof commands / sizeof commands[0]};

/* ---- what tells of all commands ---- */

static int completion(const struct command *self, int argc, char *const *argv)
{
    if (argc != 1)
        return command_usage_error(self, "one shell is to be named");
    if (!completion_print(&all, argv[0]))
        return command_usage_error(self, "\"%s\" is not bash, zsh or fish",
                                   argv[0]);
    return fflush(stdout) ? TOOL_EXIT_FAILED : TOOL_EXIT_OK;
}

static const struct command command_completion = {
    .name = "completion",
    .summary = "print what makes a shell complete command lines",
    .usage = "bash|zsh|fish",
    .examples = "source <(thresh completion bash)\n"
                "thresh completion fish | source",
    .run = completion,
};

static int manual(const struct command *self, int argc, char *const *argv)
{
    if (argc != 0)
        return command_usage_error(self, "it takes no \"%s\"", argv[0]);
    manual_print(&all);
    return fflush(stdout) ? TOOL_EXIT_FAILED : TOOL_EXIT_OK;
}

static const struct command command_manual = {
    .name = "manual",
    .summary = "print the manual page thresh(1)",
    .usage = "",
    .examples = "thresh manual | man -l -",
    .run = manual,
};

static void print_help(FILE *out)
{
    (void)fputs("usage: thresh COMMAND [ARGUMENT...]\n\ncommands:\n", out);
    for (size_t i = 0; i < all.n; i++)
        (void)fprintf(out, "  %-11s %s\n", commands[i]->name,
                      commands[i]->summary);
    (void)fputs("\n`thresh COMMAND --help` tells about a command.\n"
                "A fuzz binary tells about its own flags: ./BINARY -help\n",
                out);
}

/* ---- which command it is ---- */

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < all.n; i++) {
        const struct command *command = commands[i];
        if (strcmp(command->name, name) == 0 ||
            (command->alias && strcmp(command->alias, name) == 0))
            return command;
    }
    return NULL;
}

/* The subcommand that the program's own name stands for, or NULL. */
static const struct command *command_of_name(const char *program)
{
    static const char prefix[] = "thresh-";
    const char *base = program;
    for (const char *p = program; *p; p++) {
        if (*p == '/' || *p == '\\')
            base = p + 1;
    }
    if (strncmp(base, prefix, sizeof prefix - 1) != 0)
        return NULL;
    return find_command(base + sizeof prefix - 1);
}

static int run(const struct command *command, int argc, char *const *argv)
{
    if (command_wants_help(command, argc, argv)) {
        command_help(command);
        return TOOL_EXIT_OK;
    }
    return command->run(command, argc, argv);
}

static int unknown(const char *name)
{
    (void)fprintf(stderr,
                  "thresh: unknown command \"%s\"; "
                  "`thresh --help` lists the commands\n",
                  name);
    return TOOL_EXIT_USAGE;
}

/* `thresh help` and `thresh help COMMAND`. */
static int help(const char *name)
{
    const struct command *command = name ? find_command(name) : NULL;
    if (name && !command)
        return unknown(name);
    if (command)
        command_help(command);
    else
        print_help(stdout);
    return TOOL_EXIT_OK;
}

int main(int argc, char **argv)
{
    const struct command *command;
    platform_arguments(&argc, &argv);
    if (argc > 0) {
        command = command_of_name(argv[0]);
        if (command)
            return run(command, argc - 1, argv + 1);
    }
    if (argc < 2) {
        print_help(stderr);
        return TOOL_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "-help") == 0 || strcmp(argv[1], "help") == 0)
        return help(argc > 2 ? argv[2] : NULL);
    if (strcmp(argv[1], "--version") == 0) {
        (void)puts("thresh " THRESH_VERSION);
        return TOOL_EXIT_OK;
    }
    command = find_command(argv[1]);
    return command ? run(command, argc - 2, argv + 2) : unknown(argv[1]);
}
