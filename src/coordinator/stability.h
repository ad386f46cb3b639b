/* SPDX-License-Identifier: MIT
 *
 * What a run says at its end of edges that are not counted alike each time that
 * one input runs: how many they are, and in which functions. State that stays
 * from one input to the next, time, addresses and threads make them; they cost
 * the search its judgement, and failures their reproduction.
 */
#ifndef THRESH_COORDINATOR_STABILITY_H
#define THRESH_COORDINATOR_STABILITY_H

struct run;

/* Nothing is said where all edges are stable, and in libFuzzer's form. */
void stability_report(const struct run *run);

#endif
