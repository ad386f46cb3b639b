/* SPDX-License-Identifier: MIT
 *
 * Comparing instructions of x86-64, as an assembler makes them.
 */
#include "unit.h"

#include "base/rng.h"
#include "base/x86.h"

/* An operand as one number: r0..r15, x0.., s0.., m, i. */
#define R(n) (X86_REGISTER << 8 | (n))
#define X(n) (X86_XMM << 8 | (n))
#define S(n) (X86_STACK << 8 | (n))
#define M    (X86_MEMORY << 8)
#define I    (X86_IMMEDIATE << 8)

static int operand(const struct x86_operand *o)
{
    return (int)o->place << 8 | o->number;
}

static const struct {
    const char *text;
    const char *code;
    uint8_t length;
    enum x86_kind kind;
    uint8_t width;
    int a, b;
} compares[] = {
    {"cmp %rbx, %rax", "\x48\x39\xd8", 3, X86_COMPARE, 8, R(0), R(3)},
    {"cmp $0x12345678, %eax", "\x3d\x78\x56\x34\x12", 5, X86_COMPARE, 4, R(0),
     I},
    {"cmpl $-2, 16(%rsp,%r9,4)", "\x42\x83\x7c\x8c\x10\xfe", 6, X86_COMPARE, 4,
     M, I},
    {"cmpw $0x1234, (%rdi)", "\x66\x81\x3f\x34\x12", 5, X86_COMPARE, 2, M, I},
    {"cmp %r8d, 0x12345678(%rip)", "\x44\x39\x05\x78\x56\x34\x12", 7,
     X86_COMPARE, 4, M, R(8)},
    {"cmp (%rbp), %r15", "\x4c\x3b\x7d\x00", 4, X86_COMPARE, 8, R(15), M},
    {"cmp %ax, (%rsi,%rcx)", "\x66\x39\x04\x0e", 4, X86_COMPARE, 2, M, R(0)},
    {"xor 8(%rsp), %rax", "\x48\x33\x44\x24\x08", 5, X86_DIFFERENCE, 8, R(0),
     M},
    {"xor %rdx, %rcx", "\x48\x31\xd1", 3, X86_DIFFERENCE, 8, R(1), R(2)},
    {"sub %rcx, %rax", "\x48\x29\xc8", 3, X86_DIFFERENCE, 8, R(0), R(1)},
    {"sbb %rsi, %rax", "\x48\x19\xf0", 3, X86_BORROW, 8, R(0), R(6)},
    {"sbb $5, %rcx", "\x48\x83\xd9\x05", 4, X86_BORROW, 8, R(1), I},
    {"idivl -4(%rbp)", "\xf7\x7d\xfc", 3, X86_DIVISION, 4, M, I},
    {"div %r9", "\x49\xf7\xf1", 3, X86_DIVISION, 8, R(9), I},
    {"ucomiss 4(%rip), %xmm0", "\x0f\x2e\x05\x04\x00\x00\x00", 7, X86_FLOAT, 4,
     X(0), M},
    {"ucomisd %xmm9, %xmm1", "\x66\x41\x0f\x2e\xc9", 5, X86_FLOAT, 8, X(1),
     X(9)},
    {"comisd (%rax), %xmm15", "\x66\x44\x0f\x2f\x38", 5, X86_FLOAT, 8, X(15),
     M},
    {"vucomisd %xmm9, %xmm1", "\xc4\xc1\x79\x2e\xc9", 5, X86_FLOAT, 8, X(1),
     X(9)},
    {"vcomiss 8(%r10), %xmm12", "\xc4\x41\x78\x2f\x62\x08", 6, X86_FLOAT, 4,
     X(12), M},
    {"cmpltsd %xmm2, %xmm1", "\xf2\x0f\xc2\xca\x01", 5, X86_FLOAT, 8, X(1),
     X(2)},
    {"vcmpltss (%rax), %xmm3, %xmm1", "\xc5\xe2\xc2\x08\x01", 5, X86_FLOAT, 4,
     X(3), M},
    {"pcmpeqb (%rdi), %xmm0", "\x66\x0f\x74\x07", 4, X86_BLOCK, 16, X(0), M},
    {"vpcmpeqb 16(%rdi), %xmm4, %xmm5", "\xc5\xd9\x74\x6f\x10", 5, X86_BLOCK,
     16, X(4), M},
    {"pxor %xmm1, %xmm0", "\x66\x0f\xef\xc1", 4, X86_BLOCK, 16, X(0), X(1)},
    {"vpxor %xmm1, %xmm2, %xmm3", "\xc5\xe9\xef\xd9", 4, X86_BLOCK, 16, X(2),
     X(1)},
    {"pcmpeqq %xmm8, %xmm1", "\x66\x41\x0f\x38\x29\xc8", 6, X86_BLOCK, 16, X(1),
     X(8)},
    {"vpcmpeqq (%r8), %xmm9, %xmm1", "\xc4\xc2\x31\x29\x08", 5, X86_BLOCK, 16,
     X(9), M},
    {"xorps 16(%rax), %xmm3", "\x0f\x57\x58\x10", 4, X86_BLOCK, 16, X(3), M},
    {"fucomip %st(1), %st", "\xdf\xe9", 2, X86_LONG_DOUBLE, 10, S(0), S(1)},
    {"fcomip %st(2), %st", "\xdf\xf2", 2, X86_LONG_DOUBLE, 10, S(0), S(2)},
    {"fucomi %st(3), %st", "\xdb\xeb", 2, X86_LONG_DOUBLE, 10, S(0), S(3)},
    {"fcomi %st(3), %st", "\xdb\xf3", 2, X86_LONG_DOUBLE, 10, S(0), S(3)},
    {"fucompp", "\xda\xe9", 2, X86_LONG_DOUBLE, 10, S(0), S(1)},
    {"fcompp", "\xde\xd9", 2, X86_LONG_DOUBLE, 10, S(0), S(1)},
    {"fcoms (%rax)", "\xd8\x10", 2, X86_LONG_DOUBLE, 4, S(0), M},
    {"fcompl 8(%rcx)", "\xdc\x59\x08", 3, X86_LONG_DOUBLE, 8, S(0), M},
    {"fucomp %st(4)", "\xdd\xec", 2, X86_LONG_DOUBLE, 10, S(0), S(4)},
    {"fcom %st(5)", "\xd8\xd5", 2, X86_LONG_DOUBLE, 10, S(0), S(5)},
};

static void comparisons_are_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof compares / sizeof compares[0]; i++) {
        const uint8_t *code = (const uint8_t *)compares[i].code;
        struct x86_insn insn;
        if (x86_decode(&insn, code, compares[i].length) != compares[i].kind ||
            insn.kind != compares[i].kind ||
            insn.length != compares[i].length ||
            insn.width != compares[i].width ||
            operand(&insn.a) != compares[i].a ||
            operand(&insn.b) != compares[i].b)
            fail_msg("%s: kind %d, length %d, width %d, %x, %x",
                     compares[i].text, insn.kind, insn.length, insn.width,
                     (unsigned)operand(&insn.a), (unsigned)operand(&insn.b));
        /* What is cut off is none. */
        for (size_t n = 0; n < compares[i].length; n++) {
            uint8_t *exact = malloc(n + 1);
            assert_non_null(exact);
            memcpy(exact + 1, code, n);
            assert_int_equal(x86_decode(&insn, exact + 1, n), X86_OTHER);
            free(exact);
        }
    }
}

static void others_are_not(void **state)
{
    static const struct {
        const char *text;
        const char *code;
        enum x86_kind kind;
    } others[] = {
        {"xor %eax, %eax", "\x31\xc0", X86_OTHER},
        {"pxor %xmm1, %xmm1", "\x66\x0f\xef\xc9", X86_OTHER},
        {"xor %rax, (%rdx)", "\x48\x31\x02", X86_OTHER},
        {"lock xor %eax, (%rbx)", "\xf0\x31\x03", X86_OTHER},
        {"cmpb $3, (%rax)", "\x80\x38\x03", X86_OTHER},
        {"cmp %fs:0x28, %rax", "\x64\x48\x3b\x04\x25\x28\x00\x00\x00",
         X86_OTHER},
        {"cmp 5(%eax), %rcx", "\x67\x48\x3b\x48\x05", X86_OTHER},
        {"mov %rax, %rbx", "\x48\x89\xc3", X86_OTHER},
        {"test %rax, %rax", "\x48\x85\xc0", X86_OTHER},
        {"add $5, %rax", "\x48\x83\xc0\x05", X86_OTHER},
        {"fadd %st(1), %st", "\xd8\xc1", X86_OTHER},
        {"addss %xmm1, %xmm2", "\xf3\x0f\x58\xd1", X86_OTHER},
        {"mulps %xmm1, %xmm2", "\x0f\x59\xd1", X86_OTHER},
        {"pushf", "\x9c", X86_LEAVES},
        {"syscall", "\x0f\x05", X86_LEAVES},
    };
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        uint8_t code[X86_LONGEST] = {0};
        struct x86_insn insn;
        size_t n = 9;
        memcpy(code, others[i].code, strlen(others[i].code));
        if (i == 5)
            memcpy(code, others[i].code, n);
        if (x86_decode(&insn, code, sizeof code) != others[i].kind)
            fail_msg("%s: kind %d", others[i].text, insn.kind);
    }
}

static void addresses_are_sums(void **state)
{
    static const struct {
        const char *code;
        uint8_t length;
        uint64_t address;
    } cases[] = {
        {"\x42\x83\x7c\x8c\x10\xfe", 6, 0x1004 + 16 + 4 * 0x1009},
        {"\x44\x39\x05\x78\x56\x34\x12", 7, 0x400000 + 7 + 0x12345678},
        {"\x49\x83\x7d\x00\x07", 5, 0x100d},
        {"\x66\x39\x04\x0e", 4, 0x1006 + 0x1001},
        {"\x3b\x0c\x25\x44\x33\x22\x11", 7, 0x11223344},
        {"\x48\x3b\x0c\xdd\x00\x00\x00\x00", 8, 8 * 0x1003},
        {"\x3b\x4c\x24\x80", 4, 0x1004 - 128},
        {"\x49\x3b\x94\x24\x80\x00\x00\x00", 8, 0x100c + 0x80},
    };
    uint64_t reg[16];
    (void)state;
    for (uint64_t i = 0; i < 16; i++)
        reg[i] = 0x1000 + i;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct x86_insn insn;
        assert_int_equal(
            x86_decode(&insn, (const uint8_t *)cases[i].code, cases[i].length),
            X86_COMPARE);
        assert_int_equal(x86_address(&insn, reg, 0x400000), cases[i].address);
    }
}

static void immediates_have_signs(void **state)
{
    struct x86_insn insn;
    (void)state;
    x86_decode(&insn, (const uint8_t *)"\x42\x83\x7c\x8c\x10\xfe", 6);
    assert_true(insn.immediate == (uint64_t)-2);
    x86_decode(&insn, (const uint8_t *)"\x3d\x78\x56\x34\x12", 5);
    assert_int_equal(insn.immediate, 0x12345678);
    x86_decode(&insn, (const uint8_t *)"\x66\x81\x3f\x34\x82", 5);
    assert_true((uint16_t)insn.immediate == 0x8234);
}

static void calls_are_known_by_their_ends(void **state)
{
    static const struct {
        const char *code;
        size_t size;
        bool call;
    } cases[] = {
        {"\xe8\x01\x02\x03\x04", 5, true},
        {"\xff\xd0", 2, true},                     /* rax */
        {"\x41\xff\xd3", 3, true},                 /* r11 */
        {"\xff\x15\x01\x02\x03\x04", 6, true},     /* (rip) */
        {"\xff\x10", 2, true},                     /* (rax) */
        {"\xff\x50\x08", 3, true},                 /* 8(rax) */
        {"\xff\x90\x08\x00\x00\x00", 6, true},     /* 8(rax), long */
        {"\xff\x14\xc8", 3, true},                 /* (rax,rcx,8) */
        {"\xff\x54\xc8\x10", 4, true},             /* 16(rax,rcx,8) */
        {"\xff\x14\xc5\x00\x00\x00\x00", 7, true}, /* (,rax,8) */
        {"\xe9\x01\x02\x03\x04", 5, false},        /* jmp */
        {"\xff\xe0", 2, false},                    /* jmp rax */
        {"\xff\x35\x01\x02\x03\x04", 6, false},    /* push */
        {"\x90\x90\x90\x90\x90\x90\x90", 7, false},
        {"\x48\x89\xc3", 3, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const uint8_t *code = (const uint8_t *)cases[i].code;
        assert_int_equal(x86_follows_call(code + cases[i].size, cases[i].size),
                         cases[i].call);
    }
    assert_false(x86_follows_call((const uint8_t *)"" + 1, 1));
}

/* Any bytes are decoded without reading behind them. */
static void noise_is_decoded(void **state)
{
    struct rng rng = {3};
    (void)state;
    for (unsigned round = 0; round < test_rounds(50000, 2000000); round++) {
        size_t n = rng_below(&rng, X86_LONGEST + 3);
        uint8_t *code = malloc(n + 1);
        struct x86_insn insn;
        assert_non_null(code);
        for (size_t i = 0; i <= n; i++)
            code[i] = (uint8_t)rng_next(&rng);
        if (n && rng_below(&rng, 2))
            code[1] = (uint8_t) "\x66\x0f\xc5\xc4\xf3\x48\xdb\x81"[rng_below(
                &rng, 8)];
        if (x86_decode(&insn, code + 1, n) != X86_OTHER) {
            assert_true(insn.length <= n);
            assert_true(insn.width <= 16);
        }
        free(code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparisons_are_known),
        cmocka_unit_test(others_are_not),
        cmocka_unit_test(addresses_are_sums),
        cmocka_unit_test(immediates_have_signs),
        cmocka_unit_test(calls_are_known_by_their_ends),
        cmocka_unit_test(noise_is_decoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
