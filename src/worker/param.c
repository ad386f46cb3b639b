/* SPDX-License-Identifier: MIT
 *
 * See param.h. An option that is absent is zero, and zero is a good limit: so
 * the macros keep the text of the options too, which says what was given.
 */
#include "worker/param.h"

#include <stdio.h>
#include <string.h>

static const enum input_kind kinds[THRESH_KINDS] = {
    [THRESH_KIND_bytes] = KIND_BYTES,   [THRESH_KIND_string] = KIND_STRING,
    [THRESH_KIND_bool] = KIND_BOOL,     [THRESH_KIND_int8] = KIND_INT8,
    [THRESH_KIND_int16] = KIND_INT16,   [THRESH_KIND_int32] = KIND_INT32,
    [THRESH_KIND_int64] = KIND_INT64,   [THRESH_KIND_uint8] = KIND_UINT8,
    [THRESH_KIND_uint16] = KIND_UINT16, [THRESH_KIND_uint32] = KIND_UINT32,
    [THRESH_KIND_uint64] = KIND_UINT64, [THRESH_KIND_int] = KIND_INT,
    [THRESH_KIND_uint] = KIND_UINT,     [THRESH_KIND_rune] = KIND_RUNE,
    [THRESH_KIND_float] = KIND_FLOAT,   [THRESH_KIND_double] = KIND_DOUBLE,
};

enum input_kind param_kind(enum thresh_kind kind)
{
    return kinds[kind];
}

static bool is_given(const struct thresh_param *param, const char *option)
{
    return strstr(param->text, option) != NULL;
}

/* The options of numbers, wherever they lie: NULL if they are absent. */
struct numbers {
    const void *min;
    const void *max;
    const void *initial;
    const void *choices;
    size_t count;
};

#define NUMBERS_OF(of)                                               \
    (struct numbers)                                                 \
    {                                                                \
        &(of)->min, &(of)->max, &(of)->initial, (of)->choices.value, \
            (of)->choices.count                                      \
    }

static struct numbers numbers_of(const struct thresh_param *param)
{
    enum input_kind kind = kinds[param->kind];
    struct numbers n;
    if (kind_is_float(kind))
        n = NUMBERS_OF(&param->options.of_float);
    else if (kind_is_signed(kind))
        n = NUMBERS_OF(&param->options.of_signed);
    else if (kind != KIND_BOOL && kind_width(kind))
        n = NUMBERS_OF(&param->options.of_unsigned);
    else
        return (struct numbers){.count = 0};
    n.min = is_given(param, ".min") ? n.min : NULL;
    n.max = is_given(param, ".max") ? n.max : NULL;
    n.initial = is_given(param, ".initial") ? n.initial : NULL;
    n.count = is_given(param, ".choices") ? n.count : 0;
    return n;
}

/* The key of a limit. The limits of floats include both zeros. */
static uint64_t limit_key(enum input_kind kind, const void *limit, bool upper)
{
    uint64_t value = 0;
    (void)domain_convert(kind, limit, &value);
    if (kind_is_float(kind)) {
        uint64_t minus = (uint64_t)1 << (8 * kind_width(kind) - 1);
        if (!(value & ~minus))
            value = upper ? 0 : minus;
    }
    return domain_key(kind, value);
}

static void fill_domain(struct domain *d, enum input_kind kind,
                        const struct numbers *n)
{
    static const double infinite[] = {-__builtin_inf(), __builtin_inf()};
    *d = (struct domain){.limited = n->min || n->max || n->initial || n->count,
                         .has_initial = n->initial != NULL};
    bool is_float = kind_is_float(kind) && (n->min || n->max);
    d->most = value_mask(kind_width(kind));
    if (is_float || n->min)
        d->least = limit_key(kind, n->min ? n->min : &infinite[0], false);
    if (is_float || n->max)
        d->most = limit_key(kind, n->max ? n->max : &infinite[1], true);
    if (n->initial)
        (void)domain_convert(kind, n->initial, &d->initial);
    d->choices = n->choices;
    d->nchoices = (uint32_t)n->count;
}

void param_fill(struct signature *sig, uint32_t i,
                const struct thresh_param *param)
{
    enum input_kind kind = kinds[param->kind];
    sig->kind[i] = kind;
    if (!kind_width(kind)) {
        size_t max = param->options.of_size.max;
        sig->max_bytes[i] = max > INT32_MAX ? INT32_MAX : (uint32_t)max;
        return;
    }
    struct numbers n = numbers_of(param);
    fill_domain(&sig->domain[i], kind, &n);
}

/* What is wrong with the options, NULL if nothing. */
static const char *fault_of(enum input_kind kind, const struct numbers *n)
{
    uint64_t value;
    struct domain d;
    if ((n->min && !domain_convert(kind, n->min, &value)) ||
        (n->max && !domain_convert(kind, n->max, &value)))
        return "a limit is no value of its kind";
    fill_domain(&d, kind, n);
    if (d.least > d.most)
        return ".min is above .max";
    for (uint32_t i = 0; i < d.nchoices; i++) {
        const uint8_t *choice = (const uint8_t *)n->choices + (size_t)8 * i;
        if (!domain_convert(kind, choice, &value))
            return "a choice is no value of its kind";
        if (domain_key(kind, value) < d.least ||
            domain_key(kind, value) > d.most)
            return "a choice is outside of .min and .max";
    }
    if (n->initial && (!domain_convert(kind, n->initial, &value) ||
                       !domain_has(&d, kind, value)))
        return ".initial is not one of the allowed values";
    return NULL;
}

int param_text_size(const struct thresh_param *param)
{
    size_t size = strlen(param->text);
    return (int)(size && param->text[size - 1] == ',' ? size - 1 : size);
}

bool param_is_broken(const char *target, const struct thresh_param *param,
                     char *text, size_t size)
{
    enum input_kind kind = kinds[param->kind];
    const char *fault = NULL;
    struct numbers n = numbers_of(param);
    if (param->text[0] && param->text[0] != '.')
        fault = "options have names, as in .max = 64";
    else if (n.min || n.max || n.initial || n.count)
        fault = fault_of(kind, &n);
    if (!fault)
        return false;
    (void)snprintf(text, size, "target %s: argument %s (%.*s): %s", target,
                   param->name, param_text_size(param), param->text, fault);
    return true;
}
