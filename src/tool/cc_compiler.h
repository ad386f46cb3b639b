/* SPDX-License-Identifier: MIT
 *
 * The compiler behind the wrapper: which one, where it is, and what it is.
 */
#ifndef THRESH_TOOL_CC_COMPILER_H
#define THRESH_TOOL_CC_COMPILER_H

#include <stdbool.h>

#include "base/error.h"

#define CC_MAX_PATH 4096

enum cc_family {
    CC_UNKNOWN,
    CC_GCC,
    CC_CLANG,
};

struct cc_compiler {
    char path[CC_MAX_PATH];
    enum cc_family family;
    int major; /* 0: not asked, or not told */
};

/* Finds the compiler called `wanted`, or, when that is NULL, the one that
 * THRESH_CC names, else gcc, else clang; for C++ its C++ driver (gcc-12 stands
 * for g++-12). The family is set if the name tells it. */
int cc_compiler_find(struct cc_compiler *compiler, const char *wanted, bool cxx,
                     struct thresh_err *err);

/* Asks the compiler for its family and version. THRESH_EUSAGE if it is neither
 * gcc nor clang. */
int cc_compiler_ask(struct cc_compiler *compiler, struct thresh_err *err);

/* The target that a cross compiler's name starts with, e.g. x86_64-w64-mingw32
 * of x86_64-w64-mingw32-gcc: a prefix of the path's last part of this length,
 * 0 when there is none. */
int cc_compiler_triplet(const struct cc_compiler *compiler, const char **start);

/* Whether it makes programs for Windows. */
bool cc_compiler_is_coff(const struct cc_compiler *compiler);

#endif
