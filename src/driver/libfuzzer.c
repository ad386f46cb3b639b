/* SPDX-License-Identifier: MIT
 *
 * See libfuzzer.h.
 */
#include "driver/libfuzzer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/coordinator.h"
#include "coordinator/report_libfuzzer.h"
#include "driver/counter_place.h"
#include "driver/driver.h"
#include "driver/trace_pc_calls.h"
#include "platform/abi.h"
#include "platform/platform.h"
#include "platform/segment.h"
#include "worker/counters.h"
#include "worker/custom.h"

GUEST_ABI void __libfuzzer_is_present(void);
GUEST_ABI int LLVMFuzzerRunDriver(int *argc, char ***argv,
                                  int (*call)(const uint8_t *data,
                                              size_t size));

#define SECOND_US 1000000u
#define MEGABYTE  ((uint64_t)1 << 20)
/* -len_control as it is when nobody gives it. */
#define LEN_CONTROL 100
/* Text of what was covered, at most. */
#define DESCRIPTION_MAX ((size_t)256 << 20)
/* A list of seeds longer than this is surely a mistake. */
#define SEED_LIST_MAX ((size_t)64 << 20)

int libfuzzer_error(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)fputs("ERROR: ", stderr);
    (void)vfprintf(stderr, fmt, ap);
    (void)fputs("\n", stderr);
    va_end(ap);
    return 1;
}

/* ---- what libFuzzer says first ---- */

static const char *counters_name(void)
{
    unsigned sources = counters_sources();
    return sources & COUNTERS_CLANG_INLINE ? "inline 8-bit counters"
           : sources & COUNTERS_GUARDS     ? "guards"
           : sources & COUNTERS_GCC_ARCS   ? "arc counters"
                                           : "counters";
}

static void say_pc_tables(void)
{
    const uintptr_t *pairs;
    size_t n = 0, tables = 0, total = 0;
    while (counters_pc_table(tables, &pairs, &n)) {
        tables++;
        total += n;
    }
    if (!tables)
        return;
    (void)fprintf(stderr, "INFO: Loaded %zu PC tables (%zu PCs): ", tables,
                  total);
    for (size_t i = 0; counters_pc_table(i, &pairs, &n); i++)
        (void)fprintf(stderr, "%zu [%p,%p), ", n, (const void *)pairs,
                      (const void *)(pairs + 2 * n));
    (void)fputs("\n", stderr);
}

/* All ranges of a width as one: gcc's arrays, one for each function, are no
 * modules, and whoever checks a build reads the number of the first module. */
static struct counter_range joined(const struct counter_range *range, size_t n,
                                   uint8_t width)
{
    struct counter_range all = {.width = width};
    for (size_t i = 0; i < n; i++) {
        if (range[i].width != width)
            continue;
        if (!all.start || (uintptr_t)range[i].start < (uintptr_t)all.start)
            all.start = range[i].start;
        all.count += range[i].count;
    }
    return all;
}

static void say_module(const struct counter_range *range)
{
    /* Not %p, which looks different on Windows. */
    uintptr_t start = (uintptr_t)range->start;
    (void)fprintf(stderr, "%u [0x%" PRIxPTR ", 0x%" PRIxPTR "), ", range->count,
                  start, start + (uintptr_t)range->count * range->width);
}

/* trace-pc has counters in a table of the engine's, by the hash of a block's
 * place: what there is of the target's are calls. */
static void say_trace_pc(void)
{
    uint32_t calls = trace_pc_calls();
    if (calls)
        (void)fprintf(stderr,
                      "INFO: Loaded 1 modules   (%u trace-pc counters): %u\n",
                      calls, calls);
}

static void say_counters(void)
{
    size_t n, modules = 0;
    uint32_t total = 0;
    if (!counters_prepare())
        return;
    if (!counters_sources()) {
        say_trace_pc();
        return;
    }
    const struct counter_range *range = counters_ranges(&n);
    const struct counter_range arcs = joined(range, n, 8);
    for (size_t i = 0; i < n; i++) {
        total += range[i].count;
        modules += range[i].width == 1;
    }
    if (!total)
        return;
    (void)fprintf(stderr, "INFO: Loaded %zu modules   (%u %s): ",
                  modules + (arcs.count != 0), total, counters_name());
    if (arcs.count)
        say_module(&arcs);
    for (size_t i = 0; i < n; i++)
        if (range[i].width == 1)
            say_module(&range[i]);
    (void)fputs("\n", stderr);
    say_pc_tables();
    uint8_t *start, *stop;
    if (segment_extra_counters(&start, &stop))
        (void)fprintf(stderr, "INFO: %zu Extra Counters\n",
                      (size_t)(stop - start));
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
    if (f->dict)
        l->own.dict[l->own.ndict++] = f->dict;
    l->own.cache = ".";
    l->own.tool_exit_codes = true;
}

/* "auto" takes a function from data flow traces, which are not read. */
static bool has_focus(const struct libfuzzer_flags *flags)
{
    return flags->focus_function && strcmp(flags->focus_function, "auto") != 0;
}

static bool all_files(const struct libfuzzer_flags *flags)
{
    for (size_t i = 0; i < flags->ninputs; i++)
        if (!platform_is_file(flags->inputs[i]))
            return false;
    return flags->ninputs > 0;
}

static bool merges(const struct libfuzzer_flags *flags)
{
    return flags->merge || flags->set_cover_merge;
}

/* Whether the arguments are corpora. */
static bool takes_dirs(const struct libfuzzer_flags *flags)
{
    return !flags->minimize_crash && !flags->cleanse_crash &&
           (merges(flags) || !all_files(flags));
}

/* Whether the arguments are inputs to be run as they are. */
static bool replays(const struct libfuzzer_flags *flags)
{
    return !flags->minimize_crash && !flags->cleanse_crash &&
           !takes_dirs(flags);
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
        .seeds = (const char *const *)l->seeds.names,
        .nseeds = l->seeds.n,
        .closed = (unsigned)f->close_fd_mask & 3u,
        .stop_file = f->stop_file,
        .exit_item = f->exit_on_item,
        .lineage = &l->lineage,
        .features_dir = f->features_dir,
        .reload_us = f->reload > 0 ? (uint64_t)f->reload * SECOND_US : 0,
        .slow_us = f->report_slow_units > 0
                       ? (uint64_t)f->report_slow_units * SECOND_US
                       : 0,
    };
    l->lineage = (struct lineage){
        .whole = f->verbosity > 1,
        .graph = f->mutation_graph_file,
    };
    l->places = (struct places){
        .of = counter_code,
        .functions = f->print_funcs > 0 ? (unsigned)f->print_funcs : 0,
        .all = f->print_pcs != 0,
        .exit_pos = f->exit_on_src_pos,
    };
    if (has_focus(f))
        l->places.focus = libfuzzer_in_focus;
    if (f->verbosity)
        l->opt.places = &l->places;
    buf_init(&l->description, DESCRIPTION_MAX);
    l->opt.on_end = libfuzzer_describe;
    l->opt.end_ctx = l;
    l->opt.plain = &l->files;
    l->opt.verbose = f->verbosity > 1;
    l->opt.whole_baseline = true;
    l->opt.only_baseline = f->runs == 0;
    l->opt.keep_counts = f->runs == 0 || merges(f) || replays(f);
    l->opt.keep_sizes = !f->reduce_inputs && !f->shrink;
    bool custom = custom_wanted(&l->target);
    l->opt.any_length =
        f->len_control == 0 || (custom && f->len_control == LEN_CONTROL);
    l->opt.length_slowness = f->len_control > 0 ? (unsigned)f->len_control : 0;
    l->opt.value_profile = f->use_value_profile != 0;
    l->opt.no_cross = f->cross_over == 0;
    l->opt.only_ascii = f->only_ascii != 0;
    if (f->malloc_limit_mb > 0)
        l->opt.max_allocation = (uint64_t)f->malloc_limit_mb * MEGABYTE;
    l->opt.tolerated = tolerated(f);
    libfuzzer_leaks_want(l, l->opt.find_leaks && !merges(f) && f->fork <= 0);
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
        .forks = f->fork > 0,
        .tolerated = tolerated(f),
    });
}

/* ---- fuzzing ---- */

/* A directory that is to be there, or is made if so wished. */
static int need_dir(const struct libfuzzer_flags *flags, const char *dir)
{
    struct thresh_err err;
    if (platform_is_dir(dir))
        return 0;
    if (!*dir)
        return libfuzzer_error("Provided directory path is an empty string");
    if (!flags->create_missing_dirs)
        return libfuzzer_error("The required directory \"%s\" does not exist",
                               dir);
    return platform_make_dirs(dir, &err) ? libfuzzer_error("%s", err.msg) : 0;
}

/* The same of the directory that a path lies in. */
static int need_dir_of(const struct libfuzzer_flags *flags, const char *path)
{
    char dir[STORE_PATH_SIZE];
    const char *slash = path ? strrchr(path, '/') : NULL;
    if (!slash || slash == path)
        return 0;
    (void)snprintf(dir, sizeof dir, "%.*s", (int)(slash - path), path);
    return need_dir(flags, dir);
}

static int check_dirs(const struct libfuzzer_flags *flags)
{
    int code = need_dir_of(flags, flags->exact_artifact_path);
    if (!code)
        code = need_dir_of(flags, flags->artifact_prefix);
    if (!code && flags->features_dir)
        code = need_dir(flags, flags->features_dir);
    for (size_t i = 0; !code && i < flags->ninputs; i++) {
        if (!platform_is_file(flags->inputs[i]))
            code = need_dir(flags, flags->inputs[i]);
    }
    return code;
}

static bool has_file(const struct libfuzzer_flags *flags)
{
    for (size_t i = 0; i < flags->ninputs; i++)
        if (platform_is_file(flags->inputs[i])) {
            (void)fprintf(stderr, "Not a directory: %s; exiting\n",
                          flags->inputs[i]);
            return true;
        }
    return false;
}

/* What ended the run from outside, if anything did. */
static enum platform_interrupt interrupt(void)
{
    enum platform_interrupt last;
    return platform_interrupts(&last) ? last : PLATFORM_NO_INTERRUPT;
}

static int end_code(const struct libfuzzer *l, enum outcome outcome)
{
    int failed = libfuzzer_form_code();
    if (failed)
        return l->flags.jobs > 0 ? 1 : failed;
    if (interrupt() == PLATFORM_REQUEST)
        return 0;
    if (interrupt() != PLATFORM_NO_INTERRUPT)
        return LIBFUZZER_INTERRUPT_CODE;
    /* What failed and was to be ignored has no code. */
    return outcome == OUTCOME_OK || outcome == OUTCOME_FAILURE ? 0 : 1;
}

void libfuzzer_say_requested(void)
{
    (void)fprintf(stderr,
                  "INFO: signal received, trying to exit gracefully\n"
                  "==%ld== INFO: libFuzzer: exiting as requested\n",
                  platform_own_number());
}

static void say_words(const struct lineage *lineage)
{
    struct buf text;
    buf_init(&text, DESCRIPTION_MAX);
    lineage_add_words(lineage, &text);
    (void)fputs(buf_text(&text), stderr);
    buf_release(&text);
}

static void say_end(const struct libfuzzer *l, const struct progress *p,
                    int code, uint64_t began_us)
{
    if (code == LIBFUZZER_INTERRUPT_CODE)
        (void)fprintf(stderr, "==%ld== libFuzzer: run interrupted; exiting\n",
                      platform_own_number());
    else if (interrupt() == PLATFORM_REQUEST)
        libfuzzer_say_requested();
    else if (code == 0) {
        libfuzzer_status("DONE", p);
        say_words(&l->lineage);
        if (l->flags.verbosity)
            (void)fprintf(stderr, "Done %llu runs in %llu second(s)\n",
                          (unsigned long long)p->execs,
                          (unsigned long long)((platform_now_us() - began_us) /
                                               SECOND_US));
    }
    (void)fputs(buf_text(&l->description), stderr);
    libfuzzer_final_stats(p);
}

/* What only the fork mode of libFuzzer says. */
static void say_fork_end(const struct libfuzzer *l, const struct progress *p,
                         int code, uint64_t began_us)
{
    unsigned long long seconds = (platform_now_us() - began_us) / SECOND_US;
    if (l->flags.runs > 0 && p->execs >= (uint64_t)l->flags.runs)
        (void)fprintf(stderr,
                      "INFO: fuzzed for %llu iterations, wrapping up soon\n",
                      (unsigned long long)p->execs);
    else
        (void)fprintf(stderr,
                      "INFO: fuzzed for %llu seconds, wrapping up soon\n",
                      seconds);
    (void)fprintf(stderr, "INFO: exiting: %d time: %llus\n", code, seconds);
}

static int fuzz(struct libfuzzer *l)
{
    uint64_t began_us = platform_now_us();
    struct progress p;
    int code = end_code(l, coordinator_run(&l->opt, &p));
    if (l->flags.fork > 0)
        say_fork_end(l, &p, code, began_us);
    say_end(l, &p, code, began_us);
    return libfuzzer_leaks_tell(l, code);
}

/* ---- -seed_inputs ---- */

/* Takes the names between commas, in a text that stays; what is not there is
 * left out, as libFuzzer does. */
static bool split_names(struct libfuzzer_seeds *seeds, char *text)
{
    size_t room = 1;
    for (const char *c = text; *c; c++)
        room += *c == ',';
    seeds->names = calloc(room, sizeof *seeds->names);
    for (char *next = text; seeds->names && next;) {
        char *name = next;
        name[strcspn(name, "\r\n")] = 0;
        next = strchr(name, ',');
        if (next)
            *next++ = 0;
        if (platform_is_file(name))
            seeds->names[seeds->n++] = name;
        else if (*name)
            (void)fprintf(stderr, "INFO: -seed_inputs: no file %s\n", name);
    }
    return seeds->names != NULL;
}

/* A list of files, or "@" and a file with such a list. */
static bool read_seed_inputs(struct libfuzzer *l, struct thresh_err *err)
{
    const char *given = l->flags.seed_inputs;
    struct libfuzzer_seeds *seeds = &l->seeds;
    size_t size = given ? strlen(given) : 0;
    uint8_t *text = NULL;
    if (!given)
        return true;
    if (*given == '@') {
        if (platform_read_file(given + 1, SEED_LIST_MAX, &text, &size, err))
            size = 0;
        given = (const char *)text;
    }
    if (!size) {
        free(text);
        thresh_fail(err, THRESH_EUSAGE,
                    "seed_inputs is empty or @file does not exist.");
        return false;
    }
    seeds->text = malloc(size + 1);
    if (seeds->text) {
        memcpy(seeds->text, given, size);
        seeds->text[size] = 0;
    }
    free(text);
    if (seeds->text && split_names(seeds, seeds->text))
        return true;
    thresh_fail(err, THRESH_ENOMEM, "no memory for -seed_inputs");
    return false;
}

static int act(struct libfuzzer *l)
{
    const struct libfuzzer_flags *f = &l->flags;
    if (f->minimize_crash)
        return libfuzzer_minimize(l);
    if (f->cleanse_crash)
        return libfuzzer_cleanse(l);
    if (!takes_dirs(f))
        return libfuzzer_replay(l);
    if (has_file(f))
        return 1;
    return merges(f) ? libfuzzer_merge(l) : fuzz(l);
}

static void say_first(const struct libfuzzer *l)
{
    if (!l->flags.verbosity)
        return;
    (void)fprintf(stderr, "INFO: Seed: %u\n", (unsigned)l->own.seed);
    say_counters();
}

/* Where the search is to stay, if that is said. */
static int set_focus(const char *name)
{
    if (!counters_prepare() || !libfuzzer_focus_on(name))
        return libfuzzer_error(
            "Failed to set focus function. Make sure the function name is "
            "valid (%s) and the program built with clang.",
            name);
    (void)fprintf(stderr, "INFO: Focus function is set to '%s'\n", name);
    return 0;
}

static int run(struct libfuzzer *l)
{
    struct thresh_err err;
    if (l->flags.analyze_dict)
        return libfuzzer_error("-analyze_dict is not supported: tokens of a "
                               "dictionary are weighed while fuzzing");
    translate(l);
    begin_form(l);
    int code = takes_dirs(&l->flags) ? check_dirs(&l->flags) : 0;
    if (code)
        return code;
    if (!target_at(0, &l->target) ||
        platform_watch_requests(l->flags.handle_usr1, l->flags.handle_usr2,
                                &err) ||
        setup_init(&l->setup, &l->own, l->argv, &err))
        return libfuzzer_error("%s", err.msg);
    say_first(l);
    if (has_focus(&l->flags))
        code = set_focus(l->flags.focus_function);
    else if (l->flags.focus_function)
        (void)fputs("INFO: -focus_function=auto: no data flow traces are read, "
                    "so no function is in focus\n",
                    stderr);
    if (code)
        return code;
    if (!read_seed_inputs(l, &err))
        return libfuzzer_error("%s", err.msg);
    fill_options(l);
    if (custom_wanted(&l->target))
        (void)fprintf(stderr,
                      "INFO: found LLVMFuzzerCustomMutator (0x%llx). Disabling "
                      "-len_control by default.\n",
                      (unsigned long long)custom_mutator(&l->target));
    if (l->flags.dict)
        (void)fprintf(stderr, "Dictionary: %zu entries\n", l->setup.ntokens);
    return act(l);
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
    free(l.seeds.names);
    free(l.seeds.text);
    buf_release(&l.description);
    lineage_release(&l.lineage);
    leaks_left_release(&l.leaks);
    return code;
}
