/* SPDX-License-Identifier: MIT
 *
 * Numbers in flags, as text: durations and counts in Go's notation, sizes,
 * plain integers; and durations as Go prints them. Readers are strict: nothing
 * may follow, nothing may overflow. They return 0, or THRESH_EUSAGE with a
 * reason in Go's words ("invalid duration") for the caller to put after
 * `invalid value "..." for flag ...: `, and then leave their result alone.
 */
#ifndef THRESH_BASE_PARSE_H
#define THRESH_BASE_PARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* "1h2m3.5s", "100ms", "1.5h", "0": what Go's time.ParseDuration takes, below
 * 2^63 ns, except that negative ones are refused. A fraction of a microsecond
 * counts as a whole one, so that only zero is zero. */
int parse_duration(uint64_t *us, const char *text, struct thresh_err *err);

/* The value of flags that take either: one of the two is 0. */
struct duration_or_count {
    uint64_t us;
    uint64_t count;
};

/* A duration, or a count as "1000x" (up to 2^63 - 1). Zero of either is
 * refused unless allow_zero. */
int parse_duration_or_count(struct duration_or_count *value, const char *text,
                            bool allow_zero, struct thresh_err *err);

/* Bytes: "4096", "64K", "400MB", "1GiB". The units K, M, G and T, alone or
 * with B or iB, in either case, are powers of 1024 alike: memory is meant. */
int parse_size(uint64_t *bytes, const char *text, struct thresh_err *err);

/* Decimal digits only, at most max. */
int parse_uint(uint64_t *value, const char *text, uint64_t max,
               struct thresh_err *err);

/* Room for any duration in either of the two forms below. */
#define DURATION_TEXT_SIZE 40

/* Rounded to whole seconds, as in status lines: "0s", "3s", "1m0s",
 * "1h2m3s". */
void format_duration(char text[DURATION_TEXT_SIZE], uint64_t us);
/* In seconds with two decimals, as in test results: "0.09s". */
void format_seconds(char text[DURATION_TEXT_SIZE], uint64_t us);

/* A moment, in seconds since 1970, as "2024-02-29T23:59:59" in UTC. */
#define UTC_TEXT_SIZE 40
void format_utc(char text[UTC_TEXT_SIZE], uint64_t seconds);

#endif
