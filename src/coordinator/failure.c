/* SPDX-License-Identifier: MIT
 *
 * See failure.h.
 */
#include "coordinator/failure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/platform.h"

struct failure *failure_new(const struct options *opt,
                            const struct verdict *verdict,
                            const uint8_t *packed, size_t size,
                            enum failure_origin origin, const char *entry_name)
{
    struct failure *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->packed = malloc(size);
    f->candidate = malloc(size);
    if (!f->packed || !f->candidate) {
        failure_free(f);
        return NULL;
    }
    memcpy(f->packed, packed, size);
    f->size = size;
    f->origin = origin;
    f->verdict = *verdict;
    memcpy(f->found_key, verdict->key, sizeof f->found_key);
    f->count = 1;
    f->first_bytes = size - opt->sig.nargs * sizeof(uint32_t);
    (void)snprintf(f->entry_name, sizeof f->entry_name, "%s",
                   entry_name ? entry_name : "");
    return f;
}

void failure_free(struct failure *f)
{
    if (!f)
        return;
    minimise_free(f->minimise);
    free(f->packed);
    free(f->candidate);
    free(f->output);
    free(f);
}

void failure_input(const struct failure *f, const struct options *opt,
                   struct input *in)
{
    (void)input_unpack(in, opt->sig.nargs, f->packed, f->size);
}

static bool may_minimise(const struct failure *f, const struct options *opt)
{
    return f->origin == FAILURE_FOUND && f->confirmed > 0 &&
           !f->verdict.timeout &&
           (opt->minimise_time.us || opt->minimise_time.count);
}

static bool budget_left(const struct failure *f, const struct options *opt,
                        uint64_t now_us)
{
    if (opt->minimise_time.count)
        return f->minimise_tries < opt->minimise_time.count;
    return now_us - f->minimise_started_us < opt->minimise_time.us;
}

/* Packs the best input with argument `arg` replaced. */
static size_t pack_candidate(struct failure *f, const struct options *opt,
                             const uint8_t *data, size_t size)
{
    struct input in;
    failure_input(f, opt, &in);
    in.arg[f->arg] = (struct span){(uint8_t *)(uintptr_t)data, (uint32_t)size};
    input_pack(&in, f->candidate);
    return input_packed_size(&in);
}

/* Moves on to the next argument that can be made smaller. False: none. */
static bool next_argument(struct failure *f, const struct options *opt)
{
    struct input in;
    failure_input(f, opt, &in);
    for (; f->arg < in.nargs; f->arg++) {
        struct span *arg = &in.arg[f->arg];
        if (kind_width(opt->sig.kind[f->arg]) || arg->size == 0)
            continue;
        f->minimise = minimise_new(arg->data, arg->size);
        if (f->minimise)
            return true;
    }
    return false;
}

static bool next_candidate(struct failure *f, const struct options *opt,
                           uint64_t now_us, struct failure_run *run)
{
    while (budget_left(f, opt, now_us)) {
        const uint8_t *data;
        size_t size;
        if (!f->minimise && !next_argument(f, opt))
            return false;
        if (minimise_next(f->minimise, &data, &size)) {
            run->exact = true;
            run->leaks = f->verdict.leak;
            run->packed = f->candidate;
            run->size = pack_candidate(f, opt, data, size);
            return true;
        }
        minimise_free(f->minimise);
        f->minimise = NULL;
        f->arg++;
    }
    return false;
}

static unsigned runs_to_confirm(const struct failure *f)
{
    /* Every run of a time-out costs the whole limit. */
    return f->verdict.timeout ? 1 : CONFIRM_RUNS;
}

bool failure_next(struct failure *f, const struct options *opt, uint64_t now_us,
                  struct failure_run *run)
{
    *run = (struct failure_run){.packed = f->packed, .size = f->size};
    if (f->state == FAILURE_CONFIRM) {
        if (f->confirm_runs < runs_to_confirm(f)) {
            run->fresh = true;
            run->exact = true;
            run->leaks = true;
            return true;
        }
        f->state = may_minimise(f, opt) ? FAILURE_MINIMISE : FAILURE_DONE;
        f->minimise_started_us = now_us;
    }
    if (f->state == FAILURE_MINIMISE) {
        if (next_candidate(f, opt, now_us, run))
            return true;
        f->state = FAILURE_FINAL;
        run->packed = f->packed;
        run->size = f->size;
    }
    if (f->state == FAILURE_FINAL) {
        run->fresh = true;
        run->exact = true;
        run->leaks = true;
        return true;
    }
    return false;
}

static void keep_output(struct failure *f, const char *output, size_t size)
{
    if (!size)
        return;
    char *copy = malloc(size + 1);
    if (!copy)
        return;
    memcpy(copy, output, size);
    copy[size] = 0;
    free(f->output);
    f->output = copy;
    f->output_size = size;
}

bool failure_is(const struct failure *f, const struct verdict *v)
{
    return strcmp(v->key, f->verdict.key) == 0 ||
           strcmp(v->key, f->found_key) == 0;
}

static bool same_failure(const struct failure *f, const struct verdict *v)
{
    return v->kind == VERDICT_FAIL && strcmp(v->key, f->verdict.key) == 0;
}

static void accept_candidate(struct failure *f, const struct options *opt,
                             const struct verdict *verdict)
{
    const uint8_t *data;
    size_t size;
    minimise_result(f->minimise, true);
    minimise_best(f->minimise, &data, &size);
    f->size = pack_candidate(f, opt, data, size);
    memcpy(f->packed, f->candidate, f->size);
    f->verdict = *verdict;
}

void failure_ran(struct failure *f, const struct options *opt,
                 const struct verdict *verdict, const char *output,
                 size_t output_size)
{
    bool same = same_failure(f, verdict);
    switch (f->state) {
    case FAILURE_CONFIRM:
        f->confirm_runs++;
        /* Exact heap blocks may say it more precisely than the first report
         * did; from then on that is the failure. */
        if (f->confirm_runs == 1 && verdict->kind == VERDICT_FAIL) {
            f->verdict = *verdict;
            same = true;
        }
        f->confirmed += same;
        if (same)
            keep_output(f, output, output_size);
        break;
    case FAILURE_MINIMISE:
        f->minimise_tries++;
        if (same)
            accept_candidate(f, opt, verdict);
        else
            minimise_result(f->minimise, false);
        break;
    case FAILURE_FINAL:
        if (same) {
            f->verdict = *verdict;
            keep_output(f, output, output_size);
        }
        f->state = FAILURE_DONE;
        break;
    case FAILURE_DONE:
        break;
    }
}

bool failure_is_growth(const struct failure *f)
{
    return f->grown_bytes && f->confirm_runs && !f->confirmed;
}

void failure_stop(struct failure *f)
{
    f->state = FAILURE_DONE;
}

void failure_save(struct failure *f, const struct options *opt)
{
    char dir[STORE_PATH_SIZE];
    struct input in;
    if (f->origin == FAILURE_SEED)
        return;
    failure_input(f, opt, &in);
    char name[STORE_NAME_SIZE];
    f->save_error.code = 0;
    if (store_testdata_dir(opt, dir, &f->save_error) ||
        store_write(opt, dir, &in, name, &f->save_error))
        return;
    if (f->name[0] && strcmp(f->name, name) != 0) {
        char path[STORE_PATH_SIZE + STORE_NAME_SIZE];
        (void)snprintf(path, sizeof path, "%s/%s", dir, f->name);
        (void)platform_remove_file(path, NULL);
    }
    memcpy(f->name, name, sizeof name);
}
