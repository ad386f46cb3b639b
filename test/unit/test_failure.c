/* SPDX-License-Identifier: MIT
 *
 * A failure's life without any worker: the tests answer what each run that the
 * state machine wants would have shown.
 */
#include "scratch_dir.h"

#include "coordinator/failure.h"
#include "platform/platform.h"

#define SECOND_US 1000000u

static struct options opt;

static int make(void **state)
{
    opt = (struct options){.target = "t",
                           .sig = {.nargs = 1, .kind = {KIND_BYTES}},
                           .raw = true,
                           .testdata = scratch_dir,
                           .minimise_time = {.us = 60 * SECOND_US}};
    return scratch_make(state);
}

static struct verdict fails(const char *key)
{
    struct verdict v = {.kind = VERDICT_FAIL};
    (void)snprintf(v.title, sizeof v.title, "%s", key);
    (void)snprintf(v.key, sizeof v.key, "%s", key);
    return v;
}

static const struct verdict passes = {.kind = VERDICT_PASS};

/* A failure of an input of so many bytes 'x'. */
static struct failure *failure_of(uint32_t size, const struct verdict *v,
                                  enum failure_origin origin)
{
    uint8_t packed[4 + 256];
    memcpy(packed, &size, 4);
    memset(packed + 4, 'x', size);
    struct failure *f =
        failure_new(&opt, v, packed, 4 + size, origin, "seed#1");
    assert_non_null(f);
    return f;
}

/* The key of what an input does: it fails when long enough. */
struct world {
    const char *key;
    uint32_t needs;      /* bytes */
    const char *shorter; /* key when shorter, NULL: passes */
    unsigned runs;
    unsigned fresh;
};

/* Answers runs until nothing more is wanted. */
static void live(struct failure *f, struct world *w)
{
    struct failure_run run;
    while (failure_next(f, &opt, &run)) {
        struct input in;
        assert_true(
            input_unpack(&in, 1, (uint8_t *)(uintptr_t)run.packed, run.size));
        struct verdict v = in.arg[0].size >= w->needs ? fails(w->key)
                           : w->shorter               ? fails(w->shorter)
                                                      : passes;
        w->runs++;
        w->fresh += run.fresh;
        failure_ran(f, &opt, &v, "said", 4, 0);
        assert_true(w->runs < 10000);
    }
}

static uint32_t bytes_of(const struct failure *f)
{
    struct input in;
    failure_input(f, &opt, &in);
    return in.arg[0].size;
}

static void test_it_is_confirmed_minimised_and_run_once_more(void **state)
{
    (void)state;
    struct verdict v = fails("bug");
    struct failure *f = failure_of(100, &v, FAILURE_FOUND);
    struct world w = {.key = "bug", .needs = 50};
    live(f, &w);
    assert_int_equal(f->state, FAILURE_DONE);
    assert_int_equal(f->confirmed, CONFIRM_RUNS);
    assert_int_equal(bytes_of(f), 50);
    assert_int_equal(f->first_bytes, 100);
    assert_int_equal(w.fresh, CONFIRM_RUNS + 1);
    assert_int_equal(f->output_size, 4);
    failure_free(f);
}

static void test_minimising_keeps_the_same_failure(void **state)
{
    (void)state;
    struct verdict v = fails("bug");
    struct failure *f = failure_of(40, &v, FAILURE_FOUND);
    struct world w = {.key = "bug", .needs = 30, .shorter = "another"};
    live(f, &w);
    assert_int_equal(bytes_of(f), 30);
    assert_string_equal(f->verdict.key, "bug");
    failure_free(f);
}

static void test_the_first_confirming_run_may_rename_it(void **state)
{
    (void)state;
    struct verdict v = fails("vague");
    struct failure *f = failure_of(4, &v, FAILURE_FOUND);
    struct world w = {.key = "exact", .needs = 2};
    live(f, &w);
    assert_string_equal(f->verdict.key, "exact");
    assert_int_equal(f->confirmed, CONFIRM_RUNS);
    assert_int_equal(bytes_of(f), 2);
    struct verdict exact = fails("exact"), other = fails("other");
    assert_true(failure_is(f, &v));
    assert_true(failure_is(f, &exact));
    assert_false(failure_is(f, &other));
    failure_free(f);
}

static void test_what_never_repeats_is_left_as_found(void **state)
{
    (void)state;
    struct verdict v = fails("bug");
    struct failure *f = failure_of(20, &v, FAILURE_FOUND);
    struct world w = {.key = "bug", .needs = 1000};
    live(f, &w);
    assert_int_equal(w.runs, CONFIRM_RUNS);
    assert_int_equal(f->confirmed, 0);
    assert_int_equal(bytes_of(f), 20);
    assert_string_equal(f->verdict.title, "bug");
    failure_free(f);
}

static void test_a_timeout_is_run_once_more_only(void **state)
{
    (void)state;
    struct verdict v = fails("timeout");
    v.timeout = true;
    struct failure *f = failure_of(20, &v, FAILURE_FOUND);
    struct failure_run run;
    assert_true(failure_next(f, &opt, &run));
    failure_ran(f, &opt, &v, "", 0, 0);
    assert_false(failure_next(f, &opt, &run));
    assert_int_equal(f->confirmed, 1);
    failure_free(f);
}

static void test_a_seed_is_confirmed_but_neither_changed_nor_saved(void **state)
{
    (void)state;
    struct verdict v = fails("bug");
    struct failure *f = failure_of(20, &v, FAILURE_SEED);
    struct world w = {.key = "bug", .needs = 1};
    live(f, &w);
    assert_int_equal(w.runs, CONFIRM_RUNS);
    assert_int_equal(bytes_of(f), 20);
    assert_string_equal(f->entry_name, "seed#1");
    failure_save(f, &opt);
    assert_int_equal(f->name[0], 0);
    failure_free(f);
}

static void test_no_time_means_no_minimising(void **state)
{
    (void)state;
    struct verdict v = fails("bug");
    opt.minimise_time = (struct duration_or_count){0};
    struct failure *f = failure_of(20, &v, FAILURE_FOUND);
    struct world w = {.key = "bug", .needs = 1};
    live(f, &w);
    assert_int_equal(w.runs, CONFIRM_RUNS);
    assert_int_equal(bytes_of(f), 20);
    failure_free(f);
}

static void test_minimising_ends_at_its_count(void **state)
{
    (void)state;
    struct verdict v = fails("bug");
    opt.minimise_time = (struct duration_or_count){.count = 3};
    struct failure *f = failure_of(200, &v, FAILURE_FOUND);
    struct world w = {.key = "bug", .needs = 1};
    live(f, &w);
    assert_int_equal(w.runs, CONFIRM_RUNS + 3 + 1);
    assert_true(bytes_of(f) < 200);
    failure_free(f);
}

static void test_minimising_ends_at_its_time(void **state)
{
    (void)state;
    struct verdict v = fails("bug");
    struct failure *f = failure_of(200, &v, FAILURE_FOUND);
    struct failure_run run;
    for (int i = 0; i < CONFIRM_RUNS; i++) {
        assert_true(failure_next(f, &opt, &run));
        failure_ran(f, &opt, &v, "", 0, 0);
    }
    assert_true(failure_next(f, &opt, &run));
    assert_int_equal(f->state, FAILURE_MINIMISE);
    failure_ran(f, &opt, &passes, "", 0, 60 * SECOND_US);
    assert_true(failure_next(f, &opt, &run));
    assert_int_equal(f->state, FAILURE_FINAL);
    assert_int_equal(run.size, 204);
    failure_free(f);
}

static void test_stopping_keeps_the_best_so_far(void **state)
{
    (void)state;
    struct verdict v = fails("bug");
    struct failure *f = failure_of(200, &v, FAILURE_FOUND);
    struct failure_run run;
    while (failure_next(f, &opt, &run) && bytes_of(f) == 200)
        failure_ran(f, &opt, &v, "", 0, 0);
    uint32_t best = bytes_of(f);
    assert_true(best < 200);
    failure_stop(f);
    assert_false(failure_next(f, &opt, &run));
    assert_int_equal(bytes_of(f), best);
    failure_free(f);
}

static int count_file(void *ctx, const char *name)
{
    (void)name;
    ++*(unsigned *)ctx;
    return 0;
}

static void test_the_minimised_file_replaces_the_first(void **state)
{
    (void)state;
    struct thresh_err err;
    struct verdict v = fails("bug");
    struct failure *f = failure_of(20, &v, FAILURE_FOUND);
    char first[STORE_NAME_SIZE], dir[STORE_PATH_SIZE];
    unsigned files = 0;
    failure_save(f, &opt);
    assert_int_equal(f->save_error.code, 0);
    memcpy(first, f->name, sizeof first);
    struct world w = {.key = "bug", .needs = 5};
    live(f, &w);
    failure_save(f, &opt);
    assert_string_not_equal(f->name, first);
    assert_int_equal(store_testdata_dir(&opt, dir, &err), 0);
    assert_int_equal(platform_list_dir(dir, count_file, &files, &err), 0);
    assert_int_equal(files, 1);
    failure_free(f);
}

static void test_a_failed_save_is_noted_and_nothing_is_lost(void **state)
{
    (void)state;
    struct verdict v = fails("bug");
    struct failure *f = failure_of(20, &v, FAILURE_FOUND);
    opt.testdata = "/dev/null";
    failure_save(f, &opt);
    assert_int_not_equal(f->save_error.code, 0);
    assert_int_equal(f->name[0], 0);
    assert_int_equal(bytes_of(f), 20);
    failure_free(f);
}

#define WITH_DIR(f) cmocka_unit_test_setup_teardown(f, make, scratch_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIR(test_it_is_confirmed_minimised_and_run_once_more),
        WITH_DIR(test_minimising_keeps_the_same_failure),
        WITH_DIR(test_the_first_confirming_run_may_rename_it),
        WITH_DIR(test_what_never_repeats_is_left_as_found),
        WITH_DIR(test_a_timeout_is_run_once_more_only),
        WITH_DIR(test_a_seed_is_confirmed_but_neither_changed_nor_saved),
        WITH_DIR(test_no_time_means_no_minimising),
        WITH_DIR(test_minimising_ends_at_its_count),
        WITH_DIR(test_minimising_ends_at_its_time),
        WITH_DIR(test_stopping_keeps_the_best_so_far),
        WITH_DIR(test_the_minimised_file_replaces_the_first),
        WITH_DIR(test_a_failed_save_is_noted_and_nothing_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
