/* SPDX-License-Identifier: MIT
 *
 * Candidates from comparisons: which values follow from which operands, that
 * each comes once and is allowed, and that applying one stays within limits.
 */
#include "unit.h"

#include "base/rng.h"
#include "base/solve.h"

#define ROOM 256

static struct operands operands;
static struct operands moved;
static struct solve solve;

/* An input of up to two arguments, with room. */
struct sample {
    struct signature sig;
    struct input in;
    uint8_t bytes[2][ROOM];
};

static void give(struct sample *s, enum input_kind kind, const void *data,
                 uint32_t size)
{
    uint32_t i = s->sig.nargs++;
    s->sig.kind[i] = kind;
    s->sig.max_bytes[i] = kind_width(kind) ? 0 : ROOM;
    memcpy(s->bytes[i], data, size);
    s->in.nargs = s->sig.nargs;
    s->in.arg[i] = (struct span){s->bytes[i], size};
}

static void give_value(struct sample *s, enum input_kind kind, uint64_t value)
{
    uint8_t bytes[8];
    value_store(bytes, sizeof bytes, value);
    give(s, kind, bytes, (uint32_t)kind_width(kind));
}

static void compared(struct operands *o, uint64_t a, uint64_t b, uint8_t width,
                     uintptr_t site)
{
    operands_add(
        o, (struct operand){.a = a, .b = b, .site = site, .width = width});
}

static uint64_t bits_of(double d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return bits;
}

static int setup(void **state)
{
    (void)state;
    operands_clear(&operands);
    operands_clear(&moved);
    return 0;
}

/* Whether a candidate makes the argument this value; each is applied. */
static bool makes(const struct sample *s, uint32_t arg, const void *data,
                  size_t size)
{
    bool found = false;
    for (uint32_t i = 0; i < solve.n; i++) {
        struct sample copy = *s;
        for (uint32_t k = 0; k < copy.in.nargs; k++)
            copy.in.arg[k].data = copy.bytes[k];
        solve_apply(&solve, i, &copy.in);
        assert_true(input_fits(&copy.in, &s->sig));
        found |= copy.in.arg[arg].size == size &&
                 memcmp(copy.in.arg[arg].data, data, size) == 0;
    }
    return found;
}

static bool makes_value(const struct sample *s, uint32_t arg, uint64_t value)
{
    uint8_t bytes[8];
    value_store(bytes, sizeof bytes, value);
    return makes(s, arg, bytes, kind_width(s->sig.kind[arg]));
}

static void test_an_integer_becomes_the_other_operand(void **state)
{
    (void)state;
    struct sample s = {0};
    give_value(&s, KIND_INT32, 0xfffffffe);
    compared(&operands, 0x7eadbeef, 0xfffffffe, 4, 1);
    compared(&operands, (uint64_t)-2, 0x7fffffff, 8, 2);
    compared(&operands, 5, 6, 4, 3);
    solve_init(&solve, &s.sig, &s.in, &operands, 0);
    solve_equal(&solve);
    (void)solve_order(&solve, CANDIDATES_MAX, CANDIDATES_MAX);
    assert_true(makes_value(&s, 0, 0x7eadbeef));
    assert_true(makes_value(&s, 0, 0x7eadbef0));
    assert_true(makes_value(&s, 0, 0x7eadbeee));
    assert_true(makes_value(&s, 0, 0x7fffffff));
    assert_false(makes_value(&s, 0, 6));
    assert_int_equal(solve.n, 6);
}

static void test_the_last_comparisons_come_first(void **state)
{
    (void)state;
    struct sample s = {0};
    give_value(&s, KIND_UINT64, 7);
    for (uint64_t i = 0; i < 1000; i++)
        compared(&operands, 7, 1000 * i + 1000, 8, i);
    solve_init(&solve, &s.sig, &s.in, &operands, 0);
    solve_equal(&solve);
    (void)solve_order(&solve, CANDIDATES_MAX, CANDIDATES_MAX);
    assert_int_equal(solve.n, CANDIDATES_MAX);
    assert_int_equal(solve.candidate[solve.pick[0]].value, 1000 * 1000);
}

static void test_floats_and_their_neighbours(void **state)
{
    (void)state;
    struct sample s = {0};
    give_value(&s, KIND_DOUBLE, bits_of(1.5));
    operands_add(&operands, (struct operand){.a = bits_of(1.5),
                                             .b = bits_of(2.5),
                                             .width = 8,
                                             .is_float = true});
    compared(&operands, 1, 77, 4, 2); /* the same, truncated */
    solve_init(&solve, &s.sig, &s.in, &operands, 0);
    solve_equal(&solve);
    (void)solve_order(&solve, CANDIDATES_MAX, CANDIDATES_MAX);
    assert_true(makes_value(&s, 0, bits_of(2.5)));
    assert_true(makes_value(&s, 0, bits_of(2.5) + 1));
    assert_true(makes_value(&s, 0, bits_of(2.5) - 1));
    assert_true(makes_value(&s, 0, bits_of(77)));
}

static void test_linear_operands_are_inverted(void **state)
{
    (void)state;
    struct sample s = {0};
    give_value(&s, KIND_UINT32, 10);
    /* 3 * x + 5 == 3 * 4000 + 5, and -x compared with -9999 */
    compared(&operands, 35, 12005, 4, 1);
    compared(&moved, 38, 12005, 4, 1);
    compared(&operands, (uint64_t)-9999, (uint64_t)-10, 8, 2);
    compared(&moved, (uint64_t)-9999, (uint64_t)-11, 8, 2);
    compared(&operands, 50, 60, 4, 3); /* does not follow */
    compared(&moved, 50, 60, 4, 3);
    solve_init(&solve, &s.sig, &s.in, &operands, 0);
    solve_linear(&solve, 0, &moved);
    assert_true(makes_value(&s, 0, 4000));
    assert_true(makes_value(&s, 0, 9999));
    assert_int_equal(solve.n, 6);
}

static void test_what_follows_from_the_size_is_inverted(void **state)
{
    (void)state;
    struct sample s = {0};
    give(&s, KIND_BYTES, "0123456789", 10);
    /* n / 2 - 3 == 40, 1000 - n == 900; eight bytes longer */
    compared(&operands, 40, 2, 8, 1);
    compared(&moved, 40, 6, 8, 1);
    compared(&operands, 900, 990, 8, 2);
    compared(&moved, 900, 982, 8, 2);
    solve_init(&solve, &s.sig, &s.in, &operands, 0);
    solve_longer(&solve, 0, 8, &moved);
    (void)solve_order(&solve, CANDIDATES_MAX, CANDIDATES_MAX);
    bool half = false, taken = false;
    for (uint32_t i = 0; i < solve.n; i++) {
        half |= solve.candidate[i].value == 86;
        taken |= solve.candidate[i].value == 100;
    }
    assert_true(half && taken);
}

static void test_only_allowed_values_are_made(void **state)
{
    (void)state;
    struct sample s = {0};
    give_value(&s, KIND_INT8, 5);
    give_value(&s, KIND_BOOL, 0);
    s.sig.domain[0] = (struct domain){.limited = true,
                                      .least = domain_key(KIND_INT8, 1),
                                      .most = domain_key(KIND_INT8, 64)};
    compared(&operands, 5, 64, 1, 1);
    compared(&operands, 0, 9, 1, 1);
    solve_init(&solve, &s.sig, &s.in, &operands, 0);
    solve_equal(&solve);
    (void)solve_order(&solve, CANDIDATES_MAX, CANDIDATES_MAX);
    assert_true(makes_value(&s, 0, 64));
    assert_true(makes_value(&s, 0, 63));
    assert_int_equal(solve.n, 2);
}

static void add_text(const char *a, const char *b)
{
    operands_add_text(&operands, TEXT_EQUAL, true, a, strlen(a), b, strlen(b));
}

static void test_texts_and_sizes(void **state)
{
    (void)state;
    struct sample s = {0};
    give(&s, KIND_STRING, "GET /x", 6);
    give(&s, KIND_BYTES, "", 0);
    add_text("GET", "DELETE");
    add_text("", "magic");
    compared(&operands, 6, 20, 8, 1);
    compared(&operands, 0x2f20, 0x4142, 2, 1); /* " /" as a number */
    solve_init(&solve, &s.sig, &s.in, &operands, 0);
    solve_equal(&solve);
    (void)solve_order(&solve, CANDIDATES_MAX, CANDIDATES_MAX);
    assert_true(makes(&s, 0, "DELETE /x", 9));
    assert_true(makes(&s, 0, "DELETE", 6));
    assert_true(makes(&s, 1, "magic", 5));
    assert_true(makes(&s, 0, "GET /x00000000000000", 20));
    assert_true(makes(&s, 0, "GETBAx", 6));
    s.sig.max_bytes[0] = 8;
    solve_init(&solve, &s.sig, &s.in, &operands, 0);
    solve_equal(&solve);
    (void)solve_order(&solve, CANDIDATES_MAX, CANDIDATES_MAX);
    assert_false(makes(&s, 0, "DELETE /x", 9));
}

/* Whatever is compared, with whatever arguments. */
static void test_random_operands(void **state)
{
    struct rng rng = {11};
    for (unsigned round = 0; round < 3000; round++) {
        struct sample s = {0};
        uint8_t bytes[ROOM];
        setup(state);
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)(rng_next(&rng) & 3);
        for (unsigned i = 0; i < 2; i++) {
            enum input_kind kind = (enum input_kind)rng_below(&rng, KIND_COUNT);
            size_t width = kind_width(kind);
            if (kind == KIND_BOOL)
                bytes[0] &= 1;
            give(&s, kind, bytes,
                 width ? (uint32_t)width : rng_below(&rng, 60));
        }
        for (unsigned i = 0; i < 30; i++) {
            uint8_t width = (uint8_t)(1u << rng_below(&rng, 4));
            struct operand op = {.a = value_load(bytes, width),
                                 .b = rng_next(&rng) & value_mask(width),
                                 .width = width,
                                 .is_float = width >= 4 && i % 3 == 0};
            operands_add(&operands, op);
            op.a = (op.a + i) & value_mask(width);
            operands_add(&moved, op);
        }
        add_text("\1\2", "longer than it was");
        solve_init(&solve, &s.sig, &s.in, &operands, 0);
        if (kind_width(s.sig.kind[0]) && !kind_is_float(s.sig.kind[0]))
            solve_linear(&solve, 0, &moved);
        solve_equal(&solve);
        (void)solve_order(&solve, CANDIDATES_MAX, CANDIDATES_MAX);
        (void)makes(&s, 0, "", 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_an_integer_becomes_the_other_operand,
                               setup),
        cmocka_unit_test_setup(test_the_last_comparisons_come_first, setup),
        cmocka_unit_test_setup(test_floats_and_their_neighbours, setup),
        cmocka_unit_test_setup(test_linear_operands_are_inverted, setup),
        cmocka_unit_test_setup(test_what_follows_from_the_size_is_inverted,
                               setup),
        cmocka_unit_test_setup(test_only_allowed_values_are_made, setup),
        cmocka_unit_test_setup(test_texts_and_sizes, setup),
        cmocka_unit_test(test_random_operands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
