/* SPDX-License-Identifier: MIT
 *
 * What both modes of a fuzz binary need for a target before anything runs: the
 * coordinator's options made of flags, target and environment. Owns the text
 * it makes, for the life of the process.
 */
#ifndef THRESH_DRIVER_SETUP_H
#define THRESH_DRIVER_SETUP_H

#include "coordinator/options.h"
#include "driver/flags.h"
#include "worker/target.h"

/* The arguments of main, and what is derived from them once. */
struct setup {
    const struct flags *flags;
    char **argv;
    char cache[4096];        /* -cachedir or the user's */
    char environment[16384]; /* the texts of those below */
    size_t environment_used;
    const char *env[8];
    struct token *tokens; /* of -dict */
    size_t ntokens;
    bool find_leaks;
};

int setup_init(struct setup *s, const struct flags *flags, char **argv,
               struct thresh_err *err);

/* Options for one target, which must outlive them. */
void setup_options(struct setup *s, struct target *target, struct options *opt);

#endif
