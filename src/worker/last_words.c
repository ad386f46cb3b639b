/* SPDX-License-Identifier: MIT
 *
 * See last_words.h. Failing checks arrive here too: thresh_check_failed() is
 * called by the target. Every word carries a stack, facts first, since the
 * stack may be what is broken.
 */
#include "worker/last_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encoding.h"
#include "platform/guest.h"
#include "thresh.h"
#include "worker/call_stack.h"
#include "worker/gcov_data.h"
#include "worker/leaks.h"
#include "worker/param.h"
#include "worker/runner.h"
#include "worker/sanitizer.h"
#include "worker/worker.h"

/* Characters of a value that a failing check shows. */
#define VALUE_SHOWN 120

static struct region *region;

/* The first to speak is closest to the cause: a sanitizer's report ends in an
 * abort, a failed check on a foreign thread too. Nobody but the worker itself
 * speaks, no process that the target has forked. */
static bool may_speak(void)
{
    uint32_t kind = region->words.kind;
    return (kind == LAST_WORDS_NONE || kind == LAST_WORDS_STACK) &&
           guest_is_itself();
}

static bool speak(enum last_words_kind kind)
{
    struct last_words *words = &region->words;
    if (!may_speak())
        return false;
    words->nframes = 0;
    words->top_is_return = 0;
    words->kind = kind;
    return true;
}

static void on_fault(const struct guest_fault *fault)
{
    struct last_words *words = &region->words;
    if (!speak(LAST_WORDS_SIGNAL))
        return;
    words->signal = fault->signal;
    words->code = fault->code;
    words->address = fault->address;
    words->pc = fault->pc;
    words->sp = fault->sp;
    call_stack_record(words, fault);
    gcov_data_add(true);
}

/* What holds the most memory, as libFuzzer asks for it. */
static void print_profile(void)
{
    if (atomic_load(&region->profile) && __sanitizer_print_memory_profile)
        __sanitizer_print_memory_profile(95, 8);
    atomic_store(&region->profile, 2);
}

/* Only the thread that runs the target knows what takes so long; between
 * executions nothing does. */
static void on_ask(const struct guest_fault *place)
{
    struct last_words *words = &region->words;
    const struct runner *r = runner_current();
    if (!r || !r->in_target || guest_thread() != r->thread || !may_speak())
        return;
    words->kind = LAST_WORDS_NONE;
    words->top_is_return = 0;
    call_stack_record(words, place);
    __atomic_store_n(&words->kind, (uint32_t)LAST_WORDS_STACK,
                     __ATOMIC_RELEASE);
    /* What spins has not been woken from anything. */
    if (atomic_load(&region->peek))
        return;
    gcov_data_add(true);
    print_profile();
    /* Not back to the target: the signal has woken it from what it waited for,
     * and it would go on with another input. */
    guest_exit(WORKER_EXIT_ASKED);
}

/* The stack from the function that called the caller of this one. */
#define RECORD_CALLER() \
    record_caller(__builtin_return_address(0), __builtin_frame_address(0))

static void record_caller(const void *pc, const void *frame)
{
    const uintptr_t *at = frame;
    struct guest_fault place = {.pc = (uint64_t)(uintptr_t)pc,
                                .sp = (uint64_t)(uintptr_t)(at + 2),
                                .fp = at[0]};
    region->words.top_is_return = 1;
    call_stack_record(&region->words, &place);
}

bool last_words_speak(enum last_words_kind kind, const char *text)
{
    if (!speak(kind))
        return false;
    RECORD_CALLER();
    if (text)
        (void)snprintf(region->words.text, sizeof region->words.text, "%s",
                       text);
    return true;
}

static void on_exit_called(void)
{
    if (speak(LAST_WORDS_EXIT))
        RECORD_CALLER();
    gcov_data_add(true);
}

static void on_sanitizer_death(void)
{
    /* LeakSanitizer's own failure is nobody's. */
    enum last_words_kind kind =
        leaks_checking() ? LAST_WORDS_NO_LEAKS : LAST_WORDS_SANITIZER;
    /* ThreadSanitizer holds its locks now, and its own hooks on what a walk
     * calls would wait for them for ever. Its reports have stacks. */
    if (speak(kind) && !__tsan_init)
        RECORD_CALLER();
    gcov_data_add(true);
}

void last_words_prepare(struct region *of_worker, const struct target *target)
{
    region = of_worker;
    region->words.kind = LAST_WORDS_NONE;
    call_stack_prepare();
    call_stack_engine(&region->engine, target_called_from(target));
    guest_catch_faults(on_fault);
    guest_catch_asks(on_ask);
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(on_sanitizer_death);
    (void)atexit(on_exit_called);
}

/* Ends the execution of which a check has failed that stands at the place. */
static _Noreturn void fail_check(const char *text, const void *pc,
                                 const void *frame)
{
    struct runner *r = runner_current();
    if (r && speak(LAST_WORDS_CHECK)) {
        (void)snprintf(region->words.text, sizeof region->words.text, "%s",
                       text);
        record_caller(pc, frame);
    }
    if (r)
        runner_fail(r, LAST_WORDS_CHECK, text);
    /* not in a worker: a program of the user's own that calls the target */
    guest_say(text);
    guest_say("\n");
    abort();
}

/* "FILE:LINE: check failed: WHAT" */
static int begin_text(char text[LAST_WORDS_TEXT], const char *file, int line,
                      const char *what)
{
    const char *slash = strrchr(file, '/');
    return snprintf(text, LAST_WORDS_TEXT, "%s:%d: check failed: %s",
                    slash ? slash + 1 : file, line, what);
}

_Noreturn void thresh_check_failed(const char *file, int line,
                                   const char *condition, const char *format,
                                   ...)
{
    char text[LAST_WORDS_TEXT] = "";
    int n = begin_text(text, file, line, condition);
    /* format[0] is the macro's own, there so that it is never empty */
    if (format[1] && n > 0 && (size_t)n + 2 < sizeof text) {
        va_list ap;
        va_start(ap, format);
        n += snprintf(text + n, sizeof text - (size_t)n, ": ");
        (void)vsnprintf(text + n, sizeof text - (size_t)n, format + 1, ap);
        va_end(ap);
    }
    fail_check(text, __builtin_return_address(0), __builtin_frame_address(0));
}

static bool same_values(enum input_kind kind, const struct thresh_value *a,
                        const struct thresh_value *b)
{
    double x;
    double y;
    if (!kind_width(kind))
        return a->size == b->size &&
               (!a->size || memcmp(a->data, b->data, a->size) == 0);
    if (!kind_is_float(kind))
        return a->bits == b->bits;
    x = kind == KIND_FLOAT ? (double)thresh_float_of(a->bits)
                           : thresh_double_of(a->bits);
    y = kind == KIND_FLOAT ? (double)thresh_float_of(b->bits)
                           : thresh_double_of(b->bits);
    return x == y || (x != x && y != y);
}

static void show_value(struct buf *out, enum input_kind kind,
                       const struct thresh_value *value)
{
    uint8_t bytes[sizeof value->bits];
    value_store(bytes, sizeof bytes, value->bits);
    size_t width = kind_width(kind);
    if (width)
        encoding_show_value(out, kind, bytes, width, VALUE_SHOWN);
    else
        encoding_show_value(out, kind, value->data, value->size, VALUE_SHOWN);
}

void thresh_check_same(const char *file, int line, const char *text,
                       enum thresh_kind kind, const struct thresh_value *value,
                       const struct thresh_value *wanted)
{
    char words[LAST_WORDS_TEXT] = "";
    struct buf shown;
    if (same_values(param_kind(kind), value, wanted))
        return;
    int n = begin_text(words, file, line, text);
    buf_init(&shown, sizeof words);
    buf_add_text(&shown, ": ");
    show_value(&shown, param_kind(kind), value);
    buf_add_text(&shown, ", not ");
    show_value(&shown, param_kind(kind), wanted);
    if (n > 0 && (size_t)n < sizeof words)
        (void)snprintf(words + n, sizeof words - (size_t)n, "%s",
                       buf_text(&shown));
    buf_release(&shown);
    fail_check(words, __builtin_return_address(0), __builtin_frame_address(0));
}
