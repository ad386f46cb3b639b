/* SPDX-License-Identifier: MIT
 *
 * See counter_place.h.
 */
#include "driver/counter_place.h"

#include <stdio.h>

#include "platform/segment.h"
#include "platform/walk.h"
#include "worker/counters.h"

/* Modules whose paths are kept. */
#define MODULES_MAX 64

struct module {
    uintptr_t id;
    char path[4096];
};

static struct module modules[MODULES_MAX];
static size_t nmodules;

struct search {
    uintptr_t pc;
    struct module *module;
};

static bool look(void *ctx, const struct walk_mapping *m)
{
    struct search *s = ctx;
    if (s->pc < m->start || s->pc >= m->end)
        return true;
    (void)snprintf(s->module->path, sizeof s->module->path, "%s", m->path);
    return false;
}

static const char *path_of(uintptr_t pc, uintptr_t id)
{
    for (size_t i = 0; i < nmodules; i++)
        if (modules[i].id == id)
            return modules[i].path;
    if (nmodules == MODULES_MAX)
        return "";
    struct search s = {pc, &modules[nmodules]};
    s.module->id = id;
    s.module->path[0] = 0;
    walk_mappings(look, &s);
    nmodules++;
    return s.module->path;
}

static bool fill(uintptr_t address, struct place_of_code *place)
{
    struct segment segment;
    if (!address || !segment_find(address, &segment))
        return false;
    place->pc = address;
    place->address = address - segment.bias;
    place->module = path_of(address, segment.module);
    return place->module[0] != 0;
}

bool counter_code(uint32_t counter, struct place_of_code *place)
{
    place->entry = counters_is_entry(counter);
    return fill(counters_pc(counter), place);
}

static uintptr_t address_of(uint32_t counter)
{
    size_t n;
    const struct counter_range *range = counters_ranges(&n);
    for (size_t i = 0; i < n; i++)
        if (counter - range[i].first < range[i].count)
            return (uintptr_t)range[i].start +
                   (uintptr_t)(counter - range[i].first) * range[i].width;
    return 0;
}

bool counter_place(uint32_t counter, struct place_of_code *place)
{
    if (!counters_prepare())
        return false;
    if (counter_code(counter, place))
        return true;
    place->entry = false;
    return fill(address_of(counter), place);
}
