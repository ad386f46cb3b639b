/* SPDX-License-Identifier: MIT
 *
 * Limits of time and memory: where they come from, and that time in which
 * nobody looked is held against nobody. No process is started: what is not
 * running can't be killed, but it is marked.
 */
#include "unit.h"

#include "coordinator/limits.h"

#define SECOND_US 1000000u
#define MEGABYTE  ((uint64_t)1 << 20)

static struct process process;
static struct region region;

/* A process that has been running the target's code since `since_us`. */
static struct process *running(uint64_t since_us)
{
    region = (struct region){.running = 1};
    process = (struct process){.state = PROCESS_BUSY,
                               .memory = {.base = (uint8_t *)&region},
                               .output = PLATFORM_NO_HANDLE,
                               .progress_us = since_us};
    return &process;
}

static struct limits limits_of(struct options opt, bool adapts)
{
    struct limits l;
    limits_init(&l, &opt, adapts);
    return l;
}

static void test_the_users_time_limit_stands(void **state)
{
    (void)state;
    struct limits l =
        limits_of((struct options){.input_timeout_us = 3 * SECOND_US}, true);
    limits_count_baseline(&l, 1, 9 * SECOND_US);
    limits_end_baseline(&l);
    assert_int_equal(l.input_us, 3 * SECOND_US);
    assert_int_equal(l.source, LIMIT_GIVEN);
}

static void test_the_baseline_makes_the_time_limit(void **state)
{
    (void)state;
    static const struct {
        uint64_t mean_us, limit_us;
    } cases[] = {
        {0, 2 * SECOND_US},       {100, 2 * SECOND_US},
        {20000, 2 * SECOND_US},   {50000, 5 * SECOND_US},
        {100000, 10 * SECOND_US}, {90 * SECOND_US, 10 * SECOND_US},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct limits l = limits_of(
            (struct options){.input_timeout_us = TIMEOUT_ADAPTIVE}, true);
        assert_int_equal(l.input_us, 10 * SECOND_US);
        assert_int_equal(l.source, LIMIT_DEFAULT);
        limits_count_baseline(&l, 4, 3 * cases[i].mean_us);
        limits_count_baseline(&l, 6, 7 * cases[i].mean_us);
        limits_end_baseline(&l);
        assert_int_equal(l.input_us, cases[i].limit_us);
        assert_int_equal(l.source, LIMIT_ADAPTIVE);
    }
}

static void test_a_baseline_that_ran_nothing_changes_nothing(void **state)
{
    (void)state;
    struct limits l =
        limits_of((struct options){.input_timeout_us = TIMEOUT_ADAPTIVE}, true);
    limits_end_baseline(&l);
    assert_int_equal(l.input_us, 10 * SECOND_US);
    assert_int_equal(l.source, LIMIT_DEFAULT);
}

static void test_a_run_that_must_repeat_measures_nothing(void **state)
{
    (void)state;
    struct options opt = {.input_timeout_us = TIMEOUT_ADAPTIVE,
                          .has_seed = true};
    struct limits l = limits_of(opt, true);
    limits_count_baseline(&l, 1, 1);
    limits_end_baseline(&l);
    assert_int_equal(l.input_us, 10 * SECOND_US);
    opt.has_seed = false;
    l = limits_of(opt, false);
    limits_count_baseline(&l, 1, 1);
    limits_end_baseline(&l);
    assert_int_equal(l.input_us, 10 * SECOND_US);
}

/* Time in which a process that was asked for its stack may answer. */
#define ASKED_US (8 * SECOND_US / 10)

/* Looks at the clock every tenth of a second, as the event loop does. */
static void look_until(struct limits *l, struct process *p, uint64_t from_us,
                       uint64_t to_us)
{
    for (uint64_t t = from_us; t <= to_us; t += SECOND_US / 10) {
        assert_int_equal(limits_look(l, t), 0);
        limits_enforce(l, p);
    }
}

static void test_an_execution_above_the_limit_is_killed(void **state)
{
    (void)state;
    struct limits l =
        limits_of((struct options){.input_timeout_us = 3 * SECOND_US}, true);
    struct process *p = running(SECOND_US);
    look_until(&l, p, SECOND_US, 4 * SECOND_US);
    assert_int_equal(p->killed, KILL_NOT);
    look_until(&l, p, 4 * SECOND_US + 1, 4 * SECOND_US + 1 + ASKED_US);
    assert_int_equal(p->killed, KILL_HANG);
}

static void test_no_limit_is_no_limit(void **state)
{
    (void)state;
    struct limits l = limits_of((struct options){.input_timeout_us = 0}, true);
    struct process *p = running(SECOND_US);
    look_until(&l, p, SECOND_US, 400 * SECOND_US);
    assert_int_equal(p->killed, KILL_NOT);
}

static void test_time_in_which_nobody_looked_does_not_count(void **state)
{
    (void)state;
    struct limits l =
        limits_of((struct options){.input_timeout_us = 3 * SECOND_US}, true);
    struct process *p = running(SECOND_US);
    look_until(&l, p, SECOND_US, 3 * SECOND_US);
    /* an hour asleep */
    uint64_t awake = 3603 * (uint64_t)SECOND_US;
    assert_int_equal(limits_look(&l, awake), 3600 * (uint64_t)SECOND_US);
    limits_enforce(&l, p);
    look_until(&l, p, awake, awake + SECOND_US);
    assert_int_equal(p->killed, KILL_NOT);
    look_until(&l, p, awake + SECOND_US, awake + SECOND_US + ASKED_US);
    assert_int_equal(p->killed, KILL_HANG);
}

/* What measuring costs does not grow with the workers. */
static void test_many_workers_are_measured_more_rarely(void **state)
{
    (void)state;
    struct limits l = limits_of((struct options){0}, true);
    struct process p = {.measured_us = 5 * SECOND_US};
    limits_share(&l, 1);
    uint64_t alone = l.measure_us;
    limits_share(&l, 100);
    assert_int_equal(l.measure_us, 100 * alone);
    assert_false(limits_measure_due(&l, &p, p.measured_us + 100 * alone - 1));
    assert_true(limits_measure_due(&l, &p, p.measured_us + 100 * alone));
}

static uint64_t slow_us(uint64_t limit_us, uint64_t mean_us)
{
    struct limits l =
        limits_of((struct options){.input_timeout_us = limit_us}, true);
    assert_int_equal(l.slow_us, 0);
    limits_count_baseline(&l, 10, 10 * mean_us);
    limits_end_baseline(&l);
    return l.slow_us;
}

static void test_what_is_slow_follows_the_limit_and_the_baseline(void **state)
{
    (void)state;
    assert_int_equal(slow_us(10 * SECOND_US, 0), 156250);
    assert_int_equal(slow_us(SECOND_US, 10), 50000);
    assert_int_equal(slow_us(10 * SECOND_US, 100000), 2 * SECOND_US);
    /* Nothing is between that and the limit. */
    assert_int_equal(slow_us(SECOND_US, 50000), 0);
    assert_int_equal(slow_us(0, 10), 0);
    /* Without a limit of the user's: a hundred times the mean, 2 s at least. */
    assert_int_equal(slow_us(TIMEOUT_ADAPTIVE, 10), 50000);
    assert_int_equal(slow_us(TIMEOUT_ADAPTIVE, 50000), SECOND_US);
}

static void test_only_what_uses_the_processor_is_slow(void **state)
{
    (void)state;
    struct limits l =
        limits_of((struct options){.input_timeout_us = 3 * SECOND_US}, true);
    limits_end_baseline(&l);
    struct process *p = running(SECOND_US);
    p->request.kind = REQUEST_BATCH;
    /* It is no process, so it uses nothing. */
    for (uint64_t t = SECOND_US; t < 3 * SECOND_US; t += SECOND_US / 10) {
        assert_int_equal(limits_look(&l, t), 0);
        assert_false(limits_is_slow(&l, p));
    }
    assert_true(p->stands);
    assert_false(p->peeked);
}

static void test_a_process_outside_the_target_gets_more_time(void **state)
{
    (void)state;
    struct limits l =
        limits_of((struct options){.input_timeout_us = 3 * SECOND_US}, true);
    struct process *p = running(SECOND_US);
    region.running = 0;
    look_until(&l, p, SECOND_US, 61 * SECOND_US);
    assert_int_equal(p->killed, KILL_NOT);
    look_until(&l, p, 61 * SECOND_US, 61 * SECOND_US + ASKED_US);
    assert_int_equal(p->killed, KILL_HANG);
}

static void test_memory_above_the_limit_is_exceeded(void **state)
{
    (void)state;
    struct limits l =
        limits_of((struct options){.max_resident = 100 * MEGABYTE}, true);
    struct process p = {.resident = 100 * MEGABYTE};
    assert_false(limits_exceeded(&l, &p));
    p.resident++;
    assert_true(limits_exceeded(&l, &p));
    l.max_resident = 0;
    assert_false(limits_exceeded(&l, &p));
}

static void test_half_of_what_is_left_is_outgrown(void **state)
{
    (void)state;
    struct limits l =
        limits_of((struct options){.max_resident = 100 * MEGABYTE}, true);
    struct process p = {.resident_start = 0, .resident = 50 * MEGABYTE};
    assert_false(limits_outgrown(&l, &p));
    p.resident++;
    assert_true(limits_outgrown(&l, &p));
    p.resident_start = 80 * MEGABYTE;
    p.resident = 90 * MEGABYTE;
    assert_false(limits_outgrown(&l, &p));
    p.resident++;
    assert_true(limits_outgrown(&l, &p));
    l.max_resident = 0;
    assert_false(limits_outgrown(&l, &p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_users_time_limit_stands),
        cmocka_unit_test(test_the_baseline_makes_the_time_limit),
        cmocka_unit_test(test_a_baseline_that_ran_nothing_changes_nothing),
        cmocka_unit_test(test_a_run_that_must_repeat_measures_nothing),
        cmocka_unit_test(test_an_execution_above_the_limit_is_killed),
        cmocka_unit_test(test_no_limit_is_no_limit),
        cmocka_unit_test(test_time_in_which_nobody_looked_does_not_count),
        cmocka_unit_test(test_many_workers_are_measured_more_rarely),
        cmocka_unit_test(test_what_is_slow_follows_the_limit_and_the_baseline),
        cmocka_unit_test(test_only_what_uses_the_processor_is_slow),
        cmocka_unit_test(test_a_process_outside_the_target_gets_more_time),
        cmocka_unit_test(test_memory_above_the_limit_is_exceeded),
        cmocka_unit_test(test_half_of_what_is_left_is_outgrown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
