/* SPDX-License-Identifier: MIT
 *
 * Reading JSON into a tree: files of statistics, and what gcov and llvm-cov
 * tell. Apart from base/json.h, which writes, because only the tool reads, and
 * the engine carries nothing that it does not need.
 *
 * The tree belongs to its document and goes with it.
 */
#ifndef THRESH_TOOL_JSON_READ_H
#define THRESH_TOOL_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum json_type {
    JSON_NULL,
    JSON_BOOL, /* number is 0 or 1 */
    JSON_NUMBER,
    JSON_TEXT,
    JSON_ARRAY,
    JSON_OBJECT,
};

struct json_value {
    enum json_type type;
    const char *name; /* of a member of an object, else NULL */
    const char *text; /* UTF-8 with NUL at its end; NULL unless JSON_TEXT */
    double number;
    struct json_value *first; /* of an array or object; NULL: it is empty */
    struct json_value *next;  /* beside it */
};

struct json_doc {
    struct json_value *root;
    struct json_chunk *chunks; /* its memory */
};

/* Reads one value, which may be nested 64 deep, and spaces around it. The text
 * need not end with NUL and is not kept. THRESH_EFORMAT tells the byte where it
 * is none; then nothing is to be released. */
int json_read(struct json_doc *doc, const char *text, size_t size,
              struct thresh_err *err);
void json_release(struct json_doc *doc);

/* The member of an object, or NULL; also if v is NULL or no object. */
const struct json_value *json_get(const struct json_value *v, const char *name);
/* Its text or number, or what stands for it where it has none. */
const char *json_get_text(const struct json_value *v, const char *name,
                          const char *otherwise);
double json_get_number(const struct json_value *v, const char *name,
                       double otherwise);
/* The first element of an array that is a member, or NULL. */
const struct json_value *json_get_first(const struct json_value *v,
                                        const char *name);

#endif
