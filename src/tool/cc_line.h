/* SPDX-License-Identifier: MIT
 *
 * A compiler's command line as the wrapper understands it: what it will do
 * (preprocess, compile, link), what its inputs are, and which of its words are
 * meant for the wrapper and not for the compiler. Knows the words gcc and
 * clang share; what it does not know passes through unchanged.
 */
#ifndef THRESH_TOOL_CC_LINE_H
#define THRESH_TOOL_CC_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "tool/words.h"

/* The last thing the compiler will do. */
enum cc_step {
    CC_NOTHING,    /* no input: asks the compiler about itself */
    CC_PREPROCESS, /* -E, -M, -MM */
    CC_COMPILE,    /* -c, -S, -fsyntax-only, or nothing but headers */
    CC_LINK,
};

/* What a word is for, where compiling and linking are to be two commands. */
enum cc_role {
    CC_ROLE_OPTION,  /* for both: a flag, or its value */
    CC_ROLE_SOURCE,  /* an input that is compiled or assembled */
    CC_ROLE_LINK,    /* for the linker alone: a flag, its value, an input */
    CC_ROLE_PURPOSE, /* says what the command shall do, or where the result
                      * goes: -c, -E, -M, -o, -x, -shared, a header */
};

/* One word of the command line, response files being expanded. */
struct cc_word {
    char *text;   /* owned; NULL: not passed on */
    size_t given; /* index of the word it came from in the given argv */
    bool changed; /* text is not what was given */
    enum cc_role role;
};

struct cc_line {
    struct cc_word *word;
    size_t nwords;
    char *const *given; /* borrowed */

    /* For the wrapper itself. */
    struct words own_values; /* of its options */
    const char *compiler;    /* --compiler=NAME, in own_values; or NULL */
    bool no_fuzzing_macro;
    bool print;
    bool help;

    enum cc_step step;
    bool has_source; /* an input is C, C++, Objective-C or a header */
    bool has_preprocessed_assembly; /* an input is .S */
    bool own_coverage;              /* the user gave -fsanitize-coverage= */
    bool thread_sanitizer;

    /* For a link. */
    bool shared;
    bool relocatable;
    bool without_libc;         /* -nostdlib, -nodefaultlibs */
    bool refuses_undefined;    /* the linker's -z defs, --no-undefined */
    bool prefers_archives;     /* -static, -Bstatic: -lx is libx.a */
    struct words objects;      /* inputs that go to the linker as they are */
    struct words libraries;    /* x of -lx */
    struct words library_dirs; /* of -L */
    struct words wrapped;      /* x of the linker's --wrap=x */
};

/* Reads argv, which ends with NULL and must outlive the line. */
void cc_line_read(struct cc_line *line, char *const *argv);
void cc_line_release(struct cc_line *line);

/* For gcc: takes out what would make the driver link libgcov, whose copy of
 * the counters' functions would hide a shared object's counters from the
 * engine; --coverage still writes its notes. */
void cc_line_leave_out_libgcov(struct cc_line *line);

/* Appends the words for the compiler. A response file with nothing to change
 * in it is passed on as a response file. */
void cc_line_write(const struct cc_line *line, struct words *out);

#endif
