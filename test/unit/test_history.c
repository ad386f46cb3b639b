/* SPDX-License-Identifier: MIT
 *
 * The search for the inputs that a failure needs before it, without any
 * worker: the tests know which ones those are. Inputs are numbers.
 */
#include "unit.h"

#include "coordinator/history.h"

/* What brings the failure back. */
struct world {
    uint32_t needs[8]; /* these executions of the batch, in this order */
    uint32_t nneeds;
    uint32_t count;  /* or so many of whatever kind, if not 0 */
    uint32_t failed; /* an earlier input that fails by itself; 0: none */

    unsigned tries;
    unsigned fetches;
};

static void add_number(struct history *h, uint32_t n)
{
    assert_true(history_add(h, (const uint8_t *)&n, sizeof n));
}

static uint32_t number(const struct history *h, uint32_t i)
{
    uint32_t n;
    assert_int_equal(h->input[i].size, sizeof n);
    memcpy(&n, h->input[i].packed, sizeof n);
    return n;
}

/* Whether the failure comes back, and after how many of what is tried. */
static bool comes_back(const struct world *w, const struct history *h,
                       uint32_t *ran)
{
    uint32_t have = 0;
    for (*ran = 0; *ran < h->ntried; ++*ran) {
        if (w->count && *ran == w->count)
            return true;
        uint32_t n = number(h, h->tried[*ran]);
        if (w->failed && n == w->failed)
            return false;
        have += have < w->nneeds && n == w->needs[have];
    }
    return w->count ? *ran == w->count : have == w->nneeds;
}

static void fetch(struct history *h, struct world *w, uint64_t from,
                  uint64_t until)
{
    struct history older = {0};
    w->fetches++;
    assert_true(from < until);
    assert_true(until - from <= h->window);
    for (uint64_t i = from; i < until; i++)
        add_number(&older, (uint32_t)i);
    history_older(h, &older, from);
    assert_int_equal(older.count, 0);
}

static void search(struct history *h, struct world *w)
{
    uint64_t from, until;
    for (;;) {
        uint32_t ran;
        enum history_step step = history_next(h, &from, &until);
        if (step == HISTORY_END)
            return;
        if (step == HISTORY_FETCH) {
            fetch(h, w, from, until);
            continue;
        }
        for (uint32_t i = 0; i < h->ntried; i++) {
            assert_true(h->tried[i] < h->count);
            assert_true(i == 0 || h->tried[i] > h->tried[i - 1]);
        }
        assert_true(++w->tries < 3000);
        bool failed = comes_back(w, h, &ran);
        history_result(h, failed, ran);
    }
}

static void test_the_one_that_matters_is_found(void **state)
{
    (void)state;
    static const uint32_t places[] = {0, 1, 500, 998, 999};
    for (size_t i = 0; i < 5; i++) {
        struct history h = {0};
        struct world w = {.needs = {places[i]}, .nneeds = 1};
        history_begin(&h, 1000, 1014);
        search(&h, &w);
        assert_int_equal(h.state, HISTORY_FOUND);
        assert_int_equal(h.count, 1);
        assert_int_equal(number(&h, 0), places[i]);
        assert_int_equal(w.fetches, 1);
        assert_in_range(w.tries, 1, 50);
        history_release(&h);
    }
}

static void test_several_are_found_in_their_order(void **state)
{
    (void)state;
    struct history h = {0};
    struct world w = {.needs = {40, 300, 301, 900}, .nneeds = 4};
    history_begin(&h, 1000, 1014);
    search(&h, &w);
    assert_int_equal(h.state, HISTORY_FOUND);
    assert_int_equal(h.count, 4);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(number(&h, i), w.needs[i]);
    assert_in_range(w.tries, 10, 150);
    history_release(&h);
}

static void test_more_is_fetched_as_it_is_wanted(void **state)
{
    (void)state;
    struct history h = {0};
    struct world w = {.needs = {97}, .nneeds = 1};
    history_begin(&h, 100, 2);
    search(&h, &w);
    assert_int_equal(h.state, HISTORY_FOUND);
    assert_int_equal(number(&h, 0), 97);
    assert_int_equal(w.fetches, 2);
    history_release(&h);
}

static void test_only_so_many_are_looked_at(void **state)
{
    (void)state;
    struct history h = {0};
    struct world w = {.needs = {100}, .nneeds = 1};
    history_begin(&h, 5000, 1014);
    search(&h, &w);
    assert_int_equal(h.state, HISTORY_NONE);
    assert_int_equal(h.most, HISTORY_MAX);
    assert_int_equal(w.tries, 11); /* 1, 2, 4, ... 1024 */
    assert_int_equal(w.fetches, 2);
    history_release(&h);
}

static void test_all_there_were_are_tried(void **state)
{
    (void)state;
    struct history h = {0};
    struct world w = {.needs = {7000}, .nneeds = 1};
    history_begin(&h, 5, 1014);
    search(&h, &w);
    assert_int_equal(h.state, HISTORY_NONE);
    assert_int_equal(h.most, 5);
    assert_int_equal(w.tries, 4); /* 1, 2, 4, 5 */
    history_release(&h);
}

/* What fails at a certain execution, whatever the inputs are, does so before
 * its turn when too many run. */
static void test_a_number_of_executions_is_found(void **state)
{
    (void)state;
    for (uint32_t count = 1; count < 600; count += 23) {
        struct history h = {0};
        struct world w = {.count = count};
        history_begin(&h, 1000, 1014);
        search(&h, &w);
        assert_int_equal(h.state, HISTORY_FOUND);
        assert_int_equal(h.count, count);
        history_release(&h);
    }
}

static void test_another_failure_before_it_is_no_success(void **state)
{
    (void)state;
    struct history h = {0};
    struct world w = {.needs = {900}, .nneeds = 1, .failed = 950};
    history_begin(&h, 1000, 1014);
    search(&h, &w);
    assert_int_equal(h.state, HISTORY_NONE);
    history_release(&h);
}

static void test_without_older_inputs_there_is_nothing(void **state)
{
    (void)state;
    struct history h = {0};
    struct world w = {.nneeds = 1};
    history_begin(&h, 0, 1014);
    search(&h, &w);
    assert_int_equal(h.state, HISTORY_NONE);
    assert_int_equal(w.tries + w.fetches, 0);
    history_release(&h);
}

static void test_a_fetch_that_brings_nothing_is_the_last(void **state)
{
    (void)state;
    struct history h = {0}, older = {0};
    uint64_t from, until;
    history_begin(&h, 10, 4);
    assert_int_equal(history_next(&h, &from, &until), HISTORY_FETCH);
    assert_int_equal(from, 6);
    assert_int_equal(until, 10);
    history_older(&h, &older, from);
    assert_int_equal(history_next(&h, &from, &until), HISTORY_END);
    assert_int_equal(h.state, HISTORY_NONE);
    history_release(&h);
}

static void test_stopping_keeps_what_is_found(void **state)
{
    (void)state;
    struct history h = {0};
    uint64_t from, until;
    history_begin(&h, 64, 1014);
    struct world w = {0};
    assert_int_equal(history_next(&h, &from, &until), HISTORY_FETCH);
    fetch(&h, &w, from, until);
    for (uint32_t n = 1; n <= 8; n *= 2) {
        assert_int_equal(history_next(&h, &from, &until), HISTORY_TRY);
        assert_int_equal(h.ntried, n);
        history_result(&h, n == 8, n == 8 ? 8 : 0);
    }
    assert_int_equal(history_next(&h, &from, &until), HISTORY_TRY);
    history_stop(&h);
    assert_int_equal(h.state, HISTORY_FOUND);
    assert_int_equal(h.count, 8);
    assert_int_equal(number(&h, 0), 56);
    assert_int_equal(history_next(&h, &from, &until), HISTORY_END);
    history_release(&h);
}

static void test_what_is_kept_is_bounded(void **state)
{
    (void)state;
    struct history h = {0};
    uint8_t *large = calloc(1, HISTORY_BYTES_MAX / 2 + 1);
    assert_non_null(large);
    assert_true(history_add(&h, large, HISTORY_BYTES_MAX / 2 + 1));
    assert_false(history_add(&h, large, HISTORY_BYTES_MAX / 2 + 1));
    free(large);
    for (uint32_t i = 1; i < HISTORY_MAX; i++)
        add_number(&h, i);
    assert_false(history_add(&h, (const uint8_t *)"x", 1));
    history_release(&h);
    assert_int_equal(h.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_one_that_matters_is_found),
        cmocka_unit_test(test_several_are_found_in_their_order),
        cmocka_unit_test(test_more_is_fetched_as_it_is_wanted),
        cmocka_unit_test(test_only_so_many_are_looked_at),
        cmocka_unit_test(test_all_there_were_are_tried),
        cmocka_unit_test(test_a_number_of_executions_is_found),
        cmocka_unit_test(test_another_failure_before_it_is_no_success),
        cmocka_unit_test(test_without_older_inputs_there_is_nothing),
        cmocka_unit_test(test_a_fetch_that_brings_nothing_is_the_last),
        cmocka_unit_test(test_stopping_keeps_what_is_found),
        cmocka_unit_test(test_what_is_kept_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
