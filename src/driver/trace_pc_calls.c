/* SPDX-License-Identifier: MIT
 *
 * See trace_pc_calls.h. Bytes that only look like such a call would have to
 * hold the very distance to the callback, which code does not do by chance.
 */
#include "driver/trace_pc_calls.h"

#include <string.h>

#include "platform/segment.h"
#include "worker/sancov.h"

#if defined(__x86_64__)
#define STEP 1u
#define SIZE 5u

static uintptr_t called_at(uintptr_t at)
{
    int32_t distance;
    if (*(const uint8_t *)at != 0xe8)
        return 0;
    memcpy(&distance, (const void *)(at + 1), sizeof distance);
    return at + SIZE + (uintptr_t)(intptr_t)distance;
}
#elif defined(__aarch64__)
#define STEP 4u
#define SIZE 4u

static uintptr_t called_at(uintptr_t at)
{
    uint32_t word;
    memcpy(&word, (const void *)at, sizeof word);
    if (word >> 26 != 0x25)
        return 0;
    int32_t distance = (int32_t)(word << 6) >> 4;
    return at + (uintptr_t)(intptr_t)distance;
}
#else
#define STEP 1u
#define SIZE 1u

static uintptr_t called_at(uintptr_t at)
{
    (void)at;
    return 0;
}
#endif

uint32_t trace_pc_calls(void)
{
    const uintptr_t callback = (uintptr_t)__sanitizer_cov_trace_pc;
    struct segment s;
    uint32_t n = 0;
    if (!segment_find(callback, &s) || !s.readable)
        return 0;
    for (uintptr_t at = s.start; at + SIZE <= s.end; at += STEP)
        n += called_at(at) == callback;
    return n;
}
