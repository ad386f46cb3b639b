/* SPDX-License-Identifier: MIT
 *
 * How long an instruction of x86-64 is, so that code can be walked through; and
 * which instructions of a function are comparisons worth looking at. Pure.
 *
 * Compilers put nothing but instructions between the beginning and the end of a
 * function. Where one is met that is not known, the whole function counts as
 * unknown: a breakpoint in the middle of an instruction would change it.
 */
#ifndef THRESH_BASE_X86_LENGTH_H
#define THRESH_BASE_X86_LENGTH_H

#include "base/x86.h"

/* The length of the instruction at code, of which n bytes are readable; 0 if
 * it is unknown or cut off. */
size_t x86_length(const uint8_t *code, size_t n);

enum x86_want {
    X86_WANT_BLIND, /* what no callback tells */
    X86_WANT_ALL,   /* all comparisons of integers, too */
};

/* Fills offsets of comparisons in the function code[0..n), at most `max`, in
 * order; returns their number. 0 if the function has an unknown instruction. */
size_t x86_comparisons(const uint8_t *code, size_t n, enum x86_want want,
                       uint32_t *offset, size_t max);

#endif
