/* SPDX-License-Identifier: MIT
 *
 * The reports of sanitizers ("tools"): finding one in a worker's output, and
 * what it says in a line. Its stacks are read by stack.h.
 */
#ifndef THRESH_COORDINATOR_TOOL_REPORT_H
#define THRESH_COORDINATOR_TOOL_REPORT_H

#include <stdbool.h>

/* How its signature is made. */
enum tool_shape {
    TOOL_PLAIN,    /* one stack */
    TOOL_RACE,     /* two, in any order */
    TOOL_OVERFLOW, /* one that is too deep */
    TOOL_ABORT,    /* the program ended itself and may have said why before */
};

struct tool_report {
    const char *at; /* where in the output it begins */
    enum tool_shape shape;
    bool leak;        /* it is about memory that was not freed */
    bool allocation;  /* ...about one that the tool refused */
    char kind[256];   /* for the signature: no value of the input in it */
    char title[256];  /* for people */
    char detail[256]; /* one more line, or "": where no stack says it */
};

/* Finds the first report in output. False: there is none. */
bool tool_report_read(struct tool_report *r, const char *output);

#endif
