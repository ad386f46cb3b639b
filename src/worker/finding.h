/* SPDX-License-Identifier: MIT
 *
 * Findings that a sanitizer reports without ending the process: UBSan and TSan
 * where they recover (the user's or the harness's halt_on_error=0), ASan too
 * when compiled to, and UBSan's minimal runtime, which only prints a line. The
 * execution is let to its end, then the process ends for it: one finding fails
 * one input, and runtimes report each place only once in a process.
 *
 * Defines __ubsan_on_report and __tsan_on_report, which the runtimes call.
 */
#ifndef THRESH_WORKER_FINDING_H
#define THRESH_WORKER_FINDING_H

/* Not 0: the execution just made may have left a finding. */
extern volatile unsigned finding_signs;

/* Once, after the target's own initialisation, whose findings are nobody's. */
void finding_prepare(void);

/* A request begins. */
void finding_begin(void);

/* Ends the process if the execution just made left a finding. */
void finding_check(void);

#endif
