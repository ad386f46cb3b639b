/* SPDX-License-Identifier: MIT
 *
 * Directories of ours, with all that is in them.
 */
#ifndef THRESH_TOOL_FOLDER_H
#define THRESH_TOOL_FOLDER_H

#include <stddef.h>

/* Removes a directory with all files and directories in it; links to
 * directories are not followed, and keep it. A missing one is fine. */
void folder_remove(const char *path);

#endif
