/* SPDX-License-Identifier: MIT
 *
 * libFuzzer's flags: what each is called, means there and does here, in one
 * table (libfuzzer_table.def) that also makes the help text. Its rules are others
 * than those of flags.h (-flag=value only, what is unknown is warned of), so
 * that it stands apart.
 */
#ifndef THRESH_DRIVER_LIBFUZZER_FLAGS_H
#define THRESH_DRIVER_LIBFUZZER_FLAGS_H

#include <stdbool.h>
#include <stddef.h>

struct libfuzzer_flags {
#define INT(name, value, help, instead) int name;
#define TEXT(name, help, instead)       const char *name;
#include "driver/libfuzzer_table.def"
#undef INT
#undef TEXT
    /* Arguments that are no flags: files and directories, in their order. */
    const char **inputs;
    size_t ninputs;
};

/* Whose command line it is. */
enum libfuzzer_mode {
    MODE_THRESH,
    MODE_LIBFUZZER,
    MODE_BOTH, /* flags that only one of them has, of both */
};

/* Decides by the arguments alone. In MODE_BOTH *ours and *theirs are two that
 * contradict each other. */
enum libfuzzer_mode libfuzzer_mode_of(int argc, char **argv, const char **ours,
                                      const char **theirs);

/* Fills flags, defaults first, and says on standard error what is unknown and
 * what is done instead of what was asked. False if memory is refused. */
bool libfuzzer_flags_parse(struct libfuzzer_flags *flags, int argc,
                           char **argv);
void libfuzzer_flags_release(struct libfuzzer_flags *flags);

/* Prints the help text to standard error, as libFuzzer does. */
void libfuzzer_flags_help(const char *program);

#endif
