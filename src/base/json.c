/* SPDX-License-Identifier: MIT
 *
 * See json.h.
 */
#include "base/json.h"

#include <string.h>

#include "base/unicode.h"

void json_init(struct json *j, struct buf *out)
{
    *j = (struct json){.out = out};
}

/* What stands before a value or a name. */
static void separate(struct json *j)
{
    if (j->comma)
        buf_add_char(j->out, ',');
    j->comma = true;
}

void json_open(struct json *j, char bracket)
{
    separate(j);
    buf_add_char(j->out, bracket);
    j->comma = false;
}

void json_close(struct json *j, char bracket)
{
    buf_add_char(j->out, bracket);
    j->comma = true;
}

void json_key(struct json *j, const char *name)
{
    json_text(j, name);
    buf_add_char(j->out, ':');
    j->comma = false;
}

void json_text(struct json *j, const char *text)
{
    json_bytes(j, text, strlen(text));
}

/* One character that is valid UTF-8. */
static void add_character(struct buf *out, const uint8_t *at, size_t size)
{
    if (*at == '"' || *at == '\\')
        buf_addf(out, "\\%c", *at);
    else if (*at == '\n')
        buf_add_text(out, "\\n");
    else if (*at == '\t')
        buf_add_text(out, "\\t");
    else if (*at < 0x20 || *at == 0x7f)
        buf_addf(out, "\\u%04x", *at);
    else
        buf_add(out, at, size);
}

void json_bytes(struct json *j, const void *data, size_t size)
{
    const uint8_t *at = data;
    separate(j);
    buf_add_char(j->out, '"');
    while (size > 0) {
        uint32_t code;
        size_t n = unicode_decode(at, size, &code);
        if (n)
            add_character(j->out, at, n);
        else
            buf_add_text(j->out, "\\ufffd");
        n += n == 0;
        at += n;
        size -= n;
    }
    buf_add_char(j->out, '"');
}

void json_u64(struct json *j, uint64_t value)
{
    separate(j);
    buf_addf(j->out, "%llu", (unsigned long long)value);
}

void json_bool(struct json *j, bool value)
{
    separate(j);
    buf_add_text(j->out, value ? "true" : "false");
}

void json_seconds(struct json *j, uint64_t us)
{
    separate(j);
    buf_addf(j->out, "%llu.%06llu", (unsigned long long)(us / 1000000),
             (unsigned long long)(us % 1000000));
}
