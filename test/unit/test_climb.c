/* SPDX-License-Identifier: MIT
 *
 * Climbing: functions that nobody tells the search of, met by asking them. Each
 * is a value that a made-up target compares with another one; the search sees
 * the comparison and nothing else.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/climb.h"
#include "base/rng.h"

#define SIZE 40u
#define RUNS 5u /* as of a trace: the entry, two colours, two with digits */
#define MOST 1500u

/* What a target does with its input. */
typedef void target(const uint8_t *d, struct operands *o);

static struct operands operands[RUNS], now;
static struct solve solve;
static struct climb climber;
static struct signature sig = {
    .nargs = 1, .kind = {KIND_BYTES}, .max_bytes = {2 * SIZE}};
static uint8_t bytes[RUNS][2 * SIZE], last[2 * SIZE];
static struct input in[RUNS];
static target *asked;
static bool solved;
static uint32_t runs, runs_most;

static enum climb_outcome run(void *ctx, const struct input *base, uint32_t arg,
                              const uint32_t *at, const uint8_t *with,
                              uint32_t n, const struct operands **o)
{
    (void)ctx;
    if (runs++ == runs_most)
        return CLIMB_OVER;
    memcpy(last, base->arg[arg].data, SIZE);
    for (uint32_t i = 0; i < n; i++) {
        assert_true(at[i] < SIZE);
        last[at[i]] = with[i];
    }
    operands_clear(&now);
    asked(last, &now);
    *o = &now;
    return solved ? CLIMB_FOUND : CLIMB_RAN;
}

static void number(struct operands *o, uint64_t a, uint64_t want, uint8_t width,
                   bool is_float)
{
    operands_add(o, (struct operand){.a = want & value_mask(width),
                                     .b = a & value_mask(width),
                                     .site = 1,
                                     .width = width,
                                     .constant = true,
                                     .is_float = is_float});
}

static void equal(struct operands *o, uint64_t a, uint64_t want, uint8_t width)
{
    number(o, a, want, width, false);
    solved |= ((a ^ want) & value_mask(width)) == 0;
}

static void above(struct operands *o, double a, double least, double most)
{
    uint64_t bits, want;
    memcpy(&bits, &a, 8);
    memcpy(&want, &least, 8);
    number(o, bits, want, 8, true);
    solved |= a > least && a < most;
}

static void same_text(struct operands *o, const char *text, const char *want)
{
    operands_add_text(o, TEXT_EQUAL, true, text, strlen(text), want,
                      strlen(want));
    solved |= strcmp(text, want) == 0;
}

static void trace(target *t)
{
    struct rng rng = {7};
    asked = t;
    for (unsigned r = 0; r < RUNS; r++) {
        for (uint32_t i = 0; i < SIZE; i++)
            bytes[r][i] = r == 0
                              ? (uint8_t) "a boring seed, nothing in it"[i % 28]
                          : r < 3 ? (uint8_t)(rng_next(&rng) >> 32)
                                  : (uint8_t)('0' + rng_below(&rng, 10));
        in[r] = (struct input){.nargs = 1, .arg = {{bytes[r], SIZE}}};
        operands_clear(&operands[r]);
        t(bytes[r], &operands[r]);
    }
    solve_init(&solve, &sig, &in[0], &operands[0], 1);
    for (unsigned r = 1; r < RUNS; r++)
        solve_add_run(&solve, &in[r], &operands[r], true);
    solved = false;
    runs = 0;
}

/* Meets it within so many runs. */
static void meet(target *t, uint32_t most)
{
    trace(t);
    runs_most = MOST;
    assert_true(climb(&climber, &solve, 0, MOST, run, NULL));
    assert_true(solved);
    if (runs > most)
        fail_msg("%u runs, and not %u", runs, most);
}

static uint32_t word(const uint8_t *d)
{
    return (uint32_t)value_load(d, 4);
}

/* ---- numbers ---- */

static void rotated(const uint8_t *d, struct operands *o)
{
    uint32_t v = word(d + 5);
    equal(o, v << 7 | v >> 25, 0x6ea30f51, 4);
}

static void rotated_and_added(const uint8_t *d, struct operands *o)
{
    uint32_t v = word(d + 5);
    equal(o, (v << 27 | v >> 5) + 77, 0x5b4e9a03, 4);
}

static void xored_and_added(const uint8_t *d, struct operands *o)
{
    equal(o, (word(d + 8) ^ 0x5a5a5a5a) + 0x01020304, 0xcafe1234, 4);
}

static void shifted_and_xored(const uint8_t *d, struct operands *o)
{
    uint32_t v = word(d);
    v ^= v >> 15;
    v ^= v << 11;
    equal(o, v, 0x12345678, 4);
}

static void divided(const uint8_t *d, struct operands *o)
{
    equal(o, word(d + 3) / 1000, 1717171, 4);
}

static void multiplied(const uint8_t *d, struct operands *o)
{
    equal(o, (uint64_t)((int64_t)(int32_t)word(d + 3) * 1000),
          (uint64_t)-1234567000, 8);
}

static void equalities_are_met(void **state)
{
    (void)state;
    meet(rotated, 80);
    meet(rotated_and_added, 200);
    meet(xored_and_added, 200);
    meet(shifted_and_xored, 80);
    meet(multiplied, 200);
    meet(divided, 700);
}

/* ---- floats ---- */

static double real(const uint8_t *d)
{
    double v;
    memcpy(&v, d, sizeof v);
    return v;
}

static void scaled(const uint8_t *d, struct operands *o)
{
    above(o, real(d + 4) / 3, 1e6, 1000000.00001);
}

static void offset_by_more(const uint8_t *d, struct operands *o)
{
    above(o, real(d + 4) + 1003.75, 1010.5, 1010.50000001);
}

static void squared(const uint8_t *d, struct operands *o)
{
    above(o, real(d + 4) * real(d + 4), 5.0e9, 5.00000001e9);
}

static void from_text(const uint8_t *d, struct operands *o)
{
    char text[19] = {0};
    memcpy(text, d + 7, 18);
    above(o, strtod(text, NULL), 3.75, 3.7501);
}

static void intervals_of_floats_are_met(void **state)
{
    (void)state;
    meet(scaled, 900);
    meet(offset_by_more, 900);
    meet(squared, 900);
    meet(from_text, 200);
}

/* ---- texts ---- */

static void printed(const uint8_t *d, struct operands *o)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%08x", word(d + 5));
    same_text(o, text, "e19b04c6");
}

static void printed_decimal(const uint8_t *d, struct operands *o)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%u", word(d + 5));
    same_text(o, text, "2947103856");
}

static void every_second(const uint8_t *d, struct operands *o)
{
    char text[7] = {0};
    for (unsigned i = 0; i < 6; i++)
        text[i] = (char)d[20 + 2 * i];
    same_text(o, text, "stride");
}

static void differences(const uint8_t *d, struct operands *o)
{
    char text[7] = {0};
    for (unsigned i = 0; i < 6; i++)
        text[i] = (char)(d[4 + i] ^ d[5 + i]);
    same_text(o, text, "xored!");
}

/* Letters alone, thirteen on. */
static void by_table(const uint8_t *d, struct operands *o)
{
    char text[10] = {0};
    for (unsigned i = 0; i < 9; i++) {
        uint8_t c = d[10 + i], low = c | 0x20;
        bool letter = low >= 'a' && low <= 'z';
        text[i] = (char)(letter ? (low - 'a' + 13) % 26 + 'a' - low + c : c);
    }
    same_text(o, text, "Nested In");
}

static void texts_are_met(void **state)
{
    (void)state;
    meet(printed, 1100);
    meet(printed_decimal, 800);
    meet(every_second, 200);
    meet(differences, 200);
    meet(by_table, 700);
}

/* ---- what is left alone ---- */

static void stands_there(const uint8_t *d, struct operands *o)
{
    equal(o, word(d + 5), 0x12345678, 4);
}

static void constant(const uint8_t *d, struct operands *o)
{
    (void)d;
    equal(o, 5, 6, 4);
}

static void both_sides(const uint8_t *d, struct operands *o)
{
    equal(o, word(d) * 3, word(d + 9) * 5, 4);
}

static void what_others_solve_costs_nothing(void **state)
{
    (void)state;
    target *const left[] = {stands_there, constant, both_sides};
    for (unsigned i = 0; i < 3; i++) {
        trace(left[i]);
        runs_most = MOST;
        assert_true(climb(&climber, &solve, 0, MOST, run, NULL));
        assert_int_equal(runs, 0);
    }
}

/* A function whose values tell nothing. */
static void scrambled(const uint8_t *d, struct operands *o)
{
    uint32_t v = word(d + 3);
    for (unsigned i = 0; i < 8; i++)
        v = (v ^ v >> 15) * 0x2c1b3c6d + (v >> 3) * (v | 1);
    equal(o, v, 0x12345678, 4);
}

static void it_ends_in_any_case(void **state)
{
    (void)state;
    trace(scrambled);
    runs_most = UINT32_MAX;
    assert_true(climb(&climber, &solve, 0, MOST, run, NULL));
    assert_false(solved);
    assert_true(runs <= MOST);
    trace(scrambled);
    runs_most = 20; /* the batch is over */
    assert_false(climb(&climber, &solve, 0, MOST, run, NULL));
    assert_int_equal(runs, 21);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equalities_are_met),
        cmocka_unit_test(intervals_of_floats_are_met),
        cmocka_unit_test(texts_are_met),
        cmocka_unit_test(what_others_solve_costs_nothing),
        cmocka_unit_test(it_ends_in_any_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
