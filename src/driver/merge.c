/* SPDX-License-Identifier: MIT
 *
 * See merge.h.
 */
#include "driver/merge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/report.h"
#include "coordinator/store.h"
#include "platform/platform.h"

/* ---- the files ---- */

struct listing {
    struct merge *m;
    const char *dir;
};

static int add_file(void *ctx, const char *name)
{
    const struct listing *l = ctx;
    char path[STORE_PATH_SIZE];
    int n = snprintf(path, sizeof path, "%s/%s", l->dir, name);
    if (n < 0 || (size_t)n >= sizeof path)
        return thresh_fail(l->m->err, THRESH_ELIMIT,
                           "the path %.60s/... is too long", l->dir);
    if (!merge_files_add(&l->m->files, path, (size_t)n))
        return thresh_fail(l->m->err, THRESH_ENOMEM, "no memory for a merge");
    return 0;
}

int merge_list(struct merge *m, const char *dir)
{
    struct listing l = {m, dir};
    return platform_list_tree(dir, add_file, &l, m->err);
}

/* ---- running them ---- */

static uint64_t limit_of(const struct options *opt)
{
    return opt->max_bytes ? opt->max_bytes : LARGEST_MAX_BYTES;
}

static void leave_out(struct merge *m, struct merge_file *file,
                      const char *failed)
{
    file->started = true;
    m->nfailed++;
    if (m->ran)
        m->ran(m->ctx, file, failed);
}

/* Reads a file, unless it is known. False: it is not to be run. */
static bool give(struct merge *m, struct merge_file *file, struct input *in)
{
    struct thresh_err why;
    uint8_t *data;
    size_t size;
    free(m->memory);
    m->memory = NULL;
    if (file->started)
        return false;
    if (store_read_bytes(file->path, &data, &size, &why)) {
        leave_out(m, file, why.msg);
        return false;
    }
    if (m->look_up)
        m->look_up(m->ctx, file, data, size);
    int rc = file->started ? 0
                           : store_decode(m->opt, file->path, limit_of(m->opt),
                                          data, size, in, &m->memory, &why);
    free(data);
    if (rc)
        leave_out(m, file, why.msg);
    else if (!file->started)
        file->size = input_bytes(in);
    return !file->started;
}

/* The inputs of the run, one after the other. */
static bool next_input(void *ctx, size_t i, struct input *in)
{
    struct merge *m = ctx;
    while (m->next < m->files.n) {
        size_t number = m->next++;
        if (!give(m, &m->files.list[number], in))
            continue;
        m->by_run[i] = number;
        m->nruns = i + 1;
        return true;
    }
    return false;
}

/* One number for each bucket: counter * 8 + bucket. */
static bool expand(struct merge_file *file, const uint32_t *features,
                   uint32_t n)
{
    size_t count = 0;
    for (uint32_t i = 0; i < n; i++)
        /* Without an instruction for it the builtin is a call into libgcc. */
        for (uint32_t left = features[i] & 0xff; left; left &= left - 1)
            count++;
    if (!merge_file_measured(file, count))
        return false;
    uint32_t *to = file->features;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t bits = features[i] & 0xff; bits; bits &= bits - 1)
            *to++ = (features[i] >> 8) * 8 + (uint32_t)__builtin_ctz(bits);
    return true;
}

static void on_entry(void *ctx, const char *name, const uint32_t *features,
                     uint32_t n, const char *failed)
{
    struct merge *m = ctx;
    const char *digits = strchr(name, '#');
    size_t number = digits ? strtoull(digits + 1, NULL, 10) : SIZE_MAX;
    if (number >= m->nruns)
        return;
    struct merge_file *file = &m->files.list[m->by_run[number]];
    if (!failed && !expand(file, features, n))
        failed = "no memory for what it covers";
    if (failed)
        leave_out(m, file, failed);
    else if (m->ran)
        m->ran(m->ctx, file, NULL);
}

/* Files that were given and never told of hold what another one holds. */
static void settle_copies(struct merge *m)
{
    for (size_t i = 0; i < m->nruns; i++) {
        struct merge_file *file = &m->files.list[m->by_run[i]];
        if (!file->started && merge_file_measured(file, 0) && m->ran)
            m->ran(m->ctx, file, NULL);
    }
}

enum outcome merge_measure(struct merge *m, struct progress *p)
{
    struct options opt = *m->opt;
    enum outcome outcome = OUTCOME_OK;
    bool any = false;
    for (size_t i = 0; i < m->files.n; i++)
        any |= !m->files.list[i].started;
    m->by_run = calloc(m->files.n + 1, sizeof *m->by_run);
    if (!m->by_run)
        return OUTCOME_ENGINE;
    opt.seed_of = next_input;
    opt.seed_ctx = m;
    opt.only_seeds = true;
    opt.places = NULL;
    opt.on_end = NULL;
    opt.value_profile = false;
    opt.only_baseline = true;
    opt.whole_baseline = true;
    opt.fuzz_time.count = 0;
    opt.tolerated = TOLERATE_ALL;
    opt.on_entry = on_entry;
    opt.entry_ctx = m;
    if (any)
        outcome = coordinator_run(&opt, p);
    free(m->memory);
    m->memory = NULL;
    if (outcome == OUTCOME_OK && platform_interrupts(NULL) == 0)
        settle_copies(m);
    free(m->by_run);
    m->by_run = NULL;
    return outcome;
}

/* ---- choosing ---- */

static bool is_covered(const struct merge *m, uint32_t feature)
{
    return m->covered[feature / 8] >> (feature % 8) & 1;
}

/* Features of a file that are not covered yet. */
static size_t count_new(const struct merge *m, const struct merge_file *file)
{
    size_t n = 0;
    for (size_t i = 0; i < file->nfeatures; i++)
        n += !is_covered(m, file->features[i]);
    return n;
}

static void cover(struct merge *m, const struct merge_file *file,
                  struct merge_gain *gain)
{
    for (size_t i = 0; i < file->nfeatures; i++) {
        uint32_t f = file->features[i];
        if (is_covered(m, f))
            continue;
        gain->features++;
        gain->edges += m->covered[f / 8] == 0; /* eight buckets, one byte */
        m->covered[f / 8] |= (uint8_t)(1u << (f % 8));
    }
}

/* libFuzzer's order: short files first, of equal ones those with more. */
static int by_worth(const void *a, const void *b)
{
    const struct merge_file *const *x = a, *const *y = b;
    if ((*x)->size != (*y)->size)
        return (*x)->size < (*y)->size ? -1 : 1;
    if ((*x)->nfeatures != (*y)->nfeatures)
        return (*x)->nfeatures > (*y)->nfeatures ? -1 : 1;
    return strcmp((*x)->path, (*y)->path);
}

static int take(struct merge *m, const char *out, const struct merge_file *file,
                struct merge_gain *gain)
{
    char name[STORE_NAME_SIZE];
    struct input in;
    uint8_t *data, *memory = NULL;
    size_t size;
    int rc = store_read_bytes(file->path, &data, &size, m->err);
    if (rc)
        return rc;
    /* As it was run. */
    rc = store_decode(m->opt, file->path, limit_of(m->opt), data, size, &in,
                      &memory, m->err);
    if (!rc)
        rc = store_write(m->opt, out, &in, name, m->err);
    free(data);
    free(memory);
    cover(m, file, gain);
    gain->files++;
    return rc;
}

/* One pass over the files in their order. */
static int choose_smallest(struct merge *m, const char *out,
                           struct merge_file **sorted, size_t n,
                           struct merge_gain *gain)
{
    int rc = 0;
    for (size_t i = 0; !rc && i < n; i++)
        if (count_new(m, sorted[i]))
            rc = take(m, out, sorted[i], gain);
    return rc;
}

/* A file, and how much it brought when that was last counted: never less than
 * what it brings now. */
struct bid {
    size_t count;
    size_t place; /* in the order of worth */
};

static bool is_below(const struct bid *a, const struct bid *b)
{
    return a->count != b->count ? a->count < b->count : a->place > b->place;
}

/* Moves a bid of a heap to its place. */
static void sink(struct bid *heap, size_t n, size_t i)
{
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && is_below(&heap[child], &heap[child + 1]))
            child++;
        if (!is_below(&heap[i], &heap[child]))
            return;
        struct bid higher = heap[child];
        heap[child] = heap[i];
        heap[i] = higher;
    }
}

/* The file that brings most, again and again. Only what may be the best is
 * counted anew: the lazy greedy cover of Minoux, "Accelerated greedy algorithms
 * for maximizing submodular set functions" (1978). */
static int choose_fewest(struct merge *m, const char *out,
                         struct merge_file **sorted, size_t n,
                         struct merge_gain *gain)
{
    int rc = 0;
    struct bid *heap = calloc(n + 1, sizeof *heap);
    if (!heap)
        return thresh_fail(m->err, THRESH_ENOMEM, "no memory for a merge");
    for (size_t i = 0; i < n; i++)
        heap[i] = (struct bid){count_new(m, sorted[i]), i};
    for (size_t i = n / 2; i-- > 0;)
        sink(heap, n, i);
    while (!rc && n && heap[0].count) {
        const struct merge_file *file = sorted[heap[0].place];
        size_t count = count_new(m, file);
        if (count == heap[0].count) {
            rc = take(m, out, file, gain);
            count = 0;
        }
        heap[0].count = count;
        sink(heap, n, 0);
    }
    free(heap);
    return rc;
}

/* One above the greatest feature. */
static uint32_t top_of(const struct merge_files *files)
{
    uint32_t top = 0;
    for (size_t i = 0; i < files->n; i++)
        for (size_t k = 0; k < files->list[i].nfeatures; k++)
            if (files->list[i].features[k] >= top)
                top = files->list[i].features[k] + 1;
    return top;
}

int merge_choose(struct merge *m, const char *out, bool fewest,
                 struct merge_gain *gain)
{
    struct merge_gain ignored = {0};
    size_t n = 0;
    struct merge_file **sorted = calloc(m->files.n + 1, sizeof *sorted);
    free(m->covered);
    m->covered = calloc(top_of(&m->files) / 8 + 1, 1);
    if (!sorted || !m->covered) {
        free(sorted);
        return thresh_fail(m->err, THRESH_ENOMEM, "no memory for a merge");
    }
    for (size_t i = 0; i < m->files.nfirst; i++)
        cover(m, &m->files.list[i], &ignored);
    for (size_t i = m->files.nfirst; i < m->files.n; i++)
        if (m->files.list[i].nfeatures)
            sorted[n++] = &m->files.list[i];
    qsort(sorted, n, sizeof(struct merge_file *), by_worth);
    int rc = fewest ? choose_fewest(m, out, sorted, n, gain)
                    : choose_smallest(m, out, sorted, n, gain);
    free(sorted);
    return rc;
}

void merge_release(struct merge *m)
{
    free(m->covered);
    m->covered = NULL;
    merge_files_release(&m->files);
}
