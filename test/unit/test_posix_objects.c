/* SPDX-License-Identifier: MIT
 *
 * What is told of the objects of a program, with images of linked files made
 * here: enough sections and symbols to show a case, and no code.
 */
#include "unit.h"

#include <stdio.h>

#include "elf_image.h"
#include "platform/objects.h"

/* ---- asking ---- */

/* What was told, one "name functions flags" a line. */
struct answer {
    char text[1024];
    uintptr_t covered[4]; /* addresses in the file; 0 ends them */
};

static bool covers(void *ctx, uintptr_t from, uintptr_t to)
{
    const struct answer *a = ctx;
    for (size_t i = 0; i < 4 && a->covered[i]; i++)
        if (BIAS + a->covered[i] >= from && BIAS + a->covered[i] < to)
            return true;
    return false;
}

static void visit(void *ctx, const struct object *o)
{
    struct answer *a = ctx;
    size_t n = strlen(a->text);
    assert_true(o->functions > 0 && o->bytes > 0);
    (void)snprintf(a->text + n, sizeof a->text - n, "%s %u%s%s%s\n", o->name,
                   o->functions, o->instrumented ? " instrumented" : "",
                   o->harness ? " harness" : "", o->shared ? " shared" : "");
}

static void expect_answer(const struct image *m, struct answer *a,
                          const char *text)
{
    struct objects_query query = {covers, visit, a};
    size_t size, lines_told = 0;
    uint8_t *image = build(m, &size);
    size_t n = objects_of_program(image, size, BIAS, &query);
    free(image);
    assert_string_equal(a->text, text);
    for (const char *p = text; (p = strchr(p, '\n')); p++)
        lines_told++;
    assert_int_equal(n, lines_told);
}

static void expect(const struct image *m, const char *text)
{
    struct answer a = {0};
    expect_answer(m, &a, text);
}

/* ---- programs ---- */

/* The start-up code and our archive, around what a case has. */
static void before(struct image *m)
{
    start(m);
    file(m, "crtstuff.c");
    symbol(m, LOCAL, STT_FUNC, "frame_dummy", 0x900, 0);
}

static void after(struct image *m)
{
    file(m, OBJECTS_OWN_PREFIX "alias.c");
    file(m, OBJECTS_OWN_PREFIX "report.c");
    function(m, LOCAL, "report_line", 0x5000);
}

static void gcc_names_what_it_counts(void **state)
{
    struct image m;
    (void)state;
    before(&m);
    file(&m, "a.c");
    counted(&m, "__gcov0.a");
    file(&m, "b.c");
    counted(&m, "__gcov_.b");
    function(&m, LOCAL, "helper", 0x1100);
    file(&m, "plain.c");
    function(&m, LOCAL, "inner", 0x1200);
    after(&m);
    function(&m, GLOBAL, "a", 0x1000);
    function(&m, GLOBAL, "b", 0x1110);
    expect(&m, "a.c 1 instrumented\nb.c 2 instrumented\nplain.c 1\n");
}

static void clang_is_seen_by_what_it_covers(void **state)
{
    struct image m;
    struct answer a = {.covered = {0x1008, 0x1100}};
    (void)state;
    before(&m);
    file(&m, "a.c");
    function(&m, LOCAL, "one", 0x1000);
    file(&m, "b.c");
    function(&m, LOCAL, "two", 0x1100);
    file(&m, "c.c");
    function(&m, LOCAL, "three", 0x1200);
    after(&m);
    expect_answer(&m, &a, "a.c 1 instrumented\nb.c 1 instrumented\nc.c 1\n");
}

static void compilers_own_functions_are_not_counted(void **state)
{
    struct image m;
    (void)state;
    before(&m);
    file(&m, "data.c");
    function(&m, LOCAL, "_sub_I_00100_0", 0x1000);
    file(&m, "a.cc");
    function(&m, LOCAL, "_GLOBAL__sub_I_00100_0_a", 0x1100);
    function(&m, LOCAL, "a", 0x1110);
    file(&m, "static.cc");
    function(&m, LOCAL, "_GLOBAL__sub_I_s", 0x1200);
    function(&m, LOCAL, "s", 0x1210);
    after(&m);
    expect(&m, "a.cc 1 instrumented\nstatic.cc 1\n");
}

static void a_global_function_lies_between_its_neighbours(void **state)
{
    struct image m;
    (void)state;
    before(&m);
    file(&m, "a.c");
    counted(&m, "__gcov0.a");
    file(&m, "plain.c");
    file(&m, "b.c");
    counted(&m, "__gcov0.b");
    after(&m);
    function(&m, GLOBAL, "a", 0x1000);
    function(&m, GLOBAL, "p", 0x1100);
    function(&m, GLOBAL, "q", 0x1110);
    function(&m, GLOBAL, "b", 0x1200);
    expect(&m, "a.c 1 instrumented\nplain.c 2\nb.c 1 instrumented\n");
}

static void a_file_with_data_only_is_not_told_of(void **state)
{
    struct image m;
    (void)state;
    before(&m);
    file(&m, "a.c");
    counted(&m, "__gcov0.a");
    file(&m, "tables.c");
    after(&m);
    function(&m, GLOBAL, "a", 0x1000);
    expect(&m, "a.c 1 instrumented\n");
}

static void files_that_ld_moved_are_paired_in_order(void **state)
{
    struct image m;
    (void)state;
    start(&m);
    file(&m, "a.c"); /* it has start-up parts, so it comes first */
    counted(&m, "__gcov0.a");
    after(&m);
    file(&m, "crtstuff.c");
    symbol(&m, LOCAL, STT_FUNC, "frame_dummy", 0x900, 0);
    file(&m, "first.c");
    file(&m, "second.c");
    function(&m, GLOBAL, "one", 0x1000);
    function(&m, GLOBAL, "a", 0x1100);
    function(&m, GLOBAL, "two", 0x1200);
    expect(&m, "a.c 1 instrumented\nfirst.c 1\nsecond.c 1\n");
}

/* Which of two files has the covered function can't be known here. */
static void doubtful_code_is_told_of_by_function(void **state)
{
    struct image m;
    struct answer a = {.covered = {0x1000}};
    (void)state;
    before(&m);
    file(&m, "a.c");
    file(&m, "b.c");
    after(&m);
    function(&m, GLOBAL, "one", 0x1000);
    function(&m, GLOBAL, "two", 0x1100);
    function(&m, GLOBAL, "three", 0x1110);
    expect_answer(&m, &a, "two() 2\n");
}

static void line_tables_tell_the_file(void **state)
{
    struct image m;
    struct answer a = {.covered = {0x1000}};
    (void)state;
    before(&m);
    file(&m, "a.c");
    file(&m, "b.c");
    file(&m, "tables.c");
    after(&m);
    function(&m, GLOBAL, "one", 0x1000);
    function(&m, GLOBAL, "two", 0x1100);
    lines(&m, "src/a.c", 0x1000, 0x1040);
    lines(&m, "src/tables.c", 0, 0);
    expect_answer(&m, &a, "a.c 1 instrumented\nb.c 1\n");
}

/* Link-time optimisation leaves no file names. */
static void line_tables_name_a_file_that_symbols_do_not(void **state)
{
    struct image m;
    struct answer a = {.covered = {0x1000}};
    (void)state;
    before(&m);
    after(&m);
    function(&m, GLOBAL, "one", 0x1000);
    lines(&m, "src/a.c", 0x1000, 0x1040);
    expect_answer(&m, &a, "a.c 1 instrumented\n");
}

static void what_is_not_the_users_is_left_out(void **state)
{
    struct image m;
    (void)state;
    before(&m);
    file(&m, "asan_rtl.cpp");
    function(&m, LOCAL, "init", 0xa00);
    file(&m, "asan_interceptors.cpp.o");
    function(&m, LOCAL, "intercept", 0xa10);
    file(&m, "fast.S");
    function(&m, LOCAL, "fast", 0xa20);
    file(&m, "a.c");
    counted(&m, "__gcov0.a");
    after(&m);
    file(&m, "printf.c"); /* a static C library's */
    function(&m, LOCAL, "pad", 0x6000);
    function(&m, GLOBAL, "a", 0x1000);
    function(&m, GLOBAL, "_start", 0x880);
    function(&m, GLOBAL, "thresh_reject", 0x5010);
    function(&m, GLOBAL, "printf", 0x6100);
    expect(&m, "a.c 1 instrumented\n");
}

static void harnesses_are_known(void **state)
{
    struct image m;
    (void)state;
    before(&m);
    file(&m, "typed.c");
    function(&m, LOCAL, "thresh_call_url", 0x1000);
    file(&m, "raw.c");
    function(&m, LOCAL, "helper", 0x1100);
    after(&m);
    function(&m, GLOBAL, "LLVMFuzzerTestOneInput", 0x1110);
    expect(&m, "typed.c 1 harness\nraw.c 2 harness\n");
}

static void an_inline_function_of_a_library_does_not_move_the_end(void **state)
{
    struct image m;
    (void)state;
    before(&m);
    file(&m, "a.cc");
    counted(&m, "__gcov0._ZN3vec4pushEv");
    counted(&m, "__gcov0.a");
    after(&m);
    file(&m, "vec.cc");
    function(&m, LOCAL, "grow", 0x6000);
    function(&m, GLOBAL, "a", 0x1000);
    function(&m, WEAK, "_ZN3vec4pushEv", 0x6100);
    expect(&m, "a.cc 1 instrumented\n");
}

/* GNU ld gathers the cold parts of all objects before the start-up code. */
static void gathered_parts_accuse_nobody(void **state)
{
    struct image m;
    (void)state;
    before(&m);
    file(&m, "a.c");
    counted(&m, "__gcov0.a");
    function(&m, LOCAL, "a.cold", 0x700);
    file(&m, "plain.c");
    after(&m);
    function(&m, GLOBAL, "throw", 0x710);
    function(&m, GLOBAL, "a", 0x1000);
    function(&m, GLOBAL, "p", 0x1100);
    expect(&m, "a.c 2 instrumented\nplain.c 1\n");
}

static void names_without_an_end_are_not_read(void **state)
{
    struct image m;
    (void)state;
    before(&m);
    file(&m, "a.c");
    function(&m, LOCAL, "a", 0x1000);
    m.nstrings--;
    expect(&m, "");
}

static void a_stripped_program_tells_nothing(void **state)
{
    struct image m;
    (void)state;
    start(&m);
    expect(&m, "");
    function(&m, GLOBAL, "a", 0x1000);
    expect(&m, "");
    file(&m, "a.c");
    m.table = SHT_DYNSYM;
    expect(&m, "");
}

/* ---- libraries ---- */

static void expect_library(const struct image *m, const char *text)
{
    struct answer a = {0};
    struct objects_query query = {covers, visit, &a};
    size_t size;
    uint8_t *image = build(m, &size);
    size_t n = objects_of_library(image, size, "liburl.so", &query);
    free(image);
    assert_string_equal(a.text, text);
    assert_int_equal(n, *text != '\0');
}

static void a_library_is_known_by_what_it_calls(void **state)
{
    struct image m;
    (void)state;
    start(&m);
    m.table = SHT_DYNSYM;
    undefined(&m, "memcpy");
    expect_library(&m, "");
    function(&m, GLOBAL, "url", 0x1000);
    expect_library(&m, "liburl.so 1 shared\n");
    undefined(&m, "__sanitizer_cov_8bit_counters_init");
    expect_library(&m, "liburl.so 1 instrumented shared\n");
    m.nsymbols--;
    undefined(&m, "__gcov_init");
    expect_library(&m, "liburl.so 1 instrumented shared\n");
}

static void system_libraries_are_known_by_place_and_name(void **state)
{
    (void)state;
    assert_true(objects_is_system_library("/lib/x86_64-linux-gnu/libc.so.6"));
    assert_true(objects_is_system_library("/usr/lib64/libz.so.1"));
    assert_true(objects_is_system_library("linux-vdso.so.1"));
    assert_true(objects_is_system_library("/opt/gcc/lib64/libstdc++.so.6"));
    assert_false(objects_is_system_library("/home/me/url/liburl.so"));
    assert_false(objects_is_system_library("./liburl.so"));
    assert_false(objects_is_system_library("/library/liburl.so"));
}

/* ---- hostile images ---- */

/* One of everything. */
static void make_rich(struct image *m)
{
    before(m);
    file(m, "a.c");
    counted(m, "__gcov0.a");
    file(m, "b.c");
    function(m, LOCAL, "inner.isra.0", 0x1200);
    file(m, "c.c");
    after(m);
    function(m, GLOBAL, "a", 0x1000);
    function(m, GLOBAL, "b", 0x1100);
    function(m, WEAK, "c", 0x1300);
    undefined(m, "__gcov_init");
    lines(m, "src/b.c", 0x1100, 0x1240);
    lines(m, "src/c.c", 0x1300, 0x1340);
}

static void ask_both(const uint8_t *image, size_t size)
{
    struct answer a = {.covered = {0x1000}};
    struct objects_query query = {covers, visit, &a};
    (void)objects_of_program(image, size, BIAS, &query);
    a.text[0] = '\0';
    (void)objects_of_library(image, size, "x", &query);
}

static void a_cut_image_is_read_no_further(void **state)
{
    struct image m;
    size_t size;
    (void)state;
    make_rich(&m);
    uint8_t *whole = build(&m, &size);
    for (size_t n = 0; n < size; n++) {
        uint8_t *cut = malloc(n ? n : 1);
        assert_non_null(cut);
        memcpy(cut, whole, n);
        ask_both(cut, n);
        free(cut);
    }
    free(whole);
}

static void a_broken_image_is_read_no_further(void **state)
{
    static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    struct image m;
    size_t size;
    (void)state;
    make_rich(&m);
    uint8_t *image = build(&m, &size);
    for (size_t i = 0; i < size; i++) {
        uint8_t kept = image[i];
        for (size_t k = 0; k < sizeof values; k++) {
            image[i] = values[k];
            ask_both(image, size);
        }
        image[i] = kept;
    }
    free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gcc_names_what_it_counts),
        cmocka_unit_test(clang_is_seen_by_what_it_covers),
        cmocka_unit_test(compilers_own_functions_are_not_counted),
        cmocka_unit_test(a_global_function_lies_between_its_neighbours),
        cmocka_unit_test(a_file_with_data_only_is_not_told_of),
        cmocka_unit_test(files_that_ld_moved_are_paired_in_order),
        cmocka_unit_test(doubtful_code_is_told_of_by_function),
        cmocka_unit_test(line_tables_tell_the_file),
        cmocka_unit_test(line_tables_name_a_file_that_symbols_do_not),
        cmocka_unit_test(what_is_not_the_users_is_left_out),
        cmocka_unit_test(harnesses_are_known),
        cmocka_unit_test(an_inline_function_of_a_library_does_not_move_the_end),
        cmocka_unit_test(gathered_parts_accuse_nobody),
        cmocka_unit_test(names_without_an_end_are_not_read),
        cmocka_unit_test(a_stripped_program_tells_nothing),
        cmocka_unit_test(a_library_is_known_by_what_it_calls),
        cmocka_unit_test(system_libraries_are_known_by_place_and_name),
        cmocka_unit_test(a_cut_image_is_read_no_further),
        cmocka_unit_test(a_broken_image_is_read_no_further),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
