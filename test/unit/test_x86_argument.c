/* SPDX-License-Identifier: MIT
 *
 * Arguments of removed calls: which instructions are taken for one, and that
 * what stands in their place does nothing, wherever it is entered.
 */
#include "unit.h"

#include "base/x86_argument.h"

struct form {
    const char *text;
    const char *code;
    size_t length;
};

static const struct form arguments[] = {
    {"xor %edi, %edi", "\x31\xff", 2},
    {"xor %esi, %esi", "\x33\xf6", 2},
    {"mov %ebx, %esi", "\x89\xde", 2},
    {"mov %esi, %edi", "\x8b\xfe", 2},
    {"mov %r13d, %esi", "\x44\x89\xee", 3},
    {"mov %r15, %rsi", "\x4c\x89\xfe", 3},
    {"mov %rbx, %rdi", "\x48\x89\xdf", 3},
    {"and $32, %esi", "\x83\xe6\x20", 3},
    {"movzbl %al, %esi", "\x0f\xb6\xf0", 3},
    {"movslq %eax, %rdi", "\x48\x63\xf8", 3},
    {"movzwl %r8w, %edi", "\x41\x0f\xb7\xf8", 4},
    {"movsbl %sil, %esi", "\x40\x0f\xbe\xf6", 4},
    {"mov $5, %edi", "\xbf\x05\x00\x00\x00", 5},
    {"mov $0x66666666, %esi", "\xbe\x66\x66\x66\x66", 5},
    {"and $128, %esi", "\x81\xe6\x80\x00\x00\x00", 6},
    {"mov $-2, %rdi", "\x48\xc7\xc7\xfe\xff\xff\xff", 7},
    {"lea 100(%rip), %rsi", "\x48\x8d\x35\x64\x00\x00\x00", 7},
};

static const struct form others[] = {
    {"mov $5, %r15d", "\x41\xbf\x05\x00\x00\x00", 6},
    {"mov %ebx, %eax", "\x89\xd8", 2},
    {"mov %ebx, %r14d", "\x41\x89\xde", 3},
    {"mov %ebx, (%rsi)", "\x89\x1e", 2},
    {"mov (%rax), %esi", "\x8b\x30", 2},
    {"movzbl (%rax), %esi", "\x0f\xb6\x30", 3},
    {"movzbl %al, %r14d", "\x44\x0f\xb6\xf0", 4},
    {"mov %bx, %si", "\x66\x89\xde", 3},
    {"mov %bl, %sil", "\x40\x88\xde", 3},
    {"xor %esi, %edi", "\x31\xf7", 2},
    {"cmp $32, %esi", "\x83\xfe\x20", 3},
    {"adc $1, %esi", "\x83\xd6\x01", 3},
    {"test %esi, %esi", "\x85\xf6", 2},
    {"movabs $1, %rdi", "\x48\xbf\x01\x00\x00\x00\x00\x00\x00\x00", 10},
    {"lea 8(%rax), %rsi", "\x48\x8d\x70\x08", 4},
    {"lea 100(%rip), %r14", "\x4c\x8d\x35\x64\x00\x00\x00", 7},
    {"push %rdi", "\x57", 1},
    {"cut off", "\xbf\x05\x00", 3},
    {"nothing", "", 0},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void arguments_are_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(arguments); i++)
        if (x86_argument((const uint8_t *)arguments[i].code,
                         arguments[i].length) != arguments[i].length)
            fail_msg("%s is not taken for an argument", arguments[i].text);
}

static void anything_else_is_left_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(others); i++)
        if (x86_argument((const uint8_t *)others[i].code, others[i].length))
            fail_msg("%s is taken for an argument", others[i].text);
}

/* nop of every kind, read apart from how it is written. */
static bool does_nothing(const uint8_t *code)
{
    while (*code == 0x66)
        code++;
    return *code == 0x90 || (code[0] == 0x0f && code[1] == 0x1f);
}

/* Enters at a place; each instruction does nothing, or is an argument as it was
 * there before, until the end of the call. Returns how many there are. */
static unsigned enter(const uint8_t *code, const uint8_t *before, size_t at,
                      size_t end)
{
    unsigned n = 0;
    for (; at < end; n++) {
        size_t length = x86_length(code + at, end - at);
        assert_true(length > 0);
        if (!does_nothing(code + at)) {
            assert_int_equal(x86_argument(code + at, end - at), length);
            assert_memory_equal(code + at, before + at, length);
        }
        at += length;
    }
    assert_int_equal(at, end);
    return n;
}

static void check(const struct form *const form[], unsigned n, uint8_t call)
{
    uint8_t before[X86_LEADS_MOST] = {0}, code[X86_LEADS_MOST] = {0};
    uint8_t out[X86_LEADS_MOST];
    struct x86_leads leads = {.n = n, .call = call};
    size_t end = 0, begins[X86_ARGUMENTS + 1];
    for (unsigned i = 0; i < n; i++) {
        leads.argument[i] = (uint8_t)form[i]->length;
        memcpy(before + end, form[i]->code, form[i]->length);
        begins[i] = end;
        end += form[i]->length;
    }
    begins[n] = end;
    memset(before + end, 0xe8, call);
    end += call;
    memcpy(code, before, end);
    size_t size = x86_spare(before, &leads, out);
    assert_true(size > call && size <= end);
    memcpy(code + end - size, out, size);
    for (unsigned i = 0; i <= n; i++)
        (void)enter(code, before, begins[i], end);
    /* one, or the first of two, has gone */
    assert_true(enter(code, before, 0, end) <= n + (call > 5) ||
                leads.argument[n - 1] >= 5);
    assert_true(enter(code, before, 0, end) <= n + 1);
}

static void it_can_be_entered_wherever_it_could_before(void **state)
{
    (void)state;
    for (uint8_t call = 5; call <= 6; call++)
        for (size_t i = 0; i < COUNT(arguments); i++) {
            const struct form *form[2] = {&arguments[i], NULL};
            check(form, 1, call);
            for (size_t k = 0; k < COUNT(arguments); k++) {
                form[1] = &arguments[k];
                check(form, 2, call);
            }
        }
}

static void no_argument_spares_nothing(void **state)
{
    (void)state;
    struct x86_leads leads = {.call = 5};
    uint8_t out[X86_LEADS_MOST];
    assert_int_equal(x86_spare((const uint8_t *)"", &leads, out), 0);
}

/* The commonest: 12 bytes, two instructions instead of three. */
static void two_arguments_become_one_instruction_less(void **state)
{
    (void)state;
    static const uint8_t code[] = {0xbf, 0x20, 0, 0, 0, 0x89, 0xde};
    struct x86_leads leads = {.argument = {5, 2}, .n = 2, .call = 5};
    uint8_t out[X86_LEADS_MOST];
    static const uint8_t expected[] = {0x66, 0x0f, 0x1f, 0x84, 0x00, 0x89,
                                       0xde, 0x66, 0x90, 0x0f, 0x1f, 0x00};
    assert_int_equal(x86_spare(code, &leads, out), sizeof expected);
    assert_memory_equal(out, expected, sizeof expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_are_known),
        cmocka_unit_test(anything_else_is_left_alone),
        cmocka_unit_test(it_can_be_entered_wherever_it_could_before),
        cmocka_unit_test(no_argument_spares_nothing),
        cmocka_unit_test(two_arguments_become_one_instruction_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
