/* SPDX-License-Identifier: MIT
 *
 * Events: what report.h says, for machines. With -json standard output carries
 * nothing but these, a JSON object a line, as things happen; standard error
 * stays for people. With -stats a file gets those of them that tell how a run
 * goes. Apart from the reports for people because the two change
 * for different reasons: names and types here are kept, fields are only added.
 * The fields of every event are listed in doc/output.md.
 */
#ifndef THRESH_COORDINATOR_EVENTS_H
#define THRESH_COORDINATOR_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coordinator/report.h"
#include "coordinator/symbolise.h"

/* Makes standard output that of machines, until the program ends. */
void events_begin(void);

/* Whether it is. Then report.h's functions come here instead of printing. */
bool events_on(void);

/* Appends events that tell how a run goes (start, progress, failure, summary,
 * end) to the file at path, from now on. THRESH_EFORMAT where that is a file of
 * something else. Without -json, too. */
int events_open_stats(const char *path, struct thresh_err *err);

/* Whether there is such a file. */
bool events_have_stats(void);

/* The first one, of a program that is to run this many workers. */
void events_start(const char *program, unsigned workers);

/* To the file alone: how it goes now, more often than people are told. */
void events_sample(const char *phase, const struct progress *p,
                   uint64_t elapsed_us, double rate);

/* "baseline", "fuzzing" or "minimizing". rate is executions a second. */
void events_progress(const char *phase, const struct progress *p,
                     uint64_t elapsed_us, double rate);

/* The last numbers of one of several targets; with `targets`, of all those. */
void events_summary(const struct progress *p, size_t targets);

/* Lines that people get on standard error too. */
void events_message(const char *text);

/* Text that belongs to no verdict. */
void events_output(const char *text, size_t size);

/* A test or an input begins, and ends with "PASS" or "FAIL". */
void events_run(const char *name);
void events_result(const char *result, const char *name, uint64_t us);

/* An input that failed as a test, and one for which no verdict could be had.
 * `said` is what the process printed, made fit to be read. */
void events_ending(const char *name, const struct verdict *v,
                   const struct symbolise *s, const char *said);
void events_error(const char *name, const char *why, const char *said);

/* A failure that was found, when all work on it is done; to the file, too. */
void events_failure(const struct options *opt, const struct failure *f,
                    const struct symbolise *s, const char *said,
                    const char *rerun);

/* The last one: "PASS" or "FAIL", and the program's exit code. */
void events_end(const char *result, int code);

/* One kind of failure in the list at the end. */
void events_group(const struct options *opt, const struct failure *f);

#endif
