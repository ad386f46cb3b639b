/* SPDX-License-Identifier: MIT
 *
 * The table of counters: order of indexes, joining, what is left out. The
 * table belongs to the process, so the tests build on each other.
 */
#include "unit.h"

#include "worker/counters.h"
#include "worker/sancov.h"

static uint8_t first_module[40];
static uint8_t second_module[64];
static uint32_t guards[5];
static uint32_t guards_of_another[3];
static uintptr_t pcs[2 * 40];
static uint8_t many[2048];

/* What a harness may add by itself. */
__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t extra[16];

/* The range and the counter of an index. */
static uint8_t *counter_at(uint32_t index)
{
    size_t n;
    const struct counter_range *range = counters_ranges(&n);
    for (size_t i = 0; i < n; i++)
        if (index - range[i].first < range[i].count)
            return (uint8_t *)range[i].start +
                   (size_t)(index - range[i].first) * range[i].width;
    return NULL;
}

static void indexes_follow_registration_not_addresses(void **state)
{
    (void)state;
    /* Whichever lies lower in memory, the one registered first comes first. */
    __sanitizer_cov_8bit_counters_init(second_module, second_module + 30);
    __sanitizer_cov_8bit_counters_init(first_module, first_module + 40);
    __sanitizer_cov_8bit_counters_init(first_module, first_module + 40);
    __sanitizer_cov_8bit_counters_init(first_module, first_module);
    for (size_t i = 0; i < 40; i++)
        pcs[2 * i] = 0x1000 + i;
    __sanitizer_cov_pcs_init(pcs, pcs + 2 * 40);
    assert_true(counters_prepare());
    assert_int_equal(counters_total(), 70 + sizeof extra);
    assert_int_equal(counters_sources(),
                     COUNTERS_CLANG_INLINE | COUNTERS_EXTRA);
    assert_ptr_equal(counter_at(0), second_module);
    assert_ptr_equal(counter_at(29), second_module + 29);
    assert_ptr_equal(counter_at(30), first_module);
    assert_ptr_equal(counter_at(69), first_module + 39);
    assert_ptr_equal(counter_at(70), extra);
    assert_ptr_equal(counter_at(85), extra + 15);
    assert_null(counter_at(86));
    assert_null(counters_refusal());
}

static void pcs_belong_to_the_youngest_run(void **state)
{
    (void)state;
    assert_int_equal(counters_pc(0), 0);
    assert_int_equal(counters_pc(30), 0x1000);
    assert_int_equal(counters_pc(69), 0x1000 + 39);
    assert_int_equal(counters_pc(70), 0);
    assert_int_equal(counters_pc(UINT32_MAX), 0);
}

static void preparing_again_changes_nothing(void **state)
{
    (void)state;
    size_t before, after;
    const struct counter_range *range = counters_ranges(&before);
    assert_true(counters_prepare());
    assert_ptr_equal(counters_ranges(&after), range);
    assert_int_equal(after, before);
    assert_int_equal(counters_total(), 86);
}

static void later_runs_follow_and_adjacent_ones_join(void **state)
{
    (void)state;
    size_t before, after;
    counters_ranges(&before);
    __sanitizer_cov_8bit_counters_init(second_module + 30, second_module + 32);
    /* A table of another length is for counters that the linker dropped. */
    __sanitizer_cov_pcs_init(pcs, pcs + 2 * 3);
    __sanitizer_cov_bool_flag_init((bool *)second_module + 32,
                                   (bool *)second_module + 40);
    assert_true(counters_prepare());
    counters_ranges(&after);
    assert_int_equal(after, before + 1);
    assert_int_equal(counters_total(), 96);
    assert_ptr_equal(counter_at(29), second_module + 29);
    assert_ptr_equal(counter_at(86), second_module + 30);
    assert_ptr_equal(counter_at(95), second_module + 39);
    assert_int_equal(counters_pc(86), 0);
    assert_int_equal(counters_pc(69), 0x1000 + 39);
}

static void guards_are_numbered_once(void **state)
{
    (void)state;
    __sanitizer_cov_trace_pc_guard(&guards[0]); /* before its constructor */
    __sanitizer_cov_trace_pc_guard_init(guards, guards + 5);
    uint32_t first = guards[0];
    __sanitizer_cov_trace_pc_guard_init(guards, guards + 5);
    __sanitizer_cov_trace_pc_guard_init(guards_of_another,
                                        guards_of_another + 3);
    assert_int_not_equal(first, 0);
    assert_int_equal(guards[0], first);
    assert_int_equal(guards[4], first + 4);
    assert_int_equal(guards_of_another[0], first + 5);
    assert_true(counters_prepare());
    assert_int_equal(counters_total(), 104);
    assert_true(counters_sources() & COUNTERS_GUARDS);
    for (uint32_t i = 96; i < 104; i++)
        assert_int_equal(*counter_at(i), 0);
    __sanitizer_cov_trace_pc_guard(&guards[1]);
    __sanitizer_cov_trace_pc_guard(&guards[1]);
    __sanitizer_cov_trace_pc_guard(&guards_of_another[2]);
    assert_int_equal(*counter_at(97), 2);
    assert_int_equal(*counter_at(103), 1);
    assert_int_equal(*counter_at(96), 0);
}

static void an_overwritten_guard_stays_inside(void **state)
{
    (void)state;
    uint32_t wild = UINT32_MAX;
    __sanitizer_cov_trace_pc_guard(&wild);
    wild = 0xdeadbeef;
    __sanitizer_cov_trace_pc_guard(&wild);
}

static __attribute__((noinline)) void block(void)
{
    __sanitizer_cov_trace_pc();
    __asm__ volatile(""); /* a call, not a jump */
}

static void trace_pc_counts_by_place(void **state)
{
    (void)state;
    uint32_t before = counters_total();
    assert_false(counters_sources() & COUNTERS_TRACE_PC);
    block();
    assert_true(counters_prepare());
    assert_int_equal(counters_total(), before + (1u << 16));
    assert_true(counters_sources() & COUNTERS_TRACE_PC);
    uint8_t *table = counter_at(before);
    memset(table, 0, 1u << 16);
    for (int i = 0; i < 3; i++)
        block();
    size_t touched = 0;
    unsigned sum = 0;
    for (size_t i = 0; i < 1u << 16; i++) {
        touched += table[i] != 0;
        sum += table[i];
    }
    assert_int_equal(touched, 1);
    assert_int_equal(sum, 3);
}

static void runs_beyond_the_limit_are_counted(void **state)
{
    (void)state;
    assert_int_equal(counters_dropped(), 0);
    uint32_t before = counters_total();
    for (size_t i = 0; i < sizeof many; i += 2)
        __sanitizer_cov_8bit_counters_init(many + i, many + i + 1);
    uint32_t dropped = counters_dropped();
    assert_true(dropped > 0 && dropped < 100);
    assert_true(counters_prepare());
    assert_int_equal(counters_total(), before + 1024 - dropped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(indexes_follow_registration_not_addresses),
        cmocka_unit_test(pcs_belong_to_the_youngest_run),
        cmocka_unit_test(preparing_again_changes_nothing),
        cmocka_unit_test(later_runs_follow_and_adjacent_ones_join),
        cmocka_unit_test(guards_are_numbered_once),
        cmocka_unit_test(an_overwritten_guard_stays_inside),
        cmocka_unit_test(trace_pc_counts_by_place),
        cmocka_unit_test(runs_beyond_the_limit_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
