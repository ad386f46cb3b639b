/* SPDX-License-Identifier: MIT
 *
 * The live view: it fits every terminal, and shows what was noted.
 */
#include "unit.h"

#include <string.h>

#include "coordinator/live_view.h"
#include "coordinator/report.h"

static struct live_history history;
static struct live_view view;
static struct progress progress;

static int start(void **state)
{
    (void)state;
    memset(&history, 0, sizeof history);
    memset(&view, 0, sizeof view);
    progress = (struct progress){.target = "parse_url",
                                 .execs = 1234567,
                                 .found = 12,
                                 .total = 345,
                                 .edges = 1000,
                                 .unstable = 13,
                                 .workers = 4,
                                 .has_coverage = true,
                                 .fuzzes = true};
    return 0;
}

static void make(unsigned columns, unsigned rows, uint64_t us)
{
    view.columns = columns;
    view.rows = rows;
    live_view_make(&view, &history, &progress, us);
}

/* The row without escape sequences. */
static const char *plain(unsigned row)
{
    static char text[LIVE_MAX_COLUMNS * 4];
    char *out = text;
    for (const char *c = view.row[row].text; *c; c++) {
        if (*c != '\x1b')
            *out++ = *c;
        else
            c += strcspn(c, "m");
    }
    *out = 0;
    return text;
}

/* Columns of text in which every character takes one. */
static unsigned columns_of(const char *text)
{
    unsigned n = 0;
    for (; *text; text++)
        n += (*text & 0xc0) != 0x80;
    return n;
}

static bool shows(const char *text)
{
    for (unsigned i = 0; i < view.n; i++)
        if (strstr(plain(i), text))
            return true;
    return false;
}

static void test_it_fits_every_terminal(void **state)
{
    (void)state;
    static char target[600];
    memset(target, 'x', sizeof target - 1);
    for (int i = 0; i < 9; i++) {
        live_add_news(history.find, &history.nfinds, 0, "%s", target);
        live_add_news(history.failure, &history.nfailures, 0, "%s", target);
    }
    progress.edges = UINT32_MAX;
    progress.execs = UINT64_MAX;
    for (uint64_t us = 0; us < 100; us++)
        live_note(&history, &progress, us * 1000000);
    for (unsigned odd = 0; odd < 4; odd++) {
        view.utf8 = odd & 1;
        progress.fuzzes = odd & 2;
        progress.target = odd & 1 ? target : "t";
        for (unsigned columns = 1; columns < 500; columns += 13)
            for (unsigned rows = 1; rows < 120; rows += 3) {
                make(columns, rows, 100000000);
                assert_true(view.n <= (rows / 2 > 2 ? rows / 2 : 2));
                for (unsigned i = 0; i < view.n; i++) {
                    assert_true(view.row[i].columns < columns || columns == 1);
                    assert_int_equal(columns_of(plain(i)), view.row[i].columns);
                    const char *end = view.row[i].text + view.row[i].size;
                    assert_string_equal(end - 4, "\x1b[0m");
                }
            }
    }
}

static void test_it_shows_the_numbers(void **state)
{
    (void)state;
    live_note(&history, &progress, 1000000);
    progress.execs += 5000;
    live_note(&history, &progress, 2000000);
    progress.on_failures = 1;
    make(80, 24, 61000000);
    assert_true(shows("parse_url  fuzzing  1m1s"));
    assert_true(shows("4 workers, 1 on failures"));
    assert_true(shows("1,239,567  5,000/s"));
    assert_true(shows("corpus 345 (12 new)"));
    assert_true(shows("stability 98.7%"));
    assert_true(shows("failures  none yet"));
}

static void test_it_shows_what_is_minimised(void **state)
{
    (void)state;
    progress.minimise_from = 9000;
    progress.minimise_to = 3004;
    progress.minimise_tries = 1;
    make(80, 24, 1000000);
    assert_true(shows("fuzzing  1s  minimizing: 9000 -> 3004 bytes"));
}

static void test_it_shows_the_newest_first(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= 6; i++)
        live_add_news(history.find, &history.nfinds, i * 1000000, "find%u", i);
    live_add_news(history.failure, &history.nfailures, 0, "caf\xc3\xa9\x1b[m");
    make(80, 24, 10000000);
    assert_true(shows("new       4s ago  find6"));
    assert_false(shows("find5"));
    assert_true(shows("failures  10s ago  caf???[m"));
    make(80, 50, 10000000);
    assert_true(shows("find3"));
    assert_false(shows("find2"));
}

/* The height of the plot's column, in full characters of ASCII. */
static unsigned height_at(unsigned column)
{
    unsigned n = 0;
    for (unsigned i = 0; i < view.n; i++)
        n += strlen(plain(i)) > column && plain(i)[column] == '#';
    return n;
}

static void test_the_plot_rises(void **state)
{
    (void)state;
    for (uint32_t i = 0; i <= 100; i++) {
        progress.edges = i * 10;
        live_note(&history, &progress, i * 1000000);
    }
    make(80, 40, 100000000);
    unsigned left = height_at(15), middle = height_at(44),
             right = height_at(78);
    assert_true(left < middle && middle < right && right >= 8);
    assert_true(shows("1000 |") && shows("   0 |"));
}

static void test_a_long_run_keeps_its_shape(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 100000; i++) {
        progress.edges = i + 1;
        live_note(&history, &progress, (uint64_t)i * 250000);
    }
    assert_true(history.nsamples <= LIVE_SAMPLES);
    make(80, 40, (uint64_t)100000 * 250000);
    unsigned quarter = height_at(27), half = height_at(44), end = height_at(78);
    assert_true(quarter > 0 && quarter < half && half < end);
}

static void test_few_more_edges_are_seen(void **state)
{
    (void)state;
    progress.edges = 5000;
    live_note(&history, &progress, 0);
    progress.edges = 5020;
    live_note(&history, &progress, 50000000);
    make(80, 40, 100000000);
    assert_true(height_at(20) > 0 && height_at(20) < height_at(78));
    assert_true(shows("5020 |") && !shows("     0 |"));
}

static void test_while_the_corpus_is_run_there_is_a_bar(void **state)
{
    (void)state;
    progress.fuzzes = false;
    progress.baseline_done = 1500;
    progress.baseline_total = 3000;
    make(80, 24, 1000000);
    assert_true(shows("running the corpus"));
    assert_true(shows("###############...............  1,500 of 3,000"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_it_fits_every_terminal, start),
        cmocka_unit_test_setup(test_it_shows_the_numbers, start),
        cmocka_unit_test_setup(test_it_shows_what_is_minimised, start),
        cmocka_unit_test_setup(test_it_shows_the_newest_first, start),
        cmocka_unit_test_setup(test_the_plot_rises, start),
        cmocka_unit_test_setup(test_a_long_run_keeps_its_shape, start),
        cmocka_unit_test_setup(test_few_more_edges_are_seen, start),
        cmocka_unit_test_setup(test_while_the_corpus_is_run_there_is_a_bar,
                               start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
