/* SPDX-License-Identifier: MIT
 *
 * A fuzz binary as libFuzzer users call it: their flags, directories and files
 * (libfuzzer_flags.h), their output (coordinator/report_libfuzzer.h), their
 * exit codes. What is done is Thresh's all the same.
 */
#ifndef THRESH_DRIVER_LIBFUZZER_H
#define THRESH_DRIVER_LIBFUZZER_H

#include "base/buf.h"
#include "base/format.h"
#include "coordinator/leaks_left.h"
#include "coordinator/lineage.h"
#include "coordinator/places.h"
#include "driver/libfuzzer_flags.h"
#include "driver/setup.h"

/* Runs the command line and returns the exit code. */
int libfuzzer_main(int argc, char **argv);

/* ---- between the files that are this mode ---- */

/* The files of -seed_inputs. */
struct libfuzzer_seeds {
    char *text; /* the names lie in it */
    const char **names;
    size_t n;
};

struct libfuzzer {
    struct libfuzzer_flags flags;
    struct flags own; /* what they mean to Thresh */
    struct setup setup;
    struct target target;
    struct plain_files files;
    struct libfuzzer_seeds seeds;
    struct lineage lineage;
    struct leaks_left leaks;
    struct options opt;
    struct places places;
    struct buf description; /* of what was covered, for the end */
    char **argv;
};

/* libfuzzer_coverage.c: fills l->description by what the flags ask for. */
void libfuzzer_describe(void *l, const struct corpus *corpus);
/* -focus_function: notes which counters are in a function, by its name; false
 * if there are none. Then: whether a counter is one of them. */
bool libfuzzer_focus_on(const char *name);
bool libfuzzer_in_focus(uint32_t counter);

/* libfuzzer_replay.c: runs each file so many times. */
int libfuzzer_replay(struct libfuzzer *l);

/* libfuzzer_merge.c: -merge=1 and -set_cover_merge=1. */
int libfuzzer_merge(struct libfuzzer *l);

/* libfuzzer_minimize.c: -minimize_crash=1 and -cleanse_crash=1. */
int libfuzzer_minimize(struct libfuzzer *l);
int libfuzzer_cleanse(struct libfuzzer *l);

/* libfuzzer_leaks.c: has workers look for leaks when they leave, and tells of
 * what they found if the run has ended well, with the exit code `code`; returns
 * the one it ends with. */
void libfuzzer_leaks_want(struct libfuzzer *l, bool wanted);
int libfuzzer_leaks_tell(struct libfuzzer *l, int code);

/* libfuzzer.c: says that a signal has asked for the end. */
void libfuzzer_say_requested(void);

/* libfuzzer.c: prints an error; 1, the exit code it asks for. */
FORMATS(1, 2)
int libfuzzer_error(const char *fmt, ...);

#endif
