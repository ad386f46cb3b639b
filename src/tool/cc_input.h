/* SPDX-License-Identifier: MIT
 *
 * What gcc and clang take an input file for, by its name and -x.
 */
#ifndef THRESH_TOOL_CC_INPUT_H
#define THRESH_TOOL_CC_INPUT_H

enum cc_input {
    CC_INPUT_OBJECT, /* the linker's: object, library, script, unknown */
    CC_INPUT_SOURCE, /* C, C++, Objective-C, preprocessed or not */
    CC_INPUT_HEADER, /* is compiled, but never linked */
    CC_INPUT_PREPROCESSED_ASSEMBLY, /* .S: the preprocessor sees it */
    CC_INPUT_OTHER, /* is compiled by something we don't instrument */
};

/* language: the -x in force, NULL when there is none. */
enum cc_input cc_input_kind(const char *path, const char *language);

#endif
