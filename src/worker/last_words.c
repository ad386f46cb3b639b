/* SPDX-License-Identifier: MIT
 *
 * See last_words.h. Failing checks arrive here too: thresh_check_failed() is
 * called by the target.
 */
#include "worker/last_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/guest.h"
#include "thresh.h"
#include "worker/leaks.h"
#include "worker/runner.h"
#include "worker/sanitizer.h"

static struct region *region;

/* The first to speak is closest to the cause: a sanitizer's report ends in an
 * abort, a failed check on a foreign thread too. */
static bool speak(enum last_words_kind kind)
{
    if (region->words.kind != LAST_WORDS_NONE)
        return false;
    region->words.kind = kind;
    return true;
}

bool last_words_speak(enum last_words_kind kind, const char *text)
{
    if (!speak(kind))
        return false;
    if (text)
        (void)snprintf(region->words.text, sizeof region->words.text, "%s",
                       text);
    return true;
}

static void on_fault(const struct guest_fault *fault)
{
    if (!speak(LAST_WORDS_SIGNAL))
        return;
    region->words.signal = fault->signal;
    region->words.code = fault->code;
    region->words.address = fault->address;
    region->words.pc = fault->pc;
}

static void on_exit_called(void)
{
    (void)speak(LAST_WORDS_EXIT);
}

static void on_sanitizer_death(void)
{
    /* LeakSanitizer's own failure is nobody's. */
    (void)speak(leaks_checking() ? LAST_WORDS_NO_LEAKS : LAST_WORDS_SANITIZER);
}

void last_words_prepare(struct region *of_worker)
{
    region = of_worker;
    region->words.kind = LAST_WORDS_NONE;
    guest_catch_faults(on_fault);
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(on_sanitizer_death);
    (void)atexit(on_exit_called);
}

_Noreturn void thresh_check_failed(const char *file, int line,
                                   const char *condition, const char *format,
                                   ...)
{
    char text[LAST_WORDS_TEXT];
    const char *slash = strrchr(file, '/');
    int n = snprintf(text, sizeof text, "%s:%d: check failed: %s",
                     slash ? slash + 1 : file, line, condition);
    /* format[0] is the macro's own, there so that it is never empty */
    if (format[1] && n > 0 && (size_t)n + 2 < sizeof text) {
        va_list ap;
        va_start(ap, format);
        n += snprintf(text + n, sizeof text - (size_t)n, ": ");
        (void)vsnprintf(text + n, sizeof text - (size_t)n, format + 1, ap);
        va_end(ap);
    }
    struct runner *r = runner_current();
    if (r)
        runner_fail(r, LAST_WORDS_CHECK, text);
    /* not in a worker: a program of the user's own that calls the target */
    guest_say(text);
    guest_say("\n");
    abort();
}
