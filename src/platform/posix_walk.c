/* SPDX-License-Identifier: MIT
 *
 * See walk.h. Where the C library can unwind by tables it does: they exist for
 * all code, also where registers hold no frame pointer, and libc's own. They
 * end at code that was never compiled (a jump into nowhere), and other C
 * libraries have no such function: then frame pointers are followed, inside
 * the one mapping that is the stack.
 */
#include "platform/posix.h"
#include "platform/posix_raw.h"

#include "platform/walk.h"

#include <fcntl.h>
#include <string.h>

#if defined(__GLIBC__) && !defined(__UCLIBC__)
#include <execinfo.h>
#define HAVE_BACKTRACE 1
#else
#define HAVE_BACKTRACE 0
#endif

/* ---- mappings ---- */

#if defined(__linux__)

/* A line of /proc/self/maps as far as it has been read. The path is kept by
 * its end, which holds the name, when it is longer than there is room. */
struct maps_line {
    char text[512];
    size_t size;
};

static void add_char(struct maps_line *line, char c)
{
    const size_t room = sizeof line->text - 1;
    const size_t head = 80; /* all fields before the path are shorter */
    if (line->size == room) {
        memmove(line->text + head, line->text + head + 1, room - head - 1);
        line->size--;
    }
    line->text[line->size++] = c;
}

static uint64_t read_hex(const char **at)
{
    uint64_t n = 0;
    for (;; ++*at) {
        char c = **at;
        if (c >= '0' && c <= '9')
            n = n * 16 + (uint64_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            n = n * 16 + (uint64_t)(c - 'a' + 10);
        else
            return n;
    }
}

static const char *skip_word(const char *at)
{
    while (*at && *at != ' ')
        at++;
    while (*at == ' ')
        at++;
    return at;
}

/* "55d0c000-55d0d000 r-xp 00001000 08:01 1234      /usr/bin/x" */
static bool read_line(const char *text, struct walk_mapping *m)
{
    const char *at = text;
    m->start = read_hex(&at);
    if (*at++ != '-')
        return false;
    m->end = read_hex(&at);
    if (*at++ != ' ')
        return false;
    m->readable = at[0] == 'r';
    m->executable = m->readable && at[1] && at[2] == 'x';
    at = skip_word(at);
    m->offset = read_hex(&at);
    at = skip_word(skip_word(skip_word(at)));
    m->path = *at == '/' ? at : "";
    return m->start < m->end;
}

void walk_mappings(bool (*visit)(void *ctx, const struct walk_mapping *m),
                   void *ctx)
{
    char chunk[1024];
    struct maps_line line = {.size = 0};
    struct walk_mapping m;
    int fd = (int)raw_open("/proc/self/maps");
    long n;
    bool more = fd >= 0;
    while (more && (n = raw_read(fd, chunk, sizeof chunk)) > 0) {
        for (long i = 0; more && i < n; i++) {
            if (chunk[i] != '\n') {
                add_char(&line, chunk[i]);
                continue;
            }
            line.text[line.size] = 0;
            line.size = 0;
            if (read_line(line.text, &m))
                more = visit(ctx, &m);
        }
    }
    if (fd >= 0)
        raw_close(fd);
}

#else

void walk_mappings(bool (*visit)(void *ctx, const struct walk_mapping *m),
                   void *ctx)
{
    (void)visit;
    (void)ctx;
}

#endif

/* ---- by tables ---- */

#if HAVE_BACKTRACE

/* What the handler and the walk itself put above the place asked for. */
#define OWN_FRAMES 16
#define MAX_FRAMES 128

void walk_prepare(void)
{
    /* The first call loads the unwinder, which allocates. */
    void *frame[2];
    (void)backtrace(frame, 2);
}

/* Outlives a fault of the unwinder, who fills it as it goes: on a damaged stack
 * the frames up to the damage are worth most. */
static void *frame[OWN_FRAMES + MAX_FRAMES + 1];

static void run_backtrace(void *ctx)
{
    const size_t *want = ctx;
    (void)backtrace(frame, (int)(OWN_FRAMES + *want));
}

size_t walk_stack(const struct guest_fault *at, uint64_t *pc, size_t max)
{
    size_t want = max < MAX_FRAMES ? max : MAX_FRAMES;
    memset(frame, 0, sizeof frame);
    (void)guest_try(run_backtrace, &want);
    size_t i = 0, n = 0;
    while (frame[i] && (uint64_t)(uintptr_t)frame[i] != at->pc)
        i++;
    for (; frame[i] && n < want; i++)
        pc[n++] = (uint64_t)(uintptr_t)frame[i];
    /* It stops at code it has no table for, at once if that is the first. */
    return n > 1 ? n : walk_frames(at, pc, max);
}

#else

void walk_prepare(void)
{
}

size_t walk_stack(const struct guest_fault *at, uint64_t *pc, size_t max)
{
    return walk_frames(at, pc, max);
}

#endif
