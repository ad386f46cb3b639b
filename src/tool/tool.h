/* SPDX-License-Identifier: MIT
 *
 * The commands of the tool, called by main.c's table. Each gets the arguments
 * that follow its name and returns the exit code.
 */
#ifndef THRESH_TOOL_TOOL_H
#define THRESH_TOOL_TOOL_H

/* Exit codes of the tool itself; a wrapper returns the compiler's. */
enum tool_exit {
    TOOL_EXIT_USAGE = 2,  /* wrong flag or argument */
    TOOL_EXIT_FAILED = 3, /* we failed */
};

/* `thresh cc` and `thresh c++`: argv ends with NULL. */
int cc_command(int argc, char *const *argv);
int cxx_command(int argc, char *const *argv);

#endif
