/* SPDX-License-Identifier: MIT
 *
 * See parse.h. Every reader takes a cursor over the text, reads what it knows
 * and demands the end there. Formatting is done in integers: the decimal point
 * of printf depends on a locale that a target may have set.
 */
#include "base/parse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char to_lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        c = (char)(c | 0x20);
    return c;
}

/* Reads decimal digits, at least one, into a number of at most max. */
static bool read_digits(const char **at, uint64_t max, uint64_t *value)
{
    const char *p = *at;
    uint64_t n = 0;
    for (; is_digit(*p); p++) {
        uint64_t digit = (uint64_t)(*p - '0');
        if (n > max / 10 || digit > max - n * 10)
            return false;
        n = n * 10 + digit;
    }
    if (p == *at)
        return false;
    *at = p;
    *value = n;
    return true;
}

/* Reads one of Go's units; its size in nanoseconds, or 0. */
static uint64_t read_unit(const char **at)
{
    static const struct {
        const char *name;
        uint64_t ns;
    } units[] = {
        {"ns", 1},
        {"us", 1000},
        {"\xc2\xb5s", 1000}, /* micro sign */
        {"\xce\xbcs", 1000}, /* Greek mu */
        {"ms", 1000000},
        {"s", 1000000000},
        {"m", 60 * 1000000000ull},
        {"h", 3600 * 1000000000ull},
    };
    size_t length = strcspn(*at, ".0123456789");
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strlen(units[i].name) == length &&
            !memcmp(units[i].name, *at, length)) {
            *at += length;
            return units[i].ns;
        }
    }
    return 0;
}

/* 0.DIGITS of a unit, rounded down. From the last digit to the first, so that
 * nothing is lost however many there are: rounding down at each step equals
 * rounding down once. */
static uint64_t fraction_of(const char *digits, const char *end, uint64_t unit)
{
    uint64_t sum = 0;
    while (end > digits)
        sum = ((uint64_t)(*--end - '0') * unit + sum) / 10;
    return sum;
}

/* Reads a term such as "1.5h" and adds it to *ns. */
static bool read_term(const char **at, uint64_t *ns)
{
    const uint64_t max = INT64_MAX;
    uint64_t whole = 0;
    bool any = is_digit(**at);
    if (any && !read_digits(at, max, &whole))
        return false;
    const char *digits = *at + (**at == '.');
    const char *end = digits;
    while (digits > *at && is_digit(*end))
        end++;
    any |= end > digits;
    *at = end;
    uint64_t unit = any ? read_unit(at) : 0;
    if (!unit || whole > max / unit)
        return false;
    uint64_t term = whole * unit + fraction_of(digits, end, unit);
    if (term > max - *ns)
        return false;
    *ns += term;
    return true;
}

static bool read_duration(const char *text, uint64_t *us)
{
    bool negative = *text == '-';
    if (*text == '-' || *text == '+')
        text++;
    uint64_t ns = 0;
    /* A lone zero is the one number that needs no unit. */
    if (strcmp(text, "0") != 0) {
        do {
            if (!read_term(&text, &ns))
                return false;
        } while (*text);
    }
    if (negative && ns)
        return false;
    *us = ns / 1000 + (ns % 1000 != 0);
    return true;
}

int parse_duration(uint64_t *us, const char *text, struct thresh_err *err)
{
    if (!read_duration(text, us))
        return thresh_fail(err, THRESH_EUSAGE, "invalid duration");
    return 0;
}

/* Reads a count: an integer with its sign, then an x. */
static bool read_count(const char *text, uint64_t *count)
{
    bool negative = *text == '-';
    if (*text == '-' || *text == '+')
        text++;
    uint64_t n = 0;
    if (!read_digits(&text, INT64_MAX, &n) || (negative && n))
        return false;
    if (strcmp(text, "x") != 0)
        return false;
    *count = n;
    return true;
}

int parse_duration_or_count(struct duration_or_count *value, const char *text,
                            bool allow_zero, struct thresh_err *err)
{
    struct duration_or_count v = {0, 0};
    size_t length = strlen(text);
    if (length && text[length - 1] == 'x') {
        if (!read_count(text, &v.count) || (!v.count && !allow_zero))
            return thresh_fail(err, THRESH_EUSAGE, "invalid count");
    } else if (!read_duration(text, &v.us) || (!v.us && !allow_zero)) {
        return thresh_fail(err, THRESH_EUSAGE, "invalid duration");
    }
    *value = v;
    return 0;
}

/* Reads a unit of sizes up to the end of the text; its exponent of 2, or -1. */
static int read_size_unit(const char *text)
{
    static const char units[] = "kmgt";
    int shift = 0;
    const char *unit = *text ? strchr(units, to_lower(*text)) : NULL;
    if (unit) {
        shift = 10 * (int)(unit - units + 1);
        text++;
        if (to_lower(text[0]) == 'i' && to_lower(text[1]) == 'b')
            text++;
    }
    if (to_lower(*text) == 'b')
        text++;
    return *text ? -1 : shift;
}

int parse_size(uint64_t *bytes, const char *text, struct thresh_err *err)
{
    uint64_t n = 0;
    if (!read_digits(&text, UINT64_MAX, &n))
        return thresh_fail(err, THRESH_EUSAGE, "invalid size");
    int shift = read_size_unit(text);
    if (shift < 0 || n > UINT64_MAX >> shift)
        return thresh_fail(err, THRESH_EUSAGE, "invalid size");
    *bytes = n << shift;
    return 0;
}

int parse_uint(uint64_t *value, const char *text, uint64_t max,
               struct thresh_err *err)
{
    uint64_t n = 0;
    if (!read_digits(&text, max, &n) || *text)
        return thresh_fail(err, THRESH_EUSAGE, "invalid number");
    *value = n;
    return 0;
}

void format_duration(char text[DURATION_TEXT_SIZE], uint64_t us)
{
    uint64_t s = us / 1000000 + (us % 1000000 >= 500000);
    uint64_t hours = s / 3600;
    unsigned minutes = (unsigned)(s / 60 % 60);
    unsigned seconds = (unsigned)(s % 60);
    if (hours)
        (void)snprintf(text, DURATION_TEXT_SIZE, "%" PRIu64 "h%um%us", hours,
                       minutes, seconds);
    else if (minutes)
        (void)snprintf(text, DURATION_TEXT_SIZE, "%um%us", minutes, seconds);
    else
        (void)snprintf(text, DURATION_TEXT_SIZE, "%us", seconds);
}

void format_seconds(char text[DURATION_TEXT_SIZE], uint64_t us)
{
    uint64_t hundredths = us / 10000 + (us % 10000 >= 5000);
    (void)snprintf(text, DURATION_TEXT_SIZE, "%" PRIu64 ".%02us",
                   hundredths / 100, (unsigned)(hundredths % 100));
}

/* Years begin in March here, so that a leap day is the last of its year and
 * months have lengths that a straight line gives. */
void format_utc(char text[UTC_TEXT_SIZE], uint64_t seconds)
{
    uint64_t days = seconds / 86400 + 719468; /* since 0000-03-01 */
    unsigned second = (unsigned)(seconds % 86400);
    uint64_t era = days / 146097; /* of 400 years */
    unsigned of_era = (unsigned)(days % 146097);
    unsigned year =
        (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
    unsigned month = (5 * of_year + 2) / 153; /* 0: March */
    unsigned day = of_year - (153 * month + 2) / 5 + 1;
    (void)snprintf(text, UTC_TEXT_SIZE, "%04llu-%02u-%02uT%02u:%02u:%02u",
                   (unsigned long long)(era * 400 + year + (month >= 10)),
                   month < 10 ? month + 3 : month - 9, day, second / 3600,
                   second / 60 % 60, second % 60);
}
