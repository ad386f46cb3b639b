/* SPDX-License-Identifier: MIT
 *
 * See report_text.h.
 */
#include "coordinator/report_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "coordinator/signature.h"
#include "platform/platform.h"
#include "platform/symbols.h"

/* Frames that a stack on one line shows. */
#define FRAMES_SHOWN 6
/* Output of the failing process that a report shows. */
#define OUTPUT_SHOWN 16384u

/* ---- lines of the output ---- */

static const char *next_line(const char *text)
{
    const char *end = strchr(text, '\n');
    return end ? end + 1 : text + strlen(text);
}

/* The whole path of a module that a line names. */
static const char *module_of(const struct stack_line *line,
                             const struct engine_place *engine)
{
    return strcmp(line->module, stack_base_name(engine->module)) == 0
               ? engine->module
               : line->module;
}

/* "SUMMARY: AddressSanitizer: SEGV (/bin/x+0x12) ": reads the place as if it
 * were a frame. */
static bool read_summary(struct stack_line *line, const char *text,
                         const char **place)
{
    char frame[STACK_PATH + 64];
    size_t n = strcspn(text, "\n");
    if (strncmp(text, "SUMMARY: ", 9) != 0)
        return false;
    const char *open = NULL;
    for (size_t i = 0; i + 1 < n && !open; i++)
        if (text[i] == ' ' && text[i + 1] == '(')
            open = text + i + 1;
    if (!open)
        return false;
    (void)snprintf(frame, sizeof frame, " #0 %.*s",
                   (int)(n - (size_t)(open - text)), open);
    *place = open;
    return stack_read_line(line, frame) && line->module[0];
}

/* Whether the text leaves the function open. */
static bool wants_names(const struct stack_line *line)
{
    return line->module[0] && !line->place[0];
}

void report_text_want(struct symbolise *s, const char *text,
                      const struct engine_place *engine)
{
    struct stack_line line;
    const char *place;
    for (; *text; text = next_line(text))
        if ((stack_read_line(&line, text) ||
             read_summary(&line, text, &place)) &&
            wants_names(&line))
            symbolise_want(s, module_of(&line, engine), line.offset);
}

const char *report_short_path(const char *path)
{
    static char here[4096];
    if (!*here && platform_current_dir(here, sizeof here, NULL))
        return path;
    size_t n = strlen(here);
    return strncmp(path, here, n) == 0 && path[n] == '/' ? path + n + 1 : path;
}

static void add_named(struct buf *out, const struct symbolised *at)
{
    buf_addf(out, "%s", *at->function ? at->function : "??");
    if (*at->file)
        buf_addf(out, " %s:%u", report_short_path(at->file), at->line);
}

/* A frame that is known by now, as the sanitizers would have printed it; one
 * line for each function that was inlined. False: it is not known. */
static bool add_frame(struct buf *out, const struct symbolise *s,
                      const struct stack_line *line, unsigned *number,
                      const struct engine_place *engine)
{
    size_t n;
    const struct symbolised *at =
        wants_names(line)
            ? symbolise_get(s, module_of(line, engine), line->offset, &n)
            : NULL;
    if (!at)
        return false;
    for (size_t i = 0; i < n; i++) {
        buf_addf(out, "    #%u ", (*number)++);
        if (line->pc)
            buf_addf(out, "0x%012llx in ", (unsigned long long)line->pc);
        add_named(out, &at[i]);
        if (!*at[i].file)
            buf_addf(out, " (%s+0x%llx)", stack_base_name(line->module),
                     (unsigned long long)line->offset);
        buf_add_char(out, '\n');
    }
    return true;
}

/* The same for the place of a summary: "FILE:LINE in FUNCTION". */
static bool add_summary(struct buf *out, const struct symbolise *s,
                        const char *text, const struct engine_place *engine)
{
    struct stack_line line;
    const char *place;
    size_t n;
    if (!read_summary(&line, text, &place))
        return false;
    const struct symbolised *at =
        symbolise_get(s, module_of(&line, engine), line.offset, &n);
    if (!at || !*at->file)
        return false;
    printable_add(out, text, (size_t)(place - text));
    buf_addf(out, "%s:%u in %s\n", report_short_path(at->file), at->line,
             at->function);
    return true;
}

/* Where the dump of shadow memory that begins here ends. */
static const char *skip_shadow(const char *text)
{
    while (*text && strncmp(text, "==", 2) != 0)
        text = next_line(text);
    return text;
}

/* The frames of one stack in the text, as they go by. */
struct frames {
    unsigned number; /* of the next one that is printed */
    bool ours;       /* the rest is the engine's */
    uint64_t last;   /* offset of the last one printed */
    unsigned again;  /* how often it came again since */
};

/* Whether a frame is the engine's: where it calls the target, or, in the stack
 * of an allocation that it made itself, its own code. */
static bool is_ours(const struct stack_line *line,
                    const struct engine_place *engine)
{
    if (stack_is_engine(line, engine))
        return true;
    const struct symbols *symbols = line->number && line->module[0]
                                        ? symbols_of(module_of(line, engine))
                                        : NULL;
    return symbols && symbols_is_own(symbols, line->offset);
}

static void end_repeats(struct buf *out, struct frames *f)
{
    if (f->again)
        buf_addf(out, "    ... %u more of the same\n", f->again);
    f->again = 0;
}

static void add_line(struct buf *out, const struct symbolise *s,
                     const char *text, size_t size,
                     const struct stack_line *line, struct frames *f,
                     const struct engine_place *engine)
{
    if (line->number == 0) {
        end_repeats(out, f);
        *f = (struct frames){.number = 0};
    }
    f->ours = f->ours || is_ours(line, engine);
    if (f->ours)
        return;
    if (line->number && line->offset && line->offset == f->last) {
        f->again++;
        return;
    }
    end_repeats(out, f);
    f->last = line->offset;
    if (add_frame(out, s, line, &f->number, engine))
        return;
    const char *rest = text + strcspn(text, "#") + 1;
    rest += strspn(rest, "0123456789");
    buf_addf(out, "    #%u", f->number++);
    printable_add(out, rest, size - (size_t)(rest - text));
}

void report_text_add(struct buf *out, const struct symbolise *s,
                     const char *text, const struct engine_place *engine)
{
    struct stack_line line;
    struct frames frames = {.number = 0};
    while (*text) {
        const char *next = next_line(text);
        size_t size = (size_t)(next - text);
        if (strncmp(text, "Shadow bytes around", 19) == 0) {
            text = skip_shadow(text);
            continue;
        }
        if (stack_read_line(&line, text)) {
            add_line(out, s, text, size, &line, &frames, engine);
        } else {
            end_repeats(out, &frames);
            if (!add_summary(out, s, text, engine))
                printable_add(out, text, size);
        }
        text = next;
    }
    end_repeats(out, &frames);
}

/* ---- a stack on one line ---- */

void report_stack_want(struct symbolise *s, const struct stack *stack)
{
    for (uint32_t i = 0; i < stack->n; i++) {
        const struct stack_frame *f = &stack->frame[i];
        if (f->address && signature_is_project(stack, f) &&
            f->module != STACK_NO_MODULE)
            symbolise_want(s, stack->module[f->module], f->address);
    }
}

void report_function_add(struct buf *out, const char *name)
{
    static const char body[] = "thresh_body_", call[] = "thresh_call_";
    if (strncmp(name, body, sizeof body - 1) == 0)
        name += sizeof body - 1;
    else if (strncmp(name, call, sizeof call - 1) == 0)
        name += sizeof call - 1;
    static const char *const clones[] = {".part.", ".constprop.", ".isra.",
                                         ".cold", ".lto_priv"};
    size_t n = strlen(name);
    for (size_t i = 0; i < sizeof clones / sizeof clones[0]; i++) {
        const char *clone = strstr(name, clones[i]);
        if (clone && (size_t)(clone - name) < n)
            n = (size_t)(clone - name);
    }
    printable_add(out, name, n);
}

/* Collects the parts between " < ". A part that repeats the one before, as in a
 * recursion, is counted. */
struct line {
    struct buf *out;
    size_t width;
    size_t indent;
    size_t column;
    unsigned shown;
    struct buf part; /* waits for what follows */
    unsigned times;
};

static void flush_part(struct line *l)
{
    if (l->times > 1)
        buf_addf(&l->part, " (%u times)", l->times);
    if (l->times && l->shown++ < FRAMES_SHOWN) {
        if (l->shown > 1) {
            bool fits = l->column + 3 + l->part.size + 2 <= l->width;
            if (fits)
                buf_add_text(l->out, " < ");
            else
                buf_addf(l->out, " <\n%*s", (int)l->indent, "");
            l->column = fits ? l->column + 3 : l->indent;
        }
        buf_add(l->out, l->part.data, l->part.size);
        l->column += l->part.size;
    }
    buf_clear(&l->part);
    l->times = 0;
}

/* Takes the part and releases it. */
static void add_part(struct line *l, struct buf *part)
{
    if (l->times && strcmp(buf_text(part), buf_text(&l->part)) != 0)
        flush_part(l);
    if (!l->times++)
        buf_add(&l->part, part->data, part->size);
    buf_release(part);
}

/* "url.c:88 skip", else "skip (url_fuzz+0x12)", else "url_fuzz+0x12". */
static void add_place(struct line *l, const struct stack *stack,
                      const struct stack_frame *f, const char *place,
                      const char *function)
{
    struct buf part;
    buf_init(&part, 4096);
    if (*place)
        buf_addf(&part, "%s ", place);
    report_function_add(&part, function);
    if (!*place && f->module != STACK_NO_MODULE)
        buf_addf(&part, "%s%s+0x%llx%s", *function ? " (" : "",
                 stack_base_name(stack->module[f->module]),
                 (unsigned long long)f->address, *function ? ")" : "");
    add_part(l, &part);
}

static void add_symbolised(struct line *l, const struct stack *stack,
                           const struct stack_frame *f,
                           const struct symbolised *at)
{
    char place[STACK_PLACE] = "";
    if (*at->file)
        (void)snprintf(place, sizeof place, "%s:%u", stack_base_name(at->file),
                       at->line);
    add_place(l, stack, f, place, at->function);
}

/* Whether a function is the caller that the macro of a target makes, and no
 * code of the user's: the body has been shown, which may be inlined in it. */
static bool is_made(const char *function, bool *body)
{
    if (strncmp(function, "thresh_body_", 12) == 0)
        *body = true;
    return *body && strncmp(function, "thresh_call_", 12) == 0;
}

void report_stack_add(struct buf *out, const struct symbolise *s,
                      const struct stack *stack, size_t width, size_t indent)
{
    struct line l = {
        .out = out, .width = width, .indent = indent, .column = indent};
    buf_init(&l.part, 4096);
    bool body = false; /* of a target has been shown */
    for (uint32_t i = 0; i < stack->n; i++) {
        const struct stack_frame *f = &stack->frame[i];
        size_t n = 0;
        if (!signature_is_project(stack, f))
            continue;
        const struct symbolised *at =
            f->module == STACK_NO_MODULE
                ? NULL
                : symbolise_get(s, stack->module[f->module], f->address, &n);
        for (size_t k = 0; k < n; k++)
            if (!is_made(at[k].function, &body))
                add_symbolised(&l, stack, f, &at[k]);
        if (!n && !is_made(f->function, &body))
            add_place(&l, stack, f, f->place, f->function);
    }
    flush_part(&l);
    buf_release(&l.part);
}

/* ---- what the process said ---- */

void report_said_init(struct report_said *s, const struct verdict *v,
                      const char *output, size_t size)
{
    *s = (struct report_said){.verdict = v, .output = malloc(size + 1)};
    for (size_t i = 0; s->output && i < size; i++)
        s->output[i] = output[i] ? output[i] : 1;
    if (s->output)
        s->output[size] = 0;
    s->names = symbolise_new();
    report_stack_want(s->names, &v->stack);
    if (s->output)
        report_text_want(s->names, s->output, &v->engine);
    symbolise_ask(s->names);
}

void report_said_release(struct report_said *s)
{
    free(s->output);
    symbolise_free(s->names);
}

void report_said_add(struct buf *out, const struct report_said *s)
{
    struct buf text;
    if (!s->output)
        return;
    buf_init(&text, (size_t)4 << 20);
    report_text_add(&text, s->names, s->output, &s->verdict->engine);
    size_t skip = text.size > OUTPUT_SHOWN ? text.size - OUTPUT_SHOWN : 0;
    if (text.size)
        buf_add(out, text.data + skip, text.size - skip);
    buf_release(&text);
}

void report_indent(struct buf *out, const char *text, size_t size, int spaces)
{
    for (size_t at = 0; at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t n = end ? (size_t)(end - text) - at : size - at;
        buf_addf(out, "%*s", spaces, "");
        buf_add(out, text + at, n);
        buf_add_char(out, '\n');
        at += n + 1;
    }
}
