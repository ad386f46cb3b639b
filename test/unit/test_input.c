/* SPDX-License-Identifier: MIT
 *
 * Inputs and their packed form, above all what is refused when it is unpacked:
 * those bytes may come from a worker that lies.
 */
#include "unit.h"

#include "base/input.h"

static void test_kinds(void **state)
{
    (void)state;
    assert_int_equal(kind_width(KIND_BYTES), 0);
    assert_int_equal(kind_width(KIND_STRING), 0);
    assert_int_equal(kind_width(KIND_BOOL), 1);
    assert_int_equal(kind_width(KIND_INT), 8);
    assert_int_equal(kind_width(KIND_FLOAT), 4);
    assert_int_equal(kind_width(KIND_RUNE), 4);
    assert_string_equal(kind_text(KIND_BYTES), "[]byte");
    assert_string_equal(kind_text(KIND_DOUBLE), "float64");
    assert_string_equal(kind_text(KIND_RUNE), "rune");
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        assert_true(kind_width((enum input_kind)kind) <= 8);
        for (int before = 0; before < kind; before++)
            assert_string_not_equal(kind_text((enum input_kind)kind),
                                    kind_text((enum input_kind)before));
    }
}

static void test_pack_and_unpack(void **state)
{
    (void)state;
    uint8_t abc[] = {'a', 'b', 'c'};
    uint8_t flag[] = {1};
    struct input in = {.nargs = 3, .arg = {{abc, 3}, {NULL, 0}, {flag, 1}}};
    uint8_t packed[3 * 4 + 4 + 1];
    packed[sizeof packed - 1] = 0x5a;
    assert_int_equal(input_bytes(&in), 4);
    assert_int_equal(input_packed_size(&in), 16);
    input_pack(&in, packed);
    assert_int_equal(packed[16], 0x5a);
    assert_memory_equal(packed + 12, "abc\1", 4);

    struct input out;
    assert_true(input_unpack(&out, 3, packed, 16));
    assert_int_equal(out.nargs, 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(out.arg[i].size, in.arg[i].size);
    assert_ptr_equal(out.arg[0].data, packed + 12);
    assert_ptr_equal(out.arg[2].data, packed + 15);
}

static void test_no_arguments(void **state)
{
    (void)state;
    struct input in = {.nargs = 0};
    uint8_t packed[1] = {0};
    assert_int_equal(input_packed_size(&in), 0);
    input_pack(&in, packed);
    assert_true(input_unpack(&in, 0, packed, 0));
    assert_false(input_unpack(&in, 0, packed, 1));
}

/* Unpacks two sizes with 4 bytes behind them, from memory of that size. */
static bool unpack_two(uint32_t first, uint32_t second, size_t size)
{
    uint8_t *packed = calloc(1, size ? size : 1);
    uint32_t sizes[2] = {first, second};
    struct input in;
    assert_non_null(packed);
    memcpy(packed, sizes, size < sizeof sizes ? size : sizeof sizes);
    bool ok = input_unpack(&in, 2, packed, size);
    free(packed);
    return ok;
}

static void test_sizes_that_lie(void **state)
{
    (void)state;
    assert_true(unpack_two(1, 3, 12));
    assert_true(unpack_two(4, 0, 12));
    assert_true(unpack_two(0, 0, 8));
    assert_false(unpack_two(1, 2, 12));
    assert_false(unpack_two(1, 4, 12));
    assert_false(unpack_two(5, 0, 12));
    assert_false(unpack_two(UINT32_MAX, 5, 12));
    assert_false(unpack_two(4, UINT32_MAX, 12));
    assert_false(unpack_two(UINT32_MAX - 3, 8, 12));
    for (size_t size = 0; size < 8; size++)
        assert_false(unpack_two(0, 0, size));

    uint8_t many[4 * (INPUT_MAX_ARGS + 1)] = {0};
    struct input in;
    assert_true(input_unpack(&in, INPUT_MAX_ARGS, many, sizeof many - 4));
    assert_false(input_unpack(&in, INPUT_MAX_ARGS + 1, many, sizeof many));
    assert_false(input_unpack(&in, UINT32_MAX, many, sizeof many));
}

static void test_fits(void **state)
{
    (void)state;
    const struct signature sig = {
        .nargs = 2, .kind = {KIND_STRING, KIND_UINT32}, .max_bytes = {10, 0}};
    uint8_t bytes[16] = {0};
    struct input in = {.nargs = 2, .arg = {{bytes, 10}, {bytes, 4}}};
    assert_true(input_fits(&in, &sig));
    in.arg[0].size = 0;
    assert_true(input_fits(&in, &sig));
    in.arg[0].size = 11;
    assert_false(input_fits(&in, &sig));
    in.arg[0].size = 10;
    in.arg[1].size = 3;
    assert_false(input_fits(&in, &sig));
    in.arg[1].size = 5;
    assert_false(input_fits(&in, &sig));
    in.arg[1].size = 4;
    in.nargs = 1;
    assert_false(input_fits(&in, &sig));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_pack_and_unpack),
        cmocka_unit_test(test_no_arguments),
        cmocka_unit_test(test_sizes_that_lie),
        cmocka_unit_test(test_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
