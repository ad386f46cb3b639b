/* SPDX-License-Identifier: MIT
 *
 * See corpus_mode.h. Lines are told on standard error, as those of fuzzing are.
 */
#include "driver/corpus_mode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/report.h"
#include "coordinator/store.h"
#include "driver/merge.h"
#include "driver/merge_cache.h"
#include "platform/platform.h"

/* What is known is written down so often. */
#define SAVE_EVERY_US 2000000u

bool corpus_mode_wanted(const struct flags *flags)
{
    return flags->merge || flags->minimise;
}

/* The one target that the patterns choose. */
static int choose_target(struct setup *setup, const struct selection *select,
                         struct target *target, struct options *opt)
{
    struct target each;
    size_t n = 0;
    for (size_t i = 0; target_at(i, &each); i++) {
        if (!selection_has(select, each.name, NULL))
            continue;
        if (n++ == 0)
            *target = each;
    }
    if (n != 1) {
        report_line("%s: %zu targets match; files are for one: choose it with "
                    "-run='^NAME$', --target=NAME of `thresh` (-list=. names "
                    "them)",
                    setup->argv[0], n);
        return OUTCOME_USAGE;
    }
    setup_options(setup, target, opt);
    return OUTCOME_OK;
}

/* ---- -mergeinto ---- */

struct merging {
    struct merge merge;
    struct merge_cache cache;
    uint64_t saved_us;
};

static void look_up(void *ctx, struct merge_file *file, const uint8_t *data,
                    size_t size)
{
    struct merging *m = ctx;
    merge_cache_look_up(&m->cache, file, data, size);
}

static void save(struct merging *m)
{
    struct thresh_err err;
    if (merge_cache_save(&m->cache, &m->merge.files, &err))
        report_line("warning: what files cover is not kept for next time: %s",
                    err.msg);
    m->saved_us = platform_now_us();
}

static void ran(void *ctx, const struct merge_file *file, const char *failed)
{
    struct merging *m = ctx;
    if (failed)
        report_line("merge: left out: %s: %s", file->path, failed);
    if (platform_now_us() - m->saved_us >= SAVE_EVERY_US)
        save(m);
}

static int list_files(struct merging *m, const struct flags *flags)
{
    struct merge *merge = &m->merge;
    int rc = merge_list(merge, flags->merge);
    merge->files.nfirst = merge->files.n;
    for (size_t i = 0; !rc && i < flags->nfrom; i++) {
        if (!platform_is_dir(flags->from[i]))
            rc = thresh_fail(merge->err, THRESH_EUSAGE,
                             "there is no directory %s", flags->from[i]);
        else
            rc = merge_list(merge, flags->from[i]);
    }
    return rc;
}

/* Features that something covers, and that what was chosen does. */
static void tell(const struct merging *m, const struct merge_gain *gain,
                 const char *out)
{
    const struct merge *merge = &m->merge;
    report_line("merge: %zu of %zu files are new to %s, with %zu new features "
                "(%zu new edges)%s",
                gain->files, merge->files.n - merge->files.nfirst, out,
                gain->features, gain->edges,
                merge->nfailed ? "" : "; every feature is kept");
    if (merge->nfailed)
        report_line("merge: %zu file%s left out, which failed; every feature "
                    "of the others is kept",
                    merge->nfailed, merge->nfailed == 1 ? " is" : "s are");
}

static int run_merge(struct merging *m, const struct flags *flags)
{
    struct progress p = {0};
    struct merge_gain gain = {0};
    struct merge *merge = &m->merge;
    if (list_files(m, flags)) {
        report_line("merge: %s", merge->err->msg);
        return merge->err->code == THRESH_EUSAGE ? OUTCOME_USAGE
                                                 : OUTCOME_ENGINE;
    }
    report_line("merge: %zu files, %zu of them in %s", merge->files.n,
                merge->files.nfirst, flags->merge);
    m->saved_us = platform_now_us();
    enum outcome outcome = merge_measure(merge, &p);
    if (m->cache.nused < merge->files.n)
        save(m);
    if (m->cache.nused)
        report_line("merge: what %zu of them cover was known from an earlier "
                    "merge",
                    m->cache.nused);
    if (platform_interrupts(NULL)) {
        report_line("merge: interrupted; nothing was written. The same "
                    "command goes on from here");
        return OUTCOME_INTERRUPTED;
    }
    if (outcome != OUTCOME_OK)
        return (int)outcome;
    if (merge_choose(merge, flags->merge, flags->fewest, &gain)) {
        report_line("merge: %s", merge->err->msg);
        return OUTCOME_ENGINE;
    }
    tell(m, &gain, flags->merge);
    return OUTCOME_OK;
}

static int merge_mode(struct options *opt, const struct flags *flags)
{
    struct thresh_err err;
    struct merging m = {.merge = {.opt = opt,
                                  .look_up = look_up,
                                  .ran = ran,
                                  .ctx = &m,
                                  .err = &err}};
    opt->find_leaks = false; /* a leak is no reason to lose an input */
    merge_cache_open(&m.cache, opt->cache, opt->target, opt->max_bytes);
    int code = run_merge(&m, flags);
    merge_release(&m.merge);
    merge_cache_release(&m.cache);
    return code;
}

/* ---- -minimize ---- */

struct one_input {
    struct input in;
};

static bool give_one(void *ctx, size_t i, struct input *in)
{
    const struct one_input *one = ctx;
    *in = one->in;
    return i == 0;
}

static int minimise_mode(struct options *opt, const char *path)
{
    struct thresh_err err;
    struct progress p = {0};
    struct one_input one;
    uint8_t *data, *memory = NULL;
    size_t size;
    uint64_t max = opt->max_bytes ? opt->max_bytes : LARGEST_MAX_BYTES;
    int rc = store_read_bytes(path, &data, &size, &err);
    if (!rc) {
        rc = store_decode(opt, path, max, data, size, &one.in, &memory, &err);
        free(data);
    }
    if (rc) {
        report_line("minimize: %s", err.msg);
        return OUTCOME_USAGE;
    }
    opt->seed_of = give_one;
    opt->seed_ctx = &one;
    opt->only_seeds = true;
    opt->only_baseline = true;
    opt->whole_baseline = true;
    opt->fuzz_time = (struct duration_or_count){0};
    enum outcome outcome = coordinator_run(opt, &p);
    free(memory);
    if (platform_interrupts(NULL))
        return OUTCOME_INTERRUPTED;
    if (outcome == OUTCOME_FAILURE)
        return OUTCOME_OK; /* it is minimised */
    if (outcome == OUTCOME_OK) {
        report_line("minimize: %s does not fail, so there is nothing to make "
                    "smaller",
                    path);
        return OUTCOME_FAILURE;
    }
    return (int)outcome;
}

int corpus_mode_run(struct setup *setup, const struct selection *select)
{
    struct target target;
    struct options opt;
    const struct flags *flags = setup->flags;
    int code = choose_target(setup, select, &target, &opt);
    if (code)
        return code;
    return flags->merge ? merge_mode(&opt, flags)
                        : minimise_mode(&opt, flags->minimise);
}
