/* SPDX-License-Identifier: MIT
 *
 * See command.h.
 */
#include "tool/command.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "tool/tool.h"

#define WIDTH       80u
#define HELP_COLUMN 26u

/* ---- errors ---- */

FORMATS(2, 0)
static void complain(const struct command *command, const char *fmt, va_list ap)
{
    (void)fprintf(stderr, "thresh %s: ", command->name);
    (void)vfprintf(stderr, fmt, ap);
}

int command_usage_error(const struct command *command, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    complain(command, fmt, ap);
    va_end(ap);
    (void)fprintf(stderr, "\n`thresh %s --help` tells how it is used\n",
                  command->name);
    return TOOL_EXIT_USAGE;
}

int command_failed(const struct command *command, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    complain(command, fmt, ap);
    va_end(ap);
    (void)fputc('\n', stderr);
    return TOOL_EXIT_FAILED;
}

/* ---- reading ---- */

static const struct command_flag *find_flag(const struct command *command,
                                            const char *name, size_t length)
{
    for (size_t i = 0; i < command->nflags; i++) {
        const struct command_flag *flag = &command->flags[i];
        if (strlen(flag->name) == length &&
            memcmp(flag->name, name, length) == 0)
            return flag;
    }
    return NULL;
}

/* Stores the value of a flag. */
static int set(const struct command_flag *flag, void *values, const char *value,
               struct thresh_err *err)
{
    void *to = (char *)values + flag->offset;
    int rc = 0;
    switch (flag->type) {
    case COMMAND_SWITCH:
        if (value)
            return thresh_fail(err, THRESH_EUSAGE, "it takes no value");
        *(bool *)to = true;
        break;
    case COMMAND_TEXT:
        *(const char **)to = value;
        break;
    case COMMAND_LIST:
        words_add(to, value);
        break;
    case COMMAND_COUNT:
        rc = parse_uint(to, value, UINT32_MAX, err);
        if (!rc && *(uint64_t *)to == 0)
            rc = thresh_fail(err, THRESH_EUSAGE, "it must be at least 1");
        break;
    case COMMAND_DURATION:
        rc = parse_duration(to, value, err);
        break;
    }
    return rc;
}

/* Reads the flag at argv[*at], and its value, which may be the next word. Sets
 * *known; false if it is wrong. */
static bool read_flag(const struct command *command, int argc,
                      char *const *argv, int *at, void *values, bool *known)
{
    struct thresh_err err;
    const char *word = argv[*at];
    const char *name = word + (word[1] == '-' ? 2 : 1);
    size_t length = strcspn(name, "=");
    const char *value = name[length] ? name + length + 1 : NULL;
    const struct command_flag *flag = NULL;
    if (!command->mixed || word[1] == '-')
        flag = find_flag(command, name, length);
    *known = flag != NULL;
    if (!flag)
        return true;
    if (!value && flag->type != COMMAND_SWITCH) {
        if (*at + 1 == argc) {
            (void)command_usage_error(command, "--%s needs a value: --%s=%s",
                                      flag->name, flag->name, flag->value);
            return false;
        }
        value = argv[++*at];
    }
    if (set(flag, values, value, &err)) {
        (void)command_usage_error(command, "--%s=%s: %s", flag->name,
                                  value ? value : "", err.msg);
        return false;
    }
    return true;
}

bool command_read(const struct command *command, int argc, char *const *argv,
                  void *values, struct command_line *line)
{
    *line = (struct command_line){0};
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i];
        bool known = false;
        if (strcmp(word, "--") == 0) {
            while (++i < argc)
                words_add(&line->rest, argv[i]);
            break;
        }
        bool dashed = word[0] == '-' && word[1];
        if (dashed && !read_flag(command, argc, argv, &i, values, &known))
            return false;
        if (known)
            continue;
        if (dashed && !command->mixed) {
            (void)command_usage_error(command, "no flag is called %s", word);
            return false;
        }
        words_add(&line->operands, word);
    }
    return true;
}

void command_line_release(struct command_line *line)
{
    words_release(&line->operands);
    words_release(&line->rest);
}

bool command_wants_help(const struct command *command, int argc,
                        char *const *argv)
{
    for (int i = 0; !command->wraps && i < argc; i++) {
        if (strcmp(argv[i], "--") == 0)
            return false;
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-help") == 0 ||
            strcmp(argv[i], "-h") == 0)
            return true;
    }
    return false;
}

/* ---- help ---- */

/* Prints a text from a column on in lines of WIDTH, and a newline. */
static void print_wrapped(const char *text, size_t length, size_t column)
{
    size_t room = WIDTH - column;
    while (length > room) {
        size_t n = room;
        while (n > 0 && text[n] != ' ')
            n--;
        if (n == 0)
            break; /* a word that is longer than a line stays whole */
        (void)printf("%.*s\n%*s", (int)n, text, (int)column, "");
        text += n + 1;
        length -= n + 1;
    }
    (void)printf("%.*s\n", (int)length, text);
}

/* Calls print for each line of a text. */
static void each_line(const char *text, void *ctx,
                      void (*print)(void *ctx, const char *line, size_t length))
{
    while (text) {
        size_t length = strcspn(text, "\n");
        print(ctx, text, length);
        text = text[length] ? text + length + 1 : NULL;
    }
}

static void print_form(void *ctx, const char *line, size_t length)
{
    const struct command *command = ctx;
    (void)printf("%s thresh %s%s%.*s\n",
                 line == command->usage ? "usage:" : "      ", command->name,
                 length ? " " : "", (int)length, line);
}

static void print_paragraph(void *ctx, const char *line, size_t length)
{
    bool *literal = ctx;
    bool is_literal = length > 0 && *line == ' ';
    if (!(is_literal && *literal))
        (void)putchar('\n');
    *literal = is_literal;
    if (is_literal)
        (void)printf("%.*s\n", (int)length, line);
    else
        print_wrapped(line, length, 0);
}

static void print_example(void *ctx, const char *line, size_t length)
{
    (void)ctx;
    (void)printf("  %.*s\n", (int)length, line);
}

static void print_flag(const struct command_flag *flag)
{
    char left[80];
    int n = snprintf(left, sizeof left, "--%s%s%s", flag->name,
                     flag->value ? "=" : "", flag->value ? flag->value : "");
    (void)printf("  %-*s", (int)HELP_COLUMN - 2, left);
    if (n > (int)HELP_COLUMN - 3)
        (void)printf("\n%*s", (int)HELP_COLUMN, "");
    print_wrapped(flag->help, strlen(flag->help), HELP_COLUMN);
}

void command_help(const struct command *command)
{
    bool literal = false;
    each_line(command->usage, (void *)command, print_form);
    (void)printf("\nthresh %s: %s.\n", command->name, command->summary);
    if (command->alias)
        (void)printf("`thresh %s` is the same.\n", command->alias);
    each_line(command->about, &literal, print_paragraph);
    if (command->nflags)
        (void)puts("\nflags:");
    for (size_t i = 0; i < command->nflags; i++)
        print_flag(&command->flags[i]);
    if (command->examples)
        (void)puts("\nexamples:");
    each_line(command->examples, NULL, print_example);
}
