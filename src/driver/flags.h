/* SPDX-License-Identifier: MIT
 *
 * The command line of a fuzz binary: what each flag is called, takes and
 * means, in one table that also makes the help text.
 */
#ifndef THRESH_DRIVER_FLAGS_H
#define THRESH_DRIVER_FLAGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/parse.h"

/* As many dictionaries as may be given. */
#define FLAGS_DICT_MAX 16
/* As many directories to be merged. */
#define FLAGS_FROM_MAX 256

struct flags {
    const char *run;  /* NULL: all */
    const char *fuzz; /* NULL: do not fuzz */
    const char *skip;
    const char *list;
    bool verbose;
    bool json;
    bool plain;
    bool tap;
    const char *junit; /* NULL: none */
    const char *sarif; /* NULL: none */
    const char *stats; /* NULL: none */
    bool help;
    struct duration_or_count fuzz_time;
    struct duration_or_count quiet_time;
    struct duration_or_count minimise_time;
    uint64_t parallel; /* 0: one worker a processor */
    uint64_t timeout_us;
    bool keep_fuzzing;
    bool has_seed;
    uint64_t seed;
    const char *dict[FLAGS_DICT_MAX]; /* files, as given */
    size_t ndict;
    uint64_t max_bytes;
    uint64_t input_timeout_us; /* 0: none; or TIMEOUT_ADAPTIVE */
    uint64_t max_resident;     /* 0: none */
    bool tool_exit_codes;      /* sanitizers keep theirs; no flag sets it */
    const char *cache;
    const char *testdata;
    const char *merge; /* directory; NULL: nothing is merged */
    const char *from[FLAGS_FROM_MAX];
    size_t nfrom;
    bool fewest;
    const char *minimise; /* file; NULL: none */
};

/* Whether a flag is called so. */
bool flags_has(const char *name, size_t length);
/* Whether it needs a value, which may be the next argument. */
bool flags_takes_value(const char *name, size_t length);

/* Fills flags from the command line, defaults first. */
int flags_parse(struct flags *flags, int argc, char **argv,
                struct thresh_err *err);

/* Prints the help text to standard output. */
void flags_help(const char *program);

#endif
