/* SPDX-License-Identifier: MIT
 *
 * Files laid out for a fuzz program to run as tests, wherever they lie: copies
 * in .thresh/stage/TARGET/, each with the inputs that must run before it. So
 * programs need to know nothing but their own directories of inputs.
 */
#ifndef THRESH_TOOL_STAGE_H
#define THRESH_TOOL_STAGE_H

#include "tool/program.h"

#define STAGE_DIR BUILD_DIR "/stage"

struct stage {
    const struct command *command;
    const struct program *program;
    struct words targets; /* of the program */
    struct words used;    /* of which there are files here */
    struct words names;   /* of the files */
};

/* Asks the program for its targets and makes an empty stage. Returns 0 or the
 * exit code to end with. */
int stage_begin(struct stage *stage, const struct command *command,
                const struct program *program);

/* Copies a file, as `copies` files; their names, one after the other from
 * stage->names.n on, are those the program will tell. The target is `target`;
 * where that is NULL, the one that the file's directory is called after, else
 * the only one there is. */
int stage_add(struct stage *stage, const char *path, const char *target,
              unsigned copies);

/* Adds the arguments that make the program run what is here. */
void stage_arguments(const struct stage *stage, struct words *out);

/* Adds FLAG=PATTERN that matches this target alone. */
void stage_add_pattern(struct words *out, const char *flag, const char *target);

/* Removes the copies and frees. */
void stage_end(struct stage *stage);

/* The target that a file belongs to, chosen as above; NULL when that was told
 * to be impossible. */
const char *stage_target(const struct stage *stage, const char *path,
                         const char *target);

#endif
