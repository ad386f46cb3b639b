/* SPDX-License-Identifier: MIT
 *
 * See test_mode.h. The lines have the shape of Go's.
 */
#include "driver/test_mode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/events.h"
#include "coordinator/replay.h"
#include "coordinator/report.h"
#include "coordinator/store.h"
#include "platform/platform.h"

#define LINE_SPACES 8

struct test_run {
    struct setup *setup;
    const struct selection *select;
    uint64_t deadline_us; /* 0: none */
    struct replay replay;
    struct options opt;
    unsigned failed;     /* inputs of the current target */
    bool said;           /* the target's own FAIL line is printed */
    bool trouble;        /* no verdict could be had */
    uint64_t started_us; /* the current target */
    uint64_t max_bytes;  /* an argument of it */
};

bool selection_has(const struct selection *s, const char *target,
                   const char *input)
{
    const char *names[2] = {target, input};
    size_t depth = input ? 2 : 1;
    if (s->run && name_match_path(s->run, names, depth) == NAME_MATCH_NONE)
        return false;
    return !s->skip ||
           name_match_path(s->skip, names, depth) != NAME_MATCH_FULL;
}

static void say_target_failed(struct test_run *t)
{
    if (!t->said)
        report_result("FAIL", t->opt.target, platform_now_us() - t->started_us,
                      0);
    t->said = true;
}

static int run_input(struct test_run *t, const char *name,
                     const struct input *in, const struct history *before)
{
    char path[STORE_PATH_SIZE];
    struct verdict v;
    struct thresh_err err;
    uint64_t start = platform_now_us();
    (void)snprintf(path, sizeof path, "%s/%s", t->opt.target, name);
    if (t->opt.verbose || events_on())
        report_run(path);
    if (t->deadline_us && start >= t->deadline_us) {
        say_target_failed(t);
        report_line("thresh: test timed out before %s (-timeout)", path);
        t->trouble = true;
        return 1;
    }
    if (replay_run(&t->replay, in, before, &v, &err)) {
        say_target_failed(t);
        report_indented(err.msg, strlen(err.msg), 4);
        report_indented(t->replay.output, t->replay.output_size, LINE_SPACES);
        t->trouble = true;
        return 1;
    }
    if (v.kind != VERDICT_PASS) {
        t->failed++;
        say_target_failed(t);
        report_result("FAIL", path, platform_now_us() - start, 1);
        report_ending(&v, t->replay.output, t->replay.output_size, LINE_SPACES);
    } else if (t->opt.verbose || events_on()) {
        if (t->replay.output_size)
            report_indented(t->replay.output, t->replay.output_size,
                            LINE_SPACES);
        report_result("PASS", path, platform_now_us() - start, 1);
    }
    return t->replay.interrupted;
}

static void say_unreadable(struct test_run *t, const struct thresh_err *bad)
{
    say_target_failed(t);
    report_indented(bad->msg, strlen(bad->msg), 4);
    t->failed++;
}

static int run_file(void *ctx, const char *name, const struct input *in,
                    const struct thresh_err *bad)
{
    struct test_run *t = ctx;
    if (bad) {
        say_unreadable(t, bad);
        return 0;
    }
    if (!selection_has(t->select, t->opt.target, name))
        return 0;
    char dir[STORE_PATH_SIZE];
    struct history before = {0};
    struct thresh_err err;
    int rc = store_testdata_dir(&t->opt, dir, &err);
    if (!rc)
        rc =
            store_read_history(&t->opt, dir, name, t->max_bytes, &before, &err);
    if (rc)
        say_unreadable(t, &err);
    rc = rc ? 0 : run_input(t, name, in, &before);
    history_release(&before);
    return rc;
}

static int run_seeds(struct test_run *t)
{
    struct input in;
    static const struct history nothing;
    for (size_t i = 0; t->opt.seed_of(t->opt.seed_ctx, i, &in); i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "seed#%zu", i);
        if (!selection_has(t->select, t->opt.target, name))
            continue;
        int rc = run_input(t, name, &in, &nothing);
        if (rc)
            return rc;
    }
    return 0;
}

/* Runs the inputs of one target; false if it failed. */
static bool run_target(struct test_run *t, struct target *target)
{
    struct thresh_err err;
    char dir[STORE_PATH_SIZE];
    setup_options(t->setup, target, &t->opt);
    t->failed = 0;
    t->said = t->trouble = false;
    t->started_us = platform_now_us();
    uint64_t max = t->opt.max_bytes ? t->opt.max_bytes : LARGEST_MAX_BYTES;
    t->max_bytes = max;
    if (t->opt.verbose || events_on())
        report_run(t->opt.target);
    int rc = replay_init(&t->replay, &t->opt, max, &err);
    if (!rc)
        rc = store_testdata_dir(&t->opt, dir, &err);
    if (!rc && run_seeds(t) == 0)
        rc = store_read_dir(&t->opt, dir, max, run_file, t, &err);
    if (rc < 0) {
        say_target_failed(t);
        report_indented(err.msg, strlen(err.msg), 4);
        t->trouble = true;
    }
    bool ok = t->failed == 0 && !t->trouble;
    if (ok && (t->opt.verbose || events_on()))
        report_result("PASS", t->opt.target, platform_now_us() - t->started_us,
                      0);
    replay_release(&t->replay);
    return ok;
}

enum outcome test_mode_run(struct setup *setup, const struct selection *select,
                           const char *except, bool *ran)
{
    struct target target;
    enum outcome outcome = OUTCOME_OK;
    struct test_run *t = calloc(1, sizeof *t);
    *ran = false;
    if (!t) {
        report_line("thresh: no memory to run tests");
        return OUTCOME_ENGINE;
    }
    t->setup = setup;
    t->select = select;
    if (setup->flags->timeout_us)
        t->deadline_us = platform_now_us() + setup->flags->timeout_us;
    for (size_t i = 0; target_at(i, &target); i++) {
        if ((except && strcmp(target.name, except) == 0) ||
            !selection_has(select, target.name, NULL))
            continue;
        *ran = true;
        if (!run_target(t, &target))
            outcome = OUTCOME_FAILURE;
        if (platform_interrupts(NULL))
            break;
    }
    free(t);
    return outcome;
}
