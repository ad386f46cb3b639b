/* SPDX-License-Identifier: MIT
 *
 * Where the wrapper finds what it gives the compiler. First beside the program
 * itself, as in a build tree; then where an installation puts it, seen from the
 * program, so that a tree that was moved as a whole still works; then where it
 * was installed when it was built.
 */
#ifndef THRESH_TOOL_CC_FILES_H
#define THRESH_TOOL_CC_FILES_H

#include <stdbool.h>

#include "tool/cc_compiler.h"
#include "tool/words.h"

struct cc_files {
    char include_dir[CC_MAX_PATH]; /* holds thresh.h; "" when not found */
    /* Three files in one directory; "" when the archive was not found. */
    char archive[CC_MAX_PATH]; /* libthresh.a: the engine */
    char exports[CC_MAX_PATH]; /* libthresh.syms: what programs export of it */
    char specs[CC_MAX_PATH];   /* thresh-gcc.specs */
    struct words looked_in;    /* for the message when there is none */
};

/* Looks for everything; what is missing is told by the fields. A cross
 * compiler's archive is in a directory named for its target. */
void cc_files_find(struct cc_files *files, const struct cc_compiler *compiler);
void cc_files_release(struct cc_files *files);

#endif
