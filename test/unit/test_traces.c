/* SPDX-License-Identifier: MIT
 *
 * Which entries are traced: the newest first, each once, within a share of the
 * executions that follows what traces bring.
 */
#include "unit.h"

#include "coordinator/corpus.h"
#include "coordinator/traces.h"

#define ENTRIES 100u
#define BATCH   4096u

static struct entry entries[ENTRIES];
static struct traces traces;

static int setup(void **state)
{
    (void)state;
    memset(entries, 0, sizeof entries);
    traces_init(&traces);
    return 0;
}

/* A batch in which each trace costs so many executions and brings finds. */
static struct request batch(uint32_t known, uint64_t cost, unsigned finds)
{
    struct request request = {.kind = REQUEST_BATCH};
    struct reply reply = {.execs = BATCH};
    traces_give(&traces, entries, known, BATCH, &request);
    reply.done = request.traces;
    reply.traced = request.traces * cost;
    for (unsigned i = 0; i < request.traces * finds; i++)
        traces_found(&traces, true);
    traces_settle(&traces, entries, ENTRIES, &request, &reply);
    return request;
}

static void the_newest_come_first_and_each_once(void **state)
{
    (void)state;
    uint32_t count[ENTRIES] = {0};
    entries[3].disabled = true;
    struct request first = batch(10, 100, 0);
    assert_int_equal(first.trace[0], 9);
    assert_int_equal(first.trace[1], 8);
    struct request second = batch(12, 100, 0);
    assert_int_equal(second.trace[0], 11);
    for (uint32_t i = 0; i < first.traces; i++)
        count[first.trace[i]]++;
    for (uint32_t i = 0; i < second.traces; i++)
        count[second.trace[i]]++;
    for (unsigned round = 0; round < 50; round++) {
        struct request more = batch(12, 100, 0);
        for (uint32_t i = 0; i < more.traces; i++)
            count[more.trace[i]]++;
    }
    for (uint32_t i = 0; i < 12; i++)
        assert_int_equal(count[i], i != 3);
}

static void all_come_again_with_more_effort(void **state)
{
    (void)state;
    assert_true(traces_again(&traces)); /* nothing is there: all have been */
    setup(state);
    (void)batch(20, 100, 0);
    assert_false(traces_again(&traces));
    for (unsigned i = 0; i < 20; i++)
        (void)batch(20, 100, 0);
    assert_true(traces_again(&traces));
    struct request again = batch(20, 100, 0);
    assert_int_equal(again.trace_level, 1);
    assert_int_equal(again.trace[0], 19);
    /* A new one is traced as new ones are, and alone. */
    struct request fresh = batch(21, 100, 0);
    assert_int_equal(fresh.trace_level, 0);
    assert_int_equal(fresh.traces, 1);
    assert_int_equal(fresh.trace[0], 20);
}

/* The part of all executions that traces get while there are always entries to
 * be traced. */
static double part(unsigned trace_finds, unsigned mutant_finds)
{
    uint64_t traced = 0;
    for (unsigned round = 0; round < 400; round++) {
        memset(entries, 0, sizeof entries);
        traces.known = 0;
        struct request r = batch(ENTRIES, 500, trace_finds);
        traced += r.traces * 500u;
        for (unsigned i = 0; i < mutant_finds; i++)
            traces_found(&traces, false);
    }
    return (double)traced / (400.0 * BATCH);
}

static void the_share_follows_what_traces_bring(void **state)
{
    (void)state;
    double nothing = part(0, 40);
    assert_true(nothing > 0.01 && nothing < 0.03);
    setup(state);
    double much = part(40, 4);
    assert_true(much > 0.36 && much < 0.45);
}

/* What eight traces cost of entries that cost so much, among others. */
static int64_t price_of_eight(uint64_t cost)
{
    traces_init(&traces);
    memset(entries, 0, sizeof entries);
    for (uint32_t i = 0; i < ENTRIES; i++)
        entries[i].cost = i < 8 ? cost : 1000;
    int64_t before = traces.credit;
    (void)batch(8, 1000, 0);
    return before - traces.credit;
}

static void dear_entries_use_up_more_credit(void **state)
{
    (void)state;
    int64_t ordinary = price_of_eight(1000);
    assert_true(ordinary > 0);
    assert_true(price_of_eight(10000) > 4 * ordinary);
    /* A cheap one has to be run as often as others. */
    assert_int_equal(price_of_eight(10), ordinary);
}

static void what_a_batch_did_not_come_to_is_given_again(void **state)
{
    (void)state;
    struct request request = {.kind = REQUEST_BATCH};
    traces_give(&traces, entries, 8, BATCH, &request);
    assert_int_equal(request.traces, 8);
    struct reply reply = {.execs = 1000, .traced = 900, .done = 2};
    traces_settle(&traces, entries, ENTRIES, &request, &reply);
    struct request next = {.kind = REQUEST_BATCH};
    traces_give(&traces, entries, 8, BATCH, &next);
    assert_int_equal(next.traces, 5);
    assert_int_equal(next.trace[0], request.trace[3]);
}

static void a_death_costs_what_was_executed(void **state)
{
    (void)state;
    unsigned traced = 0;
    for (unsigned i = 0; i < 200; i++) {
        struct request request = {.kind = REQUEST_BATCH};
        memset(entries, 0, sizeof entries);
        traces.known = 0;
        traces_give(&traces, entries, ENTRIES, BATCH, &request);
        traced += request.traces;
        traces_lost(&traces, &request, i % 2);
    }
    assert_int_equal(traced, 200 * REQUEST_TRACES);
    assert_true(traces.credit > 0);
}

static void a_slow_target_is_given_few(void **state)
{
    (void)state;
    struct request request = {.kind = REQUEST_BATCH};
    traces_give(&traces, entries, ENTRIES, 8, &request);
    assert_int_equal(request.traces, 1);
}

static void batches_are_shorter_while_entries_wait(void **state)
{
    (void)state;
    struct request request = {.kind = REQUEST_BATCH};
    traces_give(&traces, entries, ENTRIES, BATCH, &request);
    assert_int_equal(request.traces, REQUEST_TRACES);
    uint64_t most = traces_batch(&traces, &request, 1000000);
    assert_true(most > BATCH && most < 50000);
    assert_int_equal(traces_batch(&traces, &request, 100), 100);
    struct request last = {.kind = REQUEST_BATCH};
    traces_init(&traces);
    memset(entries, 0, sizeof entries);
    traces_give(&traces, entries, 1, BATCH, &last);
    assert_int_equal(last.traces, 1);
    assert_int_equal(traces_batch(&traces, &last, 1000000), 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_newest_come_first_and_each_once, setup),
        cmocka_unit_test_setup(all_come_again_with_more_effort, setup),
        cmocka_unit_test_setup(the_share_follows_what_traces_bring, setup),
        cmocka_unit_test_setup(dear_entries_use_up_more_credit, setup),
        cmocka_unit_test_setup(what_a_batch_did_not_come_to_is_given_again,
                               setup),
        cmocka_unit_test_setup(a_death_costs_what_was_executed, setup),
        cmocka_unit_test_setup(a_slow_target_is_given_few, setup),
        cmocka_unit_test_setup(batches_are_shorter_while_entries_wait, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
