/* SPDX-License-Identifier: MIT
 *
 * Files on libFuzzer's command line: each is run, -runs times, one after the
 * other, until one fails. See libfuzzer.h.
 */
#include <stdio.h>
#include <stdlib.h>

#include "coordinator/coordinator.h"
#include "coordinator/replay.h"
#include "coordinator/report.h"
#include "coordinator/report_libfuzzer.h"
#include "driver/libfuzzer.h"
#include "platform/platform.h"

#define FILE_MAX ((size_t)256 << 20)

struct replaying {
    struct libfuzzer *l;
    struct progress done;
    uint64_t runs; /* of each file */
    int code;      /* of the first that failed; 0: none did */
};

static void tell(void *ctx, const struct replay_result *r)
{
    struct replaying *run = ctx;
    run->done.execs += run->runs;
    if (r->how == REPLAY_RAN && r->verdict->kind == VERDICT_FAIL) {
        libfuzzer_verdict(r->verdict, r->output, r->output_size);
        run->code = libfuzzer_form_code();
        return;
    }
    (void)fwrite(r->output, 1, r->output_size, stderr);
    if (r->how == REPLAY_RAN) {
        (void)fprintf(stderr, "Executed %s in %llu ms\n", r->name,
                      (unsigned long long)(r->us / 1000u));
    } else if (r->how == REPLAY_NOT_RUN) {
        run->code = LIBFUZZER_INTERRUPT_CODE;
    } else {
        (void)fprintf(stderr, "ERROR: %s: %s\n", r->name, r->error->msg);
        run->code = 1;
    }
}

static int run_file(struct replaying *run, struct replay *replay,
                    const char *path, struct thresh_err *err)
{
    uint8_t *data;
    size_t size;
    struct history nothing = {0};
    int rc = platform_read_file(path, FILE_MAX, &data, &size, err);
    if (rc)
        return rc;
    const struct input in = {.nargs = 1, .arg = {{data, (uint32_t)size}}};
    (void)fprintf(stderr, "Running: %s\n", path);
    rc = replay_add(replay, path, &in, &nothing, err);
    free(data);
    if (rc > 0)
        run->code = LIBFUZZER_INTERRUPT_CODE;
    if (!rc)
        replay_settle(replay);
    return rc;
}

/* The longest of the files, which is room enough for each. */
static int longest(const struct libfuzzer_flags *flags, uint64_t *max,
                   struct thresh_err *err)
{
    *max = 1;
    for (size_t i = 0; i < flags->ninputs; i++) {
        uint8_t *data;
        size_t size;
        int rc =
            platform_read_file(flags->inputs[i], FILE_MAX, &data, &size, err);
        if (rc)
            return rc;
        *max = size > *max ? size : *max;
        free(data);
    }
    return 0;
}

static int run_files(struct replaying *run, struct thresh_err *err)
{
    const struct libfuzzer *l = run->l;
    struct replay *replay;
    struct replay_spec spec = {
        .opt = &l->opt, .tell = tell, .ctx = run, .repeat = run->runs};
    int rc = longest(&l->flags, &spec.max_bytes, err);
    if (rc)
        return rc;
    rc = replay_new(&replay, &spec, err);
    for (size_t i = 0; !rc && !run->code && i < l->flags.ninputs; i++)
        rc = run_file(run, replay, l->flags.inputs[i], err);
    if (replay)
        (void)replay_finish(replay);
    run->done.peak_resident = replay_peak_resident(replay);
    replay_free(replay);
    return rc < 0 ? rc : 0;
}

/* What the files cover, if that is asked for: replaying does not count, so they
 * are run once more, as a corpus. */
static void describe(struct libfuzzer *l)
{
    struct options opt = l->opt;
    struct plain_files files = l->files;
    struct progress p;
    if (!l->flags.print_coverage && !l->flags.print_full_coverage)
        return;
    files.ndirs = 0;
    files.own_stdout = false; /* it was seen */
    files.seeds = l->flags.inputs;
    files.nseeds = l->flags.ninputs;
    files.only_seeds = true;
    opt.plain = &files;
    opt.places = NULL;
    opt.only_baseline = true;
    (void)coordinator_run(&opt, &p);
    (void)fputs(buf_text(&l->description), stderr);
}

int libfuzzer_replay(struct libfuzzer *l)
{
    struct thresh_err err;
    l->files.own_stdout = true;
    struct replaying run = {
        .l = l, .runs = l->flags.runs > 1 ? (uint64_t)l->flags.runs : 1};
    (void)fprintf(stderr, "%s: Running %zu inputs %llu time(s) each.\n",
                  l->argv[0], l->flags.ninputs, (unsigned long long)run.runs);
    if (run_files(&run, &err)) {
        (void)fprintf(stderr, "ERROR: %s\n", err.msg);
        run.code = 1;
    }
    if (!run.code)
        (void)fputs("***\n*** NOTE: fuzzing was not performed, you have only\n"
                    "***       executed the target code on a fixed set of "
                    "inputs.\n***\n",
                    stderr);
    if (!run.code)
        describe(l);
    libfuzzer_final_stats(&run.done);
    return libfuzzer_leaks_tell(l, run.code);
}
