/* SPDX-License-Identifier: MIT
 *
 * What a corpus covers, as one page of HTML that needs nothing else: all files,
 * the frontier, and each source with its counts.
 */
#ifndef THRESH_TOOL_COVER_HTML_H
#define THRESH_TOOL_COVER_HTML_H

#include "base/buf.h"
#include "tool/cover_data.h"

struct cover_page {
    const char *title;
    const struct cover *cover;
    const struct cover_frontier *frontier;
    size_t nfrontier;
    bool compared; /* marks of what was added mean something */
};

void cover_html(struct buf *out, const struct cover_page *page);

#endif
