/* SPDX-License-Identifier: MIT
 *
 * Functions of a module by address, and reading what programs that know lines
 * print about addresses.
 */
#include "unit.h"

#include <stdio.h>

#include "coordinator/symbolise.h"
#include "platform/platform.h"
#include "platform/symbols.h"
#include "platform/walk.h"

/* ---- symbols ---- */

struct place {
    uint64_t pc;
    uint64_t offset;
    char path[4096];
};

static bool find_place(void *ctx, const struct walk_mapping *m)
{
    struct place *p = ctx;
    if (!m->executable || p->pc < m->start || p->pc >= m->end)
        return true;
    p->offset = p->pc - m->start + m->offset;
    (void)snprintf(p->path, sizeof p->path, "%s", m->path);
    return false;
}

static struct place place_of(uintptr_t pc)
{
    struct place p = {.pc = pc};
    walk_mappings(find_place, &p);
    return p;
}

static void test_functions_of_this_program_have_names(void **state)
{
    (void)state;
    struct place p = place_of((uintptr_t)find_place + 3);
    const struct symbols *s = symbols_of(p.path);
    uint64_t address, start;
    assert_non_null(s);
    assert_true(symbols_address(s, p.offset, &address));
    assert_string_equal(symbols_function(s, address, &start), "find_place");
    assert_int_equal(start, address - 3);
    assert_ptr_equal(symbols_of(p.path), s);
}

static void test_functions_of_libraries_have_names(void **state)
{
    (void)state;
    struct place p = place_of((uintptr_t)&qsort);
    const struct symbols *s = symbols_of(p.path);
    uint64_t address, start;
    if (!s || !strstr(p.path, "libc"))
        skip(); /* linked statically, or a sanitizer's */
    assert_true(symbols_address(s, p.offset, &address));
    assert_string_equal(symbols_function(s, address, &start), "qsort");
}

static void test_what_is_no_code_has_no_name(void **state)
{
    (void)state;
    const struct symbols *s = symbols_of(platform_self_path());
    uint64_t address, start;
    assert_non_null(s);
    assert_false(symbols_address(s, 0, &address));
    assert_false(symbols_address(s, UINT64_MAX, &address));
    assert_null(symbols_function(s, 0, &start));
    assert_null(symbols_function(s, UINT64_MAX, &start));
}

static void test_files_that_are_none(void **state)
{
    (void)state;
    char name[32];
    assert_null(symbols_of("/gone/libnone.so"));
    assert_null(symbols_of("/"));
    assert_null(symbols_of("/proc/self/maps"));
    /* A worker may name any number. */
    for (int i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof name, "/gone/%d", i);
        assert_null(symbols_of(name));
    }
}

/* ---- lines ---- */

static void assert_at(const struct symbolise *s, uint64_t address, size_t i,
                      const char *function, const char *file, unsigned line)
{
    size_t n;
    const struct symbolised *at = symbolise_get(s, "m", address, &n);
    assert_true(i < n);
    assert_string_equal(at[i].function, function);
    assert_string_equal(at[i].file, file);
    assert_int_equal(at[i].line, line);
}

static void test_answers_are_read(void **state)
{
    (void)state;
    struct symbolise *s = symbolise_new();
    size_t n;
    for (uint64_t address = 0x10; address < 0x60; address += 0x10)
        symbolise_want(s, "m", address);
    /* addr2line, then llvm-symbolizer, which separates addresses */
    symbolise_read(s, "m",
                   "0x0000000000000010\nskip\n/src/url.c:88\nvalue\n"
                   "/src/url.c:140 (discriminator 2)\n"
                   "0x0000000000000020\n??\n??:0\n"
                   "0x30\nns::f(int, char)\n/s p/x.cc:5\n\n"
                   "0x40\nmain\n/src/url.c:?\n\n"
                   "0x99\nother\n/src/url.c:1\n");
    assert_at(s, 0x10, 0, "skip", "/src/url.c", 88);
    assert_at(s, 0x10, 1, "value", "/src/url.c", 140);
    assert_null(symbolise_get(s, "m", 0x20, &n));
    assert_at(s, 0x30, 0, "ns::f(int, char)", "/s p/x.cc", 5);
    assert_at(s, 0x40, 0, "main", "", 0);
    assert_null(symbolise_get(s, "m", 0x50, &n));
    assert_null(symbolise_get(s, "m", 0x99, &n));
    assert_null(symbolise_get(s, "other", 0x10, &n));
    symbolise_free(s);
}

static void test_broken_answers_are_harmless(void **state)
{
    (void)state;
    static const char *const texts[] = {"",     "0x10",        "0x10\nf",
                                        "\n\n", "f\n/x.c:1\n", "0x10\n\n\n",
                                        ":",    "0x10\n\n:\n", "0x10\nf\n:"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct symbolise *s = symbolise_new();
        symbolise_want(s, "m", 0x10);
        symbolise_read(s, "m", texts[i]);
        symbolise_free(s);
    }
}

static void test_no_more_is_wanted_than_there_is_room_for(void **state)
{
    (void)state;
    struct symbolise *s = symbolise_new();
    for (uint64_t i = 0; i < 5000; i++)
        symbolise_want(s, "m", i);
    symbolise_free(s);
}

/* This program is built with debug information. */
static void test_lines_of_this_program_are_found(void **state)
{
    (void)state;
    struct place p = place_of((uintptr_t)find_place);
    struct symbolise *s = symbolise_new();
    uint64_t address;
    size_t n;
    assert_true(symbols_address(symbols_of(p.path), p.offset, &address));
    symbolise_want(s, p.path, address);
    symbolise_ask(s);
    const struct symbolised *at = symbolise_get(s, p.path, address, &n);
    assert_int_equal(n, 1);
    assert_string_equal(at->function, "find_place");
    if (!*at->file)
        skip(); /* no program that knows lines is installed */
    assert_non_null(strstr(at->file, "test_symbols.c"));
    symbolise_free(s);
}

int main(void)
{
    if (platform_watch(NULL) != 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_functions_of_this_program_have_names),
        cmocka_unit_test(test_functions_of_libraries_have_names),
        cmocka_unit_test(test_what_is_no_code_has_no_name),
        cmocka_unit_test(test_answers_are_read),
        cmocka_unit_test(test_broken_answers_are_harmless),
        cmocka_unit_test(test_no_more_is_wanted_than_there_is_room_for),
        cmocka_unit_test(test_lines_of_this_program_are_found),
        cmocka_unit_test(test_files_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
