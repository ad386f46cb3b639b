/* SPDX-License-Identifier: MIT
 *
 * See manual.h.
 */
#include "tool/manual.h"

#include <stdio.h>
#include <string.h>

/* A text in which '-' is the one of command lines and nothing is a request. */
static void print_text(const char *text, size_t length)
{
    if (length > 0 && (*text == '.' || *text == '\''))
        (void)fputs("\\&", stdout);
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '-')
            (void)fputs("\\-", stdout);
        else if (text[i] == '\\')
            (void)fputs("\\e", stdout);
        else
            (void)putchar(text[i]);
    }
}

static void print_line(const char *text)
{
    print_text(text, strlen(text));
    (void)putchar('\n');
}

/* Lines as they are. */
static void print_literal(const char *text, const char *prefix)
{
    (void)puts(".RS 4\n.nf");
    while (text) {
        size_t length = strcspn(text, "\n");
        (void)fputs(prefix, stdout);
        print_text(text, length);
        (void)putchar('\n');
        text = text[length] ? text + length + 1 : NULL;
    }
    (void)puts(".fi\n.RE");
}

static void print_about(const char *text)
{
    bool literal = false;
    while (text && *text) {
        size_t length = strcspn(text, "\n");
        bool is_literal = *text == ' ';
        if (is_literal != literal)
            (void)puts(is_literal ? ".PP\n.nf" : ".fi");
        if (!is_literal)
            (void)puts(".PP");
        literal = is_literal;
        print_text(text, length);
        (void)putchar('\n');
        text += length + (text[length] != '\0');
    }
    if (literal)
        (void)puts(".fi");
}

static void print_flag(const struct command_flag *flag)
{
    (void)fputs(".TP\n.B ", stdout);
    (void)fputs("\\-\\-", stdout);
    print_text(flag->name, strlen(flag->name));
    if (flag->value) {
        (void)putchar('=');
        print_text(flag->value, strlen(flag->value));
    }
    (void)putchar('\n');
    print_line(flag->help);
}

static void print_command(const struct command *command)
{
    char prefix[64];
    (void)snprintf(prefix, sizeof prefix, "thresh %s ", command->name);
    (void)printf(".SS thresh %s\n", command->name);
    print_text(command->summary, strlen(command->summary));
    (void)puts(".");
    if (command->alias)
        (void)printf(".br\nAlso called\n.BR \"thresh %s\" .\n", command->alias);
    print_literal(command->usage, prefix);
    print_about(command->about);
    for (size_t i = 0; i < command->nflags; i++)
        print_flag(&command->flags[i]);
    if (command->examples) {
        (void)puts(".PP\nExamples:");
        print_literal(command->examples, "");
    }
}

void manual_print(const struct command_list *all)
{
    (void)puts(".TH THRESH 1 \"\" \"Thresh " THRESH_VERSION "\" \"Thresh\"\n"
               ".SH NAME\nthresh \\- native fuzzing for C\n"
               ".SH SYNOPSIS\n.B thresh\n.I COMMAND\n.RI [ ARGUMENT ...]\n"
               ".SH DESCRIPTION\n"
               "Thresh finds inputs that make C code fail, and keeps them as "
               "tests. The command builds fuzz targets, runs them, and works "
               "with what they find. A fuzz binary tells about its own flags:\n"
               ".IR ./BINARY \" \\-help.\"\n.PP\n"
               "The shortest way is\n.BR \"thresh fuzz target.c\" .\n"
               ".SH COMMANDS");
    for (size_t i = 0; i < all->n; i++)
        print_command(all->command[i]);
    (void)puts(".SH EXIT STATUS\n"
               "0: done, nothing failed. 1: a failure was found, or a saved "
               "one is still there. 2: wrong usage. 3: thresh itself failed. "
               "130: interrupted.\n"
               ".SH ENVIRONMENT\n.TP\n.B THRESH_CC\n"
               "the compiler, where \\-\\-compiler does not name one");
}
