/* SPDX-License-Identifier: MIT
 *
 * What a subcommand of `thresh` is: one table of its name, its forms, its flags
 * and what they mean. Everything that tells people about commands is made from
 * these tables: --help (here), the manual page (manual.h) and the completions of
 * shells (completion.h); and command lines are read by them. The list of all
 * commands is main.c's.
 */
#ifndef THRESH_TOOL_COMMAND_H
#define THRESH_TOOL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "tool/words.h"

/* What a flag's value is, and what it is stored as. */
enum command_flag_type {
    COMMAND_SWITCH,   /* none: bool */
    COMMAND_TEXT,     /* const char *; the last one given */
    COMMAND_LIST,     /* struct words; all that are given */
    COMMAND_COUNT,    /* uint64_t, at least 1 */
    COMMAND_DURATION, /* uint64_t, microseconds */
};

struct command_flag {
    const char *name; /* without its dashes */
    enum command_flag_type type;
    size_t offset;     /* in the command's own struct of values */
    const char *value; /* what help calls it; NULL for a switch. "FILE" and
                        * "DIR" are completed as such, "a|b|c" as a choice */
    const char *help;  /* lower case, no full stop */
};

struct command {
    const char *name;
    const char *alias;   /* its second name, or NULL */
    const char *summary; /* in lists of commands: lower case, no full stop */
    /* What follows `thresh NAME`: a form a line, without a final newline. */
    const char *usage;
    /* Paragraphs, a line each; lines that begin with a space stay lines. NULL:
     * none. */
    const char *about;
    const char *examples; /* command lines, a line each; or NULL */
    const struct command_flag *flags;
    size_t nflags;
    /* The arguments are another program's, in which flags may be meant for
     * that one: only --NAME, or --NAME=VALUE, is ours, and what is not known
     * is an operand. */
    bool mixed;
    /* Reads its command line itself, --help included. */
    bool wraps;
    /* Gets itself and the arguments that follow its name (argv ends with
     * NULL); returns the exit code. */
    int (*run)(const struct command *self, int argc, char *const *argv);
};

/* All commands, in the order in which they are listed. */
struct command_list {
    const struct command *const *command;
    size_t n;
};

#define COMMAND_FLAGS(table) \
    .flags = (table), .nflags = sizeof(table) / sizeof(table)[0]

/* The arguments that are no flags. */
struct command_line {
    struct words operands;
    struct words rest; /* those after a lone "--" */
};

/* Reads a command line: flags into *values, whose defaults are the caller's,
 * operands into *line, to be released. What is wrong is told; false then. */
bool command_read(const struct command *command, int argc, char *const *argv,
                  void *values, struct command_line *line);
void command_line_release(struct command_line *line);

/* Tells what is wrong with a command line and where help is. Returns the exit
 * code. */
FORMATS(2, 3)
int command_usage_error(const struct command *command, const char *fmt, ...);

/* Tells what failed. Returns the exit code. */
FORMATS(2, 3)
int command_failed(const struct command *command, const char *fmt, ...);

/* Whether the arguments ask for help. */
bool command_wants_help(const struct command *command, int argc,
                        char *const *argv);

/* Prints what --help says. */
void command_help(const struct command *command);

#endif
