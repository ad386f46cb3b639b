/* SPDX-License-Identifier: MIT
 *
 * Runs a target on one file again and again, and prints the user CPU time of
 * a call in nanoseconds: the program behind instrumentation.sh.
 *
 *     PROGRAM FILE ROUNDS [disarm]
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Absent from uninstrumented builds. */
void compare_disarm(void) __attribute__((weak));
_Bool counters_prepare(void) __attribute__((weak));

static double user_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
    static uint8_t data[1 << 16];
    FILE *file = argc > 2 ? fopen(argv[1], "rb") : NULL;
    if (!file) {
        fprintf(stderr, "usage: %s FILE ROUNDS [disarm]\n", argv[0]);
        return 2;
    }
    size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    long rounds = atol(argv[2]);
    if (counters_prepare && !counters_prepare())
        return 1;
    if (compare_disarm && argc > 3 && strcmp(argv[3], "disarm") == 0)
        compare_disarm();
    for (long i = 0; i < rounds / 20 + 1; i++)
        LLVMFuzzerTestOneInput(data, size);
    double start = user_seconds();
    for (long i = 0; i < rounds; i++)
        LLVMFuzzerTestOneInput(data, size);
    printf("%.1f\n", (user_seconds() - start) / (double)rounds * 1e9);
    return 0;
}
