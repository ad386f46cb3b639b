/* SPDX-License-Identifier: MIT
 *
 * Which sanitizers a compiler can link here: it may know one whose runtime is
 * not installed, or that there is none of for the target. Found out by trying.
 */
#ifndef THRESH_TOOL_SANITIZERS_H
#define THRESH_TOOL_SANITIZERS_H

#include <stdbool.h>

#include "base/error.h"
#include "tool/cc_compiler.h"

#define SANITIZERS_WANTED "address,undefined"

/* Writes which of the two that are wanted can be linked to out ("" : none), and
 * remembers it in a file of directory `dir`. 1 when the user interrupted. */
int sanitizers_find(const struct cc_compiler *compiler, const char *dir,
                    char out[64], struct thresh_err *err);

/* Whether a program with -fsanitize=LIST can be compiled and linked; files are
 * made in dir and removed. 1: no; 0: yes. */
int sanitizers_try(const struct cc_compiler *compiler, const char *dir,
                   const char *list, struct thresh_err *err);

#endif
