/* SPDX-License-Identifier: MIT
 *
 * gcc's arc counters (-fprofile-arcs -fprofile-update=single), taken over from
 * libgcov by defining its entry points ourselves: every object's constructor
 * hands its struct gcov_info to our __gcov_init, and the counters in it become
 * ordinary counters. Files of counts (.gcda) are written only where they are
 * asked for (gcov_data.h). The functions by which
 * gcc replaces exec* are in platform/gcov_exec.c, that for fork in posix_fork.c.
 *
 * All names that libgcov offers to objects are defined, because one missing
 * name would draw in libgcov's own __gcov_init beside ours.
 */
#ifndef THRESH_WORKER_GCOV_H
#define THRESH_WORKER_GCOV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/abi.h"

/* Of the objects registered so far and not taken yet: how many arrays they
 * have; and puts start and count of these into out, which has room for all of
 * them, in the order of registration. */
struct arc_array;
size_t gcov_pending(void);
void gcov_take(struct arc_array *out);

/* A sentence if an object had a layout we don't know, else NULL. */
const char *gcov_refusal(void);

struct gcov_info;
struct gcov_function;

/* An object with arc counters, in a form that all versions share. */
struct gcov_object {
    const struct gcov_info *info;
    unsigned version; /* the word */
    unsigned major;   /* of gcc */
    unsigned stamp;
    unsigned checksum;    /* from 12 on */
    const char *filename; /* where its counts go */
    unsigned n;           /* functions; 0: it has no arc counters */
    const struct gcov_function *const *functions; /* may be NULL each */
};

/* The registered objects one after the other: the first for NULL. */
const struct gcov_info *gcov_next(const struct gcov_info *after);
void gcov_describe(const struct gcov_info *info, struct gcov_object *object);

/* The ABI. */
typedef int64_t gcov_type;
struct gcov_counters {
    unsigned n;
    int64_t *values;
};
struct gcov_function {
    const struct gcov_info *key; /* the object whose counters these are */
    unsigned ident;
    unsigned lineno_checksum;
    unsigned cfg_checksum;
    struct gcov_counters counters[]; /* one for each non-null merge function */
};
struct gcov_indirect_call {
    void *callee;
    gcov_type *counters;
};

// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): compilers call these
GUEST_ABI void __gcov_init(struct gcov_info *info);
GUEST_ABI void __gcov_exit(void);
GUEST_ABI void __gcov_dump(void);
GUEST_ABI void __gcov_flush(void);
GUEST_ABI void __gcov_reset(void);
GUEST_ABI void __gcov_merge_add(gcov_type *counters, unsigned n);
GUEST_ABI void __gcov_merge_ior(gcov_type *counters, unsigned n);
GUEST_ABI void __gcov_merge_topn(gcov_type *counters, unsigned n);
GUEST_ABI void __gcov_merge_time_profile(gcov_type *counters, unsigned n);

GUEST_ABI extern GUEST_THREAD_LOCAL struct gcov_indirect_call
    __gcov_indirect_call;
GUEST_ABI extern gcov_type __gcov_time_profiler_counter;
GUEST_ABI void __gcov_interval_profiler(gcov_type *counters, gcov_type value,
                                        int start, unsigned steps);
GUEST_ABI void __gcov_interval_profiler_atomic(gcov_type *counters,
                                               gcov_type value, int start,
                                               unsigned steps);
GUEST_ABI void __gcov_pow2_profiler(gcov_type *counters, gcov_type value);
GUEST_ABI void __gcov_pow2_profiler_atomic(gcov_type *counters,
                                           gcov_type value);
GUEST_ABI void __gcov_topn_values_profiler(gcov_type *counters,
                                           gcov_type value);
GUEST_ABI void __gcov_topn_values_profiler_atomic(gcov_type *counters,
                                                  gcov_type value);
GUEST_ABI void __gcov_average_profiler(gcov_type *counters, gcov_type value);
GUEST_ABI void __gcov_average_profiler_atomic(gcov_type *counters,
                                              gcov_type value);
GUEST_ABI void __gcov_ior_profiler(gcov_type *counters, gcov_type value);
GUEST_ABI void __gcov_ior_profiler_atomic(gcov_type *counters, gcov_type value);
GUEST_ABI void __gcov_indirect_call_profiler_v4(gcov_type value, void *callee);
GUEST_ABI void __gcov_indirect_call_profiler_v4_atomic(gcov_type value,
                                                       void *callee);
// NOLINTEND(bugprone-reserved-identifier,cert-dcl*)

#endif
