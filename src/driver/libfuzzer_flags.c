/* SPDX-License-Identifier: MIT
 *
 * See libfuzzer_flags.h.
 */
#include "driver/libfuzzer_flags.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/flags.h"

static const struct flag {
    const char *name;
    bool text;
    int value; /* by default */
    size_t offset;
    const char *help;
    const char *instead;
} table[] = {
#define INT(name, value, help, instead)                            \
    {#name, false,  value, offsetof(struct libfuzzer_flags, name), \
     help,  instead},
#define TEXT(name, help, instead) \
    {#name, true, 0, offsetof(struct libfuzzer_flags, name), help, instead},
#include "driver/libfuzzer_table.def"
#undef INT
#undef TEXT
};

#define FLAGS (sizeof table / sizeof table[0])

static const struct flag *find(const char *name, size_t length)
{
    for (size_t i = 0; i < FLAGS; i++)
        if (strlen(table[i].name) == length &&
            strncmp(table[i].name, name, length) == 0)
            return &table[i];
    return NULL;
}

/* ---- whose command line it is ---- */

enum libfuzzer_mode libfuzzer_mode_of(int argc, char **argv, const char **ours,
                                      const char **theirs)
{
    *ours = *theirs = NULL;
    bool input = false;
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        bool dashes = strncmp(arg, "--", 2) == 0;
        const char *name = arg + (dashes ? 2 : 1);
        size_t length = arg[0] == '-' ? strcspn(name, "=") : 0;
        bool thresh = length && flags_has(name, length);
        bool libfuzzer = length && !dashes && find(name, length);
        if (length == 0 || (!thresh && libfuzzer) ||
            strcmp(arg, "-help=1") == 0) {
            input |= length == 0;
            *theirs = length ? arg : *theirs;
        } else if (thresh && !libfuzzer && !dashes) {
            *ours = arg;
        }
        if (libfuzzer && strcmp(arg, "-ignore_remaining_args=1") == 0)
            break;
        if (thresh && !name[length] && flags_takes_value(name, length))
            i++; /* its value */
    }
    if (*ours)
        return *theirs ? MODE_BOTH : MODE_THRESH;
    return *theirs || input ? MODE_LIBFUZZER : MODE_THRESH;
}

/* ---- values ---- */

/* As libFuzzer reads numbers: what begins with none is 0, and numbers that an
 * int has no room for become others. */
static int number(const char *text)
{
    bool negative = *text == '-';
    uint64_t n = 0;
    for (text += negative; *text >= '0' && *text <= '9'; text++)
        n = n * 10 + (uint64_t)(*text - '0');
    return (int)(uint32_t)(negative ? -n : n);
}

static void set(struct libfuzzer_flags *flags, const struct flag *flag,
                const char *value)
{
    void *to = (char *)flags + flag->offset;
    bool usual = !flag->text && number(value) == flag->value;
    if (flag->text)
        *(const char **)to = value;
    else
        *(int *)to = number(value);
    if (flags->verbosity > 1 && flag->text)
        (void)fprintf(stderr, "Flag: %s %s\n", flag->name, value);
    else if (flags->verbosity > 1)
        (void)fprintf(stderr, "Flag: %s %d\n", flag->name, number(value));
    if (flag->instead && !usual)
        (void)fprintf(stderr, "INFO: -%s=%s: %s\n", flag->name, value,
                      flag->instead);
}

/* One argument; true if it is a flag. */
static bool parse_one(struct libfuzzer_flags *flags, const char *arg)
{
    size_t length = strcspn(arg, "=");
    const struct flag *flag =
        arg[0] == '-' && arg[length] ? find(arg + 1, length - 1) : NULL;
    if (arg[0] != '-')
        return false;
    if (flag)
        set(flags, flag, arg + length + 1);
    else
        (void)fprintf(stderr,
                      "\n\nWARNING: unrecognized flag '%s'; use -help=1 to "
                      "list all flags\n\n",
                      arg);
    return true;
}

bool libfuzzer_flags_parse(struct libfuzzer_flags *flags, int argc, char **argv)
{
    bool said = false;
    *flags = (struct libfuzzer_flags){
        .inputs = calloc((size_t)argc + 1, sizeof *flags->inputs)};
    for (size_t i = 0; i < FLAGS; i++)
        if (!table[i].text)
            *(int *)(void *)((char *)flags + table[i].offset) = table[i].value;
    for (int i = 1; flags->inputs && i < argc; i++) {
        if (strncmp(argv[i], "--", 2) == 0) {
            const char *name = argv[i] + 2;
            size_t length = strcspn(name, "=");
            if (length && name[length] && find(name, length))
                (void)fprintf(stderr,
                              "WARNING: did you mean '%s' (single dash)?\n",
                              argv[i] + 1);
            if (!said)
                (void)fputs("INFO: libFuzzer ignores flags that start with "
                            "'--'\n",
                            stderr);
            said = true;
        } else if (!parse_one(flags, argv[i])) {
            flags->inputs[flags->ninputs++] = argv[i];
        }
        if (flags->ignore_remaining_args)
            break;
    }
    return flags->inputs != NULL;
}

void libfuzzer_flags_release(struct libfuzzer_flags *flags)
{
    free(flags->inputs);
    flags->inputs = NULL;
}

void libfuzzer_flags_help(const char *program)
{
    (void)fprintf(stderr,
                  "Usage:\n\nTo run fuzzing pass 0 or more directories.\n"
                  "%s [-flag1=val1 [-flag2=val2 ...] ] [dir1 [dir2 ...] ]\n\n"
                  "To run individual tests without fuzzing pass 1 or more "
                  "files:\n"
                  "%s [-flag1=val1 [-flag2=val2 ...] ] file1 [file2 ...]\n\n"
                  "Flags: (strictly in form -flag=value)\n",
                  program, program);
    for (size_t i = 0; i < FLAGS; i++) {
        (void)fprintf(stderr, " %-36s\t%d\t%s\n", table[i].name, table[i].value,
                      table[i].help);
        if (table[i].instead)
            (void)fprintf(stderr, "%39s\tThresh: %s.\n", "", table[i].instead);
    }
    (void)fputs("\nFlags starting with '--' will be ignored and are left to "
                "the target.\n"
                "This is Thresh in libFuzzer's clothes; its own flags: -help\n",
                stderr);
}
