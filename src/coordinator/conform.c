/* SPDX-License-Identifier: MIT
 *
 * See conform.h.
 */
#include "coordinator/conform.h"

#include <stdio.h>

#include "coordinator/report.h"

/* Room for a list of kinds. */
#define KINDS_TEXT 160

/* "string int" */
static void list_kinds(char out[KINDS_TEXT], const enum input_kind *kind,
                       uint32_t n)
{
    size_t used = 0;
    out[0] = 0;
    for (uint32_t i = 0; i < n && used < KINDS_TEXT; i++)
        used += (size_t)snprintf(out + used, KINDS_TEXT - used, "%s%s",
                                 i ? " " : "", kind_text(kind[i]));
}

/* Go's texts. */
static int fail_kinds(const struct signature *sig,
                      const struct encoding_file *file, struct thresh_err *err)
{
    char have[KINDS_TEXT], want[KINDS_TEXT];
    if (file->input.nargs == 0)
        return thresh_fail(err, THRESH_EFORMAT,
                           "wrong number of values in corpus entry: 0, want %u",
                           sig->nargs);
    list_kinds(have, file->kind, file->input.nargs);
    list_kinds(want, sig->kind, sig->nargs);
    return thresh_fail(err, THRESH_EFORMAT,
                       "mismatched types in corpus entry: [%s], want [%s]",
                       have, want);
}

/* How many values at the beginning have the kinds of the arguments. */
static uint32_t count_common(const struct signature *sig,
                             const struct encoding_file *file)
{
    uint32_t n = 0;
    while (n < sig->nargs && n < file->input.nargs &&
           encoding_kind_matches(file->kind[n], sig->kind[n]))
        n++;
    return n;
}

static void say_changed(const struct options *opt,
                        const struct encoding_file *file)
{
    static const char *said;
    char have[KINDS_TEXT], want[KINDS_TEXT];
    if (said == opt->target)
        return;
    said = opt->target;
    list_kinds(have, file->kind, file->input.nargs);
    list_kinds(want, opt->sig.kind, opt->sig.nargs);
    report_line("warning: %s has other arguments than some of its inputs: "
                "[%s] is read as [%s], what both begin with is kept",
                opt->target, have, want);
}

static int check_values(const struct options *opt, const struct input *in,
                        struct thresh_err *err)
{
    for (uint32_t i = 0; i < in->nargs; i++) {
        enum input_kind kind = opt->sig.kind[i];
        const struct span *arg = &in->arg[i];
        size_t width = kind_width(kind);
        if (!width ||
            domain_has(&opt->sig.domain[i], kind, value_load(arg->data, width)))
            continue;
        struct buf shown;
        buf_init(&shown, 100);
        encoding_show_value(&shown, kind, arg->data, width, width);
        int rc = thresh_fail(
            err, THRESH_EFORMAT, "%s = %s is outside of its range",
            opt->arg_name[i] ? opt->arg_name[i] : "a value", buf_text(&shown));
        buf_release(&shown);
        return rc;
    }
    return 0;
}

int conform_input(const struct options *opt, const struct encoding_file *file,
                  struct input *in, uint64_t store[INPUT_MAX_ARGS],
                  struct thresh_err *err)
{
    const struct signature *sig = &opt->sig;
    uint32_t common = count_common(sig, file);
    if (common == 0)
        return fail_kinds(sig, file, err);
    input_initial(in, sig, store);
    for (uint32_t i = 0; i < common; i++)
        in->arg[i] = file->input.arg[i];
    if (common < sig->nargs || common < file->input.nargs)
        say_changed(opt, file);
    return check_values(opt, in, err);
}
