/* SPDX-License-Identifier: MIT
 *
 * See test_mode.h. The lines have the shape of Go's.
 */
#include "driver/test_mode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/events.h"
#include "coordinator/forms.h"
#include "coordinator/replay.h"
#include "coordinator/report.h"
#include "coordinator/store.h"
#include "platform/platform.h"

struct test_run {
    struct setup *setup;
    const struct selection *select;
    struct test_mode result;
    uint64_t deadline_us;   /* 0: none */
    struct thresh_err *err; /* what ends the reading of a directory */
    /* The current target. */
    struct replay *replay;
    struct options opt;
    uint64_t max_bytes; /* an argument of it */
    uint64_t started_us;
    bool torn_down;     /* all its processes were, or needed not be */
    bool failed;        /* and its own FAIL line is printed */
    uint64_t told;      /* inputs of it whose results were told */
    uint64_t status_us; /* when it was last said how far it is */
};

#define STATUS_EVERY_US 3000000u

/* How long the target has taken, never 0. */
static uint64_t target_us(const struct test_run *t)
{
    return platform_now_us() - t->started_us + 1;
}

static void fail_target(struct test_run *t, enum outcome outcome)
{
    t->failed = true;
    if (t->result.outcome != OUTCOME_FAILURE)
        t->result.outcome = outcome;
}

/* Neither this input nor any after it will be run. */
static void cut_short(struct test_run *t, const char *name)
{
    char limit[DURATION_TEXT_SIZE];
    if (t->result.why)
        return;
    t->result.interrupted = platform_interrupts(NULL) > 0;
    if (t->result.interrupted) {
        t->result.why = "interrupted";
        report_line("testing: interrupted before %s/%s", t->opt.target, name);
        return;
    }
    format_duration(limit, t->setup->flags->timeout_us);
    t->result.why = "test timed out";
    if (!t->failed)
        report_result("FAIL", t->opt.target, target_us(t), 0);
    fail_target(t, OUTCOME_FAILURE);
    report_line("testing: test timed out before %s/%s (-timeout=%s)",
                t->opt.target, name, limit);
}

/* For runs that take long. */
static void tell_progress(struct test_run *t)
{
    uint64_t now = platform_now_us();
    t->told++;
    if (now - t->status_us < STATUS_EVERY_US)
        return;
    t->status_us = now;
    report_tested(t->opt.target, t->told, now - t->started_us);
}

static void tell(void *ctx, const struct replay_result *r)
{
    struct test_run *t = ctx;
    bool ran = r->how == REPLAY_RAN;
    tell_progress(t);
    bool in_code = strncmp(r->name, "seed#", 5) == 0;
    char path[STORE_PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/%s/%s", t->opt.testdata,
                   t->opt.target, r->name);
    t->result.ran_inputs = true;
    struct report_test result = {
        .target = t->opt.target,
        .input = r->name,
        .file = in_code ? NULL : path,
        .us = r->us,
        .verdict = ran ? r->verdict : NULL,
        .error = r->error->msg,
        .output = r->output,
        .output_size = r->output_size,
        .verbose = t->opt.verbose,
        .target_us = t->failed ? 0 : target_us(t),
    };
    if (r->how == REPLAY_NOT_RUN) {
        cut_short(t, r->name);
        return;
    }
    if (!ran || r->verdict->kind != VERDICT_PASS)
        fail_target(t,
                    r->how == REPLAY_ENGINE ? OUTCOME_ENGINE : OUTCOME_FAILURE);
    report_test(&result);
}

/* Returns what ends the reading of a directory. */
static int added(struct test_run *t, const char *name, int rc)
{
    if (rc > 0)
        cut_short(t, name);
    return rc;
}

static int run_file(void *ctx, const char *name, const struct input *in,
                    const struct thresh_err *bad)
{
    struct test_run *t = ctx;
    char dir[STORE_PATH_SIZE];
    struct history before = {0};
    struct thresh_err why;
    if (bad)
        return added(t, name, replay_add_error(t->replay, name, bad, t->err));
    if (!selection_has(t->select, t->opt.target, name))
        return 0;
    int rc = store_testdata_dir(&t->opt, dir, &why);
    if (!rc)
        rc =
            store_read_history(&t->opt, dir, name, t->max_bytes, &before, &why);
    if (rc)
        rc = replay_add_error(t->replay, name, &why, t->err);
    else
        rc = replay_add(t->replay, name, in, &before, t->err);
    history_release(&before);
    return added(t, name, rc);
}

static int run_seeds(struct test_run *t)
{
    struct input in;
    for (size_t i = 0; t->opt.seed_of(t->opt.seed_ctx, i, &in); i++) {
        char name[32];
        struct history nothing = {0};
        (void)snprintf(name, sizeof name, "seed#%zu", i);
        if (!selection_has(t->select, t->opt.target, name))
            continue;
        int rc = replay_add(t->replay, name, &in, &nothing, t->err);
        if (rc)
            return added(t, name, rc);
    }
    return 0;
}

static int run_inputs(struct test_run *t, struct thresh_err *err)
{
    char dir[STORE_PATH_SIZE];
    const struct replay_spec spec = {
        .opt = &t->opt,
        .max_bytes = t->max_bytes,
        .deadline_us = t->deadline_us,
        .timeout_us = t->setup->flags->timeout_us,
        .tell = tell,
        .ctx = t,
    };
    t->err = err;
    int rc = replay_new(&t->replay, &spec, err);
    if (!rc)
        rc = store_testdata_dir(&t->opt, dir, err);
    if (!rc)
        rc = run_seeds(t);
    if (!rc)
        rc = store_read_dir(&t->opt, dir, t->max_bytes, run_file, t, err);
    t->torn_down = !t->replay || replay_finish(t->replay);
    replay_free(t->replay);
    return rc;
}

/* Of the target itself, not of an input. */
static void fail_without_input(struct test_run *t, const char *why,
                               enum outcome outcome)
{
    report_test(
        &(struct report_test){.target = t->opt.target,
                              .error = why,
                              .output = "",
                              .target_us = t->failed ? 0 : target_us(t)});
    fail_target(t, outcome);
}

static void run_target(struct test_run *t, struct target *target)
{
    struct thresh_err err;
    setup_options(t->setup, target, &t->opt);
    t->opt.keep_counts = true;
    bool loud = t->opt.verbose || events_on();
    t->max_bytes = t->opt.max_bytes ? t->opt.max_bytes : LARGEST_MAX_BYTES;
    t->started_us = t->status_us = platform_now_us();
    t->told = 0;
    t->failed = false;
    t->replay = NULL;
    forms_target(t->opt.target);
    if (loud)
        report_run(t->opt.target);
    if (run_inputs(t, &err) < 0)
        fail_without_input(t, err.msg,
                           err.code == THRESH_EIO ? OUTCOME_FAILURE
                                                  : OUTCOME_ENGINE);
    if (!t->torn_down)
        fail_without_input(t, "the tear-down failed", OUTCOME_FAILURE);
    if (loud && !t->failed && !t->result.why)
        report_result("PASS", t->opt.target, target_us(t), 0);
}

struct test_mode test_mode_run(struct setup *setup,
                               const struct selection *select)
{
    struct target target;
    struct test_run *t = calloc(1, sizeof *t);
    if (!t) {
        report_line("thresh: no memory to run tests");
        return (struct test_mode){.outcome = OUTCOME_ENGINE, .ran = true};
    }
    t->setup = setup;
    t->select = select;
    if (setup->flags->timeout_us)
        t->deadline_us = platform_now_us() + setup->flags->timeout_us;
    for (size_t i = 0; !t->result.why && target_at(i, &target); i++) {
        if (selection_fuzzes(select, target.name) ||
            !selection_has(select, target.name, NULL))
            continue;
        t->result.ran = true;
        run_target(t, &target);
    }
    struct test_mode result = t->result;
    free(t);
    return result;
}
