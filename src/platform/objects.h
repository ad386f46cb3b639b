/* SPDX-License-Identifier: MIT
 *
 * What the running program is made of: its translation units, as the symbol
 * table of its file tells them, and the shared libraries it was started with.
 * It exists to tell the user which code the search can't see. The compiler's,
 * the C library's, the sanitizers' and our own objects are left out.
 *
 * Everything is read from files, by the coordinator; nothing is kept.
 */
#ifndef THRESH_PLATFORM_OBJECTS_H
#define THRESH_PLATFORM_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The prefix of our own translation units' names in a fuzz binary, which
 * cmake/archive.cmake gives them. */
#define OBJECTS_OWN_PREFIX "libthresh:"

struct object {
    /* The source file's name without directory ("url.c"), the library's
     * ("libpng16.so.16"), or, for code whose file can't be told, the name of
     * its first function ("url_parse()"). Lives as long as the call. */
    const char *name;
    uint32_t functions; /* at least 1 */
    uint64_t bytes;     /* of code */
    bool instrumented;
    bool harness; /* it defines a target */
    bool shared;  /* it is a shared library */
};

struct objects_query {
    /* Whether instrumentation reports an address in start .. end-1 of this
     * process. Clang leaves no other trace in a linked program; gcc's is in
     * its symbols, whatever this says. */
    bool (*covers)(void *ctx, uintptr_t start, uintptr_t end);
    void (*visit)(void *ctx, const struct object *o);
    void *ctx;
};

/* Visits every object that has functions, the program's own first. Returns
 * their number; 0 when the program's file tells nothing (it is stripped), in
 * which case nothing is visited. */
size_t objects_list(const struct objects_query *query);

/* The same for the image of a program's file that is loaded at `bias`, and
 * for that program alone. The image may be anything. */
size_t objects_of_program(const void *image, size_t size, uintptr_t bias,
                          const struct objects_query *query);

/* The same for the image of a shared library's file. */
size_t objects_of_library(const void *image, size_t size, const char *name,
                          const struct objects_query *query);

/* Whether a loaded module's file belongs to the system or the compiler. */
bool objects_is_system_library(const char *path);

#endif
