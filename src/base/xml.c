/* SPDX-License-Identifier: MIT
 *
 * See xml.h.
 */
#include "base/xml.h"

#include <stdbool.h>
#include <string.h>

#include "base/unicode.h"

/* What the standard calls Char; unicode_decode refuses surrogates already. */
static bool is_allowed(uint32_t code)
{
    if (code < 0x20)
        return code == '\t' || code == '\n' || code == '\r';
    return code != 0xfffe && code != 0xffff;
}

static void add(struct buf *out, const uint8_t *at, size_t size, uint32_t code,
                bool in_tag)
{
    /* A reader would make spaces or plain line ends of these. */
    bool number = code == '\r' || (in_tag && (code == '\n' || code == '\t'));
    if (!is_allowed(code))
        buf_add_text(out, "\xef\xbf\xbd");
    else if (number)
        buf_addf(out, "&#%u;", (unsigned)code);
    else if (code == '&')
        buf_add_text(out, "&amp;");
    else if (code == '<')
        buf_add_text(out, "&lt;");
    else if (code == '>')
        buf_add_text(out, "&gt;");
    else if (code == '"' && in_tag)
        buf_add_text(out, "&quot;");
    else
        buf_add(out, at, size);
}

static void add_all(struct buf *out, const char *text, size_t size, bool in_tag)
{
    const uint8_t *at = (const uint8_t *)text;
    while (size > 0) {
        uint32_t code = 0; /* is not allowed */
        size_t n = unicode_decode(at, size, &code);
        n += n == 0;
        add(out, at, n, code, in_tag);
        at += n;
        size -= n;
    }
}

void xml_text(struct buf *out, const char *text, size_t size)
{
    add_all(out, text, size, false);
}

void xml_attribute(struct buf *out, const char *name, const char *value)
{
    buf_addf(out, " %s=\"", name);
    add_all(out, value, strlen(value), true);
    buf_add_char(out, '"');
}
