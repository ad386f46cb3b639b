/* SPDX-License-Identifier: MIT
 *
 * Which sanitizer's report is found in a worker's output and what it is called,
 * and which line of a program that ended itself says why.
 */
#include "unit.h"

#include "coordinator/complaint.h"
#include "coordinator/tool_report.h"

static const char asan_report[] =
    "some output\n"
    "==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602 at "
    "pc 0x5 bp 0x7 sp 0x7\n"
    "READ of size 1 at 0x602 thread T0\n"
    "    #0 0x5 in skip_ws /src/url.c:88\n"
    "SUMMARY: AddressSanitizer: heap-buffer-overflow /src/url.c:88 in "
    "skip_ws\n";

static void test_reports_of_sanitizers_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *output, *title, *detail, *kind;
        enum tool_shape shape;
    } cases[] = {
        {asan_report, "heap-buffer-overflow READ of size 1 (AddressSanitizer)",
         "SUMMARY: AddressSanitizer: heap-buffer-overflow /src/url.c:88 in "
         "skip_ws",
         "AddressSanitizer heap-buffer-overflow", TOOL_PLAIN},
        {"==1==ERROR: AddressSanitizer: attempting double-free on 0x60 in "
         "thread T0:\n",
         "attempting double-free (AddressSanitizer)", "",
         "AddressSanitizer attempting double-free", TOOL_PLAIN},
        {"==1==ERROR: AddressSanitizer: stack-overflow on address 0x7 (pc 0x5 "
         "bp 0x0 sp 0x7 T0)\n",
         "stack-overflow (AddressSanitizer)", "",
         "AddressSanitizer stack-overflow", TOOL_OVERFLOW},
        {"==1==ERROR: AddressSanitizer: ABRT on unknown address 0x362d (pc 0x7 "
         "bp 0x7 sp 0x7 T0)\n",
         "ABRT (AddressSanitizer)", "", "AddressSanitizer ABRT", TOOL_ABORT},
        {"==1==WARNING: MemorySanitizer: use-of-uninitialized-value\n"
         "    #0 0x4\n",
         "use-of-uninitialized-value (MemorySanitizer)", "",
         "MemorySanitizer use-of-uninitialized-value", TOOL_PLAIN},
        {"WARNING: ThreadSanitizer: data race (pid=9)\n  Write of size 4\n",
         "data race (ThreadSanitizer)", "", "ThreadSanitizer data race",
         TOOL_RACE},
        {"==5==ERROR: LeakSanitizer: detected memory leaks\n",
         "detected memory leaks (LeakSanitizer)", "",
         "LeakSanitizer detected memory leaks", TOOL_PLAIN},
        {"==6==ERROR: UndefinedBehaviorSanitizer: SEGV on unknown address 0x5 "
         "(pc 0x5 bp 0x0 sp 0x7 T6)\n",
         "SEGV (UndefinedBehaviorSanitizer)", "",
         "UndefinedBehaviorSanitizer SEGV", TOOL_PLAIN},
        {"out\nt.c:3:5: runtime error: signed integer overflow: 1 + 2 cannot\n",
         "signed integer overflow: 1 + 2 cannot (UndefinedBehaviorSanitizer)",
         "t.c:3:5", "UBSan t.c:3:5", TOOL_PLAIN},
        {"WARNING: ThreadSanitizer: lock-order-inversion (potential deadlock) "
         "(pid=7)\n",
         "lock-order-inversion (potential deadlock) (ThreadSanitizer)", "",
         "ThreadSanitizer lock-order-inversion (potential deadlock)",
         TOOL_PLAIN},
        {"==1==ERROR: LeakSanitizer: detected memory leaks\n"
         "SUMMARY: AddressSanitizer: 1 byte(s) leaked in 1 allocation(s).\n",
         "detected memory leaks: 1 byte in 1 allocation (LeakSanitizer)",
         "SUMMARY: AddressSanitizer: 1 byte(s) leaked in 1 allocation(s).",
         "LeakSanitizer detected memory leaks", TOOL_PLAIN},
        {"==1==ERROR: AddressSanitizer: requested allocation size 0x10 (0x7 "
         "after adjustments) exceeds maximum supported size of 0x10\n",
         "out of memory: malloc(16)", "", "memory allocation", TOOL_PLAIN},
        {"==1==ERROR: AddressSanitizer: allocator is out of memory trying to "
         "allocate 0x20 bytes\n",
         "out of memory: malloc(32)", "", "memory allocation", TOOL_PLAIN},
        {"ubsan: add-overflow\n", "add-overflow (UndefinedBehaviorSanitizer)",
         "", "UBSan add-overflow", TOOL_PLAIN},
        {"said\nubsan: mul-overflow by 0x123\n",
         "mul-overflow (UndefinedBehaviorSanitizer)", "", "UBSan mul-overflow",
         TOOL_PLAIN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tool_report r;
        assert_true(tool_report_read(&r, cases[i].output));
        assert_string_equal(r.title, cases[i].title);
        assert_string_equal(r.detail, cases[i].detail);
        assert_string_equal(r.kind, cases[i].kind);
        assert_int_equal(r.shape, cases[i].shape);
    }
}

static void test_other_output_is_no_report(void **state)
{
    (void)state;
    struct tool_report r;
    assert_false(tool_report_read(&r, ""));
    assert_false(tool_report_read(&r, "AddressSanitizer was here\n"));
    assert_false(tool_report_read(&r, "a runtime error\n"));
}

static void test_the_first_of_two_reports_counts(void **state)
{
    (void)state;
    struct tool_report r;
    assert_true(tool_report_read(
        &r, "t.c:1:2: runtime error: division by zero\n"
            "==1==ERROR: AddressSanitizer: FPE on unknown address 0x1\n"));
    assert_string_equal(r.title,
                        "division by zero (UndefinedBehaviorSanitizer)");
}

static void assert_complaint(const char *output, const char *expected)
{
    char text[128] = "";
    assert_int_equal(complaint_find(text, sizeof text, output, strlen(output)),
                     expected != NULL);
    if (expected)
        assert_string_equal(text, expected);
}

static void test_complaints_are_found(void **state)
{
    (void)state;
    assert_complaint("said\nfuzz: url.c:12: skip_ws: Assertion `p != 0' "
                     "failed.\n",
                     "url.c:12: skip_ws: Assertion `p != 0' failed.");
    assert_complaint("free(): double free detected in tcache 2\n",
                     "free(): double free detected in tcache 2");
    assert_complaint("*** stack smashing detected ***: terminated\n",
                     "*** stack smashing detected ***: terminated");
    assert_complaint("terminate called after throwing an instance of 'int'\n"
                     "  what():  x\nand more\n",
                     "terminate called after throwing an instance of 'int'");
    assert_complaint("corrupted size vs. prev_size", "corrupted size vs. "
                                                     "prev_size");
}

static void test_the_last_complaint_counts(void **state)
{
    (void)state;
    assert_complaint("malloc(): invalid size (unsorted)\n"
                     "free(): invalid pointer\n\n",
                     "free(): invalid pointer");
}

static void test_addresses_are_left_out(void **state)
{
    (void)state;
    assert_complaint("munmap_chunk(): invalid pointer: 0x00007f1234ab ***\n",
                     "munmap_chunk(): invalid pointer: 0x ***");
}

static void test_other_output_is_no_complaint(void **state)
{
    (void)state;
    assert_complaint("", NULL);
    assert_complaint("\n\n", NULL);
    assert_complaint("Assertion `x' failed.\nfreedom\nI free(): it\n", NULL);
    assert_complaint(": Assertion `x' failed.\n", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reports_of_sanitizers_are_read),
        cmocka_unit_test(test_other_output_is_no_report),
        cmocka_unit_test(test_the_first_of_two_reports_counts),
        cmocka_unit_test(test_complaints_are_found),
        cmocka_unit_test(test_the_last_complaint_counts),
        cmocka_unit_test(test_addresses_are_left_out),
        cmocka_unit_test(test_other_output_is_no_complaint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
