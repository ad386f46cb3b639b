/* SPDX-License-Identifier: MIT
 *
 * See live.h.
 */
#include "coordinator/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "platform/platform.h"

static bool on;
static struct live_view view;
/* What is on the screen: the columns that its rows take. */
static unsigned drawn[LIVE_MAX_ROWS];
static unsigned ndrawn;

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value && *value;
}

/* Whether the locale's characters are UTF-8. */
static bool is_utf8(void)
{
    const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (is_set(names[i])) {
            const char *value = getenv(names[i]);
            return strstr(value, "UTF-8") || strstr(value, "utf8") ||
                   strstr(value, "utf-8");
        }
    return false;
}

void live_begin(void)
{
    unsigned columns, rows;
    on = !is_set("NO_COLOR") && is_set("TERM") &&
         strcmp(getenv("TERM"), "dumb") != 0 && platform_is_terminal(1) &&
         platform_terminal_size(2, &columns, &rows);
    view.utf8 = is_utf8();
}

bool live_on(void)
{
    return on;
}

/* Moves the cursor to where the block begins. A terminal that has become
 * narrower has broken its rows. */
static void add_return(struct buf *out)
{
    unsigned rows = 0;
    for (unsigned i = 0; i < ndrawn; i++)
        rows += drawn[i] > view.columns
                    ? (drawn[i] + view.columns - 1) / view.columns
                    : 1;
    if (rows > view.rows - 1)
        rows = view.rows - 1;
    if (rows)
        buf_addf(out, "\r\x1b[%uA", rows);
}

static void write_out(struct buf *out)
{
    if (out->size && !out->failed)
        (void)fwrite(out->data, 1, out->size, stderr);
    (void)fflush(stderr);
    buf_release(out);
}

void live_hide(void)
{
    struct buf out;
    if (!ndrawn)
        return;
    (void)platform_terminal_size(2, &view.columns, &view.rows);
    buf_init(&out, 4096);
    add_return(&out);
    buf_add_text(&out, "\x1b[J");
    write_out(&out);
    ndrawn = 0;
}

void live_draw(const struct live_history *h, const struct progress *p,
               uint64_t us)
{
    struct buf out;
    if (!on || !platform_terminal_size(2, &view.columns, &view.rows))
        return;
    buf_init(&out, (size_t)1 << 20);
    add_return(&out);
    live_view_make(&view, h, p, us);
    for (unsigned i = 0; i < view.n; i++) {
        buf_add(&out, view.row[i].text, view.row[i].size);
        buf_add_text(&out, "\x1b[K\n");
        drawn[i] = view.row[i].columns;
    }
    ndrawn = view.n;
    buf_add_text(&out, "\x1b[J");
    write_out(&out);
}
