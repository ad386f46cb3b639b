/* SPDX-License-Identifier: MIT
 *
 * See json_read.h. RFC 8259, but that a lone surrogate becomes U+FFFD.
 */
#include "tool/json_read.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/unicode.h"
#include "tool/words.h"

#define DEPTH_MAX   64
#define CHUNK_BYTES ((size_t)1 << 18)

/* Memory of a document, taken from the front and freed as a whole. */
struct json_chunk {
    struct json_chunk *next;
    size_t used;
    size_t size;
    max_align_t data[];
};

struct reader {
    const char *text;
    size_t size;
    size_t at;
    struct json_doc *doc;
};

static void *take(struct reader *r, size_t size)
{
    struct json_chunk *c = r->doc->chunks;
    size = (size + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
    if (!c || size > c->size - c->used) {
        size_t room = size > CHUNK_BYTES ? size : CHUNK_BYTES;
        c = words_memory(NULL, 1, sizeof *c + room);
        *c = (struct json_chunk){.next = r->doc->chunks, .size = room};
        r->doc->chunks = c;
    }
    void *memory = (char *)c->data + c->used;
    c->used += size;
    return memory;
}

static int peek(const struct reader *r)
{
    return r->at < r->size ? (unsigned char)r->text[r->at] : -1;
}

static void skip_space(struct reader *r)
{
    while (r->at < r->size && strchr(" \t\r\n", r->text[r->at]) &&
           r->text[r->at])
        r->at++;
}

static bool accept(struct reader *r, char c)
{
    if (peek(r) != (unsigned char)c)
        return false;
    r->at++;
    return true;
}

static bool accept_word(struct reader *r, const char *word)
{
    size_t n = strlen(word);
    if (r->size - r->at < n || memcmp(r->text + r->at, word, n) != 0)
        return false;
    r->at += n;
    return true;
}

/* ---- strings ---- */

static bool read_hex(struct reader *r, uint32_t *code)
{
    *code = 0;
    for (int i = 0; i < 4; i++) {
        static const char digits[] = "0123456789abcdef";
        int c = peek(r);
        if (c >= 'A' && c <= 'F')
            c += 'a' - 'A';
        const char *digit = c > 0 ? strchr(digits, c) : NULL;
        if (!digit)
            return false;
        *code = *code << 4 | (uint32_t)(digit - digits);
        r->at++;
    }
    return true;
}

/* The character of \uXXXX, of which two may make one. */
static bool read_escaped(struct reader *r, uint32_t *code)
{
    uint32_t low;
    if (!read_hex(r, code))
        return false;
    if (*code >= 0xd800 && *code < 0xdc00) {
        size_t back = r->at;
        if (accept_word(r, "\\u") && read_hex(r, &low) && low >= 0xdc00 &&
            low < 0xe000)
            *code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
        else
            r->at = back;
    }
    if (!unicode_is_valid(*code))
        *code = 0xfffd;
    return true;
}

/* One character after a backslash; adds to out. */
static bool read_escape(struct reader *r, char **out)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    int c = peek(r);
    const char *name = c > 0 ? strchr(names, c) : NULL;
    uint32_t code;
    r->at++;
    if (name) {
        *(*out)++ = values[name - names];
        return true;
    }
    if (c != 'u' || !read_escaped(r, &code))
        return false;
    if (code == 0)
        code = 0xfffd; /* strings end at a NUL here */
    *out += unicode_encode(code, (uint8_t *)*out);
    return true;
}

/* The string that begins here; NULL if there is none. What is written is never
 * longer than what is read. */
static const char *read_text(struct reader *r)
{
    size_t end = r->at + 1;
    if (peek(r) != '"')
        return NULL;
    while (end < r->size && r->text[end] != '"')
        end += r->text[end] == '\\' ? 2 : 1;
    if (end >= r->size)
        return NULL;
    char *text = take(r, end - r->at), *out = text;
    for (r->at++; r->at < end;) {
        unsigned char c = (unsigned char)r->text[r->at++];
        if (c < ' ')
            return NULL;
        if (c != '\\')
            *out++ = (char)c;
        else if (!read_escape(r, &out))
            return NULL;
    }
    *out = 0;
    r->at++;
    return text;
}

/* ---- values ---- */

static bool read_number(struct reader *r, double *number)
{
    char digits[64];
    size_t n = 0;
    while (r->at + n < r->size && n < sizeof digits - 1 && r->text[r->at + n] &&
           strchr("+-.0123456789eE", r->text[r->at + n])) {
        digits[n] = r->text[r->at + n];
        n++;
    }
    digits[n] = 0;
    char *end;
    *number = strtod(digits, &end);
    r->at += n;
    return n > 0 && !*end && digits[0] != '+' && digits[0] != '.';
}

static struct json_value *read_value(struct reader *r, int depth);

/* The members of an object or array, behind its bracket. */
static bool read_members(struct reader *r, struct json_value *v, int depth)
{
    char close = v->type == JSON_OBJECT ? '}' : ']';
    struct json_value **last = &v->first;
    skip_space(r);
    if (accept(r, close))
        return true;
    for (;;) {
        const char *name = NULL;
        skip_space(r);
        if (v->type == JSON_OBJECT) {
            name = read_text(r);
            skip_space(r);
            if (!name || !accept(r, ':'))
                return false;
        }
        *last = read_value(r, depth + 1);
        if (!*last)
            return false;
        (*last)->name = name;
        last = &(*last)->next;
        if (accept(r, close))
            return true;
        if (!accept(r, ','))
            return false;
    }
}

/* One value with the spaces around it; NULL if there is none. */
static struct json_value *read_value(struct reader *r, int depth)
{
    struct json_value *v = take(r, sizeof *v);
    bool good;
    *v = (struct json_value){.type = JSON_NULL};
    skip_space(r);
    int c = peek(r);
    if (c == '{' || c == '[') {
        r->at++;
        v->type = c == '{' ? JSON_OBJECT : JSON_ARRAY;
        good = depth < DEPTH_MAX && read_members(r, v, depth);
    } else if (c == '"') {
        v->type = JSON_TEXT;
        v->text = read_text(r);
        good = v->text != NULL;
    } else if (accept_word(r, "true") || accept_word(r, "false")) {
        v->type = JSON_BOOL;
        v->number = c == 't';
        good = true;
    } else if (accept_word(r, "null")) {
        good = true;
    } else {
        v->type = JSON_NUMBER;
        good = read_number(r, &v->number);
    }
    skip_space(r);
    return good ? v : NULL;
}

int json_read(struct json_doc *doc, const char *text, size_t size,
              struct thresh_err *err)
{
    struct reader r = {.text = text, .size = size, .doc = doc};
    *doc = (struct json_doc){0};
    doc->root = read_value(&r, 0);
    if (doc->root && r.at == r.size)
        return 0;
    json_release(doc);
    return thresh_fail(err, THRESH_EFORMAT, "it is no JSON at byte %zu", r.at);
}

void json_release(struct json_doc *doc)
{
    while (doc->chunks) {
        struct json_chunk *next = doc->chunks->next;
        free(doc->chunks);
        doc->chunks = next;
    }
    doc->root = NULL;
}

const struct json_value *json_get(const struct json_value *v, const char *name)
{
    if (!v || v->type != JSON_OBJECT)
        return NULL;
    for (v = v->first; v; v = v->next)
        if (strcmp(v->name, name) == 0)
            return v;
    return NULL;
}

const char *json_get_text(const struct json_value *v, const char *name,
                          const char *otherwise)
{
    const struct json_value *member = json_get(v, name);
    return member && member->type == JSON_TEXT ? member->text : otherwise;
}

double json_get_number(const struct json_value *v, const char *name,
                       double otherwise)
{
    const struct json_value *member = json_get(v, name);
    return member && member->type == JSON_NUMBER ? member->number : otherwise;
}

const struct json_value *json_get_first(const struct json_value *v,
                                        const char *name)
{
    const struct json_value *member = json_get(v, name);
    return member && member->type == JSON_ARRAY ? member->first : NULL;
}
