/* SPDX-License-Identifier: MIT
 *
 * A file that a command was asked for: written whole or not at all, its name
 * told on standard output; "-" is standard output itself.
 */
#ifndef THRESH_TOOL_OUTPUT_H
#define THRESH_TOOL_OUTPUT_H

#include "base/buf.h"
#include "tool/command.h"

/* Writes the text. Returns the command's exit code; what failed is told. */
int output_write(const struct command *command, const char *path,
                 const struct buf *text);

#endif
