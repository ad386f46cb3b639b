/* SPDX-License-Identifier: MIT
 *
 * See function.h. A function may be told in pieces, each of which consists of
 * whole instructions.
 */
#include "platform/windows.h"

#include "platform/function.h"

bool function_find(uintptr_t address, struct code_range *out)
{
#ifdef __x86_64__
    DWORD64 base;
    const RUNTIME_FUNCTION *piece =
        RtlLookupFunctionEntry((DWORD64)address, &base, NULL);
    if (!piece)
        return false;
    *out = (struct code_range){(uintptr_t)(base + piece->BeginAddress),
                               (uintptr_t)(base + piece->EndAddress)};
    return code_range_holds(out, address);
#else
    (void)address;
    (void)out;
    return false;
#endif
}
