/* SPDX-License-Identifier: MIT
 *
 * What report.h says, in libFuzzer's words and on standard error, byte for byte
 * where programs read it: status lines, failures with their artifacts, final
 * statistics. A form of its own, as events.h is, because none of its text may
 * change for people's sake. doc/libfuzzer.md lists what differs.
 *
 * One for the whole program, like the stream it writes to.
 */
#ifndef THRESH_COORDINATOR_REPORT_LIBFUZZER_H
#define THRESH_COORDINATOR_REPORT_LIBFUZZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "coordinator/failure.h"

struct progress;

struct libfuzzer_form {
    bool quiet; /* -verbosity=0 */
    bool final_stats;
    int error_code;   /* of crashes and leaks */
    int timeout_code; /* of time-outs */
    uint64_t max_resident;
    bool forks;         /* -fork: status lines have another form */
    unsigned tolerated; /* enum tolerated: these have no exit code */
};

/* The exit code of out-of-memory, and of a run that was interrupted. */
#define LIBFUZZER_OOM_CODE       71
#define LIBFUZZER_INTERRUPT_CODE 72

/* Everything that is reported from now on is in this form. */
void libfuzzer_form_begin(const struct libfuzzer_form *form);
bool libfuzzer_form_on(void);

/* The exit code that the first failure asks for; 0: there was none. */
int libfuzzer_form_code(void);

/* "#12\tINITED cov: ..." with this word, which has six columns there. */
void libfuzzer_status(const char *word, const struct progress *p);

/* The same for a find of so many bytes, which was made so. */
void libfuzzer_new(const struct progress *p, uint32_t bytes, bool replaces,
                   const char *made);

/* Adds bytes as text. */
void libfuzzer_add_text(struct buf *out, const uint8_t *data, uint32_t size);

/* A status line when the number of executions has passed a power of two; with
 * -fork whenever it is called. */
void libfuzzer_pulse(const struct progress *p);

/* Why the run could not go on. */
void libfuzzer_trouble(const char *why);

/* A failure, with its artifact. */
void libfuzzer_failure(const struct options *opt, const struct failure *f);

/* The verdict on an input that was run for its own sake: no artifact. */
void libfuzzer_verdict(const struct verdict *v, const char *output,
                       size_t output_size);

/* What all inputs together have leaked; its exit code is that of the run. */
void libfuzzer_leaks(const struct verdict *v, const char *output,
                     size_t output_size);

/* An input that is short enough to be printed. */
void libfuzzer_base64(const uint8_t *data, uint32_t size);

/* "stat::..." if that was asked for. */
void libfuzzer_final_stats(const struct progress *p);

#endif
