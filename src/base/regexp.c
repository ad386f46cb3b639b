/* SPDX-License-Identifier: MIT
 *
 * See regexp.h. The matcher keeps the set of all places in the program that
 * the text read so far leads to and moves it forward byte by byte (Thompson's
 * simulation). Only whether there is a match is asked for, not which one, so
 * the places need no order.
 */
#include "base/regexp.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/regexp_program.h"

struct regexp {
    struct regexp_program program;
    /* Working memory of a match, each for as many items as there are
     * instructions: the places before and behind the current byte, and those
     * reached but not yet looked at. */
    uint32_t *now, *next, *pending;
    /* For each place, one more than the last position in the text at which it
     * was reached, 0 if it was not. */
    size_t *reached;
};

int regexp_new(struct regexp **re, const char *pattern, struct thresh_err *err)
{
    *re = NULL;
    struct regexp *made = calloc(1, sizeof *made);
    if (!made)
        goto no_memory;
    int rc = regexp_parse(&made->program, pattern, err);
    if (rc) {
        regexp_free(made);
        return rc;
    }
    size_t size = made->program.size;
    made->now = calloc(size, sizeof *made->now);
    made->next = calloc(size, sizeof *made->next);
    made->pending = calloc(size, sizeof *made->pending);
    made->reached = calloc(size, sizeof *made->reached);
    if (!made->now || !made->next || !made->pending || !made->reached)
        goto no_memory;
    *re = made;
    return 0;

no_memory:
    regexp_free(made);
    return thresh_fail(err, THRESH_ENOMEM,
                       "no memory for a regular expression");
}

void regexp_free(struct regexp *re)
{
    if (!re)
        return;
    regexp_program_release(&re->program);
    free(re->now);
    free(re->next);
    free(re->pending);
    free(re->reached);
    free(re);
}

struct text {
    const char *bytes;
    size_t size;
    size_t at;
};

/* Places that wait for a byte. */
struct places {
    uint32_t *at;
    size_t count;
};

static bool is_word(const struct text *text, size_t i)
{
    if (i >= text->size)
        return false;
    char c = text->bytes[i];
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_';
}

static bool is_word_edge(const struct text *text)
{
    bool before = text->at > 0 && is_word(text, text->at - 1);
    return before != is_word(text, text->at);
}

/* Whether a condition on the position holds. */
static bool may_pass(enum regexp_op op, const struct text *text)
{
    switch (op) {
    case REGEXP_BEGIN:
        return text->at == 0;
    case REGEXP_END:
        return text->at == text->size;
    case REGEXP_WORD:
        return is_word_edge(text);
    case REGEXP_NO_WORD:
        return !is_word_edge(text);
    default:
        return false; /* the others are no conditions */
    }
}

/* Marks a place as reached here; each is looked at only once, which ends
 * loops that take nothing and bounds the time. */
static void reach(const struct regexp *re, size_t place, size_t at,
                  size_t *count)
{
    if (re->reached[place] == at + 1)
        return;
    re->reached[place] = at + 1;
    re->pending[(*count)++] = (uint32_t)place;
}

/* Adds all places that one leads to without a byte; true if the end of the
 * program is among them. */
static bool add_place(const struct regexp *re, struct places *places,
                      size_t place, const struct text *text)
{
    size_t count = 0;
    reach(re, place, text->at, &count);
    while (count > 0) {
        size_t i = re->pending[--count];
        struct regexp_inst inst = re->program.code[i];
        size_t target = (size_t)((ptrdiff_t)i + inst.arg);
        switch (inst.op) {
        case REGEXP_MATCH:
            return true;
        case REGEXP_BYTE:
        case REGEXP_SET:
            places->at[places->count++] = (uint32_t)i;
            break;
        case REGEXP_JUMP:
            reach(re, target, text->at, &count);
            break;
        case REGEXP_SPLIT:
            reach(re, target, text->at, &count);
            reach(re, i + 1, text->at, &count);
            break;
        default:
            if (may_pass(inst.op, text))
                reach(re, i + 1, text->at, &count);
            break;
        }
    }
    return false;
}

static bool takes(const struct regexp *re, size_t place, uint8_t byte)
{
    struct regexp_inst inst = re->program.code[place];
    if (inst.op == REGEXP_BYTE)
        return inst.arg == byte;
    return byte_set_has(&re->program.sets[inst.arg], byte);
}

bool regexp_match(const struct regexp *re, const char *bytes, size_t size)
{
    struct text text = {bytes, size, 0};
    struct places now = {re->now, 0};
    struct places next = {re->next, 0};
    memset(re->reached, 0, re->program.size * sizeof *re->reached);
    for (;;) {
        /* A match may begin anywhere. */
        if (add_place(re, &now, 0, &text))
            return true;
        if (text.at == size)
            return false;
        uint8_t byte = (uint8_t)bytes[text.at++];
        if (re->program.fold && byte >= 'A' && byte <= 'Z')
            byte = (uint8_t)(byte - 'A' + 'a');
        for (size_t i = 0; i < now.count; i++) {
            if (takes(re, now.at[i], byte) &&
                add_place(re, &next, now.at[i] + (size_t)1, &text))
                return true;
        }
        struct places done = now;
        now = next;
        next = (struct places){done.at, 0};
    }
}
