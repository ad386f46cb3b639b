/* SPDX-License-Identifier: MIT
 *
 * See finding.h.
 */
#include "worker/finding.h"

#include <stdint.h>
#include <stdio.h>

#include "platform/abi.h"
#include "platform/guest.h"
#include "worker/last_words.h"
#include "worker/sanitizer.h"

enum {
    SIGN_REPORT = 1,  /* a runtime told us */
    SIGN_MINIMAL = 2, /* for good: the runtime only prints */
};

/* What every line of UBSan's minimal runtime begins with. */
static const char minimal_word[] = "ubsan: ";

volatile unsigned finding_signs;

static uint64_t output_read; /* how much of our output has been looked at */

/* Called before the report is printed, so that ending here would lose it. */
GUEST_ABI void __ubsan_on_report(void);
GUEST_ABI void __tsan_on_report(const void *report);

void __ubsan_on_report(void)
{
    finding_signs |= SIGN_REPORT;
}

void __tsan_on_report(const void *report)
{
    (void)report;
    finding_signs |= SIGN_REPORT;
}

static void on_asan_report(const char *report)
{
    (void)report;
    finding_signs |= SIGN_REPORT;
}

void finding_prepare(void)
{
    if (__asan_set_error_report_callback)
        __asan_set_error_report_callback(on_asan_report);
    /* MSan tells nobody, but can be told. */
    if (__msan_set_keep_going)
        __msan_set_keep_going(0);
    finding_signs = __ubsan_handle_add_overflow_minimal ? SIGN_MINIMAL : 0;
}

void finding_begin(void)
{
    if (finding_signs & SIGN_MINIMAL)
        (void)guest_output_has(minimal_word, &output_read);
}

void finding_check(void)
{
    if (!(finding_signs & SIGN_REPORT) &&
        !guest_output_has(minimal_word, &output_read))
        return;
    (void)last_words_speak(LAST_WORDS_SANITIZER, NULL);
    (void)fflush(NULL); /* what the target printed belongs to the report */
    guest_exit(1);
}
