/* SPDX-License-Identifier: MIT
 *
 * Lists of names, and the names of temporary files.
 */
#include "unit.h"

#include <stdio.h>

#include "base/names.h"

struct visits {
    char text[512];
    int stop_after;
};

static int visit(void *ctx, const char *name)
{
    struct visits *v = ctx;
    size_t n = strlen(v->text);
    (void)snprintf(v->text + n, sizeof v->text - n, "%s ", name);
    return --v->stop_after == 0 ? 77 : 0;
}

static void test_names_are_visited_in_byte_order(void **state)
{
    (void)state;
    struct names names = {0};
    struct visits v = {.stop_after = 0};
    assert_int_equal(names_visit(&names, visit, &v), 0);
    static const char *const list[] = {"b", "a10", "\xff", "a9", "B", ""};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        assert_true(names_add(&names, list[i]));
    assert_int_equal(names_visit(&names, visit, &v), 0);
    assert_string_equal(v.text, " B a10 a9 b \xff ");
    v = (struct visits){.stop_after = 2};
    assert_int_equal(names_visit(&names, visit, &v), 77);
    assert_string_equal(v.text, " B ");
    names_free(&names);
    names_free(&names);
    assert_int_equal(names.n, 0);
}

static void test_lists_grow(void **state)
{
    (void)state;
    struct names names = {0};
    char name[16];
    for (int i = 999; i >= 0; i--) {
        (void)snprintf(name, sizeof name, "%03d", i);
        assert_true(names_add(&names, name));
    }
    struct visits v = {.stop_after = 3};
    assert_int_equal(names.n, 1000);
    assert_int_equal(names_visit(&names, visit, &v), 77);
    assert_string_equal(v.text, "000 001 002 ");
    names_free(&names);
}

static void test_temporaries_tell_their_writer(void **state)
{
    (void)state;
    char name[64];
    names_temporary(name, sizeof name, 1234, 7);
    assert_string_equal(name, ".thresh-tmp-1234-7");
    assert_true(names_is_temporary(name));
    assert_int_equal(names_writer(name), 1234);
    assert_int_equal(names_writer(".thresh-tmp-12-3-old"), 12);
    static const char *const strange[] = {
        "x",
        ".thresh-tmp-",
        ".thresh-tmp-x-1",
        ".thresh-tmp-12",
        ".thresh-tmp--3-1",
        ".thresh-tmp-0-1",
        ".thresh-tmp-99999999999999999999-1",
    };
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++)
        assert_int_equal(names_writer(strange[i]), 0);
    assert_false(names_is_temporary("x.thresh-tmp-1-1"));
}

static void test_paths_are_taken_apart(void **state)
{
    (void)state;
    char dir[8];
    assert_string_equal(names_split("a", dir, sizeof dir), "a");
    assert_string_equal(dir, ".");
    assert_string_equal(names_split("/a", dir, sizeof dir), "a");
    assert_string_equal(dir, "/");
    assert_string_equal(names_split("b/c/a", dir, sizeof dir), "a");
    assert_string_equal(dir, "b/c");
    assert_string_equal(names_split("1234567/a", dir, sizeof dir), "a");
    assert_string_equal(dir, "1234567");
    assert_null(names_split("12345678/a", dir, sizeof dir));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_visited_in_byte_order),
        cmocka_unit_test(test_lists_grow),
        cmocka_unit_test(test_temporaries_tell_their_writer),
        cmocka_unit_test(test_paths_are_taken_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
