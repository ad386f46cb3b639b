/* SPDX-License-Identifier: MIT
 *
 * See libfuzzer.h.
 */
#include "driver/libfuzzer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/coordinator.h"
#include "coordinator/report_libfuzzer.h"
#include "driver/driver.h"
#include "platform/abi.h"
#include "platform/platform.h"
#include "worker/counters.h"
#include "worker/custom.h"

GUEST_ABI void __libfuzzer_is_present(void);
GUEST_ABI int LLVMFuzzerRunDriver(int *argc, char ***argv,
                                  int (*call)(const uint8_t *data,
                                              size_t size));

#define SECOND_US 1000000u
#define MEGABYTE  ((uint64_t)1 << 20)

/* ---- what libFuzzer says first ---- */

static const char *counters_name(void)
{
    unsigned sources = counters_sources();
    return sources & COUNTERS_CLANG_INLINE ? "inline 8-bit counters"
           : sources & COUNTERS_GUARDS     ? "guards"
           : sources & COUNTERS_GCC_ARCS   ? "arc counters"
                                           : "counters";
}

static void say_counters(void)
{
    size_t n;
    uint32_t total = 0;
    if (!counters_prepare())
        return;
    const struct counter_range *range = counters_ranges(&n);
    for (size_t i = 0; i < n; i++)
        total += range[i].count;
    if (!total)
        return;
    (void)fprintf(stderr, "INFO: Loaded %zu modules   (%u %s): ", n, total,
                  counters_name());
    for (size_t i = 0; i < n && i < 8; i++) {
        const uint8_t *start = range[i].start;
        (void)fprintf(
            stderr, "%u [%p, %p), ", range[i].count, (const void *)start,
            (const void *)(start + (size_t)range[i].count * range[i].width));
    }
    (void)fputs("\n", stderr);
}

/* ---- what the flags mean to Thresh ---- */

static unsigned tolerated(const struct libfuzzer_flags *flags)
{
    if (!flags->fork)
        return 0;
    return (flags->ignore_crashes ? TOLERATE_CRASHES : 0u) |
           (flags->ignore_timeouts ? TOLERATE_TIMEOUTS : 0u) |
           (flags->ignore_ooms ? TOLERATE_MEMORY : 0u);
}

static unsigned workers(const struct libfuzzer_flags *flags)
{
    unsigned half = platform_cpu_count() / 2;
    unsigned jobs = flags->jobs > 0 ? (unsigned)flags->jobs : 0;
    if (flags->fork > 0)
        return (unsigned)flags->fork;
    if (jobs && flags->workers > 0)
        return (unsigned)flags->workers;
    half = half ? half : 1;
    return jobs == 0 ? 1 : jobs < half ? jobs : half;
}

static void translate(struct libfuzzer *l)
{
    const struct libfuzzer_flags *f = &l->flags;
    char *no_arguments[] = {l->argv[0], NULL};
    (void)flags_parse(&l->own, 1, no_arguments, NULL);
    l->own.parallel = workers(f);
    l->own.input_timeout_us =
        f->timeout > 0 ? (uint64_t)f->timeout * SECOND_US : 0;
    l->own.max_resident =
        f->rss_limit_mb > 0 ? (uint64_t)f->rss_limit_mb * MEGABYTE : 0;
    l->own.max_bytes = f->max_len > 0 ? (uint64_t)f->max_len : 0;
    if (f->max_total_time > 0)
        l->own.fuzz_time.us = (uint64_t)f->max_total_time * SECOND_US;
    if (f->runs > 0)
        l->own.fuzz_time.count = (uint64_t)f->runs;
    l->own.minimise_time = (struct duration_or_count){0};
    l->own.seed = (unsigned)f->seed ? (unsigned)f->seed
                                    : (uint32_t)platform_entropy() | 1u;
    /* Repeatable where libFuzzer is, too: a number of runs, one worker. */
    l->own.has_seed = f->seed != 0 && f->runs > 0 && l->own.parallel == 1;
    l->own.cache = ".";
    l->own.tool_exit_codes = true;
}

static void fill_options(struct libfuzzer *l)
{
    const struct libfuzzer_flags *f = &l->flags;
    setup_options(&l->setup, &l->target, &l->opt);
    l->files = (struct plain_files){
        .dirs = f->inputs,
        .ndirs = f->ninputs,
        .artifact_prefix = f->artifact_prefix ? f->artifact_prefix : "./",
        .exact_artifact = f->exact_artifact_path,
        .save_artifacts = true,
    };
    l->opt.plain = &l->files;
    l->opt.whole_baseline = true;
    l->opt.only_baseline = f->runs == 0;
    l->opt.any_length = f->len_control == 0 || custom_wanted(&l->target);
    l->opt.no_cross = f->cross_over == 0;
    l->opt.only_ascii = f->only_ascii != 0;
    if (f->malloc_limit_mb > 0)
        l->opt.max_allocation = (uint64_t)f->malloc_limit_mb * MEGABYTE;
    l->opt.tolerated = tolerated(f);
    l->opt.find_leaks = l->opt.find_leaks && f->detect_leaks;
}

static void begin_form(const struct libfuzzer *l)
{
    const struct libfuzzer_flags *f = &l->flags;
    libfuzzer_form_begin(&(struct libfuzzer_form){
        .quiet = f->verbosity == 0,
        .final_stats = f->print_final_stats != 0,
        .error_code = f->error_exitcode,
        .timeout_code = f->timeout_exitcode,
        .max_resident = l->own.max_resident,
    });
}

/* ---- fuzzing ---- */

static int check_dirs(const struct libfuzzer_flags *flags)
{
    struct thresh_err err;
    for (size_t i = 0; i < flags->ninputs; i++) {
        const char *dir = flags->inputs[i];
        if (platform_is_dir(dir))
            continue;
        if (platform_is_file(dir)) {
            (void)fprintf(stderr, "Not a directory: %s; exiting\n", dir);
            return 1;
        }
        if (!flags->create_missing_dirs) {
            (void)fprintf(stderr,
                          "ERROR: The required directory \"%s\" does not "
                          "exist\n",
                          dir);
            return 1;
        }
        if (platform_make_dirs(dir, &err)) {
            (void)fprintf(stderr, "ERROR: %s\n", err.msg);
            return 1;
        }
    }
    return 0;
}

static int end_code(enum outcome outcome)
{
    int failed = libfuzzer_form_code();
    if (failed)
        return failed;
    if (outcome == OUTCOME_OK)
        return platform_interrupts(NULL) ? LIBFUZZER_INTERRUPT_CODE : 0;
    return outcome == OUTCOME_INTERRUPTED ? LIBFUZZER_INTERRUPT_CODE : 1;
}

static void say_end(const struct progress *p, int code, uint64_t began_us)
{
    if (code == LIBFUZZER_INTERRUPT_CODE && platform_interrupts(NULL))
        (void)fprintf(stderr, "==%ld== libFuzzer: run interrupted; exiting\n",
                      platform_own_number());
    if (code == 0) {
        libfuzzer_status("DONE", p);
        (void)fprintf(
            stderr, "Done %llu runs in %llu second(s)\n",
            (unsigned long long)p->execs,
            (unsigned long long)((platform_now_us() - began_us) / SECOND_US));
    }
    libfuzzer_final_stats(p);
}

static int fuzz(struct libfuzzer *l)
{
    uint64_t began_us = platform_now_us();
    struct progress p;
    int code = check_dirs(&l->flags);
    if (code)
        return code;
    code = end_code(coordinator_run(&l->opt, &p));
    say_end(&p, code, began_us);
    return code;
}

static bool all_files(const struct libfuzzer_flags *flags)
{
    for (size_t i = 0; i < flags->ninputs; i++)
        if (!platform_is_file(flags->inputs[i]))
            return false;
    return flags->ninputs > 0;
}

static int run(struct libfuzzer *l)
{
    struct thresh_err err;
    translate(l);
    begin_form(l);
    if (!target_at(0, &l->target) ||
        setup_init(&l->setup, &l->own, l->argv, &err)) {
        (void)fprintf(stderr, "ERROR: %s\n", err.msg);
        return 1;
    }
    fill_options(l);
    (void)fprintf(stderr, "INFO: Seed: %u\n", (unsigned)l->own.seed);
    say_counters();
    return all_files(&l->flags) ? libfuzzer_replay(l) : fuzz(l);
}

void __libfuzzer_is_present(void)
{
}

/* For programs with a main of their own. Ends the process, as libFuzzer's does:
 * what called it does not look at what it returns. */
int LLVMFuzzerRunDriver(int *argc, char ***argv,
                        int (*call)(const uint8_t *data, size_t size))
{
    target_set_raw(call);
    exit(driver_main(*argc, *argv));
}

int libfuzzer_main(int argc, char **argv)
{
    static struct libfuzzer l;
    int code = 1;
    l.argv = argv;
    if (!libfuzzer_flags_parse(&l.flags, argc, argv)) {
        (void)fputs("ERROR: no memory to start\n", stderr);
    } else if (l.flags.help) {
        libfuzzer_flags_help(argv[0]);
        code = 0;
    } else {
        code = run(&l);
    }
    libfuzzer_flags_release(&l.flags);
    return code;
}
