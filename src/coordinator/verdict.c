/* SPDX-License-Identifier: MIT
 *
 * See verdict.h.
 */
#include "coordinator/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/printable.h"
#include "coordinator/complaint.h"
#include "coordinator/signature.h"
#include "coordinator/tool_report.h"

/* Enough for any sanitizer's report. */
#define OUTPUT_READ ((size_t)256 << 10)

/* Up to the second colon of "file.c:12: check failed: ...": the place. */
static void key_of_check(struct verdict *v, const char *text)
{
    char kind[VERDICT_TEXT];
    const char *colon = strchr(text, ':');
    colon = colon ? strchr(colon + 1, ':') : NULL;
    size_t n = colon ? (size_t)(colon - text) : strlen(text);
    (void)snprintf(kind, sizeof kind, "check %.*s", n < 200 ? (int)n : 200,
                   text);
    signature_of_stack(v->key, sizeof v->key, kind, &v->stack);
}

static void judge_words(struct verdict *v, const struct last_words *words)
{
    v->kind = VERDICT_FAIL;
    (void)snprintf(v->title, sizeof v->title, "%.*s", VERDICT_TEXT - 1,
                   words->text);
    if (words->kind == LAST_WORDS_CHECK) {
        stack_of_words(&v->stack, words, &v->engine);
        key_of_check(v, words->text);
    } else if (words->kind == LAST_WORDS_ALLOCATION) {
        v->allocation = true;
        stack_of_words(&v->stack, words, &v->engine);
        signature_of_stack(v->key, sizeof v->key, "memory allocation",
                           &v->stack);
    } else if (words->kind == LAST_WORDS_MEMORY) {
        v->memory = true;
        (void)snprintf(v->key, sizeof v->key, "memory");
    } else {
        v->cause = CAUSE_OVERWRITE;
        (void)snprintf(v->key, sizeof v->key, "overwrite");
    }
}

void verdict_of_reply(struct verdict *v, const struct process *p)
{
    struct last_words words;
    *v = (struct verdict){0};
    process_take_words(p, &words, &v->engine);
    judge_words(v, &words);
    printable_line(v->title);
}

/* Adds what the program said before it ended itself to title and kind. */
static void add_complaint(struct verdict *v, char *kind, size_t size,
                          const char *output, size_t output_size)
{
    char text[256];
    if (!complaint_find(text, sizeof text, output, output_size))
        return;
    size_t used = strlen(v->title);
    (void)snprintf(v->title + used, sizeof v->title - used, ": %s", text);
    used = strlen(kind);
    (void)snprintf(kind + used, size - used, " %s", text);
}

/* A fault beside the stack pointer, where no memory is: nothing but a stack
 * that grew too far gets there. */
static bool is_overflow(const struct last_words *words)
{
    const uint64_t near = 1u << 16;
    uint64_t distance = words->address > words->sp ? words->address - words->sp
                                                   : words->sp - words->address;
    return words->kind == LAST_WORDS_SIGNAL && words->sp && words->address &&
           distance < near;
}

static void judge_signal(struct verdict *v, const struct process_end *end,
                         int signal, const char *output)
{
    if (!platform_signal_is_crash(signal)) {
        v->kind = VERDICT_OUTSIDE;
        (void)snprintf(v->title, sizeof v->title,
                       "fuzzing process terminated by unexpected signal; no "
                       "crash will be recorded: signal: %s",
                       platform_signal_text(signal));
        return;
    }
    const struct last_words *words = &end->words;
    const char *name = platform_signal_name(signal);
    bool told = words->kind == LAST_WORDS_SIGNAL;
    bool overflow = platform_signal_is_overflow(signal) || is_overflow(words);
    char kind[VERDICT_TEXT];
    v->kind = VERDICT_FAIL;
    v->cause = CAUSE_SIGNAL;
    if (told && words->address)
        (void)snprintf(v->title, sizeof v->title, "%s on address 0x%llx%s",
                       name, (unsigned long long)words->address,
                       overflow ? " (stack overflow)" : "");
    else
        (void)snprintf(v->title, sizeof v->title, "%s", name);
    (void)snprintf(kind, sizeof kind, "%s %s",
                   overflow ? "stack overflow" : "signal", name);
    if (told && platform_signal_is_abort(signal))
        add_complaint(v, kind, 300, output, strlen(output));
    if (told)
        stack_of_words(&v->stack, words, &v->engine);
    if (v->stack.n == 0)
        (void)snprintf(v->detail, sizeof v->detail,
                       "fuzzing process hung or terminated unexpectedly: "
                       "signal: %s",
                       platform_signal_text(signal));
    if (overflow)
        signature_of_overflow(v->key, sizeof v->key, kind, &v->stack);
    else
        signature_of_stack(v->key, sizeof v->key, kind, &v->stack);
}

static void judge_exit(struct verdict *v, const struct process_end *end)
{
    int code = end->exit.code;
    char kind[32];
    v->kind = VERDICT_FAIL;
    v->cause = CAUSE_EXIT;
    (void)snprintf(v->title, sizeof v->title, "exit status %d", code);
    (void)snprintf(v->detail, sizeof v->detail,
                   "fuzzing process hung or terminated unexpectedly: exit "
                   "status %d",
                   code);
    (void)snprintf(kind, sizeof kind, "exit %d", code);
    if (end->words.kind == LAST_WORDS_EXIT)
        stack_of_words(&v->stack, &end->words, &v->engine);
    signature_of_stack(v->key, sizeof v->key, kind, &v->stack);
}

static void judge_timeout(struct verdict *v, const struct process_end *end,
                          const struct limits *limits)
{
    static const char *const sources[] = {
        [LIMIT_GIVEN] = "",
        [LIMIT_DEFAULT] = " (default; -inputtimeout sets it)",
        [LIMIT_ADAPTIVE] = " (adaptive; -inputtimeout sets it)",
    };
    char limit[DURATION_TEXT_SIZE];
    format_seconds(limit, limits->input_us);
    v->kind = VERDICT_FAIL;
    v->timeout = true;
    v->limit_us = limits->input_us;
    (void)snprintf(v->title, sizeof v->title, "timeout after %s%s", limit,
                   sources[limits->source]);
    if (end->words.kind == LAST_WORDS_STACK)
        stack_of_words(&v->stack, &end->words, &v->engine);
    if (v->stack.n == 0)
        (void)snprintf(v->detail, sizeof v->detail,
                       "fuzzing process hung or terminated unexpectedly: one "
                       "execution took longer than %s (-inputtimeout)",
                       limit);
    v->known = end->known;
    signature_of_hang(v->key, sizeof v->key, "timeout", &v->stack);
}

static void key_of_report(struct verdict *v, const struct tool_report *report,
                          const char *kind, const char *after_first)
{
    struct stack second;
    if (report->shape == TOOL_RACE && after_first &&
        stack_of_text(&second, after_first, &v->engine))
        signature_of_race(v->key, sizeof v->key, kind, &v->stack, &second);
    else if (report->shape == TOOL_OVERFLOW)
        signature_of_overflow(v->key, sizeof v->key, kind, &v->stack);
    else
        signature_of_stack(v->key, sizeof v->key, kind, &v->stack);
}

/* Judges by a sanitizer's report. False: there is none. */
static bool judge_report(struct verdict *v, const struct process_end *end,
                         const char *output)
{
    struct tool_report report;
    char kind[VERDICT_TEXT];
    if (!tool_report_read(&report, output))
        return false;
    v->kind = VERDICT_FAIL;
    v->cause = CAUSE_TOOL;
    v->exit_code = end->exit.kind == PLATFORM_EXITED ? end->exit.code : 0;
    v->leak = report.leak;
    v->allocation = report.allocation;
    (void)snprintf(v->title, sizeof v->title, "%s", report.title);
    (void)snprintf(kind, sizeof kind, "%s", report.kind);
    if (report.shape == TOOL_ABORT)
        add_complaint(v, kind, 300, output, (size_t)(report.at - output));
    const char *after = stack_of_text(&v->stack, report.at, &v->engine);
    if (v->stack.n == 0 && end->words.kind == LAST_WORDS_SANITIZER)
        stack_of_words(&v->stack, &end->words, &v->engine);
    if (v->stack.n == 0)
        (void)snprintf(v->detail, sizeof v->detail, "%s", report.detail);
    key_of_report(v, &report, kind, after);
    return true;
}

/* Killed above -maxrss: an input's failure if it ran alone; who is to blame in
 * a batch, if anybody, takes a replay to tell. */
static void judge_memory(struct verdict *v, const struct process_end *end,
                         const struct limits *limits)
{
    v->kind = VERDICT_FAIL;
    v->memory = true;
    v->resident = end->resident;
    (void)snprintf(v->title, sizeof v->title,
                   "out of memory (resident %llu MB, limit %llu MB)",
                   (unsigned long long)(end->resident >> 20),
                   (unsigned long long)(limits->max_resident >> 20));
    (void)snprintf(v->detail, sizeof v->detail,
                   "fuzzing process hung or terminated unexpectedly: it had "
                   "more memory than -maxrss allows");
    (void)snprintf(v->key, sizeof v->key, "memory");
}

/* An end that no execution can be blamed for. */
static void judge_no_target(struct verdict *v, const struct process_end *end)
{
    char how[160];
    if (end->exit.kind == PLATFORM_SIGNALLED)
        (void)snprintf(how, sizeof how, "signal: %s",
                       platform_signal_text(end->exit.code));
    else
        (void)snprintf(how, sizeof how, "exit status %d", end->exit.code);
    v->kind = VERDICT_ENGINE;
    if (end->tear_down)
        (void)snprintf(
            v->title, sizeof v->title, "the tear-down failed: %.480s",
            end->words.kind == LAST_WORDS_CHECK ? end->words.text : how);
    else if (end->killed == KILL_LIE)
        (void)snprintf(v->title, sizeof v->title,
                       "communicating with fuzzing process: it sent what is "
                       "no answer, or changed memory it must not");
    else if (end->words.kind == LAST_WORDS_ENGINE)
        (void)snprintf(v->title, sizeof v->title,
                       "fuzzing process exited unexpectedly due to an internal "
                       "failure: %.300s",
                       end->words.text);
    else if (end->state == PROCESS_STARTING)
        (void)snprintf(v->title, sizeof v->title,
                       "fuzzing process terminated without fuzzing: %s",
                       end->killed == KILL_HANG ? "it hung while starting"
                                                : how);
    else
        (void)snprintf(v->title, sizeof v->title,
                       "fuzzing process ended between executions: %s", how);
}

/* We ended it, because it did not leave in time or was too slow. A failure that
 * was on its way counts; a running target does not. */
static bool judge_stopped(struct verdict *v, const struct process_end *end)
{
    enum last_words_kind kind = (enum last_words_kind)end->words.kind;
    if ((end->killed != KILL_STOP && end->killed != KILL_SLOW) ||
        (end->blames_input &&
         (kind == LAST_WORDS_CHECK || kind == LAST_WORDS_OVERWRITE ||
          kind == LAST_WORDS_SANITIZER || kind == LAST_WORDS_ALLOCATION ||
          kind == LAST_WORDS_MEMORY)))
        return false;
    v->kind = VERDICT_OUTSIDE;
    (void)snprintf(v->title, sizeof v->title, "fuzzing process stopped");
    return true;
}

/* What the process printed last, without NULs, since a target may print
 * anything and none must hide a report. NULL if memory is refused. */
static char *read_output(const struct process *p)
{
    char *output = malloc(OUTPUT_READ + 1);
    if (!output)
        return NULL;
    size_t n = platform_output_tail(p->output, output, OUTPUT_READ);
    output[n] = 0;
    for (size_t i = 0; i < n; i++)
        if (output[i] == 0)
            output[i] = ' ';
    return output;
}

static void judge_death(struct verdict *v, const struct process_end *end,
                        const struct process *p)
{
    char *output = read_output(p);
    const char *text = output ? output : "";
    /* Killed while it told how it died: it did die. */
    int signal = end->killed == KILL_HANG ? end->words.signal : end->exit.code;
    if (judge_report(v, end, text))
        ;
    else if (end->exit.kind == PLATFORM_SIGNALLED)
        judge_signal(v, end, signal, text);
    else
        judge_exit(v, end);
    free(output);
}

static void judge_no_leaks(struct verdict *v)
{
    v->kind = VERDICT_OUTSIDE;
    v->no_leaks = true;
    (void)snprintf(v->title, sizeof v->title, "%s", VERDICT_NO_LEAKS_TEXT);
}

/* Ended by its last look for leaks: that found some, or could not be. */
static void judge_left(struct verdict *v, const struct process_end *end,
                       const struct process *p)
{
    char *output = read_output(p);
    if (!output || !judge_report(v, end, output) || !v->leak)
        judge_no_leaks(v);
    free(output);
    printable_line(v->title);
    printable_line(v->detail);
}

void verdict_of_end(struct verdict *v, const struct process_end *end,
                    const struct process *p, const struct limits *limits)
{
    *v = (struct verdict){.died = true, .engine = end->engine};
    if (judge_stopped(v, end))
        return;
    if (end->words.kind == LAST_WORDS_NO_LEAKS && end->killed == KILL_NOT) {
        judge_no_leaks(v);
        return;
    }
    if (end->leaks) {
        judge_left(v, end, p);
        return;
    }
    /* Where it was when it was asked for its heap's profile is luck. */
    if (end->killed == KILL_MEMORY && (end->words.kind == LAST_WORDS_NONE ||
                                       end->words.kind == LAST_WORDS_STACK)) {
        judge_memory(v, end, limits);
        return;
    }
    if (end->killed == KILL_LIE || !end->blames_input) {
        judge_no_target(v, end);
        if (end->killed == KILL_NOT && end->exit.kind == PLATFORM_SIGNALLED &&
            !platform_signal_is_crash(end->exit.code))
            judge_signal(v, end, end->exit.code, "");
    } else if (end->killed == KILL_HANG &&
               end->words.kind != LAST_WORDS_SIGNAL) {
        judge_timeout(v, end, limits);
    } else if (end->words.kind == LAST_WORDS_CHECK ||
               end->words.kind == LAST_WORDS_OVERWRITE ||
               end->words.kind == LAST_WORDS_ALLOCATION ||
               end->words.kind == LAST_WORDS_MEMORY) {
        judge_words(v, &end->words);
    } else {
        judge_death(v, end, p);
    }
    /* Much of it is a worker's text. */
    printable_line(v->title);
    printable_line(v->detail);
}

const char *verdict_word(const struct verdict *v)
{
    return v->timeout                   ? "timeout"
           : v->memory || v->allocation ? "out of memory"
           : v->leak                    ? "leak"
           : v->died                    ? "crash"
                                        : "check";
}
