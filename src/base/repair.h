/* SPDX-License-Identifier: MIT
 *
 * What holds an input together: numbers in it that the target compared with
 * others and found equal, such as checksums of what stands beside them, lengths,
 * and copies. A mutant breaks them, and the target looks no further; written
 * anew, as the target itself computed them from the mutant, they let it through.
 *
 * Nothing has to be known of how a number is computed, nor whether it is a
 * checksum: which comparisons were equal in the entry, and where a side of them
 * stands, is enough (after AFL++'s and Redqueen's checksum fixing, without
 * patching the target). Pure: the worker runs the mutant with its comparisons
 * recorded and asks what to write.
 */
#ifndef THRESH_BASE_REPAIR_H
#define THRESH_BASE_REPAIR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/input.h"
#include "base/operands.h"

#define REPAIR_PLACES 16u

struct repair_place {
    uint64_t site;
    uint64_t value; /* in the entry, on both sides */
    uint32_t arg;
    uint32_t at;   /* bytes */
    uint32_t size; /* of the argument, in the entry */
    uint8_t bytes; /* that hold it: 2, 4, 8 */
    bool swap;     /* their order is not the machine's */
    bool constant; /* it is one of the program's: `a` of the operands */
};

struct repair {
    uint32_t n;
    struct repair_place place[REPAIR_PLACES];
};

/* Lists what may need repair in mutants of an input that made these
 * comparisons, in the order in which they came: equal numbers of at least two
 * bytes' worth that stand in an argument of variable size. */
void repair_init(struct repair *r, const struct signature *sig,
                 const struct input *in, const struct operands *o);

/* Writes anew, in a mutant that made the comparisons `o`, the first number
 * that was equal and no longer is. False if there is none, or its place is not
 * found. */
bool repair_mend(const struct repair *r, struct input *in,
                 const struct operands *o);

#endif
