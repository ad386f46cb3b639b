/* SPDX-License-Identifier: MIT
 *
 * What a worker printed as people get to read it, and stacks on a line.
 */
#include "unit.h"

#include <stdio.h>

#include "base/printable.h"
#include "coordinator/report_text.h"

static const struct engine_place nowhere;

/* What is known of /gone/fuzz. */
static struct symbolise *knowing(const char *answers, const char *text)
{
    struct symbolise *s = symbolise_new();
    report_text_want(s, text, &nowhere);
    symbolise_read(s, "/gone/fuzz", answers);
    return s;
}

static void assert_text(const char *answers, const char *text,
                        const struct engine_place *engine, const char *expected)
{
    struct symbolise *s = knowing(answers, text);
    struct buf out;
    buf_init(&out, 1 << 20);
    report_text_add(&out, s, text, engine);
    assert_string_equal(buf_text(&out), expected);
    buf_release(&out);
    symbolise_free(s);
}

static void test_frames_get_functions_and_lines(void **state)
{
    (void)state;
    assert_text("0x122a\nskip\n/src/url.c:4\n0x1233\ninl\n/src/url.c:5\nvalue\n"
                "/src/url.c:6\n",
                "READ of size 1\n"
                "    #0 0x556d9f33f22a  (/gone/fuzz+0x122a) (BuildId: 12ab)\n"
                "    #1 0x556d9f33f233  (/gone/fuzz+0x1233)\n"
                "    #2 0x556d9f33f34e  (/gone/fuzz+0x134e)\n"
                "    #3 0x556d9f33f34e in main /src/main.c:1\n"
                "\n"
                "SUMMARY: AddressSanitizer: SEGV (/gone/fuzz+0x122a) \n",
                &nowhere,
                "READ of size 1\n"
                "    #0 0x556d9f33f22a in skip /src/url.c:4\n"
                "    #1 0x556d9f33f233 in inl /src/url.c:5\n"
                "    #2 0x556d9f33f233 in value /src/url.c:6\n"
                "    #3 0x556d9f33f34e  (/gone/fuzz+0x134e)\n"
                "    #4 0x556d9f33f34e in main /src/main.c:1\n"
                "\n"
                "SUMMARY: AddressSanitizer: SEGV /src/url.c:4 in skip\n");
}

static void test_the_engines_frames_are_left_out(void **state)
{
    (void)state;
    struct engine_place engine = {.pc = 0x5003};
    assert_text("",
                "    #0 0x5000  (/gone/fuzz+0x10)\n"
                "    #1 0x5002  (/gone/fuzz+0x12)\n"
                "    #2 0x5006  (/gone/fuzz+0x16)\n"
                "next\n"
                "    #0 0x5006  (/gone/fuzz+0x16)\n",
                &engine,
                "    #0 0x5000  (/gone/fuzz+0x10)\n"
                "next\n"
                "    #0 0x5006  (/gone/fuzz+0x16)\n");
}

static void test_a_recursion_is_told_once(void **state)
{
    (void)state;
    char text[4096];
    size_t n = 0;
    for (int i = 0; i < 20; i++)
        n += (size_t)snprintf(text + n, sizeof text - n,
                              "    #%d 0x5%02d  (/gone/fuzz+0x%x)\n", i, i,
                              i == 19 ? 0x99 : 0x10);
    assert_text("", text, &nowhere,
                "    #0 0x500  (/gone/fuzz+0x10)\n"
                "    ... 18 more of the same\n"
                "    #1 0x519  (/gone/fuzz+0x99)\n");
}

static void test_shadow_memory_is_left_out(void **state)
{
    (void)state;
    assert_text("",
                "SUMMARY: x\nShadow bytes around the buggy address:\n"
                "  0x0c047fff7fb0: 00 00\n=>0x0c047fff8000: fa\n"
                "==5==ABORTING\n",
                &nowhere, "SUMMARY: x\n==5==ABORTING\n");
    assert_text("", "x\nShadow bytes around the buggy address:\n  0x0c",
                &nowhere, "x\n");
}

static void test_nothing_upsets_a_terminal(void **state)
{
    (void)state;
    assert_text("", "\033[2Jred\r\n\ttab \xff \xc3\xa9 \xe2\x80\xae\b\r.",
                &nowhere,
                "\\x1b[2Jred\n\ttab \\xff \xc3\xa9 \\xe2\\x80\\xae\\x08\\x0d.");
    char line[] = "a\033]0;x\007\xff"
                  "b\xc3\xa9";
    printable_line(line);
    assert_string_equal(line, "a?]0;x??b\xc3\xa9");
}

static void test_what_is_text(void **state)
{
    (void)state;
    assert_true(printable_is_text(NULL, 0));
    assert_true(printable_is_text((const uint8_t *)"text\n\xff", 6));
    assert_false(printable_is_text((const uint8_t *)"\1\2\3a", 4));
    assert_true(printable_is_text((const uint8_t *)"\xc3\xa9\xc3\xa9", 4));
}

/* ---- stacks ---- */

static void add_frame(struct stack *s, const char *function, const char *place)
{
    struct stack_frame *f = &s->frame[s->n++];
    *f = (struct stack_frame){.address = 0x10 * s->n};
    (void)snprintf(f->function, sizeof f->function, "%s", function);
    (void)snprintf(f->place, sizeof f->place, "%s", place);
}

static struct stack *new_stack(void)
{
    static struct stack s;
    s = (struct stack){.nmodules = 1};
    (void)snprintf(s.module[0], STACK_PATH, "/gone/fuzz");
    return &s;
}

static void assert_stack(const struct stack *s, const char *answers,
                         const char *expected)
{
    struct symbolise *names = symbolise_new();
    struct buf out;
    report_stack_want(names, s);
    symbolise_read(names, "/gone/fuzz", answers);
    buf_init(&out, 1 << 20);
    report_stack_add(&out, names, s, 40, 4);
    assert_string_equal(buf_text(&out), expected);
    buf_release(&out);
    symbolise_free(names);
}

static void test_a_stack_is_one_line(void **state)
{
    (void)state;
    struct stack *s = new_stack();
    add_frame(s, "abort", "");
    add_frame(s, "skip.part.0", "");
    add_frame(s, "", "");
    add_frame(s, "thresh_body_t", "");
    add_frame(s, "thresh_call_t", "");
    assert_stack(s, "0x20\nskip\n/src/url.c:8\n0x40\nthresh_body_t\n/t.c:5\n",
                 "url.c:8 skip < fuzz+0x30 < t.c:5 t");
    assert_stack(s, "", "skip (fuzz+0x20) < fuzz+0x30 <\n    t (fuzz+0x40)");
}

static void test_a_target_that_was_inlined_has_its_name(void **state)
{
    (void)state;
    struct stack *s = new_stack();
    add_frame(s, "thresh_call_t", "");
    assert_stack(s, "0x10\nthresh_call_t\n/t.c:5\n", "t.c:5 t");
    assert_stack(s, "0x10\nthresh_body_t\n/t.c:5\nthresh_call_t\n/t.c:4\n",
                 "t.c:5 t");
}

static void test_only_the_first_frames_are_shown(void **state)
{
    (void)state;
    struct stack *s = new_stack();
    for (int i = 0; i < 10; i++)
        add_frame(s, "deep", "a.c:1");
    add_frame(s, "f", "a.c:2");
    for (int i = 0; i < 10; i++)
        add_frame(s, i % 2 ? "g" : "h", "a.c:3");
    assert_stack(s, "",
                 "a.c:1 deep (10 times) < a.c:2 f <\n"
                 "    a.c:3 h < a.c:3 g < a.c:3 h <\n    a.c:3 g");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_get_functions_and_lines),
        cmocka_unit_test(test_the_engines_frames_are_left_out),
        cmocka_unit_test(test_a_recursion_is_told_once),
        cmocka_unit_test(test_shadow_memory_is_left_out),
        cmocka_unit_test(test_nothing_upsets_a_terminal),
        cmocka_unit_test(test_what_is_text),
        cmocka_unit_test(test_a_stack_is_one_line),
        cmocka_unit_test(test_a_target_that_was_inlined_has_its_name),
        cmocka_unit_test(test_only_the_first_frames_are_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
