/* SPDX-License-Identifier: MIT
 *
 * What the live view of a run on a terminal shows: how the run went so far, and
 * the rows of text made of that for a terminal of some size. Nothing is printed
 * here (live.h), so that a test can look at the rows.
 */
#ifndef THRESH_COORDINATOR_LIVE_VIEW_H
#define THRESH_COORDINATOR_LIVE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/format.h"

struct progress;

/* On smaller terminals there are two rows, without a plot and news. */
#define LIVE_MIN_COLUMNS 40u
#define LIVE_MIN_ROWS    12u
/* Of a wider or higher one, no more is used. */
#define LIVE_MAX_COLUMNS 400u
#define LIVE_MAX_ROWS    26u

#define LIVE_SAMPLES 1024u
#define LIVE_NEWS    4u  /* finds, failures that are remembered */
#define LIVE_SPEED   16u /* looks over which the speed is taken */

struct live_sample {
    uint64_t us; /* since the run began */
    uint32_t edges;
};

/* A find or a failure. */
struct live_news {
    uint64_t us; /* since the run began */
    char text[200];
};

/* How a run went. A zeroed struct is the beginning. */
struct live_history {
    struct live_sample sample[LIVE_SAMPLES]; /* when edges changed */
    uint32_t nsamples;
    uint64_t apart_us;                /* samples are at least so far apart */
    struct live_news find[LIVE_NEWS]; /* a ring; number n is at n % LIVE_NEWS */
    uint64_t nfinds;
    struct live_news failure[LIVE_NEWS];
    uint64_t nfailures;
    struct {
        uint64_t us, execs;
    } speed[LIVE_SPEED];
    uint64_t looks;
};

/* The numbers of now, so long after the run began. */
void live_note(struct live_history *h, const struct progress *p, uint64_t us);
/* After a pause, in which it made no executions. */
void live_resume(struct live_history *h);
FORMATS(4, 5)
void live_add_news(struct live_news ring[LIVE_NEWS], uint64_t *n, uint64_t us,
                   const char *fmt, ...);

/* A row: text with escape sequences for colours, and what it takes of the
 * terminal. */
struct live_row {
    char text[LIVE_MAX_COLUMNS * 3 + 256];
    size_t size;
    unsigned columns;
};

struct live_view {
    unsigned columns, rows; /* of the terminal */
    bool utf8;              /* it shows more than ASCII */
    struct live_row row[LIVE_MAX_ROWS];
    unsigned n;
};

/* Makes the rows, for a terminal of view->columns and view->rows: at most half
 * of its height, but two, and one column less than its width. */
void live_view_make(struct live_view *view, const struct live_history *h,
                    const struct progress *p, uint64_t us);

#endif
