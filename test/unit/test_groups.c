/* SPDX-License-Identifier: MIT
 *
 * The failures of a run as groups: what belongs together, what is next, which
 * input stands for a group. Runs are answered by the tests.
 */
#include "scratch_dir.h"

#include "coordinator/groups.h"
#include "platform/platform.h"

static struct options opt;

static int make(void **state)
{
    opt = (struct options){.target = "t",
                           .sig = {.nargs = 1, .kind = {KIND_BYTES}},
                           .raw = true,
                           .testdata = scratch_dir,
                           .tolerated = TOLERATE_ALL};
    return scratch_make(state);
}

static struct verdict fails(const char *key)
{
    struct verdict v = {.kind = VERDICT_FAIL};
    (void)snprintf(v.title, sizeof v.title, "%s", key);
    (void)snprintf(v.key, sizeof v.key, "%s", key);
    return v;
}

static uint8_t packed[4 + 256];

static size_t pack(uint32_t size, char c)
{
    memcpy(packed, &size, 4);
    memset(packed + 4, c, size);
    return 4 + size;
}

static struct failure *add(struct groups *g, const char *key, uint32_t size,
                           enum failure_origin origin)
{
    struct verdict v = fails(key);
    struct failure *f =
        failure_new(&opt, &v, packed, pack(size, 'x'), origin, "seed#1");
    assert_non_null(f);
    assert_true(groups_add(g, f));
    failure_save(f, &opt);
    return f;
}

/* Answers the runs that a failure wants, until it is done. */
static unsigned live(struct failure *f, const char *key)
{
    struct failure_run run;
    struct verdict v = fails(key);
    unsigned runs = 0;
    for (; failure_next(f, &opt, &run); runs++)
        failure_ran(f, &opt, &v, "", 0, 0);
    return runs;
}

static int count_file(void *ctx, const char *name)
{
    (void)name;
    ++*(unsigned *)ctx;
    return 0;
}

static unsigned files(void)
{
    char dir[STORE_PATH_SIZE];
    unsigned n = 0;
    assert_int_equal(store_testdata_dir(&opt, dir, NULL), 0);
    assert_int_equal(platform_list_dir(dir, count_file, &n, NULL), 0);
    return n;
}

static void test_a_group_is_found_by_its_key(void **state)
{
    (void)state;
    struct groups g = {0};
    struct verdict one = fails("one"), three = fails("three");
    struct failure *f = add(&g, "one", 9, FAILURE_FOUND);
    (void)add(&g, "two", 9, FAILURE_FOUND);
    assert_ptr_equal(groups_find(&g, &one), f);
    assert_null(groups_find(&g, &three));
    assert_true(groups_any(&g));
    groups_release(&g);
}

static void test_what_is_new_comes_before_what_is_minimised(void **state)
{
    (void)state;
    struct groups g = {0};
    struct failure_run run;
    opt.minimise_time.count = 1000;
    struct failure *first = add(&g, "one", 99, FAILURE_FOUND);
    struct verdict v = fails("one");
    for (int i = 0; i <= CONFIRM_RUNS; i++) {
        assert_ptr_equal(groups_next(&g), first);
        assert_true(failure_next(first, &opt, &run));
        failure_ran(first, &opt, &v, "", 0, 0);
    }
    assert_int_equal(first->state, FAILURE_MINIMISE);
    struct failure *second = add(&g, "two", 9, FAILURE_FOUND);
    assert_ptr_equal(groups_next(&g), second);
    assert_int_equal(groups_waiting(&g), 2);
    groups_stop(&g);
    first->reported = second->reported = true;
    assert_null(groups_next(&g));
    groups_release(&g);
}

static void
test_a_smaller_input_replaces_one_that_nothing_was_done_with(void **state)
{
    (void)state;
    struct groups g = {0};
    struct failure *f = add(&g, "one", 50, FAILURE_FOUND);
    assert_false(failure_offer(f, &opt, packed, pack(60, 'y')));
    assert_true(failure_offer(f, &opt, packed, pack(40, 'y')));
    assert_int_equal(f->size, 44);
    assert_int_equal(f->first_bytes, 40);
    failure_save(f, &opt);
    assert_int_equal(files(), 1);
    groups_release(&g);
}

static void
test_a_smaller_input_replaces_a_finished_one_after_a_run(void **state)
{
    (void)state;
    struct groups g = {0};
    struct failure *f = add(&g, "one", 50, FAILURE_FOUND);
    char name[STORE_NAME_SIZE];
    assert_int_equal(live(f, "one"), CONFIRM_RUNS);
    f->reported = true;
    memcpy(name, f->name, sizeof name);
    assert_null(groups_next(&g));
    /* It does not fail again: nothing changes. */
    assert_false(failure_offer(f, &opt, packed, pack(10, 'y')));
    assert_ptr_equal(groups_next(&g), f);
    assert_int_equal(live(f, "another"), 1);
    assert_string_equal(f->name, name);
    /* It does; and of two the smaller one counts. */
    assert_false(failure_offer(f, &opt, packed, pack(40, 'y')));
    assert_false(failure_offer(f, &opt, packed, pack(30, 'z')));
    assert_false(failure_offer(f, &opt, packed, pack(35, 'a')));
    assert_int_equal(live(f, "one"), 1);
    assert_int_equal(f->size, 34);
    assert_string_not_equal(f->name, name);
    assert_int_equal(files(), 1);
    assert_null(groups_next(&g));
    groups_release(&g);
}

static void test_the_input_of_a_last_report_stays(void **state)
{
    (void)state;
    struct groups g = {0};
    opt.tolerated = 0;
    struct failure *f = add(&g, "one", 50, FAILURE_FOUND);
    assert_int_equal(live(f, "one"), CONFIRM_RUNS);
    f->reported = true;
    assert_false(failure_offer(f, &opt, packed, pack(10, 'y')));
    assert_null(f->smaller);
    assert_null(groups_next(&g));
    groups_release(&g);
}

static void test_an_input_of_the_user_is_never_replaced(void **state)
{
    (void)state;
    struct groups g = {0};
    struct failure *f = add(&g, "one", 50, FAILURE_SEED);
    assert_false(failure_offer(f, &opt, packed, pack(10, 'y')));
    assert_int_equal(f->size, 54);
    assert_null(f->smaller);
    assert_int_equal(files(), 0);
    groups_release(&g);
}

static void test_failures_that_turn_out_to_be_one_are_joined(void **state)
{
    (void)state;
    struct groups g = {0};
    struct failure *first = add(&g, "exact", 50, FAILURE_FOUND);
    struct failure *second = add(&g, "vague", 40, FAILURE_FOUND);
    struct failure_run run;
    struct verdict vague = fails("vague"), exact = fails("exact");
    assert_int_equal(live(first, "exact"), CONFIRM_RUNS);
    second->count = 7;
    assert_null(groups_join(&g, second, &opt));
    assert_true(failure_next(second, &opt, &run));
    failure_ran(second, &opt, &exact, "", 0, 0);
    assert_ptr_equal(groups_join(&g, second, &opt), first);
    assert_ptr_equal(groups_find(&g, &vague), first);
    assert_int_equal(first->count, 8);
    assert_int_equal(files(), 1);
    /* The smaller of the two inputs is what is left. */
    assert_int_equal(live(first, "exact"), 1);
    assert_int_equal(first->size, 44);
    assert_int_equal(files(), 1);
    groups_release(&g);
}

static void test_growth_without_anybody_to_blame_is_no_failure(void **state)
{
    (void)state;
    struct groups g = {0};
    struct verdict v = fails("memory");
    struct failure *f = add(&g, "memory", 9, FAILURE_FOUND);
    f->state = FAILURE_BLAME;
    f->watched = true;
    assert_null(groups_find(&g, &v));
    failure_blamed(f, &opt, &v, NULL, 0);
    assert_false(groups_any(&g));
    assert_ptr_equal(groups_next(&g), f); /* to be told */
    f->reported = true;
    assert_null(groups_next(&g));
    groups_release(&g);
}

static void test_kinds_beyond_the_limit_are_only_kept(void **state)
{
    (void)state;
    struct groups g = {0};
    opt.testdata = "/dev/null"; /* so many files take long */
    for (uint32_t i = 0; i < MAX_GROUPS; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "key %u", i);
        (void)add(&g, key, 1, FAILURE_FOUND);
    }
    assert_int_equal(groups_waiting(&g), MAX_FAILURES);
    struct verdict v = fails("one more");
    struct failure *f =
        failure_new(&opt, &v, packed, pack(1, 'x'), FAILURE_FOUND, NULL);
    assert_false(groups_add(&g, f));
    failure_free(f);
    groups_release(&g);
}

/* ---- hangs ---- */

/* A whole stack of functions, innermost first. */
static struct stack stack_of(const char *const *functions)
{
    struct stack s = {.whole = true};
    for (; functions[s.n]; s.n++) {
        s.frame[s.n].module = STACK_NO_MODULE;
        (void)snprintf(s.frame[s.n].function, STACK_FUNCTION, "%s",
                       functions[s.n]);
    }
    return s;
}

#define STACK(...) stack_of((const char *const[]){__VA_ARGS__, NULL})

static struct verdict hangs(struct stack where)
{
    struct verdict v = fails("hang");
    v.timeout = true;
    v.stack = where;
    return v;
}

/* A hang that was found there, looked at there, and confirmed there. */
static struct failure *hang(struct groups *g, struct stack found,
                            struct stack looked, struct stack confirmed)
{
    struct failure_run run;
    struct verdict v = hangs(found);
    struct failure *f =
        failure_new(&opt, &v, packed, pack(9, 'x'), FAILURE_FOUND, NULL);
    assert_true(groups_add(g, f));
    assert_true(failure_next(f, &opt, &run));
    failure_hangs_in(f, &looked);
    v = hangs(confirmed);
    failure_ran(f, &opt, &v, "", 0, 0);
    return f;
}

static enum likeness like(const struct groups *g, struct stack where)
{
    enum likeness how;
    struct failure *f = groups_find_hang(g, &where, &how);
    assert_true((f != NULL) == (how != UNLIKE));
    return how;
}

static void test_a_hang_is_known_by_the_function_that_loops(void **state)
{
    (void)state;
    struct groups g = {0};
    (void)hang(&g, STACK("get", "read", "load", "t"),
               STACK("put", "read", "load", "t"), STACK("read", "load", "t"));
    assert_int_equal(like(&g, STACK("read", "load", "t")), SAME);
    assert_int_equal(like(&g, STACK("other", "read", "elsewhere", "t")), SAME);
    assert_int_equal(like(&g, STACK("get", "load", "t")), UNLIKE);
    assert_int_equal(like(&g, STACK("load", "t")), UNLIKE);
    groups_release(&g);
}

static void test_a_helper_alone_is_only_like_the_hang(void **state)
{
    (void)state;
    struct groups g = {0};
    (void)hang(&g, STACK("get", "read", "t"), STACK("get", "read", "t"),
               STACK("get", "read", "t"));
    assert_int_equal(like(&g, STACK("get", "read", "t")), SAME);
    assert_int_equal(like(&g, STACK("more", "get", "read", "t")), SAME);
    assert_int_equal(like(&g, STACK("get", "write", "t")), LIKE);
    assert_int_equal(like(&g, STACK("read", "t")), UNLIKE);
    groups_release(&g);
}

static void test_functions_of_the_system_are_no_loop(void **state)
{
    (void)state;
    struct groups g = {0};
    (void)hang(&g, STACK("__memmove", "copy", "t"),
               STACK("__memmove", "copy", "t"),
               STACK("__memmove", "copy", "t"));
    assert_int_equal(like(&g, STACK("__memmove", "copy", "t")), SAME);
    assert_int_equal(like(&g, STACK("copy", "t")), SAME);
    assert_int_equal(like(&g, STACK("__memmove", "t")), UNLIKE);
    groups_release(&g);
}

static void test_a_hang_without_a_stack_is_like_no_other(void **state)
{
    (void)state;
    struct groups g = {0};
    struct stack none = {0};
    (void)hang(&g, none, none, none);
    assert_int_equal(like(&g, none), UNLIKE);
    groups_release(&g);
    /* One that has not been confirmed is none. */
    struct failure_run run;
    struct verdict v = hangs(STACK("loop", "t"));
    struct failure *f =
        failure_new(&opt, &v, packed, pack(9, 'x'), FAILURE_FOUND, NULL);
    assert_true(groups_add(&g, f) && failure_next(f, &opt, &run));
    failure_hangs_in(f, &v.stack);
    assert_int_equal(like(&g, v.stack), UNLIKE);
    groups_release(&g);
}

static void test_of_hangs_much_smaller_inputs_are_tried(void **state)
{
    (void)state;
    struct groups g = {0};
    struct stack in = STACK("loop", "t");
    opt.minimise_time = (struct duration_or_count){.us = 60000000};
    opt.input_timeout_us = 5000000;
    struct failure *f = hang(&g, in, in, in);
    failure_stop(f);
    assert_false(failure_offer(f, &opt, packed, pack(8, 'x')));
    assert_null(f->smaller);
    (void)failure_offer(f, &opt, packed, pack(2, 'x'));
    assert_non_null(f->smaller);
    /* It passes: what is in the loop is not always a hang. */
    struct failure_run run;
    const struct verdict passes = {.kind = VERDICT_PASS};
    assert_true(failure_next(f, &opt, &run));
    failure_ran(f, &opt, &passes, "", 0, 5000000);
    assert_false(failure_next(f, &opt, &run));
    assert_int_equal(like(&g, in), UNLIKE);
    /* No time is left for another one. */
    f->shrink.us = 56000000;
    (void)failure_offer(f, &opt, packed, pack(1, 'x'));
    assert_null(f->smaller);
    groups_release(&g);
}

#define WITH_DIR(f) cmocka_unit_test_setup_teardown(f, make, scratch_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIR(test_a_group_is_found_by_its_key),
        WITH_DIR(test_what_is_new_comes_before_what_is_minimised),
        WITH_DIR(test_a_smaller_input_replaces_one_that_nothing_was_done_with),
        WITH_DIR(test_a_smaller_input_replaces_a_finished_one_after_a_run),
        WITH_DIR(test_the_input_of_a_last_report_stays),
        WITH_DIR(test_an_input_of_the_user_is_never_replaced),
        WITH_DIR(test_failures_that_turn_out_to_be_one_are_joined),
        WITH_DIR(test_growth_without_anybody_to_blame_is_no_failure),
        WITH_DIR(test_kinds_beyond_the_limit_are_only_kept),
        WITH_DIR(test_a_hang_is_known_by_the_function_that_loops),
        WITH_DIR(test_a_helper_alone_is_only_like_the_hang),
        WITH_DIR(test_functions_of_the_system_are_no_loop),
        WITH_DIR(test_a_hang_without_a_stack_is_like_no_other),
        WITH_DIR(test_of_hangs_much_smaller_inputs_are_tried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
