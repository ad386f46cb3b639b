/* SPDX-License-Identifier: MIT
 *
 * For minimise.py: dies of any input that has the letters A to L in it, in
 * this order, and adds a byte to the file $TRIES for each call.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void)
{
    const char *path = getenv("TRIES");
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0666) : -1;
    if (fd >= 0 && write(fd, "x", 1) != 1)
        _exit(9);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int found = 0;
    count();
    for (size_t i = 0; i < size && found < 12; i++)
        found += data[i] == 'A' + found;
    if (found == 12)
        abort();
    return 0;
}
