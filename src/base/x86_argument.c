/* SPDX-License-Identifier: MIT
 *
 * See x86_argument.h. An instruction that does nothing and has an address in
 * memory, nop (0f 1f, ModRM), never looks there, so that the last bytes of it
 * may be any: the instruction that began in them.
 */
#include "base/x86_argument.h"

#include <string.h>

#define RSI 6u
#define RDI 7u

static bool is_argument(uint8_t number)
{
    return number == RSI || number == RDI;
}

/* Whether an opcode makes one of the two registers that its ModRM names of the
 * other one, and whether that is the one in `reg`. */
static bool makes_of_register(const uint8_t *opcode, bool two_bytes, bool *reg)
{
    *reg = true;
    if (two_bytes) /* movzx, movsx */
        return (opcode[0] & 0xf6) == 0xb6;
    if (opcode[0] == 0x89) {
        *reg = false;
        return true;
    }
    return opcode[0] == 0x8b || opcode[0] == 0x63;
}

/* add, or, and, sub, xor with a constant; mov of one. */
static bool makes_of_constant(uint8_t opcode, uint8_t reg)
{
    return opcode == 0x81 || opcode == 0x83 ? reg != 2 && reg != 3 && reg != 7
                                            : opcode == 0xc7 && reg == 0;
}

/* An instruction behind its REX prefix, whose ModRM is in there. */
static bool sets(const uint8_t *code, uint8_t rex)
{
    bool two_bytes = code[0] == 0x0f, in_reg;
    const uint8_t *opcode = code + two_bytes;
    uint8_t modrm = opcode[1];
    uint8_t reg = modrm >> 3 & 7, rm = modrm & 7;
    bool extended_reg = rex & 4, extended_rm = rex & 1;
    if (!two_bytes && (opcode[0] == 0xbe || opcode[0] == 0xbf))
        return !extended_rm;
    if (!two_bytes && opcode[0] == 0x8d) /* lea of what stands in the module */
        return modrm >> 6 == 0 && rm == 5 && !extended_reg && is_argument(reg);
    if (modrm >> 6 != 3)
        return false;
    if (!two_bytes && (opcode[0] == 0x31 || opcode[0] == 0x33))
        return reg == rm && is_argument(rm) && !extended_reg && !extended_rm;
    if (!two_bytes && makes_of_constant(opcode[0], reg))
        return is_argument(rm) && !extended_rm;
    return makes_of_register(opcode, two_bytes, &in_reg) &&
           (in_reg ? is_argument(reg) && !extended_reg
                   : is_argument(rm) && !extended_rm);
}

size_t x86_argument(const uint8_t *code, size_t n)
{
    uint8_t bytes[X86_LONGEST + 1] = {0};
    memcpy(bytes, code, n < X86_LONGEST ? n : X86_LONGEST);
    size_t length = x86_length(code, n);
    bool has_rex = (bytes[0] & 0xf0) == 0x40;
    if (length < 2 || length > X86_ARGUMENT_LONGEST ||
        !sets(bytes + has_rex, has_rex ? bytes[0] : 0))
        return 0;
    return length;
}

void x86_nop(uint8_t *out, size_t size)
{
    static const uint8_t nop[][9] = {
        {0x90},
        {0x66, 0x90},
        {0x0f, 0x1f, 0x00},
        {0x0f, 0x1f, 0x40, 0},
        {0x0f, 0x1f, 0x44, 0, 0},
        {0x66, 0x0f, 0x1f, 0x44, 0, 0},
        {0x0f, 0x1f, 0x80, 0, 0, 0, 0},
        {0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0},
        {0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0},
    };
    memcpy(out, nop[size - 1], size);
}

/* Where a removed call was: the instruction before ends `taken` bytes in. */
static void nops(uint8_t *out, size_t taken, size_t size)
{
    if (taken)
        x86_nop(out, taken);
    if (size > taken)
        x86_nop(out + taken, size - taken);
}

/* One that does nothing, in place of an argument of so many bytes, which ends
 * in the bytes behind it: in as many of them as are its address's. */
static void swallow(uint8_t *out, size_t size)
{
    static const uint8_t with_address[] = {0x0f, 0x1f, 0x84, 0};
    static const uint8_t without[] = {0x0f, 0x1f};
    size_t n = size < 5 ? sizeof without : sizeof with_address;
    memset(out, 0x66, size - n);
    memcpy(out + size - n, size < 5 ? without : with_address, n);
}

/* One argument and the call. Of a short one the call's first byte becomes the
 * ModRM: 90 has an address of four bytes behind it. */
static size_t spare_one(uint8_t size, uint8_t call, uint8_t *out)
{
    swallow(out, size);
    if (size < 5) {
        nops(out + size, 1, 5);
        if (call > 5)
            x86_nop(out + size + 5, call - 5u);
    } else {
        nops(out + size, 4, call);
    }
    return size + (size_t)call;
}

/* Two arguments and the call: the second one is swallowed by the first as a
 * whole, with the beginning of the call, or not at all. */
static size_t spare_two(const uint8_t *code, const struct x86_leads *leads,
                        uint8_t *out)
{
    size_t first = leads->argument[0], second = leads->argument[1];
    uint8_t bytes[X86_LEADS_MOST] = {0};
    swallow(bytes, first);
    memcpy(bytes + first, code + first, second);
    size_t length = x86_length(bytes, sizeof bytes);
    if (length < first + second || length > first + second + leads->call)
        return 0;
    memcpy(out, bytes, first + second);
    nops(out + first + second, length - first - second, leads->call);
    return first + second + leads->call;
}

size_t x86_spare(const uint8_t *code, const struct x86_leads *leads,
                 uint8_t out[X86_LEADS_MOST])
{
    size_t done = 0;
    if (leads->n == 0)
        return 0;
    if (leads->n == 2)
        done = spare_two(code, leads, out);
    return done ? done
                : spare_one(leads->argument[leads->n - 1], leads->call, out);
}
