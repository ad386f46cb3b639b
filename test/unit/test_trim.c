/* SPDX-License-Identifier: MIT
 *
 * Trimming: what is left of an entry is as good as the judge says, its other
 * arguments are as they were, and it ends when it is told to.
 */
#include "unit.h"

#include "base/copy.h"
#include "worker/trim.h"

#define ROOM 64

static struct runner runner;
/* With what copies may touch behind them. */
static uint8_t work[INPUT_MAX_ARGS][ROOM + COPY_SLACK];
static uint8_t entry[INPUT_MAX_ARGS][ROOM + COPY_SLACK];
static unsigned asked, allowed;

/* Good is what has an x and a y in the first argument, in this order. */
static bool keeps(void *ctx, const struct input *in, bool *more)
{
    (void)ctx;
    assert_int_equal(in->nargs, 3);
    assert_int_equal(value_load(in->arg[1].data, 8), 7);
    *more = ++asked < allowed;
    const uint8_t *x = memchr(in->arg[0].data, 'x', in->arg[0].size);
    if (!x)
        return false;
    return memchr(x, 'y', (size_t)(in->arg[0].data + in->arg[0].size - x));
}

static void make(struct trim *t, struct input *in, const char *a, const char *b)
{
    runner = (struct runner){
        .target.sig = {.nargs = 3,
                       .kind = {KIND_BYTES, KIND_UINT64, KIND_STRING},
                       .max_bytes = {ROOM, 0, ROOM}}};
    for (uint32_t i = 0; i < 3; i++)
        runner.work[i] = work[i];
    assert_true(trim_init(t, &runner.target.sig, keeps, NULL));
    memcpy(entry[0], a, strlen(a));
    value_store(entry[1], 8, 7);
    memcpy(entry[2], b, strlen(b));
    *in = (struct input){.nargs = 3,
                         .arg = {{entry[0], (uint32_t)strlen(a)},
                                 {entry[1], 8},
                                 {entry[2], (uint32_t)strlen(b)}}};
    asked = 0;
    allowed = 1000;
}

static void test_what_matters_is_left_of_each_argument(void **state)
{
    (void)state;
    struct trim t;
    struct input in, best;
    make(&t, &in, "some x in a long text, and a y", "of no use");
    assert_true(trim_entry(&t, &runner, &in, &best));
    assert_int_equal(best.arg[0].size, 2);
    assert_memory_equal(best.arg[0].data, "xy", 2);
    assert_int_equal(best.arg[1].size, 8);
    assert_int_equal(best.arg[2].size, 0);
}

static void test_what_can_not_be_smaller_is_told(void **state)
{
    (void)state;
    struct trim t;
    struct input in, best;
    make(&t, &in, "xy", "");
    assert_false(trim_entry(&t, &runner, &in, &best));
    assert_int_equal(best.arg[0].size, 2);
}

static void test_it_ends_when_it_is_told_to_and_keeps_what_it_has(void **state)
{
    (void)state;
    struct trim t;
    struct input in, best;
    make(&t, &in, "xyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxy", "of no use");
    allowed = 3;
    assert_true(trim_entry(&t, &runner, &in, &best));
    assert_int_equal(asked, 3);
    assert_true(best.arg[0].size < 32 && best.arg[0].size >= 2);
    assert_int_equal(best.arg[2].size, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_matters_is_left_of_each_argument),
        cmocka_unit_test(test_what_can_not_be_smaller_is_told),
        cmocka_unit_test(test_it_ends_when_it_is_told_to_and_keeps_what_it_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
