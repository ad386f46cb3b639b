/* SPDX-License-Identifier: MIT
 *
 * `thresh import` and `thresh export`: inputs from and for other fuzzers.
 * libFuzzer's and AFL++'s corpora are files of bytes, Go's have the text
 * format, which is Thresh's, too. Nothing is run; `thresh merge` then keeps
 * what covers something.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "platform/platform.h"
#include "tool/cc_compiler.h"
#include "tool/corpora.h"
#include "tool/tool.h"

#define FILE_MAX ((size_t)256 << 20)
/* Digits of a SHA-256 that make a name of ours. */
#define NAME_DIGITS 16

struct values {
    const char *target;
    const char *kind;
    const char *testdata;
};

static const struct command_flag import_flags[] = {
    {.name = "target",
     .type = COMMAND_TEXT,
     .offset = offsetof(struct values, target),
     .value = "NAME",
     .help = "the target that gets the inputs; its name in the source, or of "
             "a libFuzzer harness that of the program"},
    {.name = "as",
     .type = COMMAND_TEXT,
     .offset = offsetof(struct values, kind),
     .value = "raw|bytes|string",
     .help = "what plain files become: plain files, for targets with one bytes "
             "argument (raw, the default), or typed values"},
    {.name = "testdata",
     .type = COMMAND_TEXT,
     .offset = offsetof(struct values, testdata),
     .value = "DIR",
     .help = "write to DIR/TARGET; default testdata/fuzz"},
};

static const struct command_flag export_flags[] = {
    {.name = "as",
     .type = COMMAND_TEXT,
     .offset = offsetof(struct values, kind),
     .value = "libfuzzer|afl|go",
     .help = "whose files to write; default libfuzzer"},
};

struct transfer {
    const struct command *self;
    const struct values *values;
    struct thresh_err *err;
    bool imports;
    const char *from;
    const char *to;
    size_t done;
    size_t left_out;
};

/* Names as the one who gets the file gives them. */
static void name_file(const struct transfer *t, const struct buf *file,
                      char name[64])
{
    uint8_t digest[HASH_SHA256_SIZE];
    if (!t->imports && strcmp(t->values->kind, "afl") == 0) {
        (void)snprintf(name, 64, "id:%06zu,orig:thresh", t->done);
        return;
    }
    if (!t->imports && strcmp(t->values->kind, "libfuzzer") == 0) {
        hash_sha1(digest, buf_text(file), file->size);
        hash_hex(name, digest, HASH_SHA1_SIZE);
        return;
    }
    hash_sha256(digest, buf_text(file), file->size);
    hash_hex(name, digest, NAME_DIGITS / 2);
}

static int convert(const struct transfer *t, struct buf *out,
                   const uint8_t *data, size_t size)
{
    const char *kind = t->values->kind;
    if (t->imports && strcmp(kind, "raw") == 0) {
        buf_add(out, data, size);
        return 0;
    }
    if (!t->imports && strcmp(kind, "go") != 0)
        return corpora_to_bytes(out, data, size, t->err);
    corpora_to_text(out, data, size, strcmp(kind, "string") == 0);
    return 0;
}

static int take(void *ctx, const char *path)
{
    struct transfer *t = ctx;
    char name[64];
    char full[CC_MAX_PATH];
    uint8_t *data;
    size_t size;
    struct buf out;
    const char *slash = strrchr(path, '/');
    if (!corpora_is_input(slash ? slash + 1 : path))
        return 0;
    (void)snprintf(full, sizeof full, "%s/%s", t->from, path);
    int rc = platform_read_file(full, FILE_MAX, &data, &size, t->err);
    if (rc)
        return rc;
    buf_init(&out, 4 * FILE_MAX);
    rc = convert(t, &out, data, size);
    if (rc) {
        (void)fprintf(stderr, "thresh %s: left out: %s: %s\n", t->self->name,
                      full, t->err->msg);
        t->left_out++;
        rc = 0;
    } else {
        name_file(t, &out, name);
        rc = platform_write_file(t->to, name, buf_text(&out), out.size, t->err);
        t->done++;
    }
    buf_release(&out);
    free(data);
    return rc;
}

static int take_all(struct transfer *t, const struct words *dirs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        t->from = dirs->item[i];
        if (!platform_is_dir(t->from))
            return command_usage_error(t->self, "there is no directory %s",
                                       t->from);
        if (platform_list_tree(t->from, take, t, t->err))
            return command_failed(t->self, "%s", t->err->msg);
    }
    (void)printf("%zu input%s written to %s", t->done, t->done == 1 ? "" : "s",
                 t->to);
    if (t->left_out)
        (void)printf(", %zu left out", t->left_out);
    (void)putchar('\n');
    return TOOL_EXIT_OK;
}

static bool is_one_of(const char *word, const char *list)
{
    size_t length = strlen(word);
    for (; *list; list += strcspn(list, "|"), list += *list == '|')
        if (strcspn(list, "|") == length && strncmp(word, list, length) == 0)
            return true;
    return false;
}

static int import(struct transfer *t, const struct words *dirs)
{
    char to[CC_MAX_PATH];
    const struct values *values = t->values;
    if (!values->target)
        return command_usage_error(t->self,
                                   "which target are they for? --target=NAME");
    if (dirs->n == 0)
        return command_usage_error(t->self, "no directory is named");
    (void)snprintf(to, sizeof to, "%s/%s", values->testdata, values->target);
    t->to = to;
    return take_all(t, dirs, dirs->n);
}

static int export(struct transfer *t, const struct words *dirs)
{
    if (dirs->n < 2)
        return command_usage_error(t->self,
                                   "directories of inputs are needed, and "
                                   "last the one to write to");
    t->to = dirs->item[dirs->n - 1];
    return take_all(t, dirs, dirs->n - 1);
}

static int run(const struct command *self, int argc, char *const *argv)
{
    struct thresh_err err;
    bool imports = self == &command_import;
    struct values values = {.kind = imports ? "raw" : "libfuzzer",
                            .testdata = "testdata/fuzz"};
    struct command_line line;
    struct transfer t = {
        .self = self, .values = &values, .err = &err, .imports = imports};
    const char *kinds = imports ? "raw|bytes|string" : "libfuzzer|afl|go";
    int code = TOOL_EXIT_USAGE;
    if (!command_read(self, argc, argv, &values, &line))
        ;
    else if (!is_one_of(values.kind, kinds))
        code = command_usage_error(self, "--as=%s: it is one of %s",
                                   values.kind, kinds);
    else
        code =
            imports ? import(&t, &line.operands) : export(&t, &line.operands);
    command_line_release(&line);
    return code;
}

const struct command command_import = {
    .name = "import",
    .summary = "take over inputs of libFuzzer, AFL++ or Go",
    .usage = "--target=NAME DIR...",
    .about =
        "Copies the files of corpora to testdata/fuzz/TARGET/, where they are "
        "seeds and tests: libFuzzer's directories, AFL++'s queues (id:...), "
        "Go's testdata/fuzz/FuzzX, with the directories in them. Files in the "
        "text format stay as they are. `thresh merge` keeps of many inputs "
        "those that cover something.",
    .examples =
        "thresh import --target=url_fuzz ~/corpus\n"
        "thresh import --target=parse_url --as=string out/default/queue",
    COMMAND_FLAGS(import_flags),
    .run = run,
};

const struct command command_export = {
    .name = "export",
    .summary = "write inputs for libFuzzer, AFL++ or Go",
    .usage = "DIR... TO",
    .about =
        "Writes the inputs of each DIR, with the directories in it, to "
        "directory TO: as plain files named as libFuzzer (SHA-1) or AFL++ "
        "(id:...) name theirs, or in Go's text format. An input with several "
        "arguments is for Go alone; for the others it is named and left out.",
    .examples = "thresh export testdata/fuzz/parse_url corpus\n"
                "thresh export --as=go corpus testdata/fuzz/FuzzParseURL",
    COMMAND_FLAGS(export_flags),
    .run = run,
};
