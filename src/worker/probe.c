/* SPDX-License-Identifier: MIT
 *
 * See probe.h.
 */
#include "worker/probe.h"

#include <string.h>

#include "platform/probe.h"
#include "worker/counters.h"
#include "worker/disarm.h"
#include "worker/sanitizer.h"

/* Hits of one execution that are told. */
#define HITS_MAX 4096u

/* Two halves of a wide comparison are so close to each other, in bytes of
 * code. */
#define HALVES_APART 48u

/* Counters that are so near to each other are taken for those of one module. */
#define NEAR 4096u

static enum request_probes prepared;
static enum x86_want want;
static bool allowed;
static struct probe_account made;
static struct operands *record;

/* The last comparisons of 64 bits: other code may come between two halves. */
#define HALVES_KEPT 4u
static struct probe_compare halves[HALVES_KEPT];
static uint32_t nhalves;

/* ---- what is recorded ---- */

static void add_number(const struct probe_compare *c, uint64_t a, uint64_t b,
                       unsigned width, bool is_float)
{
    operands_add(record, (struct operand){.a = a,
                                          .b = b,
                                          .site = (uintptr_t)c->site,
                                          .width = (uint8_t)width,
                                          .is_float = is_float});
}

/* The number in n bytes, one more or one less. For a float of any format this
 * is the next value away from zero, or towards it. */
static void neighbour(uint8_t out[16], const uint8_t in[16], size_t n, bool up)
{
    uint8_t carry = 1;
    memcpy(out, in, 16);
    for (size_t i = 0; i < n && carry; i++) {
        out[i] = (uint8_t)(up ? out[i] + 1 : out[i] - 1);
        carry = out[i] == (up ? 0 : 0xff);
    }
}

/* Runs of bytes, and what the one may have to be in place of the other. Each
 * has a number of its own at its site, whatever else was told. */
static void add_bytes(const struct probe_compare *c, const uint8_t a[16],
                      const uint8_t b[16], size_t n, bool neighbours)
{
    uint64_t site = c->site << 8 | n << 3;
    uint8_t near[16];
    for (unsigned i = 0; neighbours && i < 2; i++) {
        neighbour(near, b, n, i);
        operands_add_bytes(record, site | i, a, near, n);
        neighbour(near, a, n, i);
        operands_add_bytes(record, site | 2 | i, near, b, n);
    }
    operands_add_bytes(record, site | 4, a, b, n);
}

/* The least number of bytes that hold both. */
static unsigned least_bytes(uint64_t a, uint64_t b, unsigned width)
{
    unsigned n = 1;
    while (n < width && !(value_fits(a, width, n) && value_fits(b, width, n)))
        n++;
    return n;
}

static uint64_t low_of(const uint8_t bytes[16], unsigned width)
{
    return value_load(bytes, width);
}

/* ---- kinds of comparison ---- */

static void add_halves(const struct probe_compare *low,
                       const struct probe_compare *high, bool neighbours)
{
    uint8_t a[16], b[16];
    memcpy(a, low->a, 8);
    memcpy(a + 8, high->a, 8);
    memcpy(b, low->b, 8);
    memcpy(b + 8, high->b, 8);
    add_bytes(low, a, b, 16, neighbours);
}

/* Halves of 16 bytes: for an order the low one comes first, for an equality
 * either. */
static void record_halves(const struct probe_compare *c)
{
    if (c->width != 8)
        return;
    const struct probe_compare *other = NULL;
    for (uint32_t i = 0; i < HALVES_KEPT; i++)
        if (halves[i].width == 8 && halves[i].site < c->site &&
            (!other || halves[i].site > other->site))
            other = &halves[i];
    if (other && c->site - other->site <= HALVES_APART) {
        add_halves(other, c, c->kind == X86_BORROW);
        if (c->kind != X86_BORROW)
            add_halves(c, other, false);
    }
    halves[nhalves++ % HALVES_KEPT] = *c;
}

static void record_integers(const struct probe_compare *c)
{
    uint64_t a = low_of(c->a, c->width);
    uint64_t b = low_of(c->b, c->width);
    unsigned n = least_bytes(a, b, c->width);
    record_halves(c);
    /* 24, 40, 48, 56 bits have no callback. */
    if (c->kind != X86_BORROW && n != 4 && n > 2 && n < c->width)
        add_bytes(c, c->a, c->b, n, true);
    if (c->kind == X86_COMPARE && want == X86_WANT_ALL)
        add_number(c, a, b, c->width, false);
}

/* What it must not be. */
static void record_divisor(const struct probe_compare *c)
{
    operands_add(record, (struct operand){.b = low_of(c->a, c->width),
                                          .site = (uintptr_t)c->site,
                                          .width = c->width,
                                          .constant = true});
}

static float to_float(double d)
{
    return d > 3e38 || d < -3e38 ? 0 : (float)d;
}

/* A double comparison of what was a float before. */
static void record_floats_of(const struct probe_compare *c, double a, double b)
{
    float x = to_float(a), y = to_float(b);
    uint32_t x_bits, y_bits;
    uint8_t x_bytes[16] = {0}, y_bytes[16] = {0};
    if ((double)x != a && (double)y != b)
        return;
    memcpy(&x_bits, &x, 4);
    memcpy(&y_bits, &y, 4);
    memcpy(x_bytes, &x, 4);
    memcpy(y_bytes, &y, 4);
    add_number(c, x_bits, y_bits, 4, true);
    add_bytes(c, x_bytes, y_bytes, 4, true);
}

static void record_floats(const struct probe_compare *c)
{
    double a, b;
    add_number(c, low_of(c->a, c->width), low_of(c->b, c->width), c->width,
               true);
    add_bytes(c, c->a, c->b, c->width, true);
    if (c->width != 8)
        return;
    memcpy(&a, c->a, 8);
    memcpy(&b, c->b, 8);
    record_floats_of(c, a, b);
}

#ifdef __x86_64__
static void record_long_doubles(const struct probe_compare *c)
{
    long double a = 0, b = 0;
    uint64_t a_bits, b_bits;
    memcpy(&a, c->a, 10);
    memcpy(&b, c->b, 10);
    add_bytes(c, c->a, c->b, 10, true);
    /* Not where the conversion might raise what the target asked for. */
    if (!(a > -1e300L && a < 1e300L && b > -1e300L && b < 1e300L))
        return;
    double x = (double)a, y = (double)b;
    if ((long double)x != a && (long double)y != b)
        return;
    memcpy(&a_bits, &x, 8);
    memcpy(&b_bits, &y, 8);
    add_number(c, a_bits, b_bits, 8, true);
    record_floats_of(c, x, y);
}
#else
static void record_long_doubles(const struct probe_compare *c)
{
    (void)c;
}
#endif

/* Runs in a signal handler, in the middle of the target. */
static void on_compare(void *ctx, const struct probe_compare *c)
{
    (void)ctx;
    bool integers = c->kind == X86_COMPARE || c->kind == X86_DIFFERENCE ||
                    c->kind == X86_BORROW;
    if (record) {
        if (integers)
            record_integers(c);
        else if (c->kind == X86_DIVISION)
            record_divisor(c);
        else if (c->kind == X86_FLOAT)
            record_floats(c);
        else if (c->kind == X86_BLOCK)
            add_bytes(c, c->a, c->b, 16, false);
        else if (c->kind == X86_LONG_DOUBLE)
            record_long_doubles(c);
    }
}

/* ---- which code ---- */

static void take_in(struct code_range *r, uintptr_t start, uintptr_t end)
{
    if (!r->end || start < r->start)
        r->start = start;
    if (end > r->end)
        r->end = end;
}

/* The instrumented code: what lies between a module's counters where a table
 * tells their places, else the whole module. */
static void find_code(void)
{
    size_t n;
    const struct counter_range *range = counters_ranges(&n);
    uintptr_t before = 0;
    for (size_t i = 0; i < n; i++) {
        struct code_range code = {0, 0};
        for (uint32_t k = 0; k < range[i].count; k++) {
            uintptr_t pc = counters_pc(range[i].first + k);
            if (pc)
                take_in(&code, pc, pc + 1);
        }
        /* gcc's arrays are many, and most lie beside each other. */
        uintptr_t at = (uintptr_t)range[i].start;
        if (code.end || at - before > NEAR)
            (void)probe_find(at, &code, want);
        before = at;
    }
}

/* MSan would take what is recorded for the target's, TSan wraps handlers. */
static void prepare(enum request_probes wanted)
{
    if (prepared == wanted)
        return;
    prepared = wanted;
    probe_forget();
    want = wanted == PROBES_BLIND ? X86_WANT_BLIND : X86_WANT_ALL;
    if (!sanitizer_has(TOOL_MSAN) && !sanitizer_has(TOOL_TSAN))
        find_code();
}

struct probe_account probe_allow(enum request_probes wanted)
{
    struct probe_account was = made;
    probe_stop();
    made = (struct probe_account){0};
    allowed = wanted != PROBES_NONE;
    if (allowed)
        prepare(wanted);
    return was;
}

bool probe_is_allowed(void)
{
    return allowed;
}

void probe_record(struct operands *operands)
{
    made.hits += probe_pause();
    if (!allowed)
        return;
    memset(halves, 0, sizeof halves);
    nhalves = 0;
    record = operands;
    bool begun = probe_begin(HITS_MAX, on_compare, NULL);
    made.runs += begun;
    made.set += begun ? probe_sites() : 0;
}

void probe_stop(void)
{
    made.hits += probe_end();
    record = NULL;
}
