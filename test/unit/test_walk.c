/* SPDX-License-Identifier: MIT
 *
 * Walking the stack, by tables and by frame pointers, whole and damaged; and
 * the faults that are survived on the way.
 */
#include "unit.h"

#include "platform/walk.h"

#define MAX 32

/* ---- mappings ---- */

static bool find_own(void *ctx, const struct walk_mapping *m)
{
    uint64_t *found = ctx;
    uint64_t code = (uint64_t)(uintptr_t)find_own;
    if (code >= m->start && code < m->end) {
        assert_true(m->executable && m->readable);
        assert_non_null(strstr(m->path, "test_walk"));
        found[0]++;
    }
    if ((uint64_t)(uintptr_t)&found >= m->start &&
        (uint64_t)(uintptr_t)&found < m->end) {
        assert_false(m->executable);
        found[1]++;
    }
    return true;
}

static void test_code_and_stack_are_mapped(void **state)
{
    (void)state;
    uint64_t found[2] = {0, 0};
    walk_mappings(find_own, found);
    assert_int_equal(found[0], 1);
    assert_int_equal(found[1], 1);
}

static bool stop_at_once(void *ctx, const struct walk_mapping *m)
{
    (void)m;
    ++*(int *)ctx;
    return false;
}

static void test_a_visit_may_end_early(void **state)
{
    (void)state;
    int visits = 0;
    walk_mappings(stop_at_once, &visits);
    assert_int_equal(visits, 1);
}

/* ---- stacks ---- */

static uint64_t pcs[MAX];
static size_t npcs;
static uint64_t callers[3];

typedef size_t (*walk)(const struct guest_fault *at, uint64_t *pc, size_t max);

/* Asking for the frame's address makes a function keep a frame pointer. */
static void *volatile with_frame;

#define HERE ((uint64_t)(uintptr_t)__builtin_return_address(0))

__attribute__((noinline)) static void innermost(walk how, size_t max)
{
    uintptr_t *frame = __builtin_frame_address(0);
    callers[0] = HERE;
    struct guest_fault at = {.pc = callers[0],
                             .sp = (uint64_t)(uintptr_t)(frame + 2),
                             .fp = frame[0]};
    npcs = how(&at, pcs, max);
}

__attribute__((noinline)) static void middle(walk how, size_t max)
{
    with_frame = __builtin_frame_address(0);
    callers[1] = HERE;
    innermost(how, max);
    __asm__ volatile("");
}

__attribute__((noinline)) static void outer(walk how, size_t max)
{
    with_frame = __builtin_frame_address(0);
    callers[2] = HERE;
    middle(how, max);
    __asm__ volatile("");
}

static void assert_walks(walk how)
{
    outer(how, MAX);
    assert_true(npcs >= 3);
    assert_memory_equal(pcs, callers, sizeof callers);
    outer(how, 2);
    assert_int_equal(npcs, 2);
}

static void test_tables_tell_the_calls(void **state)
{
    (void)state;
    walk_prepare();
    assert_walks(walk_stack);
}

static void test_frame_pointers_tell_the_calls(void **state)
{
    (void)state;
    /* Windows' functions keep no such frames. */
#if (defined(__x86_64__) || defined(__i386__) || defined(__aarch64__)) && \
    !defined(_WIN32)
    assert_walks(walk_frames);
#else
    skip();
#endif
}

static void test_a_call_into_nowhere_is_left_by_its_stack(void **state)
{
    (void)state;
#if defined(__x86_64__) || defined(__i386__)
    uintptr_t pushed[4] = {(uintptr_t)find_own + 1, 0, 0, 0};
    struct guest_fault at = {.pc = 0x10, .sp = (uint64_t)(uintptr_t)pushed};
    uint64_t pc[MAX];
    assert_int_equal(walk_stack(&at, pc, MAX), 2);
    assert_int_equal(pc[0], 0x10);
    assert_int_equal(pc[1], pushed[0]);
#else
    skip();
#endif
}

static void test_frames_that_are_none_are_not_followed(void **state)
{
    (void)state;
    uint64_t pc[MAX];
    uintptr_t loop[2] = {(uintptr_t)loop, 0x77};
    uint64_t bad[] = {0, 1, 0x414141414141, UINT64_MAX,
                      (uint64_t)(uintptr_t)loop + 1};
    struct guest_fault at = {.pc = (uint64_t)(uintptr_t)find_own};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        at.fp = bad[i];
        assert_int_equal(walk_frames(&at, pc, MAX), 1);
    }
    at.fp = (uint64_t)(uintptr_t)loop;
    assert_int_equal(walk_frames(&at, pc, MAX), 2);
    assert_int_equal(pc[1], 0x77);
}

/* ---- faults on the way ---- */

static char *forbidden;

static void read_forbidden(void *ctx)
{
    int *n = ctx;
    ++*n;
    *n += *(volatile char *)forbidden;
    *n = 100;
}

static void nest(void *ctx)
{
    assert_false(guest_try(read_forbidden, ctx));
    assert_false(guest_try(read_forbidden, ctx));
    read_forbidden(ctx);
}

static void test_faults_are_survived(void **state)
{
    (void)state;
    int n = 0;
    assert_false(guest_try(read_forbidden, &n));
    assert_int_equal(n, 1);
    assert_false(guest_try(nest, &n));
    assert_int_equal(n, 4);
}

static int make_forbidden(void **state)
{
    (void)state;
    char *pages = guest_pages(1, true, NULL);
    forbidden = pages - 1; /* the guard before them */
    return pages == NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_code_and_stack_are_mapped),
        cmocka_unit_test(test_a_visit_may_end_early),
        cmocka_unit_test(test_tables_tell_the_calls),
        cmocka_unit_test(test_frame_pointers_tell_the_calls),
        cmocka_unit_test(test_a_call_into_nowhere_is_left_by_its_stack),
        cmocka_unit_test(test_frames_that_are_none_are_not_followed),
        cmocka_unit_test(test_faults_are_survived),
    };
    return cmocka_run_group_tests(tests, make_forbidden, NULL);
}
