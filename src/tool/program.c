/* SPDX-License-Identifier: MIT
 *
 * See program.h.
 */
#include "tool/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/flags.h"
#include "driver/libfuzzer_flags.h"
#include "platform/platform.h"
#include "platform/tool.h"
#include "tool/tool.h"

#define LAST_DIR  BUILD_DIR
#define LAST_NAME "last"
#define LAST_MAX  ((size_t)1 << 20)

/* ---- the last one ---- */

/* Remembers the program; it is no failure if that can't be done. */
static void remember(const struct program *program, const struct words *words)
{
    struct buf text;
    buf_init(&text, LAST_MAX);
    buf_addf(&text, "%s\n", program->path);
    for (size_t i = 0; i < words->n; i++) {
        if (strchr(words->item[i], '\n'))
            text.failed = true; /* it has no place in a line */
        buf_addf(&text, "%s\n", words->item[i]);
    }
    if (!text.failed)
        (void)platform_write_file(LAST_DIR, LAST_NAME, buf_text(&text),
                                  text.size, NULL);
    buf_release(&text);
}

/* Reads the lines of the last one; false if there is none. */
static bool recall(struct words *lines)
{
    uint8_t *data;
    size_t size;
    if (platform_read_file(LAST_DIR "/" LAST_NAME, LAST_MAX, &data, &size,
                           NULL))
        return false;
    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t length = end ? (size_t)(end - data) - at : size - at;
        words_addf(lines, "%.*s", (int)length, (const char *)data + at);
        at += length + 1;
    }
    free(data);
    return lines->n > 0;
}

/* ---- finding it ---- */

/* Whether a word names a program that is there; a name alone is one of the
 * current directory. */
static bool find_program(const char *word, char path[CC_MAX_PATH])
{
    char name[CC_MAX_PATH];
    const char *here = strpbrk(word, "/\\") ? "" : "./";
    int n = snprintf(name, sizeof name, "%s%s", here, word);
    return n > 0 && (size_t)n < sizeof name && platform_is_file(name) &&
           !build_is_source(word) &&
           platform_find_program(name, path, CC_MAX_PATH, NULL) == 0;
}

static int build(struct program *program, const struct command *command,
                 const struct words *words, const struct program_flags *flags)
{
    static const char flag[] = "--sanitize=";
    struct words given = {0};
    struct build_spec spec = {
        .command = command,
        .words = &given,
        .parallel = flags->jobs,
        .coverage = flags->coverage,
        .folder = flags->coverage ? PROGRAM_COVERAGE_FOLDER : NULL,
    };
    for (size_t i = 0; i < words->n; i++) {
        if (strncmp(words->item[i], flag, sizeof flag - 1) == 0)
            spec.sanitize = words->item[i] + sizeof flag - 1;
        else
            words_add(&given, words->item[i]);
    }
    if (flags->coverage)
        spec.sanitize = "none";
    int code = build_program(&spec, program->path);
    words_release(&given);
    if (!code && !flags->coverage)
        remember(program, words);
    return code;
}

/* The one of last time. */
static int use_last(struct program *program, const struct command *command,
                    const struct program_flags *flags)
{
    struct words lines = {0};
    struct words words = {0};
    int code = 0;
    if (!recall(&lines))
        return command_usage_error(
            command, "no program is named, and none was built here before: "
                     "name one, or begin with `thresh fuzz FILE.c`");
    for (size_t i = 1; i < lines.n; i++)
        words_add(&words, lines.item[i]);
    if (words.n)
        code = build(program, command, &words, flags);
    else if (!find_program(lines.item[0], program->path))
        code = command_usage_error(command,
                                   "%s, the program of last time, is no longer "
                                   "there; name another one",
                                   lines.item[0]);
    if (!code)
        (void)fprintf(stderr, "thresh %s: with %s\n", command->name,
                      program->path);
    words_release(&lines);
    words_release(&words);
    return code;
}

static void use_named(const struct program *program)
{
    struct words nothing = {0};
    if (platform_is_dir(LAST_DIR))
        remember(program, &nothing);
}

/* Whether a word is a flag of fuzz programs. -v is a compiler's, too, but not
 * meant for it here. */
static bool is_program_flag(const char *word, bool *takes_next)
{
    if (word[0] != '-' || !word[1])
        return false;
    const char *name = word + (word[1] == '-' ? 2 : 1);
    size_t length = strcspn(name, "=");
    if (!flags_has(name, length))
        return false;
    *takes_next = !name[length] && flags_takes_value(name, length);
    return true;
}

/* Parts the operands into words for the compiler and flags for the program. */
static void part(const struct words *operands, struct words *build,
                 struct words *flags)
{
    for (size_t i = 0; i < operands->n; i++) {
        bool takes_next;
        if (!is_program_flag(operands->item[i], &takes_next)) {
            words_add(build, operands->item[i]);
            continue;
        }
        words_add(flags, operands->item[i]);
        if (takes_next && i + 1 < operands->n)
            words_add(flags, operands->item[++i]);
    }
}

int program_of_line(struct program *program, const struct command *command,
                    const struct program_flags *flags,
                    struct command_line *line)
{
    struct words words = {0};
    size_t first = 0;
    int code = 0;
    *program = (struct program){0};
    if (line->operands.n &&
        find_program(line->operands.item[0], program->path)) {
        for (first = 1; first < line->operands.n; first++)
            words_add(&program->flags, line->operands.item[first]);
        use_named(program);
    } else {
        part(&line->operands, &words, &program->flags);
        bool last = words.n == 0;
        if (flags->compiler)
            words_addf(&words, "--compiler=%s", flags->compiler);
        if (flags->sanitize)
            words_addf(&words, "--sanitize=%s", flags->sanitize);
        code = last ? use_last(program, command, flags)
                    : build(program, command, &words, flags);
    }
    words_add_all(&program->flags, &line->rest);
    words_release(&words);
    return code;
}

int program_of_operands(struct program *program, const struct command *command,
                        struct words *operands)
{
    *program = (struct program){0};
    if (operands->n && find_program(operands->item[0], program->path)) {
        free(operands->item[0]);
        memmove(operands->item, operands->item + 1,
                operands->n * sizeof *operands->item);
        operands->n--;
        use_named(program);
        return 0;
    }
    static const struct program_flags defaults;
    return use_last(program, command, &defaults);
}

void program_release(struct program *program)
{
    words_release(&program->flags);
}

/* ---- running it ---- */

bool program_is_told_as_libfuzzer(const struct program *program)
{
    struct words all = {0};
    const char *ours, *theirs;
    words_add(&all, program->path);
    for (size_t i = 0; i < program->flags.n; i++)
        words_add(&all, program->flags.item[i]);
    enum libfuzzer_mode mode =
        libfuzzer_mode_of((int)all.n, all.item, &ours, &theirs);
    words_release(&all);
    return mode == MODE_LIBFUZZER;
}

void program_tell(const struct program *program, const struct command *command,
                  const char *first)
{
    (void)fprintf(stderr, "thresh %s: running %s%s%s", command->name,
                  program->path, first ? " " : "", first ? first : "");
    for (size_t i = 0; i < program->flags.n; i++)
        (void)fprintf(stderr, " %s", program->flags.item[i]);
    (void)fputc('\n', stderr);
}

int program_run(const struct program *program, const struct command *command,
                const char *first)
{
    struct words argv = {0};
    struct thresh_err err;
    words_add(&argv, program->path);
    if (first)
        words_add(&argv, first);
    for (size_t i = 0; i < program->flags.n; i++)
        words_add(&argv, program->flags.item[i]);
    (void)platform_become(program->path, argv.item, &err);
    words_release(&argv);
    return command_failed(command, "%s", err.msg);
}
