/* SPDX-License-Identifier: MIT
 *
 * The corpus: what workers will read in the shared memory, which features are
 * new, who owns them, and that a snapshot stays as it is while it is used.
 */
#include "unit.h"

#include <stdio.h>

#include "coordinator/corpus.h"
#include "coordinator/schedule.h"

/* Of which the last are no code's. */
#define COUNTERS 100
#define VALUES   10

static struct corpus corpus;

static int make(void **state)
{
    struct thresh_err err;
    (void)state;
    if (corpus_init(&corpus, &err) ||
        corpus_set_counters(&corpus, COUNTERS, VALUES, &err))
        return -1;
    return 0;
}

static int release(void **state)
{
    (void)state;
    corpus_release(&corpus);
    return 0;
}

/* Adds an input of one argument; whether it was new. */
static bool add(const char *text)
{
    struct thresh_err err;
    bool added;
    struct input in = {
        .nargs = 1,
        .arg = {{(uint8_t *)(uintptr_t)text, (uint32_t)strlen(text)}}};
    assert_int_equal(corpus_add(&corpus, &in, ENTRY_SEED, text, &added, &err),
                     0);
    return added;
}

/* Counter and bucket bits as workers report them. */
static uint32_t feature(uint32_t counter, uint32_t bits)
{
    return counter << 8 | bits;
}

static void test_an_input_is_kept_once(void **state)
{
    (void)state;
    assert_true(add("one"));
    assert_true(add("two"));
    assert_false(add("one"));
    assert_true(add(""));
    assert_false(add(""));
    assert_int_equal(corpus.count, 3);
    assert_string_equal(corpus.entries[1].name, "two");
}

static void test_workers_find_entries_where_the_table_says(void **state)
{
    (void)state;
    char text[32];
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(text, sizeof text, "entry %d", i);
        assert_true(add(text));
    }
    for (uint32_t i = 0; i < 1000; i++) {
        struct shared_entry *e = &shared_entries(corpus.memory.base)[i];
        struct input in;
        (void)snprintf(text, sizeof text, "entry %u", i);
        assert_true(input_unpack(
            &in, 1, shared_arena(corpus.memory.base) + e->offset, e->size));
        assert_int_equal(in.arg[0].size, strlen(text));
        assert_memory_equal(in.arg[0].data, text, strlen(text));
        assert_false(add(text));
    }
}

static void test_a_feature_is_new_until_an_entry_has_it(void **state)
{
    (void)state;
    uint32_t some[] = {feature(3, 1), feature(9, 4)};
    uint32_t more[] = {feature(3, 1), feature(9, 8)};
    assert_true(add("a"));
    assert_true(corpus_is_new(&corpus, some, 2));
    corpus_set_features(&corpus, 0, some, 2, 50);
    assert_false(corpus_is_new(&corpus, some, 2));
    assert_true(corpus_is_new(&corpus, more, 2));
    assert_false(corpus_is_new(&corpus, more, 1));
    assert_false(corpus_is_new(&corpus, more, 0));
    assert_int_equal(corpus.edges, 2);
    assert_int_equal(corpus.features, 2);
    assert_true(add("b"));
    corpus_set_features(&corpus, 1, more, 2, 50);
    assert_int_equal(corpus.edges, 2);
    assert_int_equal(corpus.features, 3);
}

static void test_values_are_features_but_no_edges(void **state)
{
    (void)state;
    uint32_t last = COUNTERS - VALUES - 1, varying = COUNTERS - 1;
    uint32_t both[] = {feature(last, 1), feature(last + 1, 1)};
    assert_true(add("a"));
    corpus_set_features(&corpus, 0, both, 2, 50);
    assert_int_equal(corpus.edges, 1);
    assert_int_equal(corpus.features, 2);
    corpus_mark_unstable(&corpus, &varying, 1);
    assert_int_equal(corpus.edges, 1);
    assert_int_equal(corpus.unstable, 0);
}

static void test_the_cheaper_entry_owns_a_feature(void **state)
{
    (void)state;
    uint32_t both[] = {feature(1, 1), feature(2, 3)};
    assert_true(add("expensive") && add("cheap") && add("dear"));
    corpus_set_features(&corpus, 0, both, 2, 1000);
    assert_int_equal(corpus.entries[0].owned, 3);
    corpus_set_features(&corpus, 1, both, 1, 10);
    assert_int_equal(corpus.entries[0].owned, 2);
    assert_int_equal(corpus.entries[1].owned, 1);
    corpus_set_features(&corpus, 2, both, 2, 100000);
    assert_int_equal(corpus.entries[2].owned, 0);
}

static void test_what_is_left_of_an_entry_takes_its_place(void **state)
{
    (void)state;
    uint32_t long_ones[] = {feature(1, 1), feature(2, 3), feature(3, 1)};
    uint32_t short_ones[] = {feature(3, 1)};
    uint32_t left[] = {feature(2, 7), feature(1, 1)};
    assert_true(add("a long entry") && add("s"));
    corpus_set_features(&corpus, 0, long_ones, 3, 100);
    corpus_set_features(&corpus, 1, short_ones, 1, 1);

    uint64_t needs;
    uint32_t n;
    assert_true(corpus_list_owned(&corpus, 0, &needs, &n));
    const uint32_t *list =
        (const uint32_t *)(const void *)(shared_arena(corpus.memory.base) +
                                         needs);
    assert_int_equal(n, 2);
    assert_int_equal(list[0], feature(1, 1));
    assert_int_equal(list[1], feature(2, 3));

    assert_true(corpus_can_replace(&corpus, 0, left, 2, 5));
    assert_false(corpus_can_replace(&corpus, 0, left, 2, 12));
    assert_false(corpus_can_replace(&corpus, 0, left, 1, 5));
    assert_true(add("long"));
    /* It is dearer, and owns all the same. */
    corpus_set_features(&corpus, 2, left, 2, 100000);
    corpus_replace(&corpus, 0, 2);
    assert_int_equal(corpus.entries[0].owned, 0);
    assert_true(corpus.entries[0].disabled);
    assert_int_equal(corpus.entries[2].owned, 4);
    assert_false(corpus_can_replace(&corpus, 0, left, 2, 5));
    assert_false(corpus_list_owned(&corpus, 0, &needs, &n));
}

static void test_unstable_counters_are_never_new(void **state)
{
    (void)state;
    uint32_t counter = 7;
    uint32_t any[] = {feature(7, 128)};
    corpus_mark_unstable(&corpus, &counter, 1);
    assert_false(corpus_is_new(&corpus, any, 1));
    any[0] = feature(8, 128);
    assert_true(corpus_is_new(&corpus, any, 1));
}

static void test_counters_must_not_change_between_workers(void **state)
{
    (void)state;
    struct thresh_err err;
    assert_int_equal(corpus_set_counters(&corpus, COUNTERS, VALUES, &err), 0);
    assert_int_equal(corpus_set_counters(&corpus, COUNTERS + 1, VALUES, &err),
                     THRESH_EPROTO);
    assert_int_equal(corpus_set_counters(&corpus, UINT32_MAX, VALUES, &err),
                     THRESH_ELIMIT);
}

static void test_a_snapshot_holds_what_is_known(void **state)
{
    (void)state;
    uint32_t some[] = {feature(3, 5)};
    assert_true(add("a"));
    corpus_set_features(&corpus, 0, some, 1, 1);
    uint32_t slot = corpus_publish(&corpus, true);
    struct shared_slot *s = shared_slot(corpus.memory.base, slot);
    assert_int_equal(s->entries, 1);
    assert_int_equal(shared_seen(corpus.memory.base, slot)[3], 5);
    assert_int_equal(shared_seen(corpus.memory.base, slot)[4], 0);
}

static void test_nothing_new_publishes_nothing(void **state)
{
    (void)state;
    assert_true(add("a"));
    uint32_t slot = corpus_publish(&corpus, false);
    uint64_t generation = corpus.generation;
    assert_int_equal(corpus_publish(&corpus, false), slot);
    assert_int_equal(corpus.generation, generation);
    assert_true(add("b"));
    assert_int_not_equal(corpus_publish(&corpus, false), slot);
    assert_int_equal(corpus.generation, generation + 1);
}

static void test_a_snapshot_in_use_is_left_alone(void **state)
{
    (void)state;
    char text[16];
    assert_true(add("first"));
    uint32_t kept = corpus_publish(&corpus, true);
    corpus_slot_take(&corpus, kept);
    for (int i = 0; i < 3 * CORPUS_SLOTS; i++) {
        (void)snprintf(text, sizeof text, "%d", i);
        assert_true(add(text));
        assert_int_not_equal(corpus_publish(&corpus, true), kept);
    }
    assert_int_equal(shared_slot(corpus.memory.base, kept)->entries, 1);
    corpus_slot_done(&corpus, kept, 10);
    bool used = false;
    for (int i = 0; i < CORPUS_SLOTS; i++)
        used |= corpus_publish(&corpus, true) == kept;
    assert_true(used);
}

static void test_without_a_free_slot_the_newest_stands(void **state)
{
    (void)state;
    char text[16];
    for (int i = 0; i < CORPUS_SLOTS; i++) {
        (void)snprintf(text, sizeof text, "%d", i);
        assert_true(add(text));
        corpus_slot_take(&corpus, corpus_publish(&corpus, true));
    }
    uint64_t generation = corpus.generation;
    assert_true(add("one more"));
    assert_int_equal(corpus_publish(&corpus, true), corpus.current);
    assert_int_equal(corpus.generation, generation);
}

/* Adds entries that take so long, until there are n. */
static void add_timed(uint32_t n, uint32_t us)
{
    for (uint32_t i = corpus.count; i < n; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%u", i);
        assert_true(add(text));
        corpus_set_time(&corpus, i, us);
    }
}

static void test_what_is_slow_is_decided_with_each_snapshot(void **state)
{
    (void)state;
    assert_true(add("first"));
    corpus_set_time(&corpus, 0, 5000);
    (void)corpus_publish(&corpus, true);
    assert_false(corpus.entries[0].slow);
    assert_true(add("quick"));
    corpus_set_time(&corpus, 1, 0);
    (void)corpus_publish(&corpus, true);
    assert_true(corpus.entries[0].slow);
    add_timed(8, 5000);
    (void)corpus_publish(&corpus, true);
    for (uint32_t i = 0; i < 8; i++)
        assert_false(corpus.entries[i].slow);
}

static void test_what_seems_slow_is_timed_once_more(void **state)
{
    (void)state;
    assert_true(add("first"));
    corpus_set_time(&corpus, 0, 30000);
    add_timed(8, 1);
    (void)corpus_publish(&corpus, true);
    assert_true(corpus.entries[0].slow);
    assert_int_equal(corpus_take_doubtful(&corpus), 1);
    assert_int_equal(corpus_take_doubtful(&corpus), 0);
    corpus_timed_again(&corpus, 0, 40000);
    (void)corpus_publish(&corpus, false);
    assert_true(corpus.entries[0].slow);
    assert_int_equal(corpus_take_doubtful(&corpus), 0);
    corpus_timed_again(&corpus, 0, 2);
    (void)corpus_publish(&corpus, false);
    assert_false(corpus.entries[0].slow);
}

#define WITH_CORPUS(f) cmocka_unit_test_setup_teardown(f, make, release)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CORPUS(test_an_input_is_kept_once),
        WITH_CORPUS(test_workers_find_entries_where_the_table_says),
        WITH_CORPUS(test_a_feature_is_new_until_an_entry_has_it),
        WITH_CORPUS(test_the_cheaper_entry_owns_a_feature),
        WITH_CORPUS(test_what_is_left_of_an_entry_takes_its_place),
        WITH_CORPUS(test_unstable_counters_are_never_new),
        WITH_CORPUS(test_counters_must_not_change_between_workers),
        WITH_CORPUS(test_values_are_features_but_no_edges),
        WITH_CORPUS(test_a_snapshot_holds_what_is_known),
        WITH_CORPUS(test_nothing_new_publishes_nothing),
        WITH_CORPUS(test_a_snapshot_in_use_is_left_alone),
        WITH_CORPUS(test_without_a_free_slot_the_newest_stands),
        WITH_CORPUS(test_what_is_slow_is_decided_with_each_snapshot),
        WITH_CORPUS(test_what_seems_slow_is_timed_once_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
