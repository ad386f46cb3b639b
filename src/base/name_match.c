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

/* Where an element stands in the pattern. */
struct place {
    const char *flag;
    bool has_alternatives;
    size_t alternative;
    size_t element;
};

/* Says which element is wrong, and why. */
static int fail_element(const struct place *place, const char *text,
                        const struct thresh_err *why, struct thresh_err *err)
{
    struct buf message;
    buf_init(&message, sizeof err->msg);
    buf_add_text(&message, "invalid regexp for ");
    if (place->has_alternatives)
        buf_addf(&message, "alternation %zu of ", place->alternative);
    buf_addf(&message, "element %zu of %s (\"", place->element, place->flag);
    /* Short enough for the reason to fit in behind it. */
    quote_excerpt(&message, (const uint8_t *)text, strlen(text), 160);
    buf_add_text(&message, "\"): ");
    int rc = thresh_fail(err, why->code, "%s%s", buf_text(&message), why->msg);
    buf_release(&message);
    return rc;
}

/* Compiles all elements of a pattern, which is cut up. */
static int add_elements(struct name_match *m, char *pattern, const char *flag,
                        struct thresh_err *err)
{
    bool has_path = *find_separator(pattern, "/") != '\0';
    const char *separators = has_path ? "/|" : "";
    struct place place = {.flag = flag};
    place.has_alternatives = has_path && *find_separator(pattern, "|") != '\0';
    for (char *text = pattern;;) {
        char *end = find_separator(text, separators);
        char separator = *end;
        *end = '\0';
        struct element *element = &m->elements[m->count];
        struct thresh_err why;
        int rc = regexp_new(&element->re, text, &why);
        if (rc == THRESH_EUSAGE)
            return fail_element(&place, text, &why, err);
        if (rc)
            return thresh_fail(err, rc, "%s", why.msg);
        element->is_last = separator != '/';
        m->count++;
        if (separator == '\0')
            return 0;
        if (separator == '/') {
            place.element++;
        } else {
            place.alternative++;
            place.element = 0;
        }
        text = end + 1;
    }
}

int name_match_new(struct name_match **m, const char *pattern, const char *flag,
                   struct thresh_err *err)
{
    *m = NULL;
    size_t size = strlen(pattern);
    size_t most = 1;
    for (size_t i = 0; i < size; i++)
        most += pattern[i] == '/' || pattern[i] == '|';
    char *copy = malloc(size + 1);
    struct name_match *made =
        calloc(1, sizeof *made + most * sizeof made->elements[0]);
    int rc;
    if (copy && made) {
        memcpy(copy, pattern, size + 1);
        rc = add_elements(made, copy, flag, err);
    } else {
        rc = thresh_fail(err, THRESH_ENOMEM, "no memory for the value of %s",
                         flag);
    }
    free(copy);
    if (rc)
        name_match_free(made);
    else
        *m = made;
    return rc;
}

void name_match_free(struct name_match *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->count; i++)
        regexp_free(m->elements[i].re);
    free(m);
}

enum name_match_result name_match_path(const struct name_match *m,
                                       const char *const *names, size_t count)
{
    enum name_match_result best = NAME_MATCH_NONE;
    bool matches = true;
    size_t depth = 0;
    for (size_t i = 0; i < m->count; i++) {
        const struct element *element = &m->elements[i];
        if (depth < count && matches)
            matches =
                regexp_match(element->re, names[depth], strlen(names[depth]));
        depth++;
        if (!element->is_last)
            continue;
        enum name_match_result result =
            depth > count ? NAME_MATCH_PARTIAL : NAME_MATCH_FULL;
        if (matches && result > best)
            best = result;
        matches = true;
        depth = 0;
    }
    return best;
}
