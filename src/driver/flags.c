/* SPDX-License-Identifier: MIT
 *
 * See flags.h. As in Go: one dash or two, -flag=value or -flag value, switches
 * as -flag or -flag=true.
 */
#include "driver/flags.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "coordinator/options.h"

enum flag_type {
    FLAG_SWITCH,
    FLAG_TEXT,
    FLAG_PATTERN,            /* empty: as if not given */
    FLAG_TIME_OR_COUNT,      /* above zero */
    FLAG_TIME_OR_COUNT_ZERO, /* zero too */
    FLAG_TIME,
    FLAG_SIZE,
    FLAG_COUNT, /* a positive number */
    FLAG_SEED,
    FLAG_DICT, /* may be given several times */
    FLAG_FROM, /* the same */
};

/* Headings of the help text, in its order. */
#define TESTS   "Tests"
#define FUZZING "Fuzzing"
#define LIMITS  "Limits of an execution"
#define FILES   "Files"
#define CORPORA "Work on corpora"
#define OUTPUT  "Output"

static const struct flag {
    const char *group;
    const char *name;
    enum flag_type type;
    size_t offset;
    const char *value; /* as the help text calls it */
    const char *help;
} table[] = {
    {TESTS, "run", FLAG_PATTERN, offsetof(struct flags, run), "RE",
     "run only the targets, or TARGET/FILE inputs, that match"},
    {TESTS, "skip", FLAG_PATTERN, offsetof(struct flags, skip), "RE",
     "leave out what matches"},
    {TESTS, "list", FLAG_PATTERN, offsetof(struct flags, list), "RE",
     "print the names of the targets that match, and end"},
    {TESTS, "timeout", FLAG_TIME, offsetof(struct flags, timeout_us), "D",
     "limit of all tests together; fuzzing is not among them; 0: none; "
     "default 10m"},
    {TESTS, "parallel", FLAG_COUNT, offsetof(struct flags, parallel), "N",
     "number of workers, also while fuzzing; default: the number of "
     "processors"},
    {FUZZING, "fuzz", FLAG_PATTERN, offsetof(struct flags, fuzz), "RE",
     "fuzz the targets that match, in turns, after the others' tests"},
    {FUZZING, "fuzztime", FLAG_TIME_OR_COUNT, offsetof(struct flags, fuzz_time),
     "D|Nx",
     "fuzz for a time (30s, 1m) or a number of executions (1000x), shared by "
     "all targets; default: until stopped"},
    {FUZZING, "fuzzminimizetime", FLAG_TIME_OR_COUNT_ZERO,
     offsetof(struct flags, minimise_time), "D|Nx",
     "minimise a failing input for this long at most; 0s: not at all; "
     "default 60s"},
    {FUZZING, "quiettime", FLAG_TIME_OR_COUNT,
     offsetof(struct flags, quiet_time), "D|Nx",
     "stop fuzzing a target when it has shown nothing new for so long"},
    {FUZZING, "keepfuzzing", FLAG_SWITCH, offsetof(struct flags, keep_fuzzing),
     NULL, "go on after a failure"},
    {FUZZING, "seed", FLAG_SEED, offsetof(struct flags, seed), "N",
     "make the search repeatable (with -parallel=1 and -fuzztime=Nx)"},
    {FUZZING, "dict", FLAG_DICT, offsetof(struct flags, dict), "FILE",
     "put the tokens of a dictionary of AFL's or libFuzzer's format into "
     "inputs; may be given several times"},
    {FUZZING, "maxlen", FLAG_SIZE, offsetof(struct flags, max_bytes), "SIZE",
     "largest generated argument; default: the longest seed, at least 4096"},
    {LIMITS, "inputtimeout", FLAG_TIME,
     offsetof(struct flags, input_timeout_us), "D",
     "an execution that takes longer is a failure; 0: no limit; default: "
     "100 times as long as a seed takes, between 2s and 10s"},
    {LIMITS, "maxrss", FLAG_SIZE, offsetof(struct flags, max_resident), "SIZE",
     "memory a worker may have, and one allocation of the target; 0: no "
     "limit; default 2GB"},
    {FILES, "testdata", FLAG_TEXT, offsetof(struct flags, testdata), "DIR",
     "seeds and failing inputs are in DIR/TARGET; default testdata/fuzz"},
    {FILES, "cachedir", FLAG_TEXT, offsetof(struct flags, cache), "DIR",
     "keep found inputs in DIR/TARGET; default: in the user's cache"},
    {CORPORA, "mergeinto", FLAG_TEXT, offsetof(struct flags, merge), "DIR",
     "add to DIR the files of -from that cover something new, smallest first; "
     "for one target (-run)"},
    {CORPORA, "from", FLAG_FROM, offsetof(struct flags, from), "DIR",
     "what is merged, with the directories in it; may be given several times"},
    {CORPORA, "fewest", FLAG_SWITCH, offsetof(struct flags, fewest), NULL,
     "merge into as few files as possible, which are larger"},
    {CORPORA, "minimize", FLAG_TEXT, offsetof(struct flags, minimise), "FILE",
     "make one failing input smaller and save what is left in testdata; for "
     "one target (-run)"},
    {OUTPUT, "v", FLAG_SWITCH, offsetof(struct flags, verbose), NULL,
     "tell about every input that is run"},
    {OUTPUT, "plain", FLAG_SWITCH, offsetof(struct flags, plain), NULL,
     "status lines, also on a terminal"},
    {OUTPUT, "json", FLAG_SWITCH, offsetof(struct flags, json), NULL,
     "write events for machines to standard output, a JSON object a line"},
    {OUTPUT, "tap", FLAG_SWITCH, offsetof(struct flags, tap), NULL,
     "write results to standard output in the Test Anything Protocol"},
    {OUTPUT, "junit", FLAG_TEXT, offsetof(struct flags, junit), "FILE",
     "write results to FILE as JUnit's XML, at the end and whole"},
    {OUTPUT, "sarif", FLAG_TEXT, offsetof(struct flags, sarif), "FILE",
     "write failures to FILE as SARIF, which code hosts show beside the "
     "source, at the end and whole"},
    {OUTPUT, "stats", FLAG_TEXT, offsetof(struct flags, stats), "FILE",
     "append how the run goes to FILE, a JSON object a line; `thresh plot` "
     "draws it"},
    {OUTPUT, "help", FLAG_SWITCH, offsetof(struct flags, help), NULL,
     "print this text"},
};

#define MIN_INPUT_TIMEOUT_US 100000u

#define WIDTH       80u
#define HELP_COLUMN 26u

#define FLAGS (sizeof table / sizeof table[0])

static const struct flag *find(const char *name, size_t length)
{
    for (size_t i = 0; i < FLAGS; i++)
        if (strlen(table[i].name) == length &&
            strncmp(table[i].name, name, length) == 0)
            return &table[i];
    if (length == 1 && *name == 'h')
        return &table[FLAGS - 1];
    return NULL;
}

bool flags_has(const char *name, size_t length)
{
    return find(name, length) != NULL;
}

bool flags_takes_value(const char *name, size_t length)
{
    const struct flag *flag = find(name, length);
    return flag && flag->type != FLAG_SWITCH;
}

static int set_switch(bool *to, const char *value, struct thresh_err *err)
{
    if (!value || strcmp(value, "true") == 0 || strcmp(value, "1") == 0)
        *to = true;
    else if (strcmp(value, "false") == 0 || strcmp(value, "0") == 0)
        *to = false;
    else
        return thresh_fail(err, THRESH_EUSAGE, "want true or false");
    return 0;
}

static int set_count(uint64_t *to, const char *value, struct thresh_err *err)
{
    bool negative = value[0] == '-';
    int rc = negative ? 0 : parse_uint(to, value, 65536, err);
    if (negative || (!rc && *to == 0))
        rc = thresh_fail(err, THRESH_EUSAGE,
                         "can only be given a positive integer");
    return rc;
}

static int set(const struct flag *flag, struct flags *flags, const char *value,
               struct thresh_err *err)
{
    void *to = (char *)flags + flag->offset;
    switch (flag->type) {
    case FLAG_SWITCH:
        return set_switch(to, value, err);
    case FLAG_TEXT:
        *(const char **)to = value;
        return 0;
    case FLAG_PATTERN:
        *(const char **)to = *value ? value : NULL;
        return 0;
    case FLAG_TIME_OR_COUNT:
    case FLAG_TIME_OR_COUNT_ZERO:
        return parse_duration_or_count(
            to, value, flag->type == FLAG_TIME_OR_COUNT_ZERO, err);
    case FLAG_TIME:
        return parse_duration(to, value, err);
    case FLAG_SIZE:
        return parse_size(to, value, err);
    case FLAG_COUNT:
        return set_count(to, value, err);
    case FLAG_DICT:
        if (flags->ndict == FLAGS_DICT_MAX)
            return thresh_fail(err, THRESH_EUSAGE, "at most %d can be given",
                               FLAGS_DICT_MAX);
        ((const char **)to)[flags->ndict++] = value;
        return 0;
    case FLAG_FROM:
        if (flags->nfrom == FLAGS_FROM_MAX)
            return thresh_fail(err, THRESH_EUSAGE, "at most %d can be given",
                               FLAGS_FROM_MAX);
        ((const char **)to)[flags->nfrom++] = value;
        return 0;
    case FLAG_SEED:
        flags->has_seed = true;
        return parse_uint(to, value, UINT64_MAX, err);
    }
    return 0;
}

/* Whether a path, if one was given, can be a file's. */
static bool is_file_name(const char *path)
{
    return !path || (*path && path[strlen(path) - 1] != '/');
}

static int check(const struct flags *flags, struct thresh_err *err)
{
    if (flags->max_bytes > INT32_MAX)
        return thresh_fail(err, THRESH_EUSAGE,
                           "-maxlen can be at most 2147483647 bytes");
    if (flags->input_timeout_us > 0 &&
        flags->input_timeout_us < MIN_INPUT_TIMEOUT_US)
        return thresh_fail(err, THRESH_EUSAGE,
                           "-inputtimeout can be no shorter than 100ms: that "
                           "is how often workers are looked at");
    if ((flags->cache && !*flags->cache) || !*flags->testdata)
        return thresh_fail(err, THRESH_EUSAGE,
                           "-cachedir and -testdata need a directory");
    if ((flags->merge && (!*flags->merge || flags->fuzz || flags->minimise)) ||
        (flags->minimise && (!*flags->minimise || flags->fuzz)) ||
        (flags->nfrom && !flags->merge))
        return thresh_fail(err, THRESH_EUSAGE,
                           "-mergeinto=DIR with -from=DIR, -minimize=FILE and "
                           "-fuzz are three different things to do");
    if (flags->json && flags->tap)
        return thresh_fail(
            err, THRESH_EUSAGE,
            "-json and -tap both write to standard output; "
            "give one of them (-junit and -sarif go with either)");
    if (!is_file_name(flags->junit))
        return thresh_fail(err, THRESH_EUSAGE, "-junit needs a file");
    if (!is_file_name(flags->sarif))
        return thresh_fail(err, THRESH_EUSAGE, "-sarif needs a file");
    if (!is_file_name(flags->stats))
        return thresh_fail(err, THRESH_EUSAGE, "-stats needs a file");
    return 0;
}

int flags_parse(struct flags *flags, int argc, char **argv,
                struct thresh_err *err)
{
    *flags = (struct flags){.minimise_time = {.us = 60u * 1000000u},
                            .timeout_us = 600u * (uint64_t)1000000u,
                            .input_timeout_us = TIMEOUT_ADAPTIVE,
                            .max_resident = DEFAULT_MAX_RESIDENT,
                            .testdata = DEFAULT_TESTDATA};
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        if (arg[0] != '-' || arg[1] == 0)
            return thresh_fail(err, THRESH_EUSAGE,
                               "unexpected argument \"%s\": everything is a "
                               "flag here; see -help",
                               arg);
        const char *name = arg + (arg[1] == '-' ? 2 : 1);
        size_t length = strcspn(name, "=");
        const char *value = name[length] ? name + length + 1 : NULL;
        const struct flag *flag = find(name, length);
        if (!flag)
            return thresh_fail(err, THRESH_EUSAGE,
                               "flag provided but not defined: -%.*s; see "
                               "-help",
                               (int)length, name);
        if (!value && flag->type != FLAG_SWITCH) {
            if (i + 1 == argc)
                return thresh_fail(err, THRESH_EUSAGE,
                                   "flag needs an argument: -%s", flag->name);
            value = argv[++i];
        }
        struct thresh_err why;
        if (set(flag, flags, value, &why))
            return thresh_fail(err, THRESH_EUSAGE,
                               "invalid value \"%s\" for flag -%s: %.300s",
                               value ? value : "", flag->name, why.msg);
    }
    return check(flags, err);
}

/* Prints a text from a column on, in lines of 80. */
static void print_wrapped(const char *text, size_t column)
{
    while (strlen(text) > WIDTH - column) {
        size_t n = WIDTH - column;
        while (n > 0 && text[n] != ' ')
            n--;
        (void)printf("%.*s\n%*s", (int)n, text, (int)column, "");
        text += n + 1;
    }
    (void)printf("%s\n", text);
}

void flags_help(const char *program)
{
    (void)printf("%s: fuzz targets built with Thresh.\n\n"
                 "Without -fuzz, runs every target's seeds and saved inputs "
                 "as tests.\n",
                 program);
    for (size_t i = 0; i < FLAGS; i++) {
        if (i == 0 || strcmp(table[i].group, table[i - 1].group) != 0)
            (void)printf("\n%s\n", table[i].group);
        char left[40];
        (void)snprintf(left, sizeof left, "-%s%s%s", table[i].name,
                       table[i].value ? "=" : "",
                       table[i].value ? table[i].value : "");
        (void)printf("  %-24s", left);
        print_wrapped(table[i].help, HELP_COLUMN);
    }
}
