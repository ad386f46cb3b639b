/* SPDX-License-Identifier: MIT
 *
 * See name_match.h. The alternatives are stored one behind the other, each a
 * run of elements up to one that is marked as its last.
 */
#include "base/name_match.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/quote.h"
#include "base/regexp.h"

struct element {
    struct regexp *re;
    bool is_last; /* of its alternative */
};

struct name_match {
    size_t count;
    struct element elements[];
};

/* The first of the separators outside brackets and parentheses, or the end of
 * the text. Counts like Go: brackets in brackets nest, a ']' too many is
 * legal, and what is really wrong is left for the regular expression to say. */
static char *find_separator(char *text, const char *separators)
{
    int brackets = 0;
    int parentheses = 0;
    for (; *text; text++) {
        if (*text == '\\' && text[1])
            text++;
        else if (*text == '[')
            brackets++;
        else if (*text == ']')
            brackets -= brackets > 0;
        else if (brackets > 0)
            continue;
        else if (*text == '(')
            parentheses++;
        else if (*text == ')')
            parentheses--;
        else if (parentheses == 0 && strchr(separators, *text))
            break;
    }
    return text;
}

/* Puts the reason why an element is wrong after where it is. */
static int fail_element(const struct thresh_err *why, size_t alternation,
                        size_t element, const char *flag, const char *text,
                        struct thresh_err *err)
{
    struct buf message;
    buf_init(&message, sizeof err->msg);
    buf_add_text(&message, "invalid regexp for ");
    if (alternation != SIZE_MAX)
        buf_addf(&message, "alternation %zu of ", alternation);
    buf_addf(&message, "element %zu of %s (\"", element, flag);
    /* Short enough for the reason to fit in behind it. */
    quote_excerpt(&message, (const uint8_t *)text, strlen(text), 160);
    buf_add_text(&message, "\"): ");
    int rc = thresh_fail(err, why->code, "%s%s", buf_text(&message), why->msg);
    buf_release(&message);
    return rc;
}

/* Compiles all elements; cuts up `text`. */
static int add_elements(struct name_match *m, char *text, const char *flag,
                        struct thresh_err *err)
{
    bool has_path = *find_separator(text, "/");
    const char *separators = has_path ? "/|" : "";
    size_t alternation = *find_separator(text, separators) ...
}
