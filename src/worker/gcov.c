/* SPDX-License-Identifier: MIT
 *
 * See gcov.h. The layout of struct gcov_info is nobody's public interface; it
 * changes between major versions of gcc, and the version word, which is always
 * first, tells which one an object has:
 *
 *     version    unsigned                  10 .. 15
 *     next       pointer
 *     stamp      unsigned
 *     checksum   unsigned                        12 ..
 *     filename   pointer
 *     merge      pointers                  8 (10..13), 9 (14), 10 (15)
 *     functions  unsigned n, pointer to n pointers
 *
 * Objects are kept as a chain through their own `next`, as libgcov does, so
 * that registering needs no memory.
 */
#include "worker/gcov.h"

#include <stdbool.h>

#include "worker/arcs.h"

typedef void (*merge_function)(int64_t *, unsigned);

/* What all versions begin with. */
struct gcov_info {
    unsigned version;
    struct gcov_info *next;
    unsigned stamp;
};

struct gcov_info_10 {
    struct gcov_info head;
    const char *filename;
    merge_function merge[];
};

struct gcov_info_12 {
    unsigned version;
    struct gcov_info *next;
    unsigned stamp;
    unsigned checksum;
    const char *filename;
    merge_function merge[];
};

/* What follows the merge functions. */
struct gcov_functions {
    unsigned n;
    const struct gcov_function *const *functions;
};

static struct gcov_info *first;
static struct gcov_info *last;
static struct gcov_info *last_taken;
static char refusal[128];

/* gcc's major version from a word such as "B22*" for 12.2: a letter for the
 * tens, then a digit each for the ones and the minor version. 0 if it is none
 * of ours. */
static unsigned major_version(unsigned word)
{
    unsigned tens = (word >> 24 & 0xff) - 'A';
    unsigned ones = (word >> 16 & 0xff) - '0';
    if (tens > 25 || ones > 9)
        return 0;
    return tens * 10 + ones;
}

/* How many kinds of counters an object of this gcc has; 0 if unknown. */
static unsigned kinds_of(unsigned major)
{
    switch (major) {
    case 10:
    case 11:
    case 12:
    case 13:
        return 8;
    case 14:
        return 9;
    case 15:
        return 10;
    default:
        return 0;
    }
}

static const struct gcov_functions *functions_of(const struct gcov_info *info,
                                                 bool *has_arcs)
{
    unsigned major = major_version(info->version);
    const merge_function *merge =
        major < 12 ? ((const struct gcov_info_10 *)info)->merge
                   : ((const struct gcov_info_12 *)(const void *)info)->merge;
    *has_arcs = merge[0] != NULL;
    return (const struct gcov_functions *)(merge + kinds_of(major));
}

static char *append(char *at, const char *text)
{
    while (*text)
        *at++ = *text++;
    return at;
}

/* Runs before main, so the text is put together by hand. */
static void refuse(unsigned version)
{
    char *at = append(refusal, "counters of an unknown gcc (version word ");
    for (int shift = 28; shift >= 0; shift -= 4)
        *at++ = "0123456789abcdef"[version >> shift & 15];
    at = append(at, ") are ignored; gcc 10 to 15 and clang can be used");
    *at = '\0';
}

void __gcov_init(struct gcov_info *info)
{
    if (!info->version || info == last)
        return;
    if (!kinds_of(major_version(info->version))) {
        refuse(info->version);
        return;
    }
    info->next = NULL;
    if (last)
        last->next = info;
    else
        first = info;
    last = info;
}

static size_t each_array(const struct gcov_info *info, struct arc_array *out)
{
    size_t n = 0;
    bool has_arcs;
    const struct gcov_functions *f = functions_of(info, &has_arcs);
    for (unsigned i = 0; has_arcs && i < f->n; i++) {
        const struct gcov_function *function = f->functions[i];
        /* An inline function that the linker took from another object. */
        if (!function || function->key != info || !function->counters[0].n)
            continue;
        if (out)
            out[n] = (struct arc_array){.start = function->counters[0].values,
                                        .count = function->counters[0].n};
        n++;
    }
    return n;
}

static const struct gcov_info *first_pending(void)
{
    return last_taken ? last_taken->next : first;
}

size_t gcov_pending(void)
{
    size_t n = 0;
    for (const struct gcov_info *i = first_pending(); i; i = i->next)
        n += each_array(i, NULL);
    return n;
}

void gcov_take(struct arc_array *out)
{
    for (const struct gcov_info *i = first_pending(); i; i = i->next)
        out += each_array(i, out);
    last_taken = last;
}

const char *gcov_refusal(void)
{
    return refusal[0] ? refusal : NULL;
}

const struct gcov_info *gcov_next(const struct gcov_info *after)
{
    return after ? after->next : first;
}

void gcov_describe(const struct gcov_info *info, struct gcov_object *object)
{
    bool has_arcs;
    const struct gcov_functions *f = functions_of(info, &has_arcs);
    unsigned major = major_version(info->version);
    const struct gcov_info_12 *new = (const void *)info;
    const struct gcov_info_10 *old = (const void *)info;
    *object = (struct gcov_object){
        .info = info,
        .version = info->version,
        .major = major,
        .stamp = info->stamp,
        .checksum = major < 12 ? 0 : new->checksum,
        .filename = major < 12 ? old->filename : new->filename,
        .n = has_arcs ? f->n : 0,
        .functions = f->functions,
    };
}

/* The counters stay ours: a target that resets or dumps them in the middle of
 * an execution would take away what the execution has done so far. */
void __gcov_exit(void)
{
}

void __gcov_dump(void)
{
}

void __gcov_flush(void)
{
}

void __gcov_reset(void)
{
}

// NOLINTBEGIN(readability-non-const-parameter): gcc fixes the types
/* Merging happens when libgcov writes .gcda files; objects only store the
 * addresses. */
void __gcov_merge_add(gcov_type *counters, unsigned n)
{
    (void)counters;
    (void)n;
}

void __gcov_merge_ior(gcov_type *counters, unsigned n)
{
    (void)counters;
    (void)n;
}

void __gcov_merge_topn(gcov_type *counters, unsigned n)
{
    (void)counters;
    (void)n;
}

void __gcov_merge_time_profile(gcov_type *counters, unsigned n)
{
    (void)counters;
    (void)n;
}

/* The rest is called by objects built with -fprofile-generate. Values are not
 * coverage; they are not kept. */
GUEST_THREAD_LOCAL struct gcov_indirect_call __gcov_indirect_call;
gcov_type __gcov_time_profiler_counter;

void __gcov_interval_profiler(gcov_type *counters, gcov_type value, int start,
                              unsigned steps)
{
    (void)counters;
    (void)value;
    (void)start;
    (void)steps;
}

void __gcov_interval_profiler_atomic(gcov_type *counters, gcov_type value,
                                     int start, unsigned steps)
{
    (void)counters;
    (void)value;
    (void)start;
    (void)steps;
}

#define VALUE_PROFILER(name)                                                   \
    void __gcov_##name##_profiler(gcov_type *counters, gcov_type value)        \
    {                                                                          \
        (void)counters;                                                        \
        (void)value;                                                           \
    }                                                                          \
    void __gcov_##name##_profiler_atomic(gcov_type *counters, gcov_type value) \
    {                                                                          \
        (void)counters;                                                        \
        (void)value;                                                           \
    }
VALUE_PROFILER(pow2)
VALUE_PROFILER(topn_values)
VALUE_PROFILER(average)
VALUE_PROFILER(ior)

void __gcov_indirect_call_profiler_v4(gcov_type value, void *callee)
{
    (void)value;
    (void)callee;
}

void __gcov_indirect_call_profiler_v4_atomic(gcov_type value, void *callee)
{
    (void)value;
    (void)callee;
}
// NOLINTEND(readability-non-const-parameter)
