/* SPDX-License-Identifier: MIT
 *
 * Writing JSON, one value after the other, into a buffer. Commas and escapes
 * are this file's matter; the order of the calls is the caller's. Apart from
 * whoever reports because machines read it: what a target printed or an input
 * held may be any bytes, and the line must stay valid JSON all the same.
 */
#ifndef THRESH_BASE_JSON_H
#define THRESH_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct json {
    struct buf *out; /* the caller's; a failed append sticks there */
    bool comma;      /* the next value follows another one */
};

/* A writer that appends to out. */
void json_init(struct json *j, struct buf *out);

/* '{' or '[' and its end. */
void json_open(struct json *j, char bracket);
void json_close(struct json *j, char bracket);

/* The name of the next value, inside an object. */
void json_key(struct json *j, const char *name);

/* Text as a string. Bytes that are not UTF-8 become U+FFFD each, so bytes that
 * must be exact do not belong here. */
void json_text(struct json *j, const char *text);
void json_bytes(struct json *j, const void *data, size_t size);

void json_u64(struct json *j, uint64_t value);
void json_bool(struct json *j, bool value);
/* Microseconds as seconds, with six decimals. */
void json_seconds(struct json *j, uint64_t us);

#endif
