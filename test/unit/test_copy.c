/* SPDX-License-Identifier: MIT
 *
 * Copies of any size: the range is copied, and beside it nothing further away
 * than the slack is touched.
 */
#include "unit.h"

#include "base/copy.h"
#include "base/rng.h"

#define MARGIN 200u
#define MOST   1200u

static uint8_t from[MOST + 2 * MARGIN];
static uint8_t to[MOST + 2 * MARGIN];

static void fill(uint8_t *bytes, uint64_t seed)
{
    struct rng rng = {seed};
    for (size_t i = 0; i < sizeof from; i++)
        bytes[i] = (uint8_t)rng_next(&rng);
}

static void check(size_t size, bool backward)
{
    static uint8_t was[sizeof to];
    size_t before = backward ? COPY_SLACK : 0;
    size_t behind = backward ? 0 : COPY_SLACK;
    fill(from, 1);
    fill(to, 2);
    memcpy(was, to, sizeof was);
    if (backward)
        copy_backward(to + MARGIN + size, from + MARGIN + size, size);
    else
        copy_forward(to + MARGIN, from + MARGIN, size);
    assert_memory_equal(to + MARGIN, from + MARGIN, size);
    assert_memory_equal(to, was, MARGIN - before);
    assert_memory_equal(to + MARGIN + size + behind,
                        was + MARGIN + size + behind,
                        sizeof to - MARGIN - size - behind);
}

static void test_copies_the_range(void **state)
{
    (void)state;
    for (size_t size = 0; size <= MOST; size++) {
        check(size, false);
        check(size, true);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies_the_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
