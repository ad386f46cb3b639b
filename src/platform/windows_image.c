/* SPDX-License-Identifier: MIT
 *
 * See windows_image.h.
 */
#include "platform/windows.h"

#include "platform/windows_image.h"

#include <string.h>

bool windows_image_of(uintptr_t address, const uint8_t **base)
{
    DWORD reason = GetLastError();
    MEMORY_BASIC_INFORMATION m;
    bool found = VirtualQuery((const void *)address, &m, sizeof m) && // NOLINT
                 m.State == MEM_COMMIT && m.Type == MEM_IMAGE;
    SetLastError(reason);
    if (found)
        *base = m.AllocationBase;
    return found;
}

bool windows_section(const uint8_t *base, size_t i,
                     struct windows_section *section)
{
    IMAGE_DOS_HEADER dos;
    IMAGE_NT_HEADERS nt;
    IMAGE_SECTION_HEADER s;
    memcpy(&dos, base, sizeof dos);
    memcpy(&nt, base + dos.e_lfanew, sizeof nt);
    if (dos.e_magic != IMAGE_DOS_SIGNATURE ||
        nt.Signature != IMAGE_NT_SIGNATURE ||
        i >= nt.FileHeader.NumberOfSections)
        return false;
    memcpy(&s,
           base + dos.e_lfanew + offsetof(IMAGE_NT_HEADERS, OptionalHeader) +
               nt.FileHeader.SizeOfOptionalHeader + i * sizeof s,
           sizeof s);
    *section = (struct windows_section){
        .start = s.VirtualAddress,
        .size = s.Misc.VirtualSize ? s.Misc.VirtualSize : s.SizeOfRawData,
        .offset = s.PointerToRawData,
        .executable = s.Characteristics & IMAGE_SCN_MEM_EXECUTE,
        .readable = s.Characteristics & IMAGE_SCN_MEM_READ,
    };
    return true;
}
