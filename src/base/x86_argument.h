/* SPDX-License-Identifier: MIT
 *
 * What leads up to a call that is not made any more: instructions that set its
 * arguments. They and the call, as few instructions that do nothing. Pure.
 */
#ifndef THRESH_BASE_X86_ARGUMENT_H
#define THRESH_BASE_X86_ARGUMENT_H

#include "base/x86_length.h"

/* Arguments that are looked at, the longest instruction that makes one, and
 * room for all of them and a call. */
#define X86_ARGUMENTS        2u
#define X86_ARGUMENT_LONGEST 8u
#define X86_LEADS_MOST       24u

/* The length of the instruction at code, of which n bytes are readable, if all
 * it does is to make rdi or rsi, the first two argument registers, of
 * registers and constants; the flags, which calls don't keep either, may change.
 * 0 if it does anything else, reads memory, is longer than
 * X86_ARGUMENT_LONGEST, or is unknown. */
size_t x86_argument(const uint8_t *code, size_t n);

/* Instructions side by side: arguments, then a removed call. */
struct x86_leads {
    uint8_t argument[X86_ARGUMENTS]; /* their lengths, the last one's last */
    unsigned n;                      /* of them; one is argument[0] */
    uint8_t call;                    /* length: 5 or 6 */
};

/* Fills out with bytes that do nothing, in place of those at code: fewer
 * instructions than there were. What jumps to where an instruction began finds
 * one there, too, and goes on behind the call: the bytes of one that was jumped
 * into are part of the one before, as a displacement of an address that is not
 * used. Returns how many bytes to put in front of the end of the call, 0 if
 * nothing can be spared. */
size_t x86_spare(const uint8_t *code, const struct x86_leads *leads,
                 uint8_t out[X86_LEADS_MOST]);

/* The instruction of `size` bytes, 1 to 9, that does nothing. */
void x86_nop(uint8_t *out, size_t size);

#endif
