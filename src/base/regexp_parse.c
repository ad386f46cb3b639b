/* SPDX-License-Identifier: MIT
 *
 * The grammar of regular expressions, from pattern to program in one pass.
 * There is no tree: an operator rewrites the code of its operand, which is the
 * last code written, and works because targets are relative and every operand
 * leaves by its end only. Open groups are on a stack of fixed depth, so that
 * nothing recurs.
 */
#include "base/regexp_program.h"

#include <stdlib.h>
#include <string.h>

/* As deep as Go lets expressions nest. */
#define MAX_DEPTH 1000
/* The largest count in braces, and what stands for "without end". */
#define MAX_COUNT 1000
#define ENDLESS   (-1)

/* An open group. The code of a branch that has ended is SPLIT, the branch,
 * JUMP; until the group's end is known, its jumps are a list through their
 * arguments. */
struct group {
    size_t start;      /* of its code */
    size_t branch;     /* of the code of its last branch */
    int32_t last_jump; /* or -1 */
};

struct parser {
    struct regexp_program *program;
    const char *pattern;
    const char *at;
    struct thresh_err *err;
    struct group groups[MAX_DEPTH + 1]; /* the first is the whole pattern */
    size_t depth;
    size_t operand;     /* the code that a repetition would repeat */
    bool has_operand;   /* whether there is any */
    const char *repeat; /* the repetition just read, or NULL */
};

/* Fails because of the whole pattern. */
static int fail_all(struct parser *p, const char *why)
{
    return regexp_fail(p->err, why, p->pattern,
                       p->pattern + strlen(p->pattern));
}

/* The new memory for at least `need` items, or NULL; a failure leaves the old
 * one alone. */
static void *grow(void *items, size_t *capacity, size_t need, size_t item)
{
    size_t wanted = *capacity ? *capacity : 16;
    while (wanted < need)
        wanted *= 2;
    void *grown = realloc(items, wanted * item);
    if (grown)
        *capacity = wanted;
    return grown;
}

/* Makes room for more instructions behind the last one. */
static int reserve(struct parser *p, size_t more)
{
    struct regexp_program *program = p->program;
    size_t need = program->size + more;
    if (need > REGEXP_MAX_CODE)
        return fail_all(p, "expression too large");
    if (need <= program->capacity)
        return 0;
    void *code =
        grow(program->code, &program->capacity, need, sizeof *program->code);
    if (!code)
        return thresh_fail(p->err, THRESH_ENOMEM,
                           "no memory for a regular expression");
    program->code = code;
    return 0;
}

static int emit(struct parser *p, enum regexp_op op, int32_t arg)
{
    int rc = reserve(p, 1);
    if (!rc)
        p->program->code[p->program->size++] = (struct regexp_inst){op, arg};
    return rc;
}

/* Emits one instruction as a new operand. */
static int emit_operand(struct parser *p, enum regexp_op op, int32_t arg)
{
    p->operand = p->program->size;
    p->has_operand = true;
    return emit(p, op, arg);
}

static int emit_byte(struct parser *p, uint8_t byte)
{
    if (p->program->fold && byte >= 'A' && byte <= 'Z')
        byte = (uint8_t)(byte - 'A' + 'a');
    return emit_operand(p, REGEXP_BYTE, byte);
}

static int emit_set(struct parser *p, const struct byte_set *set)
{
    struct regexp_program *program = p->program;
    if (program->set_count == REGEXP_MAX_CODE)
        return fail_all(p, "expression too large");
    if (program->set_count == program->set_capacity) {
        void *sets = grow(program->sets, &program->set_capacity,
                          program->set_count + 1, sizeof *program->sets);
        if (!sets)
            return thresh_fail(p->err, THRESH_ENOMEM,
                               "no memory for a regular expression");
        program->sets = sets;
    }
    program->sets[program->set_count++] = *set;
    return emit_operand(p, REGEXP_SET, (int32_t)(program->set_count - 1));
}

/* Repeats the operand: `copies` copies, of which those from number `min` on
 * may be left out together with all behind them; and if there is no maximum,
 * the way back. */
static int emit_repeat(struct parser *p, int min, int max)
{
    struct regexp_program *program = p->program;
    size_t start = p->operand;
    size_t size = program->size - start;
    if (max == 0 || size == 0) { /* nothing, however often */
        program->size = start;
        return 0;
    }
    int copies = max != ENDLESS ? max : min > 0 ? min : 1;
    size_t ways_out = (size_t)(copies > min ? copies - min : 0);
    size_t total = (size_t)copies * size + ways_out + (max == ENDLESS);
    int rc = reserve(p, total - size);
    if (rc)
        return rc;

    struct regexp_inst *code = program->code;
    size_t first = start + (min == 0);
    size_t end = start + total;
    memmove(code + first, code + start, size * sizeof *code);
    size_t at = start;
    for (int i = 0; i < copies; i++) {
        if (i >= min) {
            code[at] = (struct regexp_inst){REGEXP_SPLIT, (int32_t)(end - at)};
            at++;
        }
        if (at != first)
            memcpy(code + at, code + first, size * sizeof *code);
        at += size;
    }
    if (max == ENDLESS && min == 0)
        code[at] = (struct regexp_inst){REGEXP_JUMP, -(int32_t)(at - start)};
    else if (max == ENDLESS)
        code[at] = (struct regexp_inst){REGEXP_SPLIT, -(int32_t)size};
    program->size = end;
    return 0;
}

static int open_group(struct parser *p)
{
    if (!strncmp(p->at, "(?:", 3))
        p->at += 3;
    else if (p->at[1] == '?')
        return regexp_fail(p->err, "invalid or unsupported Perl syntax", p->at,
                           p->at + (p->at[2] ? 3 : 2));
    else
        p->at++;
    if (p->depth == MAX_DEPTH)
        return fail_all(p, "expression nests too deeply");
    size_t start = p->program->size;
    p->groups[++p->depth] = (struct group){start, start, -1};
    p->has_operand = false;
    return 0;
}

/* Ends a branch that another one follows. */
static int end_branch(struct parser *p)
{
    struct regexp_program *program = p->program;
    struct group *group = &p->groups[p->depth];
    int rc = reserve(p, 2);
    if (rc)
        return rc;
    struct regexp_inst *branch = program->code + group->branch;
    size_t size = program->size - group->branch;
    memmove(branch + 1, branch, size * sizeof *branch);
    branch[0] = (struct regexp_inst){REGEXP_SPLIT, (int32_t)size + 2};
    branch[size + 1] = (struct regexp_inst){REGEXP_JUMP, group->last_jump};
    program->size += 2;
    group->last_jump = (int32_t)program->size - 1;
    group->branch = program->size;
    p->has_operand = false;
    p->at++;
    return 0;
}

/* Ends the innermost group; it becomes the operand. */
static void end_group(struct parser *p)
{
    struct group *group = &p->groups[p->depth];
    int32_t end = (int32_t)p->program->size;
    for (int32_t i = group->last_jump; i >= 0;) {
        int32_t next = p->program->code[i].arg;
        p->program->code[i].arg = end - i;
        i = next;
    }
    p->operand = group->start;
    p->has_operand = true;
}

static int close_group(struct parser *p)
{
    if (p->depth == 0)
        return fail_all(p, "unexpected )");
    end_group(p);
    p->depth--;
    p->at++;
    return 0;
}

/* Digits, as a number that is above MAX_COUNT if theirs is. As in Go, one with
 * a needless zero in front is none. */
static bool read_count(const char **at, int *count)
{
    const char *s = *at;
    size_t size = strspn(s, "0123456789");
    if (size == 0 || (s[0] == '0' && size > 1))
        return false;
    *count = 0;
    for (size_t i = 0; i < size && *count <= MAX_COUNT; i++)
        *count = *count * 10 + (s[i] - '0');
    *at += size;
    return true;
}

/* "{n}", "{n,}" or "{n,m}"; anything else in braces is literal. */
static bool read_braces(const char **at, int *min, int *max)
{
    const char *s = *at + 1;
    if (!read_count(&s, min))
        return false;
    *max = *min;
    if (*s == ',') {
        s++;
        if (*s == '}')
            *max = ENDLESS;
        else if (!read_count(&s, max))
            return false;
    }
    if (*s != '}')
        return false;
    *at = s + 1;
    return true;
}

/* A repetition; `previous` is one directly in front of it, or NULL. */
static int parse_repeat(struct parser *p, const char *previous)
{
    const char *start = p->at;
    int min = *start == '+';
    int max = *start == '?' ? 1 : ENDLESS;
    if (*start != '{')
        p->at++;
    else if (!read_braces(&p->at, &min, &max))
        return emit_byte(p, (uint8_t)*p->at++);
    if (min > MAX_COUNT || max > MAX_COUNT || (max != ENDLESS && max < min))
        return regexp_fail(p->err, "invalid repeat count", start, p->at);
    /* Lazy or not, the same texts match. */
    if (*p->at == '?')
        p->at++;
    if (previous)
        return regexp_fail(p->err, "invalid nested repetition operator",
                           previous, p->at);
    if (!p->has_operand)
        return regexp_fail(p->err, "missing argument to repetition operator",
                           start, p->at);
    p->repeat = start;
    return emit_repeat(p, min, max);
}

/* \Q...\E; the end may be missing. */
static int parse_quoted(struct parser *p)
{
    int rc = 0;
    for (p->at += 2; !rc && *p->at && strncmp(p->at, "\\E", 2); p->at++)
        rc = emit_byte(p, (uint8_t)*p->at);
    if (!rc && *p->at)
        p->at += 2;
    return rc;
}

static int parse_escape(struct parser *p)
{
    static const struct {
        char letter;
        enum regexp_op op;
    } edges[] = {
        {'A', REGEXP_BEGIN},
        {'z', REGEXP_END},
        {'b', REGEXP_WORD},
        {'B', REGEXP_NO_WORD},
    };
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        if (p->at[1] == edges[i].letter) {
            p->at += 2;
            return emit_operand(p, edges[i].op, 0);
        }
    }
    if (p->at[1] == 'Q')
        return parse_quoted(p);
    struct byte_set set = {{0}};
    if (regexp_read_perl_class(&set, &p->at, p->program->fold))
        return emit_set(p, &set);
    uint8_t byte;
    int rc = regexp_read_escape(&byte, &p->at, p->err);
    return rc ? rc : emit_byte(p, byte);
}

static int parse_class(struct parser *p)
{
    struct byte_set set = {{0}};
    int rc = regexp_read_class(&set, &p->at, p->program->fold, p->err);
    return rc ? rc : emit_set(p, &set);
}

static int parse_dot(struct parser *p)
{
    struct byte_set set = {{0}};
    byte_set_add(&set, '\n', '\n');
    byte_set_invert(&set);
    p->at++;
    return emit_set(p, &set);
}

static int parse_next(struct parser *p)
{
    const char *previous = p->repeat;
    p->repeat = NULL;
    switch (*p->at) {
    case '(':
        return open_group(p);
    case ')':
        return close_group(p);
    case '|':
        return end_branch(p);
    case '*':
    case '+':
    case '?':
    case '{':
        return parse_repeat(p, previous);
    case '[':
        return parse_class(p);
    case '\\':
        return parse_escape(p);
    case '.':
        return parse_dot(p);
    case '^':
        p->at++;
        return emit_operand(p, REGEXP_BEGIN, 0);
    case '$':
        p->at++;
        return emit_operand(p, REGEXP_END, 0);
    default:
        return emit_byte(p, (uint8_t)*p->at++);
    }
}

int regexp_parse(struct regexp_program *program, const char *pattern,
                 struct thresh_err *err)
{
    struct parser p = {
        .program = program, .pattern = pattern, .at = pattern, .err = err};
    p.groups[0].last_jump = -1;
    if (!strncmp(pattern, "(?i)", 4)) {
        program->fold = true;
        p.at += 4;
    }
    while (*p.at) {
        int rc = parse_next(&p);
        if (rc)
            return rc;
    }
    if (p.depth > 0)
        return fail_all(&p, "missing closing )");
    end_group(&p);
    return emit(&p, REGEXP_MATCH, 0);
}

void regexp_program_release(struct regexp_program *program)
{
    free(program->code);
    free(program->sets);
    *program = (struct regexp_program){0};
}
