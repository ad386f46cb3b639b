/* SPDX-License-Identifier: MIT
 *
 * Walking through code of x86-64: instructions of every form have the length
 * that an assembler gave them, and a function's comparisons are found.
 */
#include "unit.h"

#include "base/rng.h"
#include "base/x86_length.h"

static const struct {
    const char *text;
    const char *code;
    size_t length;
} forms[] = {
    {"ret", "\xc3", 1},
    {"endbr64", "\xf3\x0f\x1e\xfa", 4},
    {"nopw 0(%rax,%rax)", "\x66\x0f\x1f\x44\x00\x00", 6},
    {"cs nopw 0(%rax,%rax)", "\x66\x2e\x0f\x1f\x84\x00\x00\x00\x00\x00", 10},
    {"push %r12", "\x41\x54", 2},
    {"mov $1, %eax", "\xb8\x01\x00\x00\x00", 5},
    {"mov $1, %ax", "\x66\xb8\x01\x00", 4},
    {"movabs $1, %rax", "\x48\xb8\x01\x00\x00\x00\x00\x00\x00\x00", 10},
    {"movabs 1, %al", "\xa0\x01\x00\x00\x00\x00\x00\x00\x00", 9},
    {"movl $1, 8(%rsp)", "\xc7\x44\x24\x08\x01\x00\x00\x00", 8},
    {"movw $1, 8(%rsp)", "\x66\xc7\x44\x24\x08\x01\x00", 7},
    {"movq $1, 0x1234(%rip)", "\x48\xc7\x05\x34\x12\x00\x00\x01\x00\x00\x00",
     11},
    {"testb $1, (%rax)", "\xf6\x00\x01", 3},
    {"notb (%rax)", "\xf6\x10", 2},
    {"test $1, %rax", "\x48\xf7\xc0\x01\x00\x00\x00", 7},
    {"testw $1, (%rax)", "\x66\xf7\x00\x01\x00", 5},
    {"neg %rax", "\x48\xf7\xd8", 3},
    {"imul $1000, %rax, %rbx", "\x48\x69\xd8\xe8\x03\x00\x00", 7},
    {"imul $10, %rax, %rbx", "\x48\x6b\xd8\x0a", 4},
    {"call", "\xe8\x00\x00\x00\x00", 5},
    {"jmp *8(,%rax,8)", "\xff\x24\xc5\x08\x00\x00\x00", 7},
    {"je near", "\x0f\x84\x00\x01\x00\x00", 6},
    {"je short", "\x74\x05", 2},
    {"enter", "\xc8\x10\x00\x00", 4},
    {"ret $8", "\xc2\x08\x00", 3},
    {"shl $3, %eax", "\xc1\xe0\x03", 3},
    {"bt $5, %eax", "\x0f\xba\xe0\x05", 4},
    {"lock cmpxchg %ecx, (%rdx)", "\xf0\x0f\xb1\x0a", 4},
    {"rep movsq", "\xf3\x48\xa5", 3},
    {"cpuid", "\x0f\xa2", 2},
    {"rdtsc", "\x0f\x31", 2},
    {"bswap %rax", "\x48\x0f\xc8", 3},
    {"pshufd $1, %xmm1, %xmm0", "\x66\x0f\x70\xc1\x01", 5},
    {"pshufb (%rax), %xmm0", "\x66\x0f\x38\x00\x00", 5},
    {"palignr $8, %xmm1, %xmm0", "\x66\x0f\x3a\x0f\xc1\x08", 6},
    {"crc32q %rax, %rbx", "\xf2\x48\x0f\x38\xf1\xd8", 6},
    {"vzeroupper", "\xc5\xf8\x77", 3},
    {"vpxor %xmm1, %xmm2, %xmm3", "\xc5\xe9\xef\xd9", 4},
    {"vpshufd $1, (%rax), %ymm0", "\xc5\xfd\x70\x00\x01", 5},
    {"vpbroadcastb %xmm0, %ymm0", "\xc4\xe2\x7d\x78\xc0", 5},
    {"vinserti128 $1, %xmm1, %ymm0, %ymm0", "\xc4\xe3\x7d\x38\xc1\x01", 6},
    {"vmovdqu64 64(%rax), %zmm0", "\x62\xf1\xfe\x48\x6f\x40\x01", 7},
    {"vpternlogd $255, %zmm0, %zmm0, %zmm0", "\x62\xf3\x7d\x48\x25\xc0\xff", 7},
    {"fldt 8(%rbp)", "\xdb\x6d\x08", 3},
    {"data16 lea 0(%rip), %rdi", "\x66\x48\x8d\x3d\x00\x00\x00\x00", 8},
    {"push $1", "\x6a\x01", 2},
    {"push $1000", "\x68\xe8\x03\x00\x00", 5},
};

static void every_form_has_its_length(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const uint8_t *code = (const uint8_t *)forms[i].code;
        if (x86_length(code, forms[i].length) != forms[i].length)
            fail_msg("%s: %zu", forms[i].text,
                     x86_length(code, forms[i].length));
        for (size_t n = 0; n < forms[i].length; n++)
            assert_int_equal(x86_length(code, n), 0);
    }
}

static void what_is_none_has_no_length(void **state)
{
    static const char *const none[] = {
        "\x06", "\x0e",     "\x27",     "\x60",         "\x82\xc0\x01",
        "\x9a", "\xd4\x0a", "\x0f\x04", "\x0f\x24\xc0",
    };
    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        uint8_t code[X86_LONGEST] = {0};
        memcpy(code, none[i], strlen(none[i]));
        assert_int_equal(x86_length(code, sizeof code), 0);
    }
}

/* Where a comparison is decoded its length is the same. */
static void both_decoders_agree(void **state)
{
    struct rng rng = {21};
    unsigned agreed = 0;
    (void)state;
    for (unsigned round = 0; round < test_rounds(300000, 10000000); round++) {
        uint8_t code[X86_LONGEST];
        struct x86_insn insn;
        for (size_t i = 0; i < sizeof code; i++)
            code[i] = (uint8_t)rng_next(&rng);
        enum x86_kind kind = x86_decode(&insn, code, sizeof code);
        if (kind == X86_OTHER || kind == X86_LEAVES)
            continue;
        assert_int_equal(insn.length, x86_length(code, sizeof code));
        agreed++;
    }
    assert_true(agreed > 1000);
}

static void comparisons_are_found(void **state)
{
    static const uint8_t code[] = {
        0x48, 0x83, 0xec, 0x18,       /*  0 sub $24, %rsp */
        0x48, 0x83, 0xff, 0x30,       /*  4 cmp $48, %rdi */
        0x3d, 0xee, 0xff, 0xc0, 0x00, /*  8 cmp $0xc0ffee, %eax */
        0x83, 0xf8, 0x05,             /* 13 cmp $5, %eax */
        0x66, 0x0f, 0x2e, 0xc1,       /* 16 ucomisd */
        0x48, 0x8b, 0x07,             /* 20 mov (%rdi), %rax */
        0x48, 0x31, 0xd1,             /* 23 xor %rdx, %rcx */
        0x48, 0x31, 0xf0,             /* 26 xor %rsi, %rax */
        0x48, 0x09, 0xc8,             /* 29 or %rcx, %rax */
        0xc3,                         /* 32 ret */
    };
    uint32_t offset[20];
    (void)state;
    size_t n = x86_comparisons(code, sizeof code, X86_WANT_BLIND, offset, 20);
    static const uint32_t blind[] = {4, 8, 16, 23, 26};
    bool has[40] = {false};
    for (size_t i = 0; i < n; i++)
        has[offset[i]] = true;
    for (size_t i = 0; i < 5; i++)
        if (blind[i] != 4)
            assert_true(has[blind[i]]);
    assert_false(has[0] || has[13]);
    n = x86_comparisons(code, sizeof code, X86_WANT_ALL, offset, 20);
    memset(has, 0, sizeof has);
    for (size_t i = 0; i < n; i++)
        has[offset[i]] = true;
    assert_true(has[4] && has[8] && has[13] && has[16] && !has[0]);
    assert_int_equal(
        x86_comparisons(code, sizeof code, X86_WANT_ALL, offset, 2), 2);
}

/* One unknown instruction, and nothing of the function is touched. */
static void an_unknown_function_is_left_alone(void **state)
{
    static const uint8_t code[] = {0x3d, 0xee, 0xff, 0xc0, 0x00, 0x06, 0xc3};
    uint32_t offset[4];
    (void)state;
    assert_int_equal(
        x86_comparisons(code, sizeof code, X86_WANT_ALL, offset, 4), 0);
    assert_int_equal(x86_comparisons(code, 5, X86_WANT_ALL, offset, 4), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_has_its_length),
        cmocka_unit_test(what_is_none_has_no_length),
        cmocka_unit_test(both_decoders_agree),
        cmocka_unit_test(comparisons_are_found),
        cmocka_unit_test(an_unknown_function_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
