/* SPDX-License-Identifier: MIT
 *
 * Measuring what inputs cover: running a program that was built for it, and
 * having gcov or llvm-cov read its counts. Apart from what is made of them.
 */
#ifndef THRESH_TOOL_COVER_RUN_H
#define THRESH_TOOL_COVER_RUN_H

#include "tool/cover_data.h"
#include "tool/program.h"

struct cover_run {
    const struct command *command;
    const struct program *program;
    const char *dir;  /* for what is left over, as the program's name */
    const char *name; /* of the program */
    /* What it told of itself: files of gcc's counts, and by which gcc; or that
     * clang's are written. */
    struct words data;
    unsigned gcc;
    bool llvm;
    char list[CC_MAX_PATH + 32]; /* "THRESH_COVERAGE=PATH" */
    char raw[CC_MAX_PATH + 32];  /* "LLVM_PROFILE_FILE=PATTERN" */
    const char *env[3];
    unsigned ran; /* directories */
};

/* Asks the program where its counts go, and removes old ones. Returns 0, or the
 * exit code to end with; so do the others. */
int cover_run_begin(struct cover_run *run);

/* Has it run inputs, as its arguments tell, one after the other. What fails
 * is told by number. `what` is for people. */
int cover_run_inputs(struct cover_run *run, const struct words *arguments,
                     const char *what);

/* Reads the counts. */
int cover_run_read(struct cover_run *run, struct cover *cover);

void cover_run_end(struct cover_run *run);

#endif
