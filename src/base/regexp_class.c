/* SPDX-License-Identifier: MIT
 *
 * See regexp_class.h. The names of classes are tables of ranges rather than
 * calls of <ctype.h>, whose answers depend on a locale that a target may have
 * set.
 */
#include "base/regexp_class.h"

#include <string.h>

void byte_set_add(struct byte_set *set, unsigned first, unsigned last)
{
    for (unsigned c = first; c <= last; c++)
        set->bits[c / 64] |= UINT64_C(1) << c % 64;
}

void byte_set_invert(struct byte_set *set)
{
    for (size_t i = 0; i < 4; i++)
        set->bits[i] = ~set->bits[i];
}

bool byte_set_has(const struct byte_set *set, uint8_t byte)
{
    return set->bits[byte / 64] >> byte % 64 & 1;
}

static void set_unite(struct byte_set *set, const struct byte_set *other)
{
    for (size_t i = 0; i < 4; i++)
        set->bits[i] |= other->bits[i];
}

static void set_fold(struct byte_set *set)
{
    for (unsigned upper = 'A'; upper <= 'Z'; upper++) {
        unsigned lower = upper - 'A' + 'a';
        if (byte_set_has(set, (uint8_t)upper))
            byte_set_add(set, lower, lower);
        else if (byte_set_has(set, (uint8_t)lower))
            byte_set_add(set, upper, upper);
    }
}

int regexp_fail(struct thresh_err *err, const char *why, const char *from,
                const char *to)
{
    /* More would not fit into the message anyway. */
    size_t most = sizeof err->msg;
    size_t size = (size_t)(to - from) < most ? (size_t)(to - from) : most;
    return thresh_fail(err, THRESH_EUSAGE, "error parsing regexp: %s: `%.*s`",
                       why, (int)size, from);
}

struct named_class {
    const char *name;
    struct {
        uint8_t first, end; /* end is not part of it; 0, 0 is no range */
    } ranges[4];
};

static const struct named_class classes[] = {
    {"alnum", {{'0', '9' + 1}, {'A', 'Z' + 1}, {'a', 'z' + 1}}},
    {"alpha", {{'A', 'Z' + 1}, {'a', 'z' + 1}}},
    {"ascii", {{0, 0x80}}},
    {"blank", {{'\t', '\t' + 1}, {' ', ' ' + 1}}},
    {"cntrl", {{0, 0x20}, {0x7f, 0x80}}},
    {"digit", {{'0', '9' + 1}}},
    {"graph", {{'!', '~' + 1}}},
    {"lower", {{'a', 'z' + 1}}},
    {"print", {{' ', '~' + 1}}},
    {"punct", {{'!', '0'}, {':', 'A'}, {'[', 'a'}, {'{', '~' + 1}}},
    {"space", {{'\t', '\r' + 1}, {' ', ' ' + 1}}},
    {"upper", {{'A', 'Z' + 1}}},
    {"word", {{'0', '9' + 1}, {'A', 'Z' + 1}, {'_', '_' + 1}, {'a', 'z' + 1}}},
    {"xdigit", {{'0', '9' + 1}, {'A', 'F' + 1}, {'a', 'f' + 1}}},
    /* \d, \s (without \v, unlike "space") and \w */
    {"d", {{'0', '9' + 1}}},
    {"s", {{'\t', '\n' + 1}, {'\f', '\r' + 1}, {' ', ' ' + 1}}},
    {"w", {{'0', '9' + 1}, {'A', 'Z' + 1}, {'_', '_' + 1}, {'a', 'z' + 1}}},
};

/* Adds a named class or, if `invert`, all other bytes; with `fold` the cases
 * are joined first, so that no letter is outside "not upper". */
static bool add_named(struct byte_set *set, const char *name, size_t size,
                      bool invert, bool fold)
{
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        const struct named_class *class = &classes[i];
        if (strlen(class->name) != size || memcmp(class->name, name, size))
            continue;
        struct byte_set found = {{0}};
        for (size_t k = 0; k < 4; k++) {
            if (class->ranges[k].end > 0)
                byte_set_add(&found, class->ranges[k].first,
                             class->ranges[k].end - 1u);
        }
        if (fold)
            set_fold(&found);
        if (invert)
            byte_set_invert(&found);
        set_unite(set, &found);
        return true;
    }
    return false;
}

bool regexp_read_perl_class(struct byte_set *set, const char **at, bool fold)
{
    const char *p = *at;
    if (p[0] != '\\' || p[1] == '\0' || !strchr("dswDSW", p[1]))
        return false;
    bool invert = p[1] < 'a';
    char name = invert ? (char)(p[1] - 'A' + 'a') : p[1];
    (void)add_named(set, &name, 1, invert, fold);
    *at += 2;
    return true;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Whether a byte behind a backslash stands for itself. */
static bool is_plain(char c)
{
    struct byte_set set = {{0}};
    (void)add_named(&set, "alnum", 5, false, false);
    return (uint8_t)c < 0x80 && !byte_set_has(&set, (uint8_t)c);
}

int regexp_read_escape(uint8_t *byte, const char **at, struct thresh_err *err)
{
    static const char letters[] = "afnrtv";
    static const char values[] = "\a\f\n\r\t\v";
    const char *p = *at + 1;
    char c = *p;
    if (c == '\0')
        return regexp_fail(err, "trailing backslash at end of expression", p,
                           p);
    p++;
    if (c == 'x') {
        int value = 0;
        for (int i = 0; i < 2; i++) {
            int digit = hex_value(*p);
            if (*p)
                p++;
            if (digit < 0)
                return regexp_fail(err, "invalid escape sequence", *at, p);
            value = value * 16 + digit;
        }
        *byte = (uint8_t)value;
    } else if (strchr(letters, c)) {
        *byte = (uint8_t)values[strchr(letters, c) - letters];
    } else if (is_plain(c)) {
        *byte = (uint8_t)c;
    } else {
        /* The rest of a UTF-8 sequence, so that the message is UTF-8 too. */
        while (((uint8_t)*p & 0xc0) == 0x80)
            p++;
        return regexp_fail(err, "invalid escape sequence", *at, p);
    }
    *at = p;
    return 0;
}

/* "[:name:]" or "[:^name:]"; without an end it is not one, but a bracket that
 * stands for itself. */
static int read_posix_class(struct byte_set *set, const char **at, bool fold,
                            bool *found, struct thresh_err *err)
{
    const char *name = *at + 2;
    const char *end = !strncmp(*at, "[:", 2) ? strstr(name, ":]") : NULL;
    *found = end != NULL;
    if (!end)
        return 0;
    bool invert = *name == '^';
    if (invert)
        name++;
    /* One letter is no name here but one of the table's own. */
    size_t size = (size_t)(end - name);
    if (size < 2 || !add_named(set, name, size, invert, fold))
        return regexp_fail(err, "invalid character class range", *at, end + 2);
    *at = end + 2;
    return 0;
}

/* One end of a range in the class that begins at `class`. */
static int read_class_byte(uint8_t *byte, const char **at, const char *class,
                           struct thresh_err *err)
{
    if (**at == '\0')
        return regexp_fail(err, "missing closing ]", class, *at);
    if (**at == '\\')
        return regexp_read_escape(byte, at, err);
    *byte = (uint8_t)(*at)[0];
    ++*at;
    return 0;
}

/* A byte or a range of bytes. */
static int read_range(struct byte_set *set, const char **at, const char *class,
                      bool fold, struct thresh_err *err)
{
    const char *start = *at;
    uint8_t first, last;
    int rc = read_class_byte(&first, at, class, err);
    if (rc)
        return rc;
    last = first;
    /* A '-' in front of the bracket is a byte like any other. */
    if ((*at)[0] == '-' && (*at)[1] != ']' && (*at)[1] != '\0') {
        ++*at;
        rc = read_class_byte(&last, at, class, err);
        if (rc)
            return rc;
        if (last < first)
            return regexp_fail(err, "invalid character class range", start,
                               *at);
    }
    struct byte_set range = {{0}};
    byte_set_add(&range, first, last);
    if (fold)
        set_fold(&range);
    set_unite(set, &range);
    return 0;
}

int regexp_read_class(struct byte_set *set, const char **at, bool fold,
                      struct thresh_err *err)
{
    const char *p = *at + 1;
    bool invert = *p == '^';
    if (invert)
        p++;
    struct byte_set found = {{0}};
    /* A bracket that closes nothing yet is a byte like any other. */
    const char *first = p;
    while (*p != ']' || p == first) {
        bool is_posix;
        int rc = read_posix_class(&found, &p, fold, &is_posix, err);
        if (!rc && !is_posix && !regexp_read_perl_class(&found, &p, fold))
            rc = read_range(&found, &p, *at, fold, err);
        if (rc)
            return rc;
    }
    if (invert)
        byte_set_invert(&found);
    set_unite(set, &found);
    *at = p + 1;
    return 0;
}
