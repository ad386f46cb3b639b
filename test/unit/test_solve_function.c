/* SPDX-License-Identifier: MIT
 *
 * Functions of an input's bytes that were compared, told from three runs, and
 * inverted: the candidate makes the function's value the wanted one. And what
 * is none that is known: it looks like a checksum.
 */
#include "unit.h"

#include <stdlib.h>

#include "base/rng.h"
#include "base/solve.h"

#define SIZE 40u
#define RUNS 3

static struct operands operands[RUNS];
static struct solve solve;
static struct signature sig = {
    .nargs = 1, .kind = {KIND_BYTES}, .max_bytes = {2 * SIZE}};
static uint8_t bytes[RUNS][2 * SIZE];
static struct input in[RUNS];

typedef uint64_t number_fn(const uint8_t *data);
typedef void text_fn(uint8_t *to, const uint8_t *data);

static void colour_runs(void)
{
    struct rng rng = {99};
    for (unsigned r = 0; r < RUNS; r++) {
        operands_clear(&operands[r]);
        for (uint32_t i = 0; i < SIZE; i++)
            bytes[r][i] = (uint8_t)(rng_next(&rng) >> 32);
        in[r] = (struct input){.nargs = 1, .arg = {{bytes[r], SIZE}}};
    }
}

static void tell_runs(void)
{
    solve_init(&solve, &sig, &in[0], &operands[0], 0);
    for (unsigned r = 1; r < RUNS; r++)
        solve_add_run(&solve, &in[r], &operands[r], true);
    solve_equal(&solve);
    (void)solve_order(&solve, CANDIDATES_MAX, CANDIDATES_MAX);
}

static void apply(uint32_t i, uint8_t to[2 * SIZE])
{
    memcpy(to, bytes[0], sizeof bytes[0]);
    struct input copy = {.nargs = 1, .arg = {{to, SIZE}}};
    solve_apply(&solve, i, &copy);
    assert_true(input_fits(&copy, &sig));
}

/* Whether a candidate makes the value the wanted one, in the runs' inputs as they
 * are. */
static void invert_there(number_fn *f, uint8_t width, uint64_t want)
{
    bool found = false;
    for (unsigned r = 0; r < RUNS; r++)
        operands_add(&operands[r],
                     (struct operand){.a = want,
                                      .b = f(bytes[r]) & value_mask(width),
                                      .site = 1,
                                      .width = width,
                                      .constant = true});
    tell_runs();
    for (uint32_t i = 0; i < solve.n && !found; i++) {
        uint8_t tried[2 * SIZE];
        apply(i, tried);
        found = (f(tried) & value_mask(width)) == want;
    }
    assert_true(found);
}

static void invert(number_fn *f, uint8_t width, uint64_t want)
{
    colour_runs();
    invert_there(f, width, want);
}

static uint64_t plus(const uint8_t *d)
{
    return value_load(d + 5, 4) + 0x12345678;
}

static uint64_t swapped_minus(const uint8_t *d)
{
    return __builtin_bswap32((uint32_t)value_load(d + 9, 4)) - 77u;
}

static uint64_t xored(const uint8_t *d)
{
    return value_load(d + 1, 8) ^ 0x1122334455667788u;
}

static uint64_t taken_from(const uint8_t *d)
{
    return 1000 - value_load(d + 20, 2);
}

static uint64_t scaled(const uint8_t *d)
{
    return 12 * value_load(d + 3, 4) + 100;
}

static uint64_t byte_plus(const uint8_t *d)
{
    return d[30] + 3u;
}

static uint64_t each_byte(const uint8_t *d)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < 4; i++)
        value |= (uint64_t)(uint8_t)(d[8 + i] + 200) << (8 * i);
    return value;
}

static void numbers_are_inverted(void **state)
{
    (void)state;
    invert(plus, 4, 0xdeadbeef);
    invert(swapped_minus, 4, 0x31337);
    invert(xored, 8, 42);
    invert(taken_from, 4, 123);
    invert(scaled, 4, 12 * 0x7654321 + 100);
    invert(byte_plus, 4, 'x');
    invert(each_byte, 4, 0x41424344);
}

static uint64_t decimal(const uint8_t *d)
{
    char text[11] = {0};
    memcpy(text, d + 10, 10);
    return (uint64_t)atol(text);
}

/* The value does not say that zeros or spaces stood before the number that it
 * was read from, and the entry has none there. */
static void what_was_skipped_is_written_over(void **state)
{
    static const char entry[] = "oring seed", other[] = "7 12345 67";
    static const char *const text[] = {"09628 3141", " 171244 27",
                                       " 07712 881"};
    (void)state;
    for (unsigned i = 0; i < sizeof text / sizeof *text; i++) {
        colour_runs();
        memcpy(bytes[0] + 10, entry, 10);
        memcpy(bytes[1] + 10, text[i], 10);
        memcpy(bytes[2] + 10, other, 10);
        invert_there(decimal, 4, (uint32_t)-123456);
    }
}

/* What ends the argument may be needed as it is: the wanted byte comes behind
 * it, too. */
static void the_end_is_kept(void **state)
{
    (void)state;
    bool found = false;
    colour_runs();
    for (unsigned r = 0; r < RUNS; r++)
        operands_add(&operands[r], (struct operand){.a = '!',
                                                    .b = bytes[r][SIZE - 1],
                                                    .site = 1,
                                                    .width = 1,
                                                    .constant = true});
    tell_runs();
    for (uint32_t i = 0; i < solve.n && !found; i++) {
        uint8_t tried[2 * SIZE];
        apply(i, tried);
        found = tried[SIZE] == '!' && memcmp(tried, bytes[0], SIZE) == 0 &&
                solve.candidate[solve.pick[i]].nbytes == 1;
    }
    assert_true(found);
}

static void text_plus(uint8_t *to, const uint8_t *d)
{
    for (unsigned i = 0; i < 8; i++)
        to[i] = (uint8_t)(d[11 + i] + 7);
}

static void text_keyed(uint8_t *to, const uint8_t *d)
{
    for (unsigned i = 0; i < 8; i++)
        to[i] = (uint8_t)(d[2 + i] ^ (i * 31));
}

static void text_backwards(uint8_t *to, const uint8_t *d)
{
    for (unsigned i = 0; i < 8; i++)
        to[i] = d[20 - i];
}

static void to_hex(uint8_t *to, const uint8_t *d)
{
    for (unsigned i = 0; i < 4; i++) {
        to[2 * i] = (uint8_t) "0123456789abcdef"[d[25 + i] >> 4];
        to[2 * i + 1] = (uint8_t) "0123456789abcdef"[d[25 + i] & 15];
    }
}

static void texts_are_inverted(void **state)
{
    (void)state;
    text_fn *functions[] = {text_plus, text_keyed, text_backwards, to_hex};
    for (unsigned k = 0; k < sizeof functions / sizeof functions[0]; k++) {
        bool found = false;
        colour_runs();
        for (unsigned r = 0; r < RUNS; r++) {
            uint8_t text[8];
            functions[k](text, bytes[r]);
            operands_add_text(&operands[r], TEXT_EQUAL, false, "c0ffee42", 8,
                              text, 8);
        }
        tell_runs();
        for (uint32_t i = 0; i < solve.n && !found; i++) {
            uint8_t tried[2 * SIZE], text[8];
            apply(i, tried);
            functions[k](text, tried);
            found = memcmp(text, "c0ffee42", 8) == 0;
        }
        assert_true(found);
    }
}

/* A sum that nothing here inverts, compared with the four bytes at its end. */
static uint64_t hash(const uint8_t *d)
{
    uint64_t h = 1;
    for (unsigned i = 0; i < SIZE - 4; i++)
        h = (h ^ d[i]) * 0x9e3779b97f4a7c15u >> 3;
    return h & value_mask(4);
}

static void a_checksum_is_copied_and_told(void **state)
{
    (void)state;
    bool found = false;
    colour_runs();
    for (unsigned r = 0; r < RUNS; r++)
        operands_add(&operands[r],
                     (struct operand){.a = hash(bytes[r]),
                                      .b = value_load(bytes[r] + SIZE - 4, 4),
                                      .site = 4711,
                                      .width = 4});
    tell_runs();
    for (uint32_t i = 0; i < solve.n && !found; i++) {
        uint8_t tried[2 * SIZE];
        apply(i, tried);
        found = hash(tried) == value_load(tried + SIZE - 4, 4);
        if (found)
            assert_int_equal(solve_checksum(&solve, i), 4711);
    }
    assert_true(found);
}

static void what_does_not_follow_is_left_alone(void **state)
{
    (void)state;
    colour_runs();
    for (unsigned r = 0; r < RUNS; r++)
        operands_add(&operands[r], (struct operand){.a = 5,
                                                    .b = hash(bytes[r]),
                                                    .site = 1,
                                                    .width = 4,
                                                    .constant = true});
    tell_runs();
    assert_int_equal(solve.n, 0);
}

static uint64_t bits_of_two_bytes(const uint8_t *data)
{
    return (data[9] | data[10] << 8) >> 3 & 0x3ff;
}

static uint64_t big_endian_bits(const uint8_t *data)
{
    return (uint64_t)(data[20] << 16 | data[21] << 8 | data[22]) & 0x7ffe0;
}

static void bits_are_inverted(void **state)
{
    (void)state;
    invert(bits_of_two_bytes, 4, 0x2a5);
    invert(big_endian_bits, 4, 0x5a5a0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_are_inverted),
        cmocka_unit_test(numbers_are_inverted),
        cmocka_unit_test(what_was_skipped_is_written_over),
        cmocka_unit_test(the_end_is_kept),
        cmocka_unit_test(texts_are_inverted),
        cmocka_unit_test(a_checksum_is_copied_and_told),
        cmocka_unit_test(what_does_not_follow_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
