/* SPDX-License-Identifier: MIT
 *
 * What files of statistics (-stats, or the output of -json) tell, as series of
 * numbers over time, one for each target. Runs that follow each other in a file
 * follow each other in time. Apart from what draws them.
 */
#ifndef THRESH_TOOL_STATS_H
#define THRESH_TOOL_STATS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct stats_point {
    double seconds; /* since the first run began */
    double execs;   /* of all runs */
    double rate;    /* executions a second */
    double edges;
    double found; /* new inputs of all runs */
    size_t run;   /* from 0 */
    bool first;   /* of its run, for this target */
};

struct stats_mark {
    double seconds;
    char *title; /* of the failure that was reported then */
};

struct stats_series {
    char *target;
    struct stats_point *point;
    size_t npoints;
    struct stats_mark *mark;
    size_t nmarks;
    double execs_before; /* its run */
    double found_before;
};

struct stats {
    struct stats_series *series;
    size_t nseries;
    double seconds;      /* all of it */
    const char *program; /* of the last run that says so, else "" */
    size_t bad_lines;    /* that are no events */
    double *begun;       /* when runs after the first began */
    size_t nbegun;
    char *name;  /* the memory of program */
    double base; /* seconds of the runs before this one */
};

/* Reads a file. THRESH_EFORMAT if no event in it tells how a run goes. */
int stats_read(struct stats *s, const char *path, struct thresh_err *err);
void stats_release(struct stats *s);

#endif
