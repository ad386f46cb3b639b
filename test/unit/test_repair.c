/* SPDX-License-Identifier: MIT
 *
 * Numbers that mutants broke: which are listed, where they are written anew, and
 * what is left alone.
 */
#include "unit.h"

#include "base/repair.h"

static struct operands of_entry, of_mutant;
static struct repair repair;
static const struct signature sig = {.nargs = 1, .kind = {KIND_BYTES}};

static struct input input(uint8_t *bytes, uint32_t size)
{
    return (struct input){.nargs = 1, .arg = {{bytes, size}}};
}

static void compared(struct operands *o, uint64_t a, uint64_t b, uint8_t width)
{
    operands_add(
        o, (struct operand){.a = a, .b = b, .site = 0x1000, .width = width});
}

static int clear(void **state)
{
    (void)state;
    operands_clear(&of_entry);
    operands_clear(&of_mutant);
    return 0;
}

static void begin(const struct input *in)
{
    repair_init(&repair, &sig, in, &of_entry);
}

static void test_number_is_written_as_it_was_computed(void **state)
{
    (void)state;
    uint8_t entry[] = "ab\x12\x34zz", mutant[] = "aB\x12\x34zz";
    struct input in = input(entry, 6), changed = input(mutant, 6);
    compared(&of_entry, 0x1234, 0x1234, 4);
    begin(&in);
    assert_int_equal(repair.n, 1);
    compared(&of_mutant, 0x5678, 0x1234, 4);
    assert_true(repair_mend(&repair, &changed, &of_mutant));
    assert_memory_equal(mutant, "aB\x56\x78zz", 6);
}

static void test_either_side_may_be_the_one_in_the_input(void **state)
{
    (void)state;
    uint8_t entry[] = "\x44\x33\x22\x11", mutant[] = "\x44\x33\x22\x11";
    struct input in = input(entry, 4), changed = input(mutant, 4);
    compared(&of_entry, 0x11223344, 0x11223344, 4);
    begin(&in);
    compared(&of_mutant, 0x11223344, 0xdeadbeef, 4);
    assert_true(repair_mend(&repair, &changed, &of_mutant));
    assert_memory_equal(mutant, "\xef\xbe\xad\xde", 4);
}

static void test_place_moves_with_what_was_inserted(void **state)
{
    (void)state;
    uint8_t entry[] = "abc\x12\x34", mutant[] = "abXXXc\x12\x34";
    struct input in = input(entry, 5), changed = input(mutant, 8);
    compared(&of_entry, 0x1234, 0x1234, 2);
    begin(&in);
    compared(&of_mutant, 0x0102, 0x1234, 2);
    assert_true(repair_mend(&repair, &changed, &of_mutant));
    assert_memory_equal(mutant, "abXXXc\x01\x02", 8);
}

static void test_whole_mutant_is_left_alone(void **state)
{
    (void)state;
    uint8_t entry[] = "\x12\x34";
    struct input in = input(entry, 2);
    compared(&of_entry, 0x1234, 0x1234, 2);
    begin(&in);
    compared(&of_mutant, 0x1234, 0x1234, 2);
    assert_false(repair_mend(&repair, &in, &of_mutant));
    assert_memory_equal(entry, "\x12\x34", 2);
}

static void test_what_does_not_fit_its_place_is_not_written(void **state)
{
    (void)state;
    uint8_t entry[] = "\x12\x34__";
    struct input in = input(entry, 4);
    compared(&of_entry, 0x1234, 0x1234, 4);
    begin(&in);
    compared(&of_mutant, 0x10000, 0x1234, 4);
    assert_false(repair_mend(&repair, &in, &of_mutant));
    assert_memory_equal(entry, "\x12\x34__", 4);
}

static void test_constant_is_written_where_another_number_stands(void **state)
{
    (void)state;
    uint8_t entry[] = "..\x12\x34", mutant[] = "..\x12\x34\xab\xcd";
    struct input in = input(entry, 4), changed = input(mutant, 6);
    operands_add(&of_entry, (struct operand){.a = 0x1234,
                                             .b = 0x1234,
                                             .site = 0x1000,
                                             .width = 2,
                                             .constant = true});
    begin(&in);
    compared(&of_mutant, 0x1234, 0xabcd, 2);
    assert_true(repair_mend(&repair, &changed, &of_mutant));
    assert_memory_equal(mutant, "..\x12\x34\x12\x34", 6);
}

static void test_small_numbers_and_noise_are_not_listed(void **state)
{
    (void)state;
    uint8_t entry[] = "\0\x07\x12\x34\x56\x78";
    struct input in = input(entry, 6);
    compared(&of_entry, 7, 7, 2);
    operands_add(
        &of_entry,
        (struct operand){.a = 0x5678, .b = 0x5678, .site = 0x3000, .width = 2});
    of_entry.op[1].noise = true;
    begin(&in);
    assert_int_equal(repair.n, 0);
}

static void test_first_broken_one_is_mended_first(void **state)
{
    (void)state;
    uint8_t entry[] = "\x12\x34\x56\x78", mutant[] = "\x12\x34\x56\x78";
    struct input in = input(entry, 4), changed = input(mutant, 4);
    compared(&of_entry, 0x1234, 0x1234, 2);
    compared(&of_entry, 0x5678, 0x5678, 2);
    begin(&in);
    assert_int_equal(repair.n, 2);
    compared(&of_mutant, 0x1234, 0x1234, 2);
    compared(&of_mutant, 0x5678, 0x9abc, 2);
    assert_true(repair_mend(&repair, &changed, &of_mutant));
    assert_memory_equal(mutant, "\x12\x34\x9a\xbc", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_number_is_written_as_it_was_computed,
                               clear),
        cmocka_unit_test_setup(test_either_side_may_be_the_one_in_the_input,
                               clear),
        cmocka_unit_test_setup(test_place_moves_with_what_was_inserted, clear),
        cmocka_unit_test_setup(test_whole_mutant_is_left_alone, clear),
        cmocka_unit_test_setup(test_what_does_not_fit_its_place_is_not_written,
                               clear),
        cmocka_unit_test_setup(
            test_constant_is_written_where_another_number_stands, clear),
        cmocka_unit_test_setup(test_small_numbers_and_noise_are_not_listed,
                               clear),
        cmocka_unit_test_setup(test_first_broken_one_is_mended_first, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
