/* SPDX-License-Identifier: MIT
 *
 * Stacks out of sanitizers' reports, which are as gcc 12 and clang 14 print
 * them, and out of last words.
 */
#include "unit.h"

#include <stdio.h>

#include "coordinator/stack.h"
#include "platform/platform.h"
#include "platform/walk.h"

static const struct engine_place nowhere;

static void assert_frame(const struct stack *s, uint32_t i, const char *module,
                         uint64_t address, const char *function,
                         const char *place)
{
    assert_true(i < s->n);
    const struct stack_frame *f = &s->frame[i];
    if (module)
        assert_string_equal(s->module[f->module], module);
    else
        assert_int_equal(f->module, STACK_NO_MODULE);
    assert_int_equal(f->address, address);
    assert_string_equal(f->function, function);
    assert_string_equal(f->place, place);
}

/* ---- gcc ---- */

static const char gcc_asan[] =
    "==13743==ERROR: AddressSanitizer: heap-buffer-overflow on address "
    "0x602000000018 at pc 0x556d9f33f22b bp 0x7ffd5abe3570 sp 0x7ffd5abe3568\n"
    "READ of size 1 at 0x602000000018 thread T0\n"
    "    #0 0x556d9f33f22a  (/gone/s.gcc.asan+0x122a)\n"
    "    #1 0x556d9f33f233  (/gone/s.gcc.asan+0x1233)\n"
    "    #2 0x556d9f33f34e  (/gone/s.gcc.asan+0x134e)\n"
    "    #3 0x7f397b645249  (/lib/libc.so.6+0x27249)\n"
    "\n"
    "0x602000000018 is located 0 bytes to the right of 8-byte region "
    "[0x602000000010,0x602000000018)\n"
    "allocated by thread T0 here:\n"
    "    #0 0x7f397b8b89cf  (/lib/libasan.so.8+0xb89cf)\n"
    "    #1 0x556d9f33f2b5  (/gone/s.gcc.asan+0x12b5)\n"
    "\n"
    "SUMMARY: AddressSanitizer: heap-buffer-overflow "
    "(/gone/s.gcc.asan+0x122a) \n";

static void test_gcc_asan_without_symbols(void **state)
{
    (void)state;
    struct stack s;
    const char *rest = stack_of_text(&s, gcc_asan, &nowhere);
    assert_non_null(rest);
    assert_int_equal(s.n, 4);
    assert_false(s.whole);
    assert_int_equal(s.frame[0].pc, 0x556d9f33f22a);
    assert_frame(&s, 0, "/gone/s.gcc.asan", 0x122a, "", "");
    assert_frame(&s, 2, "/gone/s.gcc.asan", 0x134e, "", "");
    assert_frame(&s, 3, "/lib/libc.so.6", 0x27249, "", "");
    rest = stack_of_text(&s, rest, &nowhere);
    assert_non_null(rest);
    assert_int_equal(s.n, 2);
    assert_frame(&s, 1, "/gone/s.gcc.asan", 0x12b5, "", "");
    assert_null(stack_of_text(&s, rest, &nowhere));
    assert_int_equal(s.n, 0);
}

static void test_it_ends_where_the_engine_begins(void **state)
{
    (void)state;
    struct stack s;
    struct engine_place engine = {.pc = 0x556d9f33f34f};
    (void)stack_of_text(&s, gcc_asan, &engine);
    assert_int_equal(s.n, 2);
    assert_true(s.whole);
}

static void test_gcc_asan_with_symbols(void **state)
{
    (void)state;
    struct stack s;
    assert_non_null(stack_of_text(
        &s,
        "READ of size 1 at 0x602000000018 thread T0\n"
        "    #0 0x55764c84222a in skip /gone/s.c:4\n"
        "    #1 0x55764c842233 in inl /gone/s.c:5\n"
        "    #2 0x7f18a6245249 in __libc_start_call_main "
        "../sysdeps/nptl/libc_start_call_main.h:58\n"
        "    #3 0x55764c842130 in _start (/gone/s.gcc.asan+0x1130)\n",
        &nowhere));
    assert_int_equal(s.n, 4);
    assert_frame(&s, 0, NULL, 0, "skip", "s.c:4");
    assert_frame(&s, 1, NULL, 0, "inl", "s.c:5");
    assert_frame(&s, 2, NULL, 0, "__libc_start_call_main",
                 "libc_start_call_main.h:58");
    assert_frame(&s, 3, "/gone/s.gcc.asan", 0x1130, "_start", "");
}

static void test_gcc_ubsan(void **state)
{
    (void)state;
    struct stack s;
    assert_non_null(stack_of_text(
        &s,
        "s.c:16:43: runtime error: signed integer overflow: 2147483647 + 2 "
        "cannot be represented in type 'int'\n"
        "    #0 0x5560b16843ed  (/gone/s.gcc.ubsan+0x13ed)\n"
        "    #1 0x7fa54ba45249  (/lib/libc.so.6+0x27249)\n\n",
        &nowhere));
    assert_int_equal(s.n, 2);
    assert_frame(&s, 0, "/gone/s.gcc.ubsan", 0x13ed, "", "");
}

static const char gcc_tsan[] =
    "WARNING: ThreadSanitizer: data race (pid=16557)\n"
    "  Read of size 4 at 0x56162fdd2054 by thread T2:\n"
    "    #0 <null> <null> (t.gcc.tsan+0x11c7)\n"
    "    #1 <null> <null> (t.gcc.tsan+0x11fd)\n"
    "    #2 <null> <null> (libtsan.so.2+0x3898f)\n"
    "\n"
    "  Previous write of size 4 at 0x56162fdd2054 by thread T1:\n"
    "    #0 bump /gone/t.c:3 (t.gcc.tsan+0x11d8)\n"
    "    #1 pthread_create <null> (t.clang.tsan+0x513ad) (BuildId: 424bd5f5)\n"
    "\n";

static void test_tsan_has_two_stacks(void **state)
{
    (void)state;
    struct stack s;
    struct engine_place engine = {.pc = 0x5000, .module = "/gone/t.gcc.tsan"};
    const char *rest = stack_of_text(&s, gcc_tsan, &engine);
    assert_int_equal(s.n, 3);
    /* Only the program's own whole path is known. */
    assert_frame(&s, 0, "/gone/t.gcc.tsan", 0x11c7, "", "");
    assert_frame(&s, 2, "libtsan.so.2", 0x3898f, "", "");
    assert_non_null(stack_of_text(&s, rest, &engine));
    assert_int_equal(s.n, 2);
    assert_frame(&s, 0, "/gone/t.gcc.tsan", 0x11d8, "bump", "t.c:3");
    assert_frame(&s, 1, "t.clang.tsan", 0x513ad, "pthread_create", "");
}

static void test_tsan_in_the_form_we_ask_for(void **state)
{
    (void)state;
    struct stack s;
    assert_non_null(
        stack_of_text(&s,
                      "    #0 0x5602d7e511c8 (/gone/t.gcc.tsan+0x11c7)\n"
                      "    #1 0x7f5180638990 (/lib/libtsan.so.2+0x3898f)\n",
                      &nowhere));
    assert_int_equal(s.n, 2);
    assert_frame(&s, 0, "/gone/t.gcc.tsan", 0x11c7, "", "");
}

static void test_gcc_lsan(void **state)
{
    (void)state;
    struct stack s;
    const char *rest = stack_of_text(
        &s,
        "==16697==ERROR: LeakSanitizer: detected memory leaks\n\n"
        "Direct leak of 100 byte(s) in 1 object(s) allocated from:\n"
        "    #0 0x7f76f4c13545  (/lib/liblsan.so.0+0x13545)\n"
        "    #1 0x55fca4e242c3  (/gone/s.gcc.lsan+0x12c3)\n\n"
        "Direct leak of 8 byte(s) in 1 object(s) allocated from:\n"
        "    #0 0x7f76f4c13545  (/lib/liblsan.so.0+0x13545)\n"
        "    #1 0x55fca4e241e7  (/gone/s.gcc.lsan+0x11e7)\n\n",
        &nowhere);
    assert_int_equal(s.n, 2);
    assert_frame(&s, 1, "/gone/s.gcc.lsan", 0x12c3, "", "");
    assert_non_null(stack_of_text(&s, rest, &nowhere));
    assert_frame(&s, 1, "/gone/s.gcc.lsan", 0x11e7, "", "");
}

/* ---- clang ---- */

static void test_clang_names_builds(void **state)
{
    (void)state;
    struct stack s;
    assert_non_null(stack_of_text(
        &s,
        "==16637==WARNING: MemorySanitizer: use-of-uninitialized-value\n"
        "    #0 0x5605b1571580  (/gone/s.clang.msan+0xa7580) (BuildId: "
        "9a7dddd988ef988134a917ccb553bf90e263fe30)\n"
        "    #1 0x5605b14eb2a0 in _start (/gone/s.clang.msan+0x212a0) "
        "(BuildId: 9a7dddd988ef988134a917ccb553bf90e263fe30)\n"
        "    #2 0x5594df470580 in main /gone/s.c:17:40\n"
        "    #3 0x55d8319c0160 in ns::f(int, char) /gone/s p/s.cc:19:13\n"
        "    #4 0x7f519e16b249  (/gone/a (b)/x y+0x10) (BuildId: 9a7d)\n",
        &nowhere));
    assert_int_equal(s.n, 5);
    assert_frame(&s, 0, "/gone/s.clang.msan", 0xa7580, "", "");
    assert_frame(&s, 1, "/gone/s.clang.msan", 0x212a0, "_start", "");
    assert_frame(&s, 2, NULL, 0, "main", "s.c:17");
    assert_string_equal(s.frame[3].place, "s.cc:19");
    assert_int_equal(s.frame[4].address, 0x10);
}

static void test_what_is_no_frame(void **state)
{
    (void)state;
    static const char *const lines[] = {"#0 0x5 in f (x+0x1)",
                                        "    #include <x>",
                                        "    #x 0x5",
                                        "    #1 text",
                                        "",
                                        "   ",
                                        "    #",
                                        "    #0",
                                        "    #0 0x",
                                        "    #1 f (a+1)",
                                        "    #1 (+0x)",
                                        "    #1 ()"};
    struct stack_line line;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_false(stack_read_line(&line, lines[i]));
}

static void test_a_stack_of_any_length_fits(void **state)
{
    (void)state;
    static char text[400 * 40];
    size_t n = 0;
    for (int i = 0; i < 300; i++)
        n += (size_t)snprintf(text + n, sizeof text - n,
                              "    #%d 0x%x  (/m%d+0x%x)\n", i, i + 1, i % 20,
                              i + 1);
    struct stack s;
    const char *rest = stack_of_text(&s, text, &nowhere);
    assert_int_equal(s.n, STACK_FRAMES);
    assert_int_equal(s.nmodules, STACK_MODULES);
    assert_ptr_equal(rest, text + n);
    assert_int_equal(s.frame[STACK_MODULES].module, STACK_NO_MODULE);
}

/* ---- last words ---- */

struct here {
    struct last_words *words;
    uint64_t pc;
};

static bool find_here(void *ctx, const struct walk_mapping *m)
{
    struct here *here = ctx;
    struct last_words *words = here->words;
    if (!m->executable || here->pc < m->start || here->pc >= m->end)
        return true;
    words->frame[words->nframes++] = (struct last_words_frame){
        .pc = here->pc, .offset = here->pc - m->start + m->offset};
    (void)snprintf(words->module[0], LAST_WORDS_PATH, "%s", m->path);
    return false;
}

/* Words whose frames are the first addresses of two functions here. */
static void make_words(struct last_words *words)
{
    *words = (struct last_words){.kind = LAST_WORDS_SIGNAL};
    struct here here = {words, (uint64_t)(uintptr_t)test_gcc_lsan};
    walk_mappings(find_here, &here);
    here.pc = (uint64_t)(uintptr_t)test_what_is_no_frame + 1;
    walk_mappings(find_here, &here);
    assert_int_equal(words->nframes, 2);
}

static void test_words_are_named_by_symbols(void **state)
{
    (void)state;
    static struct last_words words;
    struct stack s;
    make_words(&words);
    stack_of_words(&s, &words, &nowhere);
    assert_int_equal(s.n, 2);
    assert_string_equal(s.frame[0].function, "test_gcc_lsan");
    assert_int_equal(s.frame[0].address, s.frame[0].start);
    /* What is returned to stands behind the call. */
    assert_string_equal(s.frame[1].function, "test_what_is_no_frame");
    assert_int_equal(s.frame[1].address, s.frame[1].start);
    assert_string_equal(s.module[0], platform_self_path());
}

static void test_words_end_where_the_engine_begins(void **state)
{
    (void)state;
    static struct last_words words;
    struct stack s;
    make_words(&words);
    struct engine_place engine = {.pc = words.frame[1].pc};
    stack_of_words(&s, &words, &engine);
    assert_int_equal(s.n, 1);
    assert_true(s.whole);
}

static void test_words_with_nonsense_are_harmless(void **state)
{
    (void)state;
    static struct last_words words;
    struct stack s;
    memset(&words, 'x', sizeof words);
    last_words_check(&words);
    stack_of_words(&s, &words, &nowhere);
    assert_int_equal(s.n, 0);
    memset(&words, 0xff, sizeof words);
    words.nframes = LAST_WORDS_FRAMES;
    words.frame[0].module = 1;
    words.frame[2].module = LAST_WORDS_MODULES + 1;
    last_words_check(&words);
    stack_of_words(&s, &words, &nowhere);
    assert_int_equal(s.n, LAST_WORDS_FRAMES);
    assert_int_equal(s.frame[0].address, 0);
    assert_int_equal(s.frame[1].module, STACK_NO_MODULE);
    assert_int_equal(words.frame[2].module, LAST_WORDS_NO_MODULE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gcc_asan_without_symbols),
        cmocka_unit_test(test_it_ends_where_the_engine_begins),
        cmocka_unit_test(test_gcc_asan_with_symbols),
        cmocka_unit_test(test_gcc_ubsan),
        cmocka_unit_test(test_tsan_has_two_stacks),
        cmocka_unit_test(test_tsan_in_the_form_we_ask_for),
        cmocka_unit_test(test_gcc_lsan),
        cmocka_unit_test(test_clang_names_builds),
        cmocka_unit_test(test_what_is_no_frame),
        cmocka_unit_test(test_a_stack_of_any_length_fits),
        cmocka_unit_test(test_words_are_named_by_symbols),
        cmocka_unit_test(test_words_end_where_the_engine_begins),
        cmocka_unit_test(test_words_with_nonsense_are_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
