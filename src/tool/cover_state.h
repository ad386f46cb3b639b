/* SPDX-License-Identifier: MIT
 *
 * What a corpus covered when it was measured last, so that it can be seen what
 * was added since: which lines of which source, kept in two files beside the
 * coverage build. While the corpus stays as it is, so do the marks; lines of a
 * source that has changed have none.
 */
#ifndef THRESH_TOOL_COVER_STATE_H
#define THRESH_TOOL_COVER_STATE_H

#include "tool/cover_data.h"

/* Marks the lines that are covered and were not, then keeps what is covered
 * now, by a corpus of this digest, in DIR/NAME.lines. Returns whether there was
 * something to compare with. */
bool cover_state_apply(struct cover *c, const char *dir, const char *name,
                       const char *digest);

#endif
