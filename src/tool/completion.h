/* SPDX-License-Identifier: MIT
 *
 * The scripts by which shells complete command lines, made from the commands'
 * tables when Thresh is built.
 */
#ifndef THRESH_TOOL_COMPLETION_H
#define THRESH_TOOL_COMPLETION_H

#include "tool/command.h"

/* Prints the script for a shell, "bash", "zsh" or "fish", to standard output;
 * false for others. */
bool completion_print(const struct command_list *all, const char *shell);

#endif
