/* SPDX-License-Identifier: MIT
 *
 * Response files: `@FILE` on a compiler's command line stands for the words in
 * FILE. Apart from the reading of the line because it is only about text.
 */
#ifndef THRESH_TOOL_CC_RESPONSE_H
#define THRESH_TOOL_CC_RESPONSE_H

#include "tool/words.h"

/* Appends the words that `text` stands for: itself, or, when it is `@FILE` and
 * the file can be read, the file's words, and so on for those. A file that
 * can't be read stands for itself, as with gcc and clang, and so does whatever
 * is nested deeper than any sane use. */
void cc_response_expand(struct words *out, const char *text);

#endif
