/* SPDX-License-Identifier: MIT
 *
 * The stack of a failure in one form, whether a worker left it in its last
 * words or a sanitizer printed it: for each frame the module, the address in
 * the module's file, and the function by the module's own symbols. It ends
 * where the engine begins. Everything a worker says is copied and checked
 * before it gets here; a stack owns nothing.
 */
#ifndef THRESH_COORDINATOR_STACK_H
#define THRESH_COORDINATOR_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/protocol.h"

#define STACK_FRAMES   64
#define STACK_MODULES  8
#define STACK_PATH     256
#define STACK_FUNCTION 96
#define STACK_PLACE    96

#define STACK_NO_MODULE UINT32_MAX

struct stack_frame {
    uint64_t pc;      /* in the process that has gone; 0: unknown */
    uint64_t address; /* in the module's file, of the call; 0: unknown */
    uint64_t start;   /* of the function, likewise */
    uint32_t module;  /* index, or STACK_NO_MODULE */
    char function[STACK_FUNCTION]; /* "": unknown */
    char place[STACK_PLACE];       /* "url.c:88" if the text said so, else "" */
};

struct stack {
    uint32_t n;
    uint32_t nmodules;
    bool whole; /* it reached the engine: the last frame is the target's */
    struct stack_frame frame[STACK_FRAMES]; /* innermost first */
    char module[STACK_MODULES][STACK_PATH]; /* as named by the process */
};

/* In how many of its outermost frames one stack is in the same functions as the
 * other; 0 if not both are whole. */
uint32_t stack_shared(const struct stack *a, const struct stack *b);

/* Whether one of its frames is in the function of another stack's frame, called
 * from that of `caller`; NULL: from any. */
bool stack_has(const struct stack *s, const struct stack_frame *f,
               const struct stack_frame *caller);

/* The stack that checked last words carry. Empty without one. */
void stack_of_words(struct stack *s, const struct last_words *words,
                    const struct engine_place *engine);

/* Reads the next stack from the text of a sanitizer's report, symbolised or
 * not. Returns where the text goes on after it, NULL if there is no more. */
const char *stack_of_text(struct stack *s, const char *text,
                          const struct engine_place *engine);

/* A line of such a text. */
struct stack_line {
    unsigned number;         /* 0: the innermost */
    uint64_t pc;             /* 0: not told */
    uint64_t offset;         /* the address in the module's file */
    char module[STACK_PATH]; /* path, or name alone; "": not told */
    char function[STACK_FUNCTION];
    char place[STACK_PLACE];
};

/* Whether a line (up to its end or NUL) is a frame, and what it says. */
bool stack_read_line(struct stack_line *line, const char *text);

/* Whether a line's frame is where the engine calls the target. */
bool stack_is_engine(const struct stack_line *line,
                     const struct engine_place *engine);

/* The last part of a path. */
const char *stack_base_name(const char *path);

#endif
