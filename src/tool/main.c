/* SPDX-License-Identifier: MIT
 *
 * The thresh command: a table of subcommands. Called by the name thresh-cc or
 * thresh-c++ (a link to the program) it is that subcommand, for build systems
 * in which a compiler has to be a single word.
 */
#include <stdio.h>
#include <string.h>

#include "platform/platform.h"
#include "tool/tool.h"

static const struct command {
    const char *name;
    int (*run)(int argc, char *const *argv);
    const char *description;
} commands[] = {
    {"cc", cc_command, "compile C with instrumentation, link the engine"},
    {"c++", cxx_command, "the same for C++"},
};

#define COMMANDS (sizeof commands / sizeof commands[0])

static void print_help(FILE *out)
{
    (void)fputs("usage: thresh COMMAND [ARGUMENT...]\n\ncommands:\n", out);
    for (size_t i = 0; i < COMMANDS; i++)
        (void)fprintf(out, "  %-6s %s\n", commands[i].name,
                      commands[i].description);
    (void)fputs("\n`thresh cc --thresh-help` tells about the compiler wrapper."
                "\nA fuzz binary tells about its own flags: ./BINARY -help\n",
                out);
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
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

int main(int argc, char **argv)
{
    const struct command *command;
    platform_arguments(&argc, &argv);
    if (argc > 0) {
        command = command_of_name(argv[0]);
        if (command)
            return command->run(argc - 1, argv + 1);
    }
    if (argc < 2) {
        print_help(stderr);
        return TOOL_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)puts("thresh " THRESH_VERSION);
        return 0;
    }
    command = find_command(argv[1]);
    if (!command) {
        (void)fprintf(stderr,
                      "thresh: unknown command \"%s\"; "
                      "`thresh --help` lists the commands\n",
                      argv[1]);
        return TOOL_EXIT_USAGE;
    }
    return command->run(argc - 2, argv + 2);
}
