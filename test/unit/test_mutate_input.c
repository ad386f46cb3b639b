/* SPDX-License-Identifier: MIT
 *
 * Mutation of whole inputs: the argument that is changed, its limits, what is
 * taken from the other input, and numbers changed as numbers.
 */
#include "unit.h"

#include <float.h>
#include <math.h>
#ifdef __SSE2__
#include <xmmintrin.h>
#endif

#include "base/mutate.h"

#define ROOM   64
#define CANARY 0xc5

static uint8_t table[256];

static int setup(void **state)
{
    (void)state;
    mutate_fill_table(table, NULL);
    return 0;
}

/* An input with room for ROOM bytes and a canary in each argument. */
struct sample {
    struct input in;
    uint8_t bytes[INPUT_MAX_ARGS][ROOM + 8];
};

static void fill_sample(struct sample *s, const struct signature *sig,
                        uint8_t first)
{
    s->in.nargs = sig->nargs;
    for (uint32_t i = 0; i < sig->nargs; i++) {
        size_t width = kind_width(sig->kind[i]);
        s->in.arg[i].size = width ? (uint32_t)width : 3 + i;
        s->in.arg[i].data = s->bytes[i];
        memset(s->bytes[i], CANARY, sizeof s->bytes[i]);
        memset(s->bytes[i], first + (int)i, s->in.arg[i].size);
    }
}

static bool same_argument(const struct span *a, const struct span *b)
{
    return a->size == b->size && !memcmp(a->data, b->data, a->size);
}

static const struct signature mixed = {
    .nargs = 5,
    .kind = {KIND_BYTES, KIND_INT16, KIND_STRING, KIND_BOOL, KIND_DOUBLE},
    .max_bytes = {ROOM, 0, 20, 0, 0}};

static void test_one_argument_changes(void **state)
{
    (void)state;
    unsigned changed[5] = {0};
    unsigned taken = 0;
    for (uint64_t seed = 0; seed < 20000; seed++) {
        struct sample was;
        struct sample now;
        struct sample other;
        struct sample other_was;
        fill_sample(&was, &mixed, 0);
        fill_sample(&now, &mixed, 0);
        fill_sample(&other, &mixed, 100);
        fill_sample(&other_was, &mixed, 100);
        struct mutate m = {.rng = {seed}, .table = table};
        uint32_t i = mutate_input(&m, &mixed, &now.in, SIZE_MAX,
                                  seed & 1 ? &other.in : NULL);
        assert_in_range(i, 0, 4);
        assert_true(input_fits(&now.in, &mixed));
        for (uint32_t k = 0; k < 5; k++) {
            assert_ptr_equal(now.in.arg[k].data, now.bytes[k]);
            if (k != i)
                assert_true(same_argument(&now.in.arg[k], &was.in.arg[k]));
            assert_true(same_argument(&other.in.arg[k], &other_was.in.arg[k]));
            size_t room = kind_width(mixed.kind[k]) ? kind_width(mixed.kind[k])
                                                    : mixed.max_bytes[k];
            for (size_t at = room; at < sizeof now.bytes[k]; at++)
                assert_int_equal(now.bytes[k][at], CANARY);
        }
        if (!same_argument(&now.in.arg[i], &was.in.arg[i]))
            changed[i]++;
        bool whole = same_argument(&now.in.arg[i], &other.in.arg[i]);
        assert_true(!whole || seed & 1 || mixed.kind[i] == KIND_BOOL);
        taken += whole && mixed.kind[i] != KIND_BOOL;
    }
    for (uint32_t i = 0; i < 5; i++)
        assert_in_range(changed[i], 3300, 4500);
    /* One in 8 of those with another input. */
    assert_in_range(taken, 800, 1500);
}

static void test_same_seed_same_result(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 3000; seed++) {
        struct sample a;
        struct sample b;
        struct sample other;
        fill_sample(&a, &mixed, 0);
        fill_sample(&b, &mixed, 0);
        fill_sample(&other, &mixed, 100);
        struct mutate m = {.rng = {seed}, .table = table};
        struct mutate n = m;
        mutate_input(&m, &mixed, &a.in, 30, &other.in);
        mutate_input(&n, &mixed, &b.in, 30, &other.in);
        for (uint32_t i = 0; i < 5; i++)
            assert_true(same_argument(&a.in.arg[i], &b.in.arg[i]));
        assert_true(m.rng.state == n.rng.state && m.trail == n.trail);
    }
}

static void test_limits(void **state)
{
    (void)state;
    const struct signature sig = {
        .nargs = 2, .kind = {KIND_BYTES, KIND_STRING}, .max_bytes = {ROOM, 0}};
    for (uint64_t seed = 0; seed < 2000; seed++) {
        struct sample s;
        struct sample other;
        fill_sample(&s, &sig, 1);
        fill_sample(&other, &sig, 9);
        other.in.arg[0].size = ROOM;
        s.in.arg[0].size = 40;
        size_t max = seed % 50;
        struct mutate m = {.rng = {seed}, .table = table};
        uint32_t i = mutate_input(&m, &sig, &s.in, max, &other.in);
        assert_true(s.in.arg[i].size <= (i ? 0 : max));
    }
}

/* The context's own `other` is not used, and is there again afterwards. */
static void test_context_is_kept(void **state)
{
    (void)state;
    const struct signature sig = {
        .nargs = 1, .kind = {KIND_BYTES}, .max_bytes = {ROOM}};
    const uint8_t alien[4] = {0xee, 0xee, 0xee, 0xee};
    memset(table, MUTATE_SPLICE_INSERT, sizeof table);
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct sample s;
        struct sample other;
        fill_sample(&s, &sig, 1);
        fill_sample(&other, &sig, 0x77);
        struct mutate m = {.rng = {seed}, .table = table, .other = alien};
        m.other_size = sizeof alien;
        mutate_input(&m, &sig, &s.in, ROOM, seed & 1 ? &other.in : NULL);
        assert_null(memchr(s.bytes[0], 0xee, s.in.arg[0].size));
        assert_true(!(seed & 1) || memchr(s.bytes[0], 0x77, s.in.arg[0].size));
        assert_ptr_equal(m.other, alien);
        assert_int_equal(m.other_size, sizeof alien);
    }
}

static void test_no_arguments(void **state)
{
    (void)state;
    const struct signature sig = {.nargs = 0};
    struct input in = {.nargs = 0};
    struct mutate m = {.rng = {1}, .table = table, .trail = 0};
    assert_int_equal(mutate_input(&m, &sig, &in, 10, NULL), 0);
    assert_int_equal(m.trail, 0);
}

/* One argument of a kind, from a value on, in one step. */
static uint64_t step(uint64_t seed, enum input_kind kind, uint64_t from)
{
    struct signature sig = {.nargs = 1, .kind = {kind}};
    uint8_t bytes[12];
    size_t width = kind_width(kind);
    memset(bytes, CANARY, sizeof bytes);
    for (size_t i = 0; i < width; i++)
        bytes[i] = (uint8_t)(from >> (8 * i));
    struct input in = {.nargs = 1, .arg = {{bytes, (uint32_t)width}}};
    struct mutate m = {.rng = {seed}, .table = table};
    mutate_input(&m, &sig, &in, 10, NULL);
    for (size_t i = width; i < sizeof bytes; i++)
        assert_int_equal(bytes[i], CANARY);
    uint64_t value = 0;
    for (size_t i = 0; i < width; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

static void test_numbers_always_change(void **state)
{
    (void)state;
    static const enum input_kind kinds[] = {
        KIND_BOOL,   KIND_INT8,   KIND_INT16, KIND_INT32, KIND_INT64,
        KIND_UINT8,  KIND_UINT16, KIND_INT,   KIND_UINT,  KIND_UINT32,
        KIND_UINT64, KIND_FLOAT,  KIND_RUNE,  KIND_DOUBLE};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        uint64_t mask = UINT64_MAX >> (64 - 8 * kind_width(kinds[k]));
        struct rng rng = {k};
        for (uint64_t seed = 0; seed < 5000; seed++) {
            uint64_t from = rng_next(&rng) >> (seed & 63) & mask;
            if (kinds[k] == KIND_BOOL)
                from &= 1;
            assert_true(step(seed, kinds[k], from) != from);
        }
    }
    assert_int_equal(step(1, KIND_BOOL, 0), 1);
    assert_int_equal(step(1, KIND_BOOL, 1), 0);
}

/* Whether a kind's mutants of a value contain all of some others. */
static void check_reaches(enum input_kind kind, uint64_t from,
                          const uint64_t *wanted, size_t count)
{
    uint64_t mask = UINT64_MAX >> (64 - 8 * kind_width(kind));
    uint64_t found = 0;
    for (uint64_t seed = 0; seed < 200000; seed++) {
        uint64_t value = step(seed, kind, from & mask);
        for (size_t i = 0; i < count; i++)
            found |= (uint64_t)(value == (wanted[i] & mask)) << i;
    }
    for (size_t i = 0; i < count; i++) {
        if (!(found >> i & 1))
            fail_msg("%s: 0x%llx not reached from 0x%llx", kind_text(kind),
                     (unsigned long long)wanted[i], (unsigned long long)from);
    }
}

#define REACHES(kind, from, ...)                                             \
    do {                                                                     \
        const uint64_t wanted[] = {__VA_ARGS__};                             \
        check_reaches(kind, from, wanted, sizeof wanted / sizeof wanted[0]); \
    } while (0)

#define MINUS(n) ((uint64_t)0 - (n))

static void test_integers(void **state)
{
    (void)state;
    REACHES(KIND_INT32, 1234, 0, MINUS(1), 1235, 1233, MINUS(1234), ~1234ull,
            INT32_MAX, 0x80000000, 12345, 123, 1230, 2234, 2468, 617,
            1234 ^ 0x40000000, 65535, 1 << 20);
    REACHES(KIND_INT32, MINUS(1000000), MINUS(500000), MINUS(100000));
    REACHES(KIND_INT64, MINUS(100), 0, 100, MINUS(101), MINUS(1005), MINUS(10),
            INT64_MAX, 1ull << 63, UINT32_MAX, 1ull << 32, 1ull << 53);
    REACHES(KIND_UINT8, 200, 0, 255, 201, 199, 127, 128, 20, 56);
    REACHES(KIND_UINT64, 7, UINT64_MAX, 70, 0, 14, 3, 1ull << 40);
    REACHES(KIND_INT16, 0, 0x8000, 0x7fff, 255, 256, MINUS(35), 35);
}

/* Halving and the like keep the sign, in all signed kinds: more often than any
 * chain of other steps comes to it. */
static void test_signs(void **state)
{
    (void)state;
    static const enum input_kind kinds[] = {KIND_INT16, KIND_INT32, KIND_INT64,
                                            KIND_INT, KIND_INT8};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        uint64_t mask = UINT64_MAX >> (64 - 8 * kind_width(kinds[k]));
        unsigned halved = 0;
        for (uint64_t seed = 0; seed < 10000; seed++)
            halved +=
                step(seed, kinds[k], MINUS(100) & mask) == (MINUS(50) & mask);
        assert_in_range(halved, 150, 450);
    }
}

static void test_runes(void **state)
{
    (void)state;
    REACHES(KIND_RUNE, 'a', 'A', 'b', 0, 0xd800, 0xdfff, 0xfffd, 0xfeff,
            0x10ffff, 0x110000, MINUS(1), INT32_MAX, 0x301);
    bool astral = false;
    bool surrogate = false;
    bool negative = false;
    for (uint64_t seed = 0; seed < 1000; seed++) {
        uint64_t r = step(seed, KIND_RUNE, 'x');
        astral |= r >= 0x10000 && r < 0x110000;
        surrogate |= r > 0xd800 && r < 0xdfff;
        negative |= r >> 31;
    }
    assert_true(astral && surrogate && negative);
}

static uint64_t bits_of(double d)
{
    uint64_t bits = 0;
    memcpy(&bits, &d, sizeof bits);
    return bits;
}

static uint64_t bits_of_float(float f)
{
    uint32_t bits = 0;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

static void test_floats(void **state)
{
    (void)state;
    const double d = 2.5;
    REACHES(KIND_DOUBLE, bits_of(d), bits_of(0.0), bits_of(-0.0),
            bits_of((double)INFINITY), bits_of((double)-INFINITY),
            bits_of(DBL_MAX), bits_of(-DBL_MAX), bits_of(DBL_MIN),
            bits_of(0x1p-1074), bits_of(DBL_EPSILON), bits_of(0x1p53),
            bits_of(0x1p63), bits_of(0x1p31), bits_of(1.0), bits_of(-1.0),
            bits_of(-d), bits_of(2.0), bits_of(3.5), bits_of(1.5), bits_of(5.0),
            bits_of(0.5), bits_of(d) + 1, bits_of(d) - 1, 0x7ff8000000000000,
            0x7ff0000000000001);
    const float f = 2.5f;
    REACHES(KIND_FLOAT, bits_of_float(f), bits_of_float(0.0f),
            bits_of_float(-0.0f), bits_of_float(INFINITY),
            bits_of_float(FLT_MAX), bits_of_float(FLT_MIN), 1, 0x80000001,
            bits_of_float(0x1p24f), bits_of_float(-f), bits_of_float(3.5f),
            bits_of_float(2.0f), bits_of_float(f) + 1, 0x7fc00000, 0x7f800001);
    /* And back from what arithmetic never leaves. */
    REACHES(KIND_DOUBLE, bits_of((double)INFINITY), bits_of(0.0), bits_of(1.0));
    REACHES(KIND_FLOAT, 0x7fc00000, bits_of_float(0.0f), bits_of_float(1.0f));
}

#ifdef __SSE2__
/* A target may have asked for signals; our arithmetic must not cause them. */
static void test_floats_raise_no_exceptions(void **state)
{
    (void)state;
    const uint32_t all_but_inexact = 0x1f;
    struct rng rng = {1};
    _mm_setcsr(_mm_getcsr() & ~0x3fu);
    for (uint64_t seed = 0; seed < 50000; seed++) {
        step(seed, KIND_DOUBLE, rng_next(&rng));
        step(seed, KIND_FLOAT, rng_next(&rng) & UINT32_MAX);
        assert_int_equal(_mm_getcsr() & all_but_inexact, 0);
    }
}
#endif

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
    const struct CMUnitTest tests[] = {
        TEST(test_one_argument_changes),
        TEST(test_same_seed_same_result),
        TEST(test_limits),
        TEST(test_context_is_kept),
        TEST(test_no_arguments),
        TEST(test_numbers_always_change),
        TEST(test_integers),
        TEST(test_signs),
        TEST(test_runes),
        TEST(test_floats),
#ifdef __SSE2__
        TEST(test_floats_raise_no_exceptions),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
