/* SPDX-License-Identifier: MIT
 *
 * The guest's part of the platform room on Windows: handles, pages, code, how
 * workers die, what they still tell, and leaving as against being killed.
 */
#include "platform/windows.h"

#include "unit.h"

#include <signal.h>
#include <stdio.h>

#include "guest_worker.h"
#include "platform/segment.h"
#include "platform/walk.h"
#include "worker/compare.h"
#include "worker/disarm.h"

/* ---- what workers do ---- */

/* The request, turned round, again and again until the pipe ends. */
static int part_echo(void)
{
    char text[4], back[4];
    while (guest_read(text, sizeof text)) {
        for (size_t i = 0; i < sizeof text; i++)
            back[i] = text[sizeof text - 1 - i];
        if (!guest_write(back, sizeof back))
            return 2;
    }
    reply("end");
    return 0;
}

static int part_memory(void)
{
    size_t region_size = 0, shared_size = 0;
    char *region = guest_map(GUEST_REGION, true, &region_size);
    const char *shared = guest_map(GUEST_SHARED, false, &shared_size);
    if (!region || !shared || guest_map(GUEST_SHARED, true, &shared_size))
        return 1;
    if (guest_map(GUEST_REQUESTS, false, &shared_size))
        return 2;
    if (region_size != 8192 || shared_size != 4096)
        return 3;
    if (getenv(GUEST_VARIABLE) || !guest_is_worker())
        return 4;
    (void)snprintf(region, region_size, "written");
    return 0;
}

static void on_fault(const struct guest_fault *fault)
{
    char text[128];
    uint64_t pc[8];
    size_t n = walk_stack(fault, pc, 8);
    int size = snprintf(text, sizeof text, "%s %llx%s|",
                        platform_signal_name(fault->signal),
                        (unsigned long long)fault->address,
                        n > 2 && pc[0] == fault->pc ? " stack" : "");
    (void)guest_write(text, (size_t)size);
}

static int *volatile nowhere = (int *)0x10; // NOLINT: not for the compiler
static int (*volatile deeper)(int);
static volatile int zero;

static int overflow(int n)
{
    volatile char frame[4096];
    frame[n % 4096] = (char)n;
    return deeper(n + 1) + frame[0];
}

static int part_access(void)
{
    guest_catch_faults(on_fault);
    return *nowhere;
}

static int part_overflow(void)
{
    guest_catch_faults(on_fault);
    deeper = overflow;
    return overflow(0);
}

static int part_divide(void)
{
    guest_catch_faults(on_fault);
    return (int)GetTickCount() / zero;
}

static int part_abort(void)
{
    guest_catch_faults(on_fault);
    abort();
}

static int part_illegal(void)
{
    guest_catch_faults(on_fault);
    __builtin_trap();
}

static int part_thrown(void)
{
    guest_catch_faults(on_fault);
    RaiseException(0xE0001234, 0, 0, NULL);
    return 0;
}

/* No handler around main can be found over such a stack. */
static int part_damaged(void)
{
    uintptr_t here[2];
    volatile uintptr_t *volatile at = here;
    guest_catch_faults(on_fault);
    for (int i = 0; i < 64; i++)
        at[i] = 0x4141414141414140;
    return *nowhere;
}

static void on_nested(const struct guest_fault *fault)
{
    on_fault(fault);
    *nowhere = 1;
}

static int part_nested(void)
{
    guest_catch_faults(on_nested);
    abort();
}

static LONG WINAPI go_on(EXCEPTION_POINTERS *e)
{
    (void)e;
    reply("handled");
    guest_exit(33);
}

/* What was there before is asked first. */
static int part_handled(void)
{
    (void)SetUnhandledExceptionFilter(go_on);
    guest_catch_faults(on_fault);
    return *nowhere;
}

static void targets_handler(int signal)
{
    (void)signal;
    reply("target");
    guest_exit(33);
}

static int part_taken(void)
{
    (void)signal(SIGABRT, targets_handler);
    guest_catch_faults(on_fault);
    abort();
}

static void on_ask(const struct guest_fault *place)
{
    uint64_t pc[8];
    bool known = walk_stack(place, pc, 8) > 2;
    reply(known && guest_thread() ? "asked" : "lost");
    guest_exit(71);
}

/* Both kinds of hang: at work, in the smallest loop there is, and asleep. */
static int part_busy(void)
{
    guest_catch_asks(on_ask);
    reply("ready");
    __asm__ volatile("0: jmp 0b");
    return 0;
}

static int part_asleep(void)
{
    guest_catch_asks(on_ask);
    reply("ready");
    Sleep(INFINITE);
    return 0;
}

/* ---- ways to leave, announced in the region's first bytes ---- */

static void announce(void)
{
    size_t size;
    void *region = guest_map(GUEST_REGION, true, &size);
    guest_note_leaving(region);
}

static int part_exit(void)
{
    announce();
    exit(5);
}

static int part_exit_at_once(void)
{
    announce();
    _exit(5);
}

static int part_exit_process(void)
{
    announce();
    ExitProcess(5);
}

static int part_exit_thread(void)
{
    announce();
    ExitThread(5);
}

static int part_terminate(void)
{
    HANDLE self;
    announce();
    HANDLE own = GetCurrentProcess();
    (void)DuplicateHandle(own, own, own, &self, 0, FALSE,
                          DUPLICATE_SAME_ACCESS);
    (void)TerminateProcess(self, 5);
    return 0;
}

static int part_guest_exit(void)
{
    announce();
    guest_exit(5);
}

static int part_waiting(void)
{
    announce();
    reply("ready");
    Sleep(INFINITE);
    return 0;
}

static const struct part parts[] = {
    {"echo", part_echo},
    {"memory", part_memory},
    {"access", part_access},
    {"overflow", part_overflow},
    {"divide", part_divide},
    {"abort", part_abort},
    {"illegal", part_illegal},
    {"thrown", part_thrown},
    {"damaged", part_damaged},
    {"nested", part_nested},
    {"handled", part_handled},
    {"taken", part_taken},
    {"busy", part_busy},
    {"asleep", part_asleep},
    {"exit", part_exit},
    {"exit at once", part_exit_at_once},
    {"exit process", part_exit_process},
    {"exit thread", part_exit_thread},
    {"terminate", part_terminate},
    {"guest exit", part_guest_exit},
    {"waiting", part_waiting},
    {0},
};

/* ---- handles and memory ---- */

static void test_requests_and_replies(void **state)
{
    (void)state;
    struct worker w;
    worker_start(&w, "echo", NULL);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(platform_write_all(w.requests, "abc", 3, NULL), 0);
        assert_int_equal(platform_write_all(w.requests, "d", 1, NULL), 0);
        worker_read_text(&w, "dcba");
    }
    platform_close(&w.requests);
    worker_read_text(&w, "end");
    assert_exits(&w, 0);
}

static void test_memory_is_mapped(void **state)
{
    (void)state;
    struct worker w;
    worker_start(&w, "memory", NULL);
    while (!w.ended)
        worker_read(&w);
    assert_string_equal((char *)w.region.base, "written");
    assert_exits(&w, 0);
}

static void test_unreadable_variable_is_our_failure(void **state)
{
    (void)state;
    static const char *const values[] = {
        "THRESH_WORKER=2 3 4 5 6", "THRESH_WORKER=1 3 4 5",
        "THRESH_WORKER=1 3 4 5 6 7", "THRESH_WORKER=1 3 4 5 x"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct worker w;
        worker_start(&w, "memory", values[i]);
        assert_exits(&w, 70);
    }
}

static void read_byte(void *byte)
{
    (void)*(volatile const char *)byte;
}

static bool is_accessible(const void *byte)
{
    return guest_try(read_byte, (void *)(uintptr_t)byte);
}

static void test_pages_have_guards(void **state)
{
    (void)state;
    size_t page = guest_page_size();
    size_t rounded = 0;
    SetLastError(1234);
    uint8_t *p = guest_pages(page + 1, true, &rounded);
    assert_non_null(p);
    assert_int_equal(rounded, 2 * page);
    for (size_t i = 0; i < rounded; i++) {
        assert_int_equal(p[i], 0);
        p[i] = 1;
    }
    assert_int_equal(GetLastError(), 1234);
    assert_false(is_accessible(p - 1));
    assert_false(is_accessible(p + rounded));
    assert_null(guest_pages(0, false, NULL));
    assert_null(guest_pages(SIZE_MAX, true, NULL));
}

__attribute__((section("__libfuzzer_extra_counters"),
               used)) static uint8_t extra[24];

static void test_segments_and_extra_counters_are_found(void **state)
{
    (void)state;
    struct segment code, data;
    uint8_t *start, *stop;
    assert_true(segment_find((uintptr_t)test_pages_have_guards, &code));
    assert_true(code.executable && code.readable);
    assert_true(segment_find((uintptr_t)&zero, &data));
    assert_false(data.executable);
    assert_int_equal(code.module, data.module);
    assert_false(segment_find((uintptr_t)&code, &data));
    assert_true(segment_extra_counters(&start, &stop));
    assert_true(start <= extra && stop >= extra + sizeof extra);
}

__attribute__((noinline)) static int compare(uint32_t a)
{
    __sanitizer_cov_trace_const_cmp4(1, a);
    return (int)a + 3;
}

static void test_a_comparison_disarms_itself(void **state)
{
    (void)state;
    size_t before, after;
    compare_disarm();
    (void)disarm_sites(&before);
    SetLastError(1234);
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(compare(i), i + 3);
    assert_int_equal(GetLastError(), 1234);
    const struct disarmed_site *sites = disarm_sites(&after);
    assert_int_equal(after, before + 1);
    assert_true(sites[before].address - (uintptr_t)compare < 64);
}

/* ---- deaths ---- */

static void assert_dies(const char *part, const char *words, DWORD status)
{
    struct worker w;
    worker_start(&w, part, NULL);
    while (!w.ended)
        worker_read(&w);
    assert_memory_equal(w.text, words, strlen(words));
    assert_int_equal(w.text[w.size - 1], '|');
    assert_ptr_equal(strchr(w.text, '|'), w.text + w.size - 1);
    struct platform_exit exit = worker_end(&w);
    assert_int_equal(exit.kind, PLATFORM_SIGNALLED);
    assert_int_equal(exit.code, (int)status);
}

static void test_faults_leave_last_words(void **state)
{
    (void)state;
    assert_dies("access", "EXCEPTION_ACCESS_VIOLATION 10 stack|",
                EXCEPTION_ACCESS_VIOLATION);
    assert_dies("overflow", "EXCEPTION_STACK_OVERFLOW ",
                EXCEPTION_STACK_OVERFLOW);
    assert_dies("divide", "EXCEPTION_INT_DIVIDE_BY_ZERO 0 stack|",
                EXCEPTION_INT_DIVIDE_BY_ZERO);
    assert_dies("illegal", "EXCEPTION_ILLEGAL_INSTRUCTION 0 stack|",
                EXCEPTION_ILLEGAL_INSTRUCTION);
    assert_dies("abort", "abort 0 stack|", STATUS_FATAL_APP_EXIT);
    assert_dies("damaged", "EXCEPTION_ACCESS_VIOLATION 10",
                EXCEPTION_ACCESS_VIOLATION);
    assert_dies("thrown", "exception 0xE0001234 0 stack|", 0xE0001234);
}

static void test_fault_in_last_words_ends_it(void **state)
{
    (void)state;
    assert_dies("nested", "abort 0 stack|", STATUS_FATAL_APP_EXIT);
}

static void test_handlers_of_others_go_first(void **state)
{
    (void)state;
    struct worker w;
    worker_start(&w, "handled", NULL);
    worker_read_text(&w, "handled");
    assert_exits(&w, 33);
    worker_start(&w, "taken", NULL);
    worker_read_text(&w, "target");
    assert_exits(&w, 33);
}

static void test_hanging_workers_tell_where(void **state)
{
    (void)state;
    static const char *const names[] = {"busy", "asleep"};
    for (size_t i = 0; i < 2; i++) {
        struct worker w;
        worker_start(&w, names[i], NULL);
        worker_read_text(&w, "ready");
        platform_ask_stack(&w.process);
        worker_read_text(&w, "asked");
        assert_exits(&w, 71);
    }
}

/* ---- leaving and being killed ---- */

static uint32_t first_word(const struct worker *w)
{
    uint32_t word;
    memcpy(&word, w->region.base, sizeof word);
    return word;
}

static void test_every_way_to_leave_is_noted(void **state)
{
    (void)state;
    static const char *const names[] = {"exit",         "exit at once",
                                        "exit process", "exit thread",
                                        "terminate",    "guest exit"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct worker w;
        worker_start(&w, names[i], NULL);
        while (!w.ended)
            worker_read(&w);
        if (first_word(&w) != 1)
            fail_msg("%s", names[i]);
        assert_exits(&w, 5);
    }
}

static void test_a_kill_is_not(void **state)
{
    (void)state;
    struct worker w;
    worker_start(&w, "waiting", NULL);
    worker_read_text(&w, "ready");
    (void)TerminateProcess((HANDLE)w.process.id, 5); // NOLINT
    while (!w.ended)
        worker_read(&w);
    assert_int_equal(first_word(&w), 0);
    struct platform_exit exit = worker_end(&w);
    assert_int_equal(exit.kind, PLATFORM_EXITED);
    exit = platform_unannounced_exit(exit);
    assert_int_equal(exit.kind, PLATFORM_SIGNALLED);
    assert_false(platform_signal_is_crash(exit.code));
}

int main(int argc, char **argv)
{
    if (argc == 2)
        _exit(worker_play(parts, argv[1]));
    if (platform_watch(NULL) != 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_and_replies),
        cmocka_unit_test(test_memory_is_mapped),
        cmocka_unit_test(test_unreadable_variable_is_our_failure),
        cmocka_unit_test(test_pages_have_guards),
        cmocka_unit_test(test_segments_and_extra_counters_are_found),
        cmocka_unit_test(test_a_comparison_disarms_itself),
        cmocka_unit_test(test_faults_leave_last_words),
        cmocka_unit_test(test_fault_in_last_words_ends_it),
        cmocka_unit_test(test_handlers_of_others_go_first),
        cmocka_unit_test(test_hanging_workers_tell_where),
        cmocka_unit_test(test_every_way_to_leave_is_noted),
        cmocka_unit_test(test_a_kill_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
