/* SPDX-License-Identifier: MIT
 *
 * Arguments of removed calls in real code: they go and come back, and the code
 * does what it did, wherever it is entered.
 */
#include "unit.h"

#include <pthread.h>

#include "platform/function.h"
#include "worker/compare.h"
#include "worker/disarm.h"

#ifdef __x86_64__

#define CALLBACK "__sanitizer_cov_trace_const_cmp4"

/* Each block compares the argument with a constant, and counts; from the second
 * one on it can be entered behind the first or the second instruction of its
 * call, too, by an address that is computed. */
#define BLOCKS      64
#define BLOCK_BYTES 14
#define FUNCTION(name, before, behind)                                      \
    __asm__(".text\n.p2align 4\n.globl " name "\n.type " name               \
            ", @function\n" name ":\n.cfi_startproc\n"                      \
            "pushq %rbx\npushq %rbp\npushq %r12\npushq %r14\npushq %r15\n"  \
            "movl %edi, %ebp\nxorl %ebx, %ebx\n"                            \
            "leaq 1f(%rip), %r12\naddq %rsi, %r12\njmp *%r12\n1:\n"         \
            ".rept 64\n" before "call " CALLBACK "@PLT\nincl %ebx\n" behind \
            ".endr\n"                                                       \
            "movl %ebx, %eax\npopq %r15\npopq %r14\npopq %r12\npopq %rbp\n" \
            "popq %rbx\nret\n"                                              \
            ".cfi_endproc\n.size " name ", .-" name "\n")

/* Five and two bytes. */
FUNCTION("with_constant", "movl $7, %edi\nmovl %ebp, %esi\n", "");
/* Two and two. */
FUNCTION("with_zero", "xorl %edi, %edi\nmovl %ebp, %esi\n",
         ".byte 0x0f, 0x1f, 0x00\n");
/* What looks like an argument when it is read from the middle. */
FUNCTION("with_other_register", "movl $7, %r15d\nmovl %ebp, %esi\n", "");
/* Bytes that are no instruction anybody knows. */
__asm__(".text\n.p2align 4\n.globl unknown\n.type unknown, @function\n"
        "unknown:\n.cfi_startproc\npushq %rbx\nmovl %edi, %ebx\n"
        ".rept 64\nmovl $7, %edi\nmovl %ebx, %esi\n"
        "call " CALLBACK "@PLT\n.endr\n"
        "movl $64, %eax\npopq %rbx\nret\n.byte 0x06\n"
        ".cfi_endproc\n.size unknown, .-unknown\n");

int with_constant(uint32_t value, uintptr_t skipped);
int with_zero(uint32_t value, uintptr_t skipped);
int with_other_register(uint32_t value, uintptr_t skipped);
int unknown(uint32_t value, uintptr_t skipped);

static struct operands operands;

typedef int function(uint32_t value, uintptr_t skipped);

static void bytes_of(function *f, uint8_t out[4096], size_t *n)
{
    struct code_range range;
    assert_true(function_find((uintptr_t)f, &range));
    *n = range.end - range.start;
    assert_true(*n > 100 && *n <= 4096);
    memcpy(out, (const void *)range.start, *n);
}

/* Removes all calls of the function, and what goes with them. */
static void remove_calls(function *f)
{
    compare_disarm();
    (void)f(1, 0);
    compare_record(&operands);
    compare_disarm();
}

static void check(function *f, uint32_t constant, uintptr_t second,
                  uintptr_t third, bool spared)
{
    static uint8_t whole[4096], without[4096], again[4096];
    size_t n, sites = 0;
    bytes_of(f, whole, &n);
    remove_calls(f);
    bytes_of(f, without, &n);
    (void)disarm_sites(&sites);
    assert_true(sites >= BLOCKS);
    /* An argument of the first block has changed, or none has. */
    size_t before_first = 0;
    while (whole[before_first] == without[before_first])
        before_first++;
    assert_int_equal(whole[before_first] != 0xe8, spared);
    for (uintptr_t block = 0; block < BLOCKS; block++) {
        uintptr_t at = block * BLOCK_BYTES;
        int left = BLOCKS - (int)block;
        assert_int_equal(f(1, at), left);
        assert_int_equal(f(1, at + second), left);
        assert_int_equal(f(1, at + third), left);
    }
    for (int i = 0; i < 3; i++) {
        compare_record(&operands);
        bytes_of(f, again, &n);
        assert_memory_equal(again, whole, n);
        assert_int_equal(f(9, 0), BLOCKS);
        assert_int_equal(operands.n, BLOCKS);
        assert_int_equal(operands.op[3].a, constant);
        assert_int_equal(operands.op[3].b, 9);
        compare_disarm();
        bytes_of(f, again, &n);
        assert_memory_equal(again, without, n);
    }
}

static void arguments_go_and_come_back(void **state)
{
    (void)state;
    check(with_constant, 7, 5, 7, true);
}

static void short_arguments_go_and_come_back(void **state)
{
    (void)state;
    check(with_zero, 0, 2, 4, true);
}

static void another_registers_are_no_arguments(void **state)
{
    (void)state;
    uint8_t whole[4096], without[4096];
    size_t n;
    bytes_of(with_other_register, whole, &n);
    remove_calls(with_other_register);
    bytes_of(with_other_register, without, &n);
    static const uint8_t move[] = {0x41, 0xbf, 7, 0, 0, 0}; /* to r15d */
    const uint8_t *at = memmem(whole, n, move, sizeof move);
    assert_non_null(at);
    assert_memory_equal(without + (at - whole), move, sizeof move);
    assert_int_equal(with_other_register(1, 0), BLOCKS);
}

/* Of a function that can't be read nothing but calls are removed. */
static void a_function_with_unknown_code_keeps_its_arguments(void **state)
{
    (void)state;
    uint8_t whole[4096], without[4096];
    size_t n;
    bytes_of(unknown, whole, &n);
    remove_calls(unknown);
    bytes_of(unknown, without, &n);
    size_t i = 0;
    while (whole[i] == without[i])
        i++;
    assert_int_equal(unknown(1, 0), BLOCKS);
    assert_int_equal(whole[i], 0xe8);
}

static void *wait_for(void *end)
{
    while (!__atomic_load_n((int *)end, __ATOMIC_ACQUIRE))
        continue;
    return NULL;
}

/* Somebody else may be in the middle of them. */
static void with_threads_nothing_is_touched(void **state)
{
    (void)state;
    static uint8_t before[4096], after[4096];
    pthread_t thread;
    int end = 0;
    size_t n;
    bytes_of(with_constant, before, &n);
    assert_int_equal(pthread_create(&thread, NULL, wait_for, &end), 0);
    compare_record(&operands);
    bytes_of(with_constant, after, &n);
    assert_memory_equal(after, before, n);
    assert_int_equal(with_constant(1, 0), BLOCKS);
    compare_disarm();
    __atomic_store_n(&end, 1, __ATOMIC_RELEASE);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(with_constant(1, 0), BLOCKS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_go_and_come_back),
        cmocka_unit_test(short_arguments_go_and_come_back),
        cmocka_unit_test(another_registers_are_no_arguments),
        cmocka_unit_test(a_function_with_unknown_code_keeps_its_arguments),
        cmocka_unit_test(with_threads_nothing_is_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    return 0;
}

#endif
