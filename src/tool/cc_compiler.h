/* SPDX-License-Identifier: MIT
 *
 * The compiler behind the wrapper: which one, where it is, and what it is.
 */
#ifndef THRESH_TOOL_CC_COMPILER_H
#define THRESH_TOOL_CC_COMPILER_H

#include <stdbool.h>

#include "base/error.h"

#define CC_MAX_PATH   4096
#define CC_MAX_TARGET 64

enum cc_family {
    CC_UNKNOWN,
    CC_GCC,
    CC_CLANG,
};

struct cc_compiler {
    char path[CC_MAX_PATH];
    enum cc_family family;
    int major; /* 0: not asked, or not told */
    /* What it makes programs for, e.g. x86_64-w64-mingw32: what its name starts
     * with, and when asked, what it says. "" when neither tells. */
    char target[CC_MAX_TARGET];
};

/* Finds the compiler called `wanted`, or, when that is NULL, the one that
 * THRESH_CC names, else gcc, else clang; for C++ its C++ driver (gcc-12 stands
 * for g++-12). The family is set if the name tells it. */
int cc_compiler_find(struct cc_compiler *compiler, const char *wanted, bool cxx,
                     struct thresh_err *err);

/* Asks the compiler for its family, version and target. THRESH_EUSAGE if it is
 * neither gcc nor clang. */
int cc_compiler_ask(struct cc_compiler *compiler, struct thresh_err *err);

/* Whether it makes programs for Windows. */
bool cc_compiler_is_coff(const struct cc_compiler *compiler);

#endif
