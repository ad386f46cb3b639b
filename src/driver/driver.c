/* SPDX-License-Identifier: MIT
 *
 * What a fuzz binary does when it starts: it is a worker, or lists its targets,
 * or runs them as tests, or fuzzes some. The only place in the archive where a
 * run is decided and its exit code made.
 */
#include "driver/driver.h"

#include <stdio.h>
#include <stdlib.h>

#include "coordinator/coordinator.h"
#include "coordinator/events.h"
#include "coordinator/forms.h"
#include "coordinator/live.h"
#include "coordinator/report.h"
#include "coordinator/rounds.h"
#include "driver/corpus_mode.h"
#include "driver/coverage_list.h"
#include "driver/flags.h"
#include "driver/instrumented.h"
#include "driver/libfuzzer.h"
#include "driver/selection.h"
#include "driver/setup.h"
#include "driver/test_mode.h"
#include "platform/platform.h"
#include "worker/sanitizer.h"
#include "worker/target.h"
#include "worker/worker.h"

static int usage_error(const char *program, const struct thresh_err *err)
{
    report_line("%s: %s", program, err->msg);
    return OUTCOME_USAGE;
}

static int list(const struct selection *select)
{
    struct target target;
    for (size_t i = 0; target_at(i, &target); i++)
        if (selection_lists(select, target.name))
            (void)printf("%s\n", target.name);
    return OUTCOME_OK;
}

/* ---- fuzzing ---- */

/* Once, though all targets of a binary have the same counters. */
static void report_counters(uint32_t counters)
{
    static bool said;
    if (!said)
        instrumented_report(counters);
    said = true;
}

static size_t count_fuzzed(const struct selection *select)
{
    struct target target;
    size_t n = 0;
    for (size_t i = 0; target_at(i, &target); i++)
        n += selection_fuzzes(select, target.name);
    return n;
}

/* The chosen targets, of which there are some, and what is asked of each. */
static enum outcome fuzz_chosen(struct setup *setup,
                                const struct selection *select,
                                struct target *targets, struct options *opts)
{
    size_t n = 0;
    for (size_t i = 0; target_at(i, &targets[n]); i++) {
        if (!selection_fuzzes(select, targets[n].name))
            continue;
        setup_options(setup, &targets[n], &opts[n]);
        opts[n].on_counters = report_counters;
        forms_target(opts[n].target);
        n++;
    }
    report_line("fuzz: found inputs are kept in %s/%s", opts[0].cache,
                n == 1 ? opts[0].target : "TARGET");
    struct progress last;
    if (!setup->flags->plain && !events_on() && !forms_have_stdout())
        live_begin();
    return n == 1 ? coordinator_run(&opts[0], &last) : rounds_run(opts, n);
}

static enum outcome fuzz(struct setup *setup, const struct selection *select)
{
    enum outcome outcome = OUTCOME_ENGINE;
    size_t n = count_fuzzed(select);
    /* One more: target_at() is asked until it has none. */
    struct target *targets = calloc(n + 1, sizeof *targets);
    struct options *opts = calloc(n + 1, sizeof *opts);
    if (targets && opts)
        outcome = fuzz_chosen(setup, select, targets, opts);
    else
        report_line("thresh: no memory to start");
    free(targets);
    free(opts);
    return outcome;
}

/* ---- a run and its end ---- */

/* The end of this process, which has run no input: LeakSanitizer would look at
 * it now, and where it cannot it would make its own exit code of ours; a profile
 * of it would take the place of the workers'. */
static int leave(int code)
{
    (void)fflush(NULL);
    if (__lsan_do_leak_check || __llvm_profile_write_file)
        _Exit(code);
    return code;
}

static int end_forms(int code, const char *why)
{
    struct thresh_err err;
    if (forms_end(why, &err) == 0)
        return code;
    report_line("thresh: the results are not saved: %s", err.msg);
    return code == OUTCOME_OK ? OUTCOME_ENGINE : code;
}

/* `why` the run ended before its end, or NULL. */
static int conclude(int code, const char *why)
{
    code = end_forms(code, why);
    const char *result = code == OUTCOME_OK ? "PASS" : "FAIL";
    live_hide();
    events_end(result, code);
    if (!events_on() && !forms_have_stdout())
        (void)printf("%s\n", result);
    (void)fflush(stdout);
    return leave(code);
}

static void warn_unused(const struct flags *flags)
{
    bool limited = flags->fuzz_time.us || flags->fuzz_time.count;
    if (!flags->fuzz && (limited || flags->keep_fuzzing))
        report_line("testing: warning: -%s means nothing without -fuzz",
                    limited ? "fuzztime" : "keepfuzzing");
}

/* Tests first, then what is fuzzed, as Go does. */
static int run(struct setup *setup, const struct selection *select)
{
    uint64_t workers = setup->flags->parallel;
    events_start(setup->argv[0],
                 workers ? (unsigned)workers : platform_cpu_count());
    warn_unused(setup->flags);
    bool wanted = select->fuzz && count_fuzzed(select) > 0;
    struct test_mode tests = test_mode_run(setup, select);
    if (tests.interrupted && tests.outcome == OUTCOME_OK)
        return conclude(OUTCOME_INTERRUPTED, tests.why);
    if (tests.outcome == OUTCOME_OK && select->fuzz && !wanted)
        report_line("testing: warning: no fuzz tests to fuzz");
    else if (tests.outcome == OUTCOME_OK && !select->fuzz && !tests.ran)
        report_line("testing: warning: no tests to run");
    else if (tests.outcome == OUTCOME_OK && select->run && tests.ran &&
             !tests.ran_inputs)
        report_line("testing: warning: -run matches no seed and no saved "
                    "input");
    if (tests.outcome != OUTCOME_OK || !wanted)
        return conclude((int)tests.outcome, tests.why);
    enum outcome outcome = fuzz(setup, select);
    return conclude((int)outcome,
                    outcome == OUTCOME_INTERRUPTED ? "interrupted" : NULL);
}

static int with_patterns(struct setup *setup, const struct flags *flags,
                         const char *program)
{
    struct thresh_err err;
    struct selection select;
    int code;
    if (selection_init(&select, flags, &err)) {
        report_line("%s: %s", program, err.msg);
        code = OUTCOME_FAILURE;
    } else if (select.list) {
        code = list(&select);
    } else if (corpus_mode_wanted(flags)) {
        code = leave(corpus_mode_run(setup, &select));
    } else {
        forms_begin(flags->tap, flags->junit, flags->sarif);
        code = run(setup, &select);
    }
    selection_release(&select);
    return code;
}

/* Says what is wrong with the definitions of targets; false if nothing is. */
static bool targets_are_broken(const char *program)
{
    struct target target;
    char text[512];
    bool broken = false;
    for (size_t i = 0; target_at(i, &target); i++)
        if (target_is_broken(&target, text, sizeof text)) {
            report_line("%s: %s", program, text);
            broken = true;
        }
    return broken;
}

/* Whether libFuzzer's command line is spoken; if so, *code is what came of it.
 */
static bool as_libfuzzer(int argc, char **argv, int *code)
{
    const char *ours, *theirs;
    struct target first;
    if (!target_at(0, &first) || first.typed)
        return false;
    switch (libfuzzer_mode_of(argc, argv, &ours, &theirs)) {
    case MODE_THRESH:
        return false;
    case MODE_LIBFUZZER:
        *code = leave(libfuzzer_main(argc, argv));
        return true;
    case MODE_BOTH:
        report_line("%s: %s is a flag of Thresh and %s one of libFuzzer; give "
                    "flags of one of them",
                    argv[0], ours, theirs);
        *code = OUTCOME_USAGE;
        return true;
    }
    return false;
}

int driver_main(int argc, char **argv)
{
    static struct setup setup;
    int code;
    struct flags flags;
    struct thresh_err err;
    struct target first;
    platform_arguments(&argc, &argv);
    sanitizer_enter_engine();
    if (worker_wanted())
        worker_serve(&argc, &argv);
    coverage_list_write();
    target_set_program(argv[0]);
    if (as_libfuzzer(argc, argv, &code))
        return code;
    if (flags_parse(&flags, argc, argv, &err))
        return usage_error(argv[0], &err);
    if (flags.help) {
        flags_help(argv[0]);
        return OUTCOME_OK;
    }
    if (!target_at(0, &first)) {
        report_line("%s: no target in this binary: it was linked with neither "
                    "a THRESH_TARGET nor LLVMFuzzerTestOneInput (one that sits "
                    "in a static library needs -Wl,-u,thresh_linked_NAME or "
                    "-Wl,-u,LLVMFuzzerTestOneInput, which `thresh cc` adds)",
                    argv[0]);
        return OUTCOME_USAGE;
    }
    if (targets_are_broken(argv[0]))
        return OUTCOME_USAGE;
    if (flags.json)
        events_begin();
    if ((flags.stats && events_open_stats(flags.stats, &err)) ||
        setup_init(&setup, &flags, argv, &err))
        return usage_error(argv[0], &err);
    return with_patterns(&setup, &flags, argv[0]);
}
