/* SPDX-License-Identifier: MIT
 *
 * See checksums.h.
 */
#include "coordinator/checksums.h"

#include <inttypes.h>
#include <string.h>

#include "coordinator/report.h"
#include "coordinator/stack.h"
#include "coordinator/symbolise.h"
#include "platform/symbols.h"

void checksums_add(struct checksums *c, const struct engine_place *places,
                   uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = 0;
        while (k < c->n && (c->place[k].offset != places[i].offset ||
                            strcmp(c->place[k].module, places[i].module) != 0))
            k++;
        if (k == c->n && c->n < CHECKSUMS_MAX)
            c->place[c->n++] = places[i];
    }
}

/* The address of the call in the module's file. */
static uint64_t address_of(const struct engine_place *place)
{
    const struct symbols *symbols = symbols_of(place->module);
    uint64_t address = 0;
    if (symbols && place->offset)
        (void)symbols_address(symbols, place->offset - 1, &address);
    return address;
}

static void report(const struct engine_place *place, const struct symbolise *s)
{
    size_t n = 0;
    const struct symbolised *at =
        symbolise_get(s, place->module, address_of(place), &n);
    if (n && at->line)
        report_line("checksum-like comparison at %s:%u %s, passed by copying "
                    "what the target computes",
                    stack_base_name(at->file), at->line, at->function);
    else
        report_line("checksum-like comparison at %s+0x%" PRIx64
                    "%s%s, passed by copying what the target computes",
                    stack_base_name(place->module), place->offset, n ? " " : "",
                    n ? at->function : "");
}

void checksums_report(const struct checksums *c)
{
    if (c->n == 0)
        return;
    struct symbolise *s = symbolise_new();
    for (uint32_t i = 0; i < c->n; i++)
        symbolise_want(s, c->place[i].module, address_of(&c->place[i]));
    symbolise_ask(s);
    for (uint32_t i = 0; i < c->n; i++)
        report(&c->place[i], s);
    symbolise_free(s);
}
