/* SPDX-License-Identifier: MIT
 *
 * Removing calls from code: each form of call, what must be left alone, and
 * threads that run the code while it changes. The places are written in
 * assembly, where their bytes are known; elsewhere than on x86-64 there is
 * nothing to test.
 */
#include "unit.h"

#include <errno.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "worker/compare.h"
#include "worker/disarm.h"

#ifdef __x86_64__

#define CALLBACK "__sanitizer_cov_trace_const_cmp4"
#define FUNCTION(name, body)                                  \
    __asm__(".text\n.p2align 4\n.globl " name "\n.type " name \
            ", @function\n" name ":\n" body ".size " name ", .-" name "\n")

/* Names of one place and its parts. */
FUNCTION("direct_call", "subq $8, %rsp\n"
                        "call " CALLBACK "@PLT\n"
                        "addq $8, %rsp\n"
                        "movl $1, %eax\n"
                        "ret\n");

FUNCTION("call_by_slot", "subq $8, %rsp\n"
                         ".byte 0xff, 0x15\n" /* the linker must not relax it */
                         ".long slot - . - 4\n"
                         "addq $8, %rsp\n"
                         "movl $2, %eax\n"
                         "ret\n");

/* Removed in forks of this process alone, before it removes them itself. */
FUNCTION("call_of_fork", "subq $8, %rsp\n"
                         "call " CALLBACK "@PLT\n"
                         "addq $8, %rsp\n"
                         "movl $6, %eax\n"
                         "ret\n");

/* A call of something else. */
FUNCTION("call_of_other", "subq $8, %rsp\n"
                          "call count_call\n"
                          "addq $8, %rsp\n"
                          "movl $7, %eax\n"
                          "ret\n");

/* What a linker writes for -z ibtplt, and its older forms. */
FUNCTION("stub", "endbr64\n"
                 ".byte 0xf2, 0xff, 0x25\n"
                 ".long slot - . - 4\n"
                 "nop\nnop\nnop\nnop\n");

FUNCTION("call_by_stub", "subq $8, %rsp\n"
                         "call stub\n"
                         "addq $8, %rsp\n"
                         "movl $3, %eax\n"
                         "ret\n");

/* Does something and then jumps to the callback: the return address there is
 * that of the call of jumping, which must survive. */
FUNCTION("jumping", "incl jumps(%rip)\n"
                    "jmp " CALLBACK "@PLT\n");

FUNCTION("call_of_jumping", "subq $8, %rsp\n"
                            "call jumping\n"
                            "addq $8, %rsp\n"
                            "movl $4, %eax\n"
                            "ret\n");

/* Five bytes before the return address there is an 0xe8 that belongs to a
 * move, and the four bytes behind it lead nowhere. */
FUNCTION("call_by_register", "pushq %rbx\n"
                             "movq slot(%rip), %rbx\n"
                             "movq %rbp, %r8\n"
                             "xorl %eax, %eax\n"
                             "call *%rbx\n"
                             "movl $5, %eax\n"
                             "popq %rbx\n"
                             "ret\n");

/* Seven bytes apart, so that the calls lie in every way to the blocks in which
 * processors fetch code. Returns their number. */
#define MANY 224
FUNCTION("many_calls", "pushq %rbx\n"
                       "xorl %ebx, %ebx\n"
                       ".rept 224\n"
                       "call " CALLBACK "@PLT\n"
                       "incl %ebx\n"
                       ".endr\n"
                       "movl %ebx, %eax\n"
                       "popq %rbx\n"
                       "ret\n");

int direct_call(uint32_t a, uint32_t b);
int call_by_slot(uint32_t a, uint32_t b);
int call_by_stub(uint32_t a, uint32_t b);
int call_of_jumping(uint32_t a, uint32_t b);
int call_by_register(uint32_t a, uint32_t b);
int many_calls(uint32_t a, uint32_t b);
int call_of_fork(uint32_t a, uint32_t b);
int call_of_other(uint32_t a, uint32_t b);

/* Referred to by the assembly. */
extern void (*const slot)(uint32_t, uint32_t);
void (*const slot)(uint32_t, uint32_t) = __sanitizer_cov_trace_const_cmp4;
extern int jumps;
int jumps;
void count_call(void);
static int ncounted;

void count_call(void)
{
    ncounted++;
}

static size_t count_sites(void)
{
    size_t n;
    disarm_sites(&n);
    return n;
}

/* Whether one more place, of this size and inside function, was patched. */
static void assert_patched_once(int (*function)(uint32_t, uint32_t),
                                int expected, unsigned size)
{
    size_t before = count_sites();
    errno = 99;
    for (int i = 0; i < 5; i++)
        assert_int_equal(function(1, 2), expected);
    assert_int_equal(errno, 99);
    size_t n;
    const struct disarmed_site *site = disarm_sites(&n);
    assert_int_equal(n, before + 1);
    assert_int_equal(site[before].size, size);
    assert_int_equal(site[before].address, (uintptr_t)function + 4);
}

static void assert_left_alone(int (*function)(uint32_t, uint32_t), int expected)
{
    size_t before = count_sites();
    for (int i = 0; i < 5; i++)
        assert_int_equal(function(1, 2), expected);
    assert_int_equal(count_sites(), before);
}

static struct operands operands;

static void nothing_is_removed_before_it_is_asked_for(void **state)
{
    (void)state;
    assert_left_alone(direct_call, 1);
    compare_record(&operands);
    assert_left_alone(direct_call, 1);
    assert_int_equal(operands.n, 5);
    compare_disarm();
}

/* After calls have been removed: recording sees them all, each time. */
static void removed_calls_come_back_for_recording(void **state)
{
    (void)state;
    size_t sites = count_sites();
    for (int i = 0; i < 3; i++) {
        compare_record(&operands);
        (void)direct_call(1, 2);
        (void)call_by_slot(3, 4);
        (void)call_by_stub(5, 6);
        assert_int_equal(operands.n, 3);
        assert_int_equal(operands.op[0].b, 2);
        assert_int_equal(operands.op[2].a, 5);
        compare_disarm();
        (void)direct_call(1, 2);
        (void)call_by_slot(3, 4);
        assert_int_equal(operands.n, 3);
    }
    assert_int_equal(count_sites(), sites);
}

static void a_direct_call_is_removed(void **state)
{
    (void)state;
    static const uint8_t nop[5] = {0x0f, 0x1f, 0x44, 0, 0};
    assert_patched_once(direct_call, 1, 5);
    assert_memory_equal((const uint8_t *)(uintptr_t)direct_call + 4, nop, 5);
}

static void a_call_by_slot_is_removed(void **state)
{
    (void)state;
    assert_patched_once(call_by_slot, 2, 6);
}

static void a_call_by_stub_is_removed(void **state)
{
    (void)state;
    assert_patched_once(call_by_stub, 3, 5);
}

static void the_callers_call_survives_a_jump(void **state)
{
    (void)state;
    assert_left_alone(call_of_jumping, 4);
    assert_int_equal(jumps, 5);
}

static void a_call_by_register_survives(void **state)
{
    (void)state;
    assert_left_alone(call_by_register, 5);
}

/* Removes a call in a fork, and changes what is listed of it if address is
 * not 0. */
static void list_in_fork(uintptr_t address, uintptr_t callback)
{
    pid_t pid = fork();
    if (pid == 0) {
        size_t before, n;
        struct disarmed_site *site =
            (struct disarmed_site *)(uintptr_t)disarm_sites(&before);
        (void)call_of_fork(1, 2);
        (void)disarm_sites(&n);
        if (address)
            site[before] = (struct disarmed_site){address, callback, 5, {0}};
        _exit(n == before + 1 ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* What a target can write there instead: addresses without code, with other
 * code, with a call that leads elsewhere, also if it says so. */
static void only_what_forks_removed_is_removed_again(void **state)
{
    (void)state;
    static const uint8_t nop[5] = {0x0f, 0x1f, 0x44, 0, 0};
    static const uint8_t data[16] = {0xe8};
    const uint8_t *code = (const uint8_t *)(uintptr_t)call_of_fork + 4;
    uintptr_t callback = (uintptr_t)__sanitizer_cov_trace_const_cmp4;
    uintptr_t other = (uintptr_t)call_of_other;
    uint8_t before[16];
    memcpy(before, (const void *)other, sizeof before);
    list_in_fork(1, callback);
    list_in_fork(UINTPTR_MAX - 2, callback);
    list_in_fork(other, callback);
    list_in_fork(other + 4, callback);
    list_in_fork(other + 4, (uintptr_t)count_call);
    list_in_fork((uintptr_t)data, callback);
    list_in_fork(0, 0);
    assert_int_equal(*code, 0xe8);
    compare_disarm_again();
    assert_memory_equal(code, nop, sizeof nop);
    assert_int_equal(call_of_fork(1, 2), 6);
    assert_memory_equal((const void *)other, before, sizeof before);
    assert_int_equal(call_of_other(1, 2), 7);
    assert_int_equal(ncounted, 1);
}

static void *run_many_calls(void *start)
{
    intptr_t wrong = 0;
    while (!__atomic_load_n((int *)start, __ATOMIC_ACQUIRE))
        continue;
    for (int i = 0; i < 2000; i++)
        wrong += many_calls(1, 2) != MANY;
    return (void *)wrong;
}

static void threads_never_see_half_a_patch(void **state)
{
    (void)state;
    size_t before = count_sites();
    pthread_t thread[4];
    int start = 0;
    for (int i = 0; i < 4; i++)
        assert_int_equal(
            pthread_create(&thread[i], NULL, run_many_calls, &start), 0);
    __atomic_store_n(&start, 1, __ATOMIC_RELEASE);
    for (int i = 0; i < 4; i++) {
        void *wrong;
        assert_int_equal(pthread_join(thread[i], &wrong), 0);
        assert_null(wrong);
    }
    assert_int_equal(many_calls(1, 2), MANY);
    /* One in sixteen begins on the last byte of a block, where it can't be
     * changed in one piece. */
    assert_true(count_sites() - before >= MANY - MANY / 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_removed_before_it_is_asked_for),
        cmocka_unit_test(a_direct_call_is_removed),
        cmocka_unit_test(a_call_by_slot_is_removed),
        cmocka_unit_test(a_call_by_stub_is_removed),
        cmocka_unit_test(removed_calls_come_back_for_recording),
        cmocka_unit_test(the_callers_call_survives_a_jump),
        cmocka_unit_test(a_call_by_register_survives),
        cmocka_unit_test(only_what_forks_removed_is_removed_again),
        cmocka_unit_test(threads_never_see_half_a_patch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    return 0;
}

#endif
