/* SPDX-License-Identifier: MIT
 *
 * What a fuzz binary does when it starts: it is a worker, or lists its targets,
 * or runs them as tests, or fuzzes one. The only place in the archive where a
 * run is decided and its exit code made.
 */
#include "driver/driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/coordinator.h"
#include "coordinator/events.h"
#include "coordinator/report.h"
#include "driver/flags.h"
#include "driver/instrumented.h"
#include "driver/setup.h"
#include "driver/test_mode.h"
#include "worker/sanitizer.h"
#include "worker/target.h"
#include "worker/worker.h"

static int usage_error(const char *program, const struct thresh_err *err)
{
    report_line("%s: %s", program, err->msg);
    return OUTCOME_USAGE;
}

static int list(const struct name_match *match)
{
    struct target target;
    for (size_t i = 0; target_at(i, &target); i++)
        if (name_match_path(match, &target.name, 1) != NAME_MATCH_NONE)
            (void)printf("%s\n", target.name);
    return OUTCOME_OK;
}

/* The one target to fuzz. Returns how many match; *names lists them. */
static size_t find_fuzzed(const struct name_match *match, struct target *found,
                          char *names, size_t size)
{
    struct target target;
    size_t n = 0, used = 0;
    for (size_t i = 0; target_at(i, &target); i++) {
        if (name_match_path(match, &target.name, 1) == NAME_MATCH_NONE)
            continue;
        if (n++ == 0)
            *found = target;
        if (used < size)
            used += (size_t)snprintf(names + used, size - used, "%s%s",
                                     n > 1 ? " " : "", target.name);
    }
    return n;
}

static enum outcome fuzz(struct setup *setup, struct target *target)
{
    struct options opt;
    setup_options(setup, target, &opt);
    report_line("fuzz: found inputs are kept in %s/%s", opt.cache, opt.target);
    opt.on_counters = instrumented_report;
    return coordinator_run(&opt);
}

static int conclude(enum outcome outcome, const char *note)
{
    if (note && outcome == OUTCOME_OK)
        report_line("testing: warning: %s", note);
    const char *result = outcome == OUTCOME_OK ? "PASS" : "FAIL";
    if (events_on())
        events_end(result, (int)outcome);
    else
        (void)printf("%s\n", result);
    (void)fflush(stdout);
    /* LeakSanitizer would look at this process now, which has run no input;
     * where it cannot, it would make its own exit code of ours. */
    if (__lsan_do_leak_check) {
        (void)fflush(NULL);
        _Exit((int)outcome);
    }
    return (int)outcome;
}

/* Tests first, then the target that is fuzzed, as Go does. */
static int run(struct setup *setup, const struct selection *select,
               const struct name_match *fuzzed)
{
    char names[512] = "";
    struct target target = {0};
    bool ran;
    size_t matches =
        fuzzed ? find_fuzzed(fuzzed, &target, names, sizeof names) : 0;
    enum outcome outcome =
        test_mode_run(setup, select, matches == 1 ? target.name : NULL, &ran);
    if (outcome != OUTCOME_OK || !fuzzed)
        return conclude(outcome, ran ? NULL : "no tests to run");
    if (matches == 0)
        return conclude(outcome, "no fuzz tests to fuzz");
    if (matches > 1) {
        report_line("testing: will not fuzz, -fuzz matches more than one fuzz "
                    "test: [%s]",
                    names);
        return conclude(OUTCOME_FAILURE, NULL);
    }
    return conclude(fuzz(setup, &target), NULL);
}

static int with_patterns(struct setup *setup, const struct flags *flags,
                         const char *program)
{
    struct thresh_err err;
    struct selection select = {0};
    struct name_match *fuzzed = NULL, *listed = NULL;
    int rc = 0;
    if (flags->run)
        rc = name_match_new(&select.run, flags->run, "-run", &err);
    if (!rc && flags->skip)
        rc = name_match_new(&select.skip, flags->skip, "-skip", &err);
    if (!rc && flags->fuzz)
        rc = name_match_new(&fuzzed, flags->fuzz, "-fuzz", &err);
    if (!rc && flags->list)
        rc = name_match_new(&listed, flags->list, "-list", &err);
    int code;
    if (rc) {
        report_line("%s: %s", program, err.msg);
        code = OUTCOME_FAILURE;
    } else if (listed) {
        code = list(listed);
    } else {
        code = run(setup, &select, fuzzed);
    }
    name_match_free(select.run);
    name_match_free(select.skip);
    name_match_free(fuzzed);
    name_match_free(listed);
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

int driver_main(int argc, char **argv)
{
    static struct setup setup;
    struct flags flags;
    struct thresh_err err;
    struct target first;
    sanitizer_enter_engine();
    if (worker_wanted())
        worker_serve(&argc, &argv);
    target_set_program(argv[0]);
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
    if (setup_init(&setup, &flags, argv, &err))
        return usage_error(argv[0], &err);
    return with_patterns(&setup, &flags, argv[0]);
}
