/* SPDX-License-Identifier: MIT
 *
 * The random generator: its published output, and that draws below a number
 * and streams are what they claim.
 */
#include "unit.h"

#include "base/rng.h"

static void test_published_output(void **state)
{
    (void)state;
    static const uint64_t wanted[] = {
        6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
        4593380528125082431u, 16408922859458223821u};
    struct rng rng = {1234567};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        assert_true(rng_next(&rng) == wanted[i]);
}

static void test_below(void **state)
{
    (void)state;
    struct rng rng = {1};
    unsigned count[10] = {0};
    assert_int_equal(rng_below(&rng, 0), 0);
    assert_int_equal(rng_below(&rng, 1), 0);
    for (int i = 0; i < 10000; i++) {
        uint32_t n = rng_below(&rng, 10);
        assert_in_range(n, 0, 9);
        count[n]++;
    }
    for (int i = 0; i < 10; i++)
        assert_in_range(count[i], 850, 1150);
    for (int i = 0; i < 100; i++)
        assert_true(rng_below(&rng, UINT32_MAX) < UINT32_MAX);
}

/* Neighbouring seeds and streams start apart and stay apart. */
static void test_streams_differ(void **state)
{
    (void)state;
    enum { SEEDS = 16, STREAMS = 64, COUNT = SEEDS * STREAMS };
    static struct rng rngs[COUNT];
    for (uint64_t i = 0; i < COUNT; i++)
        rngs[i] = rng_stream(i / STREAMS, i % STREAMS);
    for (int draw = 0; draw < 3; draw++) {
        uint64_t values[COUNT];
        for (size_t i = 0; i < COUNT; i++) {
            values[i] = rng_next(&rngs[i]);
            for (size_t k = 0; k < i; k++)
                assert_true(values[i] != values[k]);
        }
    }
    struct rng again = rng_stream(3, 5);
    struct rng same = rng_stream(3, 5);
    assert_true(again.state == same.state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_output),
        cmocka_unit_test(test_below),
        cmocka_unit_test(test_streams_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
