/* SPDX-License-Identifier: MIT
 *
 * `thresh show`: what is in a file of an input: its typed values, their bytes,
 * and both as C. Needs no program: the text format names kinds itself, anything
 * else is the bytes of one argument.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encoding.h"
#include "platform/platform.h"
#include "tool/tool.h"

#define FILE_MAX ((size_t)256 << 20)
#define TEXT_MAX ((size_t)1 << 30)
/* Bytes of a value shown without --all. */
#define SHORT 256u
#define LINE  16u

struct values {
    bool c;
    bool all;
};

static const struct command_flag flags[] = {
    {.name = "c",
     .type = COMMAND_SWITCH,
     .offset = offsetof(struct values, c),
     .help = "print C instead: an array of each value's bytes, and a "
             "THRESH_SEED line"},
    {.name = "all",
     .type = COMMAND_SWITCH,
     .offset = offsetof(struct values, all),
     .help = "all bytes of long values, too"},
};

/* ---- for people ---- */

static void print_hex(const uint8_t *data, size_t size, bool all)
{
    size_t shown = all || size <= SHORT ? size : SHORT;
    for (size_t at = 0; at < shown; at += LINE) {
        (void)printf("  %08zx ", at);
        for (size_t i = at; i < at + LINE; i++) {
            if (i % 8 == 0)
                (void)putchar(' ');
            if (i < shown)
                (void)printf("%02x ", data[i]);
            else
                (void)fputs("   ", stdout);
        }
        (void)putchar('|');
        for (size_t i = at; i < at + LINE && i < shown; i++)
            (void)putchar(data[i] >= ' ' && data[i] < 127 ? data[i] : '.');
        (void)puts("|");
    }
    if (shown < size)
        (void)printf("  ... %zu more bytes (--all)\n", size - shown);
}

static void print_values(const struct encoding_file *file, bool all)
{
    for (uint32_t i = 0; i < file->input.nargs; i++) {
        const struct span *arg = &file->input.arg[i];
        struct buf text;
        buf_init(&text, TEXT_MAX);
        encoding_show_value(&text, file->kind[i], arg->data, arg->size,
                            all ? TEXT_MAX : SHORT);
        (void)printf("%u: %s, %u byte%s: %s\n", i + 1, kind_text(file->kind[i]),
                     arg->size, arg->size == 1 ? "" : "s", buf_text(&text));
        buf_release(&text);
        if (!kind_width(file->kind[i]))
            print_hex(arg->data, arg->size, all);
    }
}

/* ---- as C ---- */

/* Octal escapes end after three digits, whatever follows. */
static void print_literal(const uint8_t *data, size_t size)
{
    (void)putchar('"');
    for (size_t i = 0; i < size; i++) {
        bool plain = data[i] >= ' ' && data[i] < 127 && data[i] != '"' &&
                     data[i] != '\\' && data[i] != '?' && data[i] != '*';
        if (plain)
            (void)putchar(data[i]);
        else
            (void)printf("\\%03o", data[i]);
    }
    (void)putchar('"');
}

static void print_array(uint32_t number, const struct span *arg)
{
    (void)printf("static const unsigned char input_%u[%u] = {", number,
                 arg->size ? arg->size : 1);
    for (uint32_t i = 0; i < arg->size; i++)
        (void)printf("%s0x%02x,", i % 12 ? " " : "\n    ", arg->data[i]);
    (void)puts(arg->size ? "\n};" : "0}; /* empty */");
}

static void print_seed_value(enum input_kind kind, const struct span *arg)
{
    struct buf text;
    if (kind == KIND_STRING || kind == KIND_BYTES) {
        (void)fputs(kind == KIND_STRING ? "THRESH_STR(" : "THRESH_BYTES(",
                    stdout);
        print_literal(arg->data, arg->size);
        (void)putchar(')');
        return;
    }
    buf_init(&text, TEXT_MAX);
    encoding_show_value(&text, kind, arg->data, arg->size, TEXT_MAX);
    (void)fputs(buf_text(&text), stdout);
    buf_release(&text);
}

static void print_c(const struct encoding_file *file)
{
    for (uint32_t i = 0; i < file->input.nargs; i++)
        if (!kind_width(file->kind[i]))
            print_array(i + 1, &file->input.arg[i]);
    (void)fputs("/* THRESH_SEED(TARGET", stdout);
    for (uint32_t i = 0; i < file->input.nargs; i++) {
        (void)fputs(", ", stdout);
        print_seed_value(file->kind[i], &file->input.arg[i]);
    }
    (void)puts("); */");
}

static int show(const struct command *self, const struct values *values,
                const char *path)
{
    struct encoding_file file = {.input = {.nargs = 1}};
    struct thresh_err err;
    uint8_t *data;
    size_t size;
    int code = TOOL_EXIT_OK;
    if (platform_read_file(path, FILE_MAX, &data, &size, &err))
        return command_failed(self, "%s", err.msg);
    bool typed = encoding_has_header(data, size);
    if (!typed) {
        file.kind[0] = KIND_BYTES;
        file.input.arg[0] = (struct span){data, (uint32_t)size};
    } else if (encoding_read(&file, data, size, &err)) {
        code = command_failed(self, "%s: %s", path, err.msg);
    }
    if (!code && !values->c)
        (void)printf("%s: %s\n", path,
                     typed ? "typed values (" ENCODING_HEADER ")"
                           : "plain bytes");
    if (!code && values->c)
        print_c(&file);
    else if (!code)
        print_values(&file, values->all);
    encoding_file_release(&file);
    free(data);
    return code;
}

static int run(const struct command *self, int argc, char *const *argv)
{
    struct values values = {0};
    struct command_line line;
    int code = TOOL_EXIT_USAGE;
    if (command_read(self, argc, argv, &values, &line))
        code =
            line.operands.n ? 0 : command_usage_error(self, "no file is named");
    for (size_t i = 0; !code && i < line.operands.n; i++)
        code = show(self, &values, line.operands.item[i]);
    command_line_release(&line);
    return code;
}

const struct command command_show = {
    .name = "show",
    .summary = "print what is in the file of an input",
    .usage = "FILE...",
    .about = "Prints the values of a saved input with their kinds, and the "
             "bytes of those that have any number of them; or C for a test. "
             "Any file can be shown: what is not in the text format "
             "(" ENCODING_HEADER ") is plain bytes.",
    .examples = "thresh show testdata/fuzz/parse_url/8f3a1c0e5d71b2f6\n"
                "thresh show --c crash-4f2a",
    COMMAND_FLAGS(flags),
    .run = run,
};
