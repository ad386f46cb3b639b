/* SPDX-License-Identifier: MIT
 *
 * Gives another target (compiled with LLVMFuzzerTestOneInput renamed to
 * fixed_target) the same built-in document in every execution, so that engines
 * are compared without their different taste in inputs. The document, the file
 * FIXED_DOCUMENT, is linked in by the assembler.
 */
#include <stddef.h>
#include <stdint.h>

int fixed_target(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const uint8_t fixed_start[], fixed_end[];
__asm__(".section .rodata\n"
        "fixed_start: .incbin \"" FIXED_DOCUMENT "\"\n"
        "fixed_end:\n"
        ".previous\n");

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)data;
    (void)size;
    return fixed_target(fixed_start, (size_t)(fixed_end - fixed_start));
}
