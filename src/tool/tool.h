/* SPDX-License-Identifier: MIT
 *
 * The commands of the tool, each in the file that is called like it, all listed
 * by main.c.
 */
#ifndef THRESH_TOOL_TOOL_H
#define THRESH_TOOL_TOOL_H

#include "tool/command.h"

/* Exit codes of the tool itself; a wrapper returns the compiler's, and what
 * runs a fuzz binary that one's. */
enum tool_exit {
    TOOL_EXIT_OK = 0,
    TOOL_EXIT_FAILURE = 1, /* an input fails */
    TOOL_EXIT_USAGE = 2,   /* wrong flag or argument */
    TOOL_EXIT_FAILED = 3,  /* we failed */
    TOOL_EXIT_INTERRUPTED = 130,
};

extern const struct command command_fuzz;
extern const struct command command_test;
extern const struct command command_replay;
extern const struct command command_bugs;
extern const struct command command_show;
extern const struct command command_min;
extern const struct command command_merge;
extern const struct command command_import;
extern const struct command command_export;
extern const struct command command_init;
extern const struct command command_doctor;
extern const struct command command_clean;
extern const struct command command_cc;
extern const struct command command_cxx;
extern const struct command command_cover;
extern const struct command command_plot;

#endif
