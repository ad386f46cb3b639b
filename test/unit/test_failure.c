/* SPDX-License-Identifier: MIT
 *
 * A failure's life without any worker: the tests answer what each run that the
 * state machine wants would have shown.
 */
#include "scratch_dir.h"

#include <unistd.h>

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

/* Every candidate that still hangs costs the limit, and is only tried while so
 * much is left; how the bytes look is not worth it. */
static void test_a_timeout_is_minimised_while_there_is_time(void **state)
{
    (void)state;
    struct verdict v = fails("timeout");
    v.timeout = true;
    opt.input_timeout_us = 10 * SECOND_US;
    struct failure *f = failure_of(200, &v, FAILURE_FOUND);
    struct failure_run run;
    unsigned hung = 0;
    for (; failure_next(f, &opt, &run); hung++) {
        bool empty = run.size == 4;
        failure_ran(f, &opt, empty ? &passes : &v, "", 0,
                    empty ? 10 : 10 * SECOND_US);
    }
    /* Once to confirm it, and five times within the minute. */
    assert_int_equal(hung, 1 + 1 + 5);
    assert_int_equal(f->confirm_runs, 1);
    assert_in_range(bytes_of(f), 1, 10);
    failure_free(f);
}

static void test_bytes_of_a_timeout_are_left_as_they_are(void **state)
{
    (void)state;
    struct verdict v = fails("timeout");
    v.timeout = true;
    struct failure *f = failure_of(20, &v, FAILURE_FOUND);
    struct failure_run run;
    while (failure_next(f, &opt, &run)) {
        bool hangs = run.size >= 4 + 6;
        failure_ran(f, &opt, hangs ? &v : &passes, "", 0, 1);
    }
    assert_int_equal(bytes_of(f), 6);
    assert_memory_equal(f->packed + 4, "xxxxxx", 6);
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

/* ---- what must run before it ---- */

/* A target that fails on inputs of at least five bytes once it was given one
 * byte, which the batch did at execution 90 of 100. */
struct poisoned {
    bool is;
    unsigned processes;
};

static struct verdict run_poisoned(struct poisoned *p,
                                   const struct failure_run *run)
{
    p->processes += run->fresh;
    if (run->fresh)
        p->is = false;
    if (run->size == 4 + 1)
        p->is = true;
    return p->is && run->size >= 4 + 5 ? fails("bug") : passes;
}

static void fetch_poisoned(struct failure *f, const struct failure_run *run)
{
    struct history inputs = {0};
    assert_true(run->until <= 99);
    for (uint64_t i = run->from; i < run->until; i++) {
        uint8_t packed[8] = {i == 90 ? 1 : 2, 0, 0, 0, 'a', 'b'};
        assert_true(history_add(&inputs, packed, i == 90 ? 5 : 6));
    }
    failure_fetched(f, &inputs, run->from);
}

static struct failure *poisoned_failure(uint32_t size)
{
    struct verdict v = fails("bug");
    struct failure *f = failure_of(size, &v, FAILURE_FOUND);
    f->batch = (struct request){.kind = REQUEST_BATCH, .count = 200};
    f->batch_execs = 100;
    f->window = 1014;
    return f;
}

static void live_poisoned(struct failure *f, struct poisoned *p)
{
    struct failure_run run;
    for (unsigned runs = 0; failure_next(f, &opt, &run); runs++) {
        assert_true(runs < 3000);
        if (!run.packed) {
            assert_true(run.fresh);
            fetch_poisoned(f, &run);
            continue;
        }
        /* Nothing is skipped when the same run is asked for twice. */
        struct failure_run again;
        assert_true(failure_next(f, &opt, &again));
        assert_memory_equal(&run, &again, sizeof run);
        /* No process keeps what another run left in it. */
        assert_true(run.fresh != run.follows);
        struct verdict v = run_poisoned(p, &run);
        failure_ran(f, &opt, &v, "said", 4, 1);
    }
}

static void test_what_must_run_before_it_is_found(void **state)
{
    (void)state;
    struct failure *f = poisoned_failure(9);
    struct poisoned p = {0};
    live_poisoned(f, &p);
    assert_int_equal(failure_needs(f), 1);
    assert_int_equal(f->history.input[0].size, 5);
    assert_int_equal(f->confirmed, CONFIRM_RUNS);
    assert_int_equal(bytes_of(f), 5);
    assert_int_equal(f->packed[4], '0');
    failure_free(f);
}

static void test_what_nothing_brings_back_is_said_so(void **state)
{
    (void)state;
    struct failure *f = poisoned_failure(4);
    struct poisoned p = {0};
    live_poisoned(f, &p);
    assert_int_equal(failure_needs(f), 0);
    assert_int_equal(f->confirmed, 0);
    assert_int_equal(f->confirm_runs, CONFIRM_RUNS);
    assert_int_equal(f->history_tried, 99);
    failure_free(f);
}

static void test_a_lost_process_begins_the_sequence_anew(void **state)
{
    (void)state;
    struct failure *f = poisoned_failure(9);
    struct poisoned p = {0};
    struct failure_run run;
    for (;;) {
        assert_true(failure_next(f, &opt, &run));
        if (!run.packed) {
            fetch_poisoned(f, &run);
            continue;
        }
        if (run.follows)
            break;
        struct verdict v = run_poisoned(&p, &run);
        failure_ran(f, &opt, &v, "", 0, 1);
    }
    assert_true(failure_is_in_sequence(f));
    failure_restart(f);
    assert_true(failure_next(f, &opt, &run));
    assert_true(run.fresh);
    assert_false(run.follows);
    live_poisoned(f, &p);
    assert_int_equal(failure_needs(f), 1);
    failure_free(f);
}

static void test_its_history_is_saved_beside_it(void **state)
{
    (void)state;
    struct failure *f = poisoned_failure(9);
    struct poisoned p = {0};
    struct history back = {0};
    char dir[STORE_PATH_SIZE];
    live_poisoned(f, &p);
    failure_save(f, &opt);
    assert_int_equal(f->save_error.code, 0);
    assert_int_equal(store_testdata_dir(&opt, dir, NULL), 0);
    assert_int_equal(store_read_history(&opt, dir, f->name, 0, &back, NULL), 0);
    assert_int_equal(back.count, 1);
    assert_int_equal(back.input[0].size, 5);
    assert_int_equal(failure_needs(f), 1);
    history_release(&back);
    failure_unsave(f, &opt);
    char path[2 * STORE_PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s", dir);
    assert_true(platform_is_dir(path));
    assert_int_equal(rmdir(path), 0); /* nothing is left in it */
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

/* So that little is lost with this process, whenever it dies. */
static void test_the_file_follows_what_is_reached(void **state)
{
    (void)state;
    struct verdict v = fails("bug");
    struct failure *f = failure_of(250, &v, FAILURE_FOUND);
    struct failure_run run;
    failure_save(f, &opt);
    while (failure_next(f, &opt, &run)) {
        bool same = run.size >= 4 + 20;
        failure_ran(f, &opt, same ? &v : &passes, "", 0, 1);
        assert_true(f->saved_size >= f->size);
        assert_true(f->saved_size - f->size <= 16 + f->saved_size / 4);
    }
    assert_int_equal(bytes_of(f), 20);
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
        WITH_DIR(test_a_timeout_is_minimised_while_there_is_time),
        WITH_DIR(test_bytes_of_a_timeout_are_left_as_they_are),
        WITH_DIR(test_a_seed_is_confirmed_but_neither_changed_nor_saved),
        WITH_DIR(test_no_time_means_no_minimising),
        WITH_DIR(test_minimising_ends_at_its_count),
        WITH_DIR(test_minimising_ends_at_its_time),
        WITH_DIR(test_stopping_keeps_the_best_so_far),
        WITH_DIR(test_the_minimised_file_replaces_the_first),
        WITH_DIR(test_the_file_follows_what_is_reached),
        WITH_DIR(test_what_must_run_before_it_is_found),
        WITH_DIR(test_what_nothing_brings_back_is_said_so),
        WITH_DIR(test_a_lost_process_begins_the_sequence_anew),
        WITH_DIR(test_its_history_is_saved_beside_it),
        WITH_DIR(test_a_failed_save_is_noted_and_nothing_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
