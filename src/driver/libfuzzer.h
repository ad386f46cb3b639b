/* SPDX-License-Identifier: MIT
 *
 * A fuzz binary as libFuzzer users call it: their flags, directories and files
 * (libfuzzer_flags.h), their output (coordinator/report_libfuzzer.h), their
 * exit codes. What is done is Thresh's all the same.
 */
#ifndef THRESH_DRIVER_LIBFUZZER_H
#define THRESH_DRIVER_LIBFUZZER_H

#include "driver/libfuzzer_flags.h"
#include "driver/setup.h"

/* Runs the command line and returns the exit code. */
int libfuzzer_main(int argc, char **argv);

/* ---- between the files that are this mode ---- */

struct libfuzzer {
    struct libfuzzer_flags flags;
    struct flags own; /* what they mean to Thresh */
    struct setup setup;
    struct target target;
    struct plain_files files;
    struct options opt;
    char **argv;
};

/* libfuzzer_replay.c: runs each file so many times. */
int libfuzzer_replay(struct libfuzzer *l);

#endif
