/* SPDX-License-Identifier: MIT
 *
 * The depth of the stack (worker/depth.c), on the test's own stack.
 */
#include "unit.h"

#include <string.h>

#include "base/protocol.h"
#include "worker/depth.h"

#define FIRST 1000u /* index of the first cell */

static uint8_t map[FIRST + DEPTH_CELLS];
static struct depth depth;
static struct coverage_novel novel;

/* Writes all of its frame, which has no red zones: no step is passed unseen. */
static __attribute__((noinline, no_sanitize_address)) void
go_down(unsigned levels)
{
    volatile uint8_t frame[96];
    for (unsigned i = 0; i < sizeof frame; i++)
        frame[i] = (uint8_t)levels;
    if (levels)
        go_down(levels - 1);
    frame[0] = 2;
}

/* The step that an execution reaches which goes so many levels down. */
static __attribute__((noinline)) uint32_t reached(unsigned levels,
                                                  bool disturbed)
{
    _Alignas(64) char base[64];
    uintptr_t address = (uintptr_t)base;
    __asm__ volatile("" : "+r"(address) : : "memory");
    depth_mark(&depth, address);
    go_down(levels);
    depth_is_disturbed = disturbed;
    depth_look(&depth, address);
    uint32_t step = depth.reached;
    novel.total = 0;
    if (step)
        depth_pass(&depth, map, &novel);
    return step;
}

static void see(uint32_t step)
{
    map[FIRST + step - 1] = 1;
    depth_learn(&depth, map + FIRST);
}

static int set_up(void **state)
{
    (void)state;
    memset(map, 0, sizeof map);
    depth_init(&depth, FIRST);
    depth_learn(&depth, map + FIRST);
    return 0;
}

static void test_nothing_is_looked_for_on_a_flat_stack(void **state)
{
    (void)state;
    assert_false(depth_is_looked_for(&depth));
    depth_measure(&depth, true);
    assert_true(depth_is_looked_for(&depth));
    depth_measure(&depth, false);
    assert_false(depth_is_looked_for(&depth));
}

static void test_deeper_is_a_later_step(void **state)
{
    (void)state;
    depth_learn_all(&depth);
    depth_measure(&depth, true);
    uint32_t before = 0;
    for (unsigned levels = 4; levels < 4096; levels *= 2) {
        uint32_t step = reached(levels, false);
        assert_true(step > before);
        assert_true(before == 0 || step - before <= 8);
        assert_int_equal(step, reached(levels, false));
        before = step;
    }
}

static void test_only_what_is_deeper_than_all_is_novel(void **state)
{
    (void)state;
    depth_measure(&depth, true);
    uint32_t step = reached(4, false);
    assert_int_equal(novel.total, 1);
    assert_int_equal(novel.index[0], FIRST + step - 1);
    see(step);
    assert_true(depth_is_looked_for(&depth));
    assert_int_equal(reached(4, false), 0);
    assert_int_equal(reached(3, false), 0);
    assert_int_equal(reached(100, false), step + 1);
    assert_int_equal(novel.total, 1);
}

static void test_an_execution_that_was_disturbed_has_no_depth(void **state)
{
    (void)state;
    depth_measure(&depth, true);
    assert_int_equal(reached(40, true), 0);
    assert_true(reached(40, false) > 0);
    depth_pause(&depth);
    assert_int_equal(reached(40, false), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_nothing_is_looked_for_on_a_flat_stack,
                               set_up),
        cmocka_unit_test_setup(test_deeper_is_a_later_step, set_up),
        cmocka_unit_test_setup(test_only_what_is_deeper_than_all_is_novel,
                               set_up),
        cmocka_unit_test_setup(
            test_an_execution_that_was_disturbed_has_no_depth, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
