/* SPDX-License-Identifier: MIT
 *
 * What the parser of regular expressions hands to the matcher: code for a
 * machine that is in many places at once. Apart so that neither knows the
 * other.
 */
#ifndef THRESH_BASE_REGEXP_PROGRAM_H
#define THRESH_BASE_REGEXP_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/regexp_class.h"

enum regexp_op {
    REGEXP_BYTE,  /* take the byte arg */
    REGEXP_SET,   /* take a byte of the set number arg */
    REGEXP_SPLIT, /* go on both behind this and arg instructions further */
    REGEXP_JUMP,  /* go on arg instructions further */
    REGEXP_BEGIN, /* the next four go on only here: at the begin of the text, */
    REGEXP_END,   /* at its end, */
    REGEXP_WORD,  /* where a word begins or ends, */
    REGEXP_NO_WORD, /* where none does */
    REGEXP_MATCH,
};

/* Targets are relative, so that a piece of code works wherever it is copied. */
struct regexp_inst {
    enum regexp_op op;
    int32_t arg;
};

/* The most instructions, and the most sets, of one program. No use of names
 * needs as many, and a match with so many takes milliseconds. */
#define REGEXP_MAX_CODE 32768

struct regexp_program {
    struct regexp_inst *code;
    size_t size;
    size_t capacity;
    struct byte_set *sets;
    size_t set_count;
    size_t set_capacity;
    /* Ignore case: the code is in lower case, and so must texts be. */
    bool fold;
};

/* Fills a zeroed program, which the caller releases whatever is returned. */
int regexp_parse(struct regexp_program *program, const char *pattern,
                 struct thresh_err *err);
void regexp_program_release(struct regexp_program *program);

#endif
