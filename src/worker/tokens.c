/* SPDX-License-Identifier: MIT
 *
 * See tokens.h. Nothing here has an influence on what this process runs, so
 * that what it remembers needs no place in a replay.
 */
#include "worker/tokens.h"

#include <string.h>

#include "base/hash.h"

/* Of one trace at most. */
#define LIST_SIZE 4096u

/* A number at least so far from zero: what is nearer is found by mutation. */
#define NUMBER_LEAST 0x100u

/* Numbers of 8 bytes in this range are addresses, on 64-bit systems. */
#define ADDRESS_LEAST ((uint64_t)1 << 40)
#define ADDRESS_END   ((uint64_t)1 << 48)

/* What was met, by hash: a newcomer takes the place of the one before. */
#define MEMORY 4096u
static struct {
    uint32_t hash;
    uint16_t trace; /* in which it was met last */
    uint16_t times; /* in how many */
} memory[MEMORY];
static uint16_t trace;

struct list {
    const struct input *entry;
    size_t used;
    uint8_t bytes[LIST_SIZE];
};

static bool holds(const struct input *in, const uint8_t *bytes, size_t size)
{
    for (uint32_t i = 0; i < in->nargs; i++) {
        const struct span *arg = &in->arg[i];
        for (size_t at = 0; at + size <= arg->size; at++)
            if (arg->data[at] == bytes[0] &&
                memcmp(arg->data + at, bytes, size) == 0)
                return true;
    }
    return false;
}

/* Notes that a token was met; true if this is the trace, the `times`th that
 * met it, in which to tell it. */
static bool is_time(const struct token *t, unsigned times)
{
    uint64_t hash = hash_64(0, t->bytes, t->size);
    uint32_t i = (uint32_t)hash % MEMORY;
    uint32_t rest = (uint32_t)(hash >> 32) | 1;
    if (memory[i].hash != rest) {
        memory[i].hash = rest;
        memory[i].times = 0;
        memory[i].trace = (uint16_t)(trace - 1);
    }
    if (memory[i].trace == trace || memory[i].times >= times)
        return false;
    memory[i].trace = trace;
    return ++memory[i].times == times;
}

static void add(struct list *l, const uint8_t *bytes, size_t size,
                unsigned times)
{
    struct token t = token_make(bytes, size);
    if (is_time(&t, times))
        (void)token_list_add(l->bytes, sizeof l->bytes, &l->used, &t);
}

static void add_text(struct list *l, const uint8_t *text, size_t size)
{
    if (size >= 2 && !holds(l->entry, text, size))
        add(l, text, size, 1);
}

/* The least of 2, 4 or 8 bytes that hold a number of `width` bytes, as one
 * without sign or with. */
static size_t least_width(uint64_t value, size_t width)
{
    for (size_t n = 2; n < width; n *= 2) {
        uint64_t beyond = value & value_mask(width) & ~value_mask(n);
        if (!beyond || (beyond == (value_mask(width) & ~value_mask(n)) &&
                        value >> (8 * n - 1) & 1))
            return n;
    }
    return width;
}

static void add_number(struct list *l, uint64_t value, size_t width)
{
    uint8_t little[8], big[8];
    uint64_t mask = value_mask(width);
    if ((value & mask) < NUMBER_LEAST || (-value & mask) < NUMBER_LEAST ||
        (value >= ADDRESS_LEAST && value < ADDRESS_END))
        return;
    size_t n = least_width(value, width);
    value_store(little, n, value);
    for (size_t i = 0; i < n; i++)
        big[i] = little[n - 1 - i];
    if (holds(l->entry, little, n) || holds(l->entry, big, n))
        return;
    add(l, little, n, 2);
    add(l, big, n, 2);
}

void tokens_report(struct outbox *o, const struct operands *operands,
                   const struct input *entry, uint32_t number)
{
    static struct list l;
    l.entry = entry;
    l.used = 0;
    trace++;
    for (uint32_t i = 0; i < operands->ntexts; i++) {
        const struct operand_text *t = &operands->text[i];
        if (t->relation == TEXT_NUMBER)
            continue;
        add_text(&l, t->a, t->a_size);
        add_text(&l, t->b, t->b_size);
    }
    for (uint32_t i = 0; i < operands->n; i++) {
        const struct operand *op = &operands->op[i];
        /* The first comparison of a place tells its constant, which is all
         * that will come again. */
        if (op->width < 2 || op->a == op->b || op->is_float || op->nth)
            continue;
        add_number(&l, op->a, op->width);
        if (!op->constant)
            add_number(&l, op->b, op->width);
    }
    if (l.used)
        outbox_add_tokens(o, l.bytes, l.used, number);
}
