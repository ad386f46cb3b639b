/* SPDX-License-Identifier: MIT
 *
 * See selection.h.
 */
#include "driver/selection.h"

#include <stddef.h>

int selection_init(struct selection *s, const struct flags *flags,
                   struct thresh_err *err)
{
    const struct {
        struct name_match **to;
        const char *pattern;
        const char *flag;
    } table[] = {
        {&s->run, flags->run, "-run"},
        {&s->skip, flags->skip, "-skip"},
        {&s->fuzz, flags->fuzz, "-fuzz"},
        {&s->list, flags->list, "-list"},
    };
    int rc = 0;
    *s = (struct selection){0};
    for (size_t i = 0; !rc && i < sizeof table / sizeof *table; i++)
        if (table[i].pattern)
            rc = name_match_new(table[i].to, table[i].pattern, table[i].flag,
                                err);
    return rc;
}

void selection_release(struct selection *s)
{
    name_match_free(s->run);
    name_match_free(s->skip);
    name_match_free(s->fuzz);
    name_match_free(s->list);
}

static bool is_skipped(const struct selection *s, const char *const *names,
                       size_t depth)
{
    return s->skip && name_match_path(s->skip, names, depth) == NAME_MATCH_FULL;
}

bool selection_has(const struct selection *s, const char *target,
                   const char *input)
{
    const char *names[2] = {target, input};
    size_t depth = input ? 2 : 1;
    if (s->run && name_match_path(s->run, names, depth) == NAME_MATCH_NONE)
        return false;
    return !is_skipped(s, names, depth);
}

bool selection_fuzzes(const struct selection *s, const char *target)
{
    return s->fuzz && name_match_path(s->fuzz, &target, 1) != NAME_MATCH_NONE &&
           !is_skipped(s, &target, 1);
}

bool selection_lists(const struct selection *s, const char *target)
{
    return name_match_path(s->list, &target, 1) != NAME_MATCH_NONE;
}
