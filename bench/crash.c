/* SPDX-License-Identifier: MIT
 *
 * A target of which every tenth input or so is lethal, always the same ones,
 * and in always the same place. Each death leaves a byte in the file that
 * CRASH_COUNT names, so that all engines are counted alike.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

static void die(void)
{
    const char *file = getenv("CRASH_COUNT");
    int fd = file ? open(file, O_WRONLY | O_APPEND) : -1;
    if (fd >= 0 && write(fd, "x", 1) == 1)
        close(fd);
    __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ data[i]) * 16777619u;
    if (hash % 10 == 3)
        die();
    return 0;
}
