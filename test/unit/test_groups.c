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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
