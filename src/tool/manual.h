/* SPDX-License-Identifier: MIT
 *
 * The manual page thresh(1), made from the commands' tables when Thresh is
 * built, so that it can't lag behind.
 */
#ifndef THRESH_TOOL_MANUAL_H
#define THRESH_TOOL_MANUAL_H

#include "tool/command.h"

/* Prints it to standard output, in the language of man(7). */
void manual_print(const struct command_list *all);

#endif
