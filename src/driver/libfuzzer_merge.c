/* SPDX-License-Identifier: MIT
 *
 * -merge=1 and -set_cover_merge=1: runs the files of several corpora, takes
 * those that bring something new into the first one. A file that fails is told
 * of and left out; it ends nothing, since files run in workers. See
 * libfuzzer.h; what is known of files is in libfuzzer_control.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/coordinator.h"
#include "coordinator/report.h"
#include "coordinator/report_libfuzzer.h"
#include "driver/libfuzzer.h"
#include "driver/libfuzzer_control.h"
#include "platform/platform.h"

#define CONTROL_MAX ((size_t)4 << 30)
#define FILE_MAX    ((size_t)256 << 20)
/* What is known is written down so often. */
#define SAVE_EVERY_US 1000000u

struct merge {
    struct libfuzzer *l;
    struct merge_files files;
    struct thresh_err *err;
    const char *dir;  /* that is being listed */
    size_t *by_run;   /* the file that a seed's number names */
    uint64_t save_us; /* when what is known was written down last */
    size_t failed;
    uint8_t *covered; /* a bit for each feature, by its number */
    uint32_t top;     /* one above the greatest feature */
};

/* ---- the files ---- */

static int add_file(void *ctx, const char *name, const struct input *in,
                    const struct thresh_err *bad)
{
    struct merge *m = ctx;
    char path[STORE_PATH_SIZE];
    (void)bad;
    int n = snprintf(path, sizeof path, "%s/%s", m->dir, name);
    if (!in || n < 0 || (size_t)n >= sizeof path)
        return 0;
    if (!merge_files_add(&m->files, path, in->arg[0].size))
        return thresh_fail(m->err, THRESH_ENOMEM, "no memory for a merge");
    return 0;
}

static int list_files(struct merge *m)
{
    const struct libfuzzer_flags *flags = &m->l->flags;
    for (size_t i = 0; i < flags->ninputs; i++) {
        m->dir = flags->inputs[i];
        int rc =
            store_read_tree(&m->l->opt, m->dir, FILE_MAX, add_file, m, m->err);
        if (rc)
            return rc;
        if (i == 0)
            m->files.nfirst = m->files.n;
    }
    return 0;
}

static int by_path(const void *a, const void *b)
{
    const struct merge_file *const *x = a, *const *y = b;
    return strcmp((*x)->path, (*y)->path);
}

/* Takes over what an earlier merge found out. Returns how many files it knew. */
static size_t take_over(struct merge *m, const struct merge_files *known)
{
    size_t n = 0;
    struct merge_file **sorted = calloc(known->n + 1, sizeof *sorted);
    for (size_t i = 0; sorted && i < known->n; i++)
        sorted[i] = &known->list[i];
    if (sorted)
        qsort(sorted, known->n, sizeof(struct merge_file *), by_path);
    for (size_t i = 0; sorted && i < m->files.n; i++) {
        struct merge_file *file = &m->files.list[i];
        struct merge_file **at = bsearch(&file, sorted, known->n,
                                         sizeof(struct merge_file *), by_path);
        if (!at || !(*at)->started)
            continue;
        file->started = true;
        if ((*at)->measured)
            (void)merge_file_measured(file, (*at)->features, (*at)->nfeatures);
        n++;
    }
    free(sorted);
    return n;
}

/* The first file that was not run. */
static size_t first_open(const struct merge_files *known)
{
    size_t i = 0;
    while (i < known->n && known->list[i].started)
        i++;
    return i;
}

static size_t read_control(struct merge *m)
{
    const char *path = m->l->flags.merge_control_file;
    struct merge_files known;
    uint8_t *text;
    size_t size, n = 0;
    if (!path || !platform_is_file(path) ||
        platform_read_file(path, CONTROL_MAX, &text, &size, NULL))
        return 0;
    char *ended = realloc(text, size + 1);
    if (ended) {
        ended[size] = 0;
        (void)fprintf(stderr,
                      "MERGE-OUTER: non-empty control file provided: '%s'\n",
                      path);
        if (control_read(&known, ended)) {
            n = take_over(m, &known);
            (void)fprintf(
                stderr,
                "MERGE-OUTER: control file ok, %zu files total, first "
                "not processed file %zu\n",
                known.n, first_open(&known));
            if (n && known.n != m->files.n)
                (void)fputs("MERGE-OUTER: starting merge from scratch, but "
                            "reusing coverage information from the given "
                            "control file\n",
                            stderr);
            merge_files_release(&known);
        } else {
            (void)fputs("MERGE-OUTER: bad control file, will overwrite it\n",
                        stderr);
        }
    }
    free(ended ? (void *)ended : (void *)text);
    return n;
}

static void save_control(struct merge *m)
{
    const char *path = m->l->flags.merge_control_file;
    struct thresh_err err;
    struct buf text;
    char dir[STORE_PATH_SIZE];
    m->save_us = platform_now_us();
    if (!path)
        return;
    const char *slash = strrchr(path, '/');
    (void)snprintf(dir, sizeof dir, "%.*s",
                   slash && slash > path ? (int)(slash - path) : 1,
                   slash ? path : ".");
    buf_init(&text, CONTROL_MAX);
    control_add_head(&text, &m->files);
    for (size_t i = 0; i < m->files.n; i++)
        control_add_file(&text, &m->files, i);
    if (text.failed)
        (void)libfuzzer_error("no memory for the control file");
    else if (platform_write_file(dir, slash ? slash + 1 : path, buf_text(&text),
                                 text.size, &err))
        (void)libfuzzer_error("the control file: %s", err.msg);
    buf_release(&text);
}

/* ---- running them ---- */

/* One number for each bucket: counter * 8 + bucket. */
static void expand(struct merge_file *file, const uint32_t *features,
                   uint32_t n)
{
    size_t count = 0;
    uint32_t *each = malloc(((size_t)n * 8 + 1) * sizeof *each);
    for (uint32_t i = 0; each && i < n; i++)
        for (uint32_t bit = 0; bit < 8; bit++)
            if (features[i] >> bit & 1)
                each[count++] = (features[i] >> 8) * 8 + bit;
    if (each)
        (void)merge_file_measured(file, each, count);
    free(each);
}

static void on_entry(void *ctx, const char *name, const uint32_t *features,
                     uint32_t n, const char *failed)
{
    struct merge *m = ctx;
    size_t number = strtoull(name, NULL, 10);
    struct merge_file *file = &m->files.list[m->by_run[number]];
    file->started = true;
    if (failed) {
        m->failed++;
        (void)fprintf(stderr, "MERGE-OUTER: left out: %s: %s\n", file->path,
                      failed);
    } else {
        expand(file, features, n);
    }
    if (platform_now_us() - m->save_us >= SAVE_EVERY_US)
        save_control(m);
}

/* Runs the files that nothing is known of. */
static enum outcome measure(struct merge *m, struct progress *p)
{
    struct options opt = m->l->opt;
    struct plain_files files = m->l->files;
    enum outcome outcome = OUTCOME_ENGINE;
    const char **paths = calloc(m->files.n + 1, sizeof *paths);
    m->by_run = calloc(m->files.n + 1, sizeof *m->by_run);
    files.ndirs = 0;
    files.nseeds = 0;
    files.only_seeds = true;
    files.seeds_numbered = true;
    for (size_t i = 0; paths && m->by_run && i < m->files.n; i++) {
        if (m->files.list[i].started)
            continue;
        m->by_run[files.nseeds] = i;
        paths[files.nseeds++] = m->files.list[i].path;
    }
    files.seeds = paths;
    opt.plain = &files;
    opt.places = NULL;
    opt.on_end = NULL;
    opt.only_baseline = true;
    opt.fuzz_time.count = 0;
    opt.tolerated = TOLERATE_ALL;
    opt.on_entry = on_entry;
    opt.entry_ctx = m;
    if (files.nseeds == 0)
        outcome = OUTCOME_OK;
    else if (paths && m->by_run)
        outcome = coordinator_run(&opt, p);
    free(paths);
    free(m->by_run);
    save_control(m);
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

struct gain {
    size_t files, features, edges;
};

static void cover(struct merge *m, const struct merge_file *file,
                  struct gain *gain)
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

static int take(struct merge *m, const struct merge_file *file,
                struct gain *gain)
{
    char name[STORE_NAME_SIZE];
    uint8_t *data;
    size_t size;
    int rc = platform_read_file(file->path, FILE_MAX, &data, &size, m->err);
    if (rc)
        return rc;
    uint64_t max = m->l->opt.max_bytes;
    if (max && size > max)
        size = max; /* as it was run */
    const struct input in = {.nargs = 1, .arg = {{data, (uint32_t)size}}};
    rc = store_write(&m->l->opt, m->l->flags.inputs[0], &in, name, m->err);
    free(data);
    cover(m, file, gain);
    gain->files++;
    return rc;
}

/* One pass over the files in their order. */
static int choose_greedily(struct merge *m, struct merge_file **sorted,
                           size_t n, struct gain *gain)
{
    int rc = 0;
    for (size_t i = 0; !rc && i < n; i++)
        if (count_new(m, sorted[i]))
            rc = take(m, sorted[i], gain);
    return rc;
}

/* The file that brings most, again and again. */
static int choose_cover(struct merge *m, struct merge_file **sorted, size_t n,
                        struct gain *gain)
{
    int rc = 0;
    for (;;) {
        struct merge_file *best = NULL;
        size_t most = 0;
        for (size_t i = 0; i < n; i++) {
            size_t count = count_new(m, sorted[i]);
            if (count > most) {
                most = count;
                best = sorted[i];
            }
        }
        if (!best || rc)
            return rc;
        rc = take(m, best, gain);
    }
}

static int choose(struct merge *m, struct gain *gain)
{
    struct gain ignored = {0};
    size_t n = 0;
    struct merge_file **sorted = calloc(m->files.n + 1, sizeof *sorted);
    for (size_t i = 0; i < m->files.n; i++) {
        const struct merge_file *f = &m->files.list[i];
        if (f->nfeatures && f->features[f->nfeatures - 1] >= m->top)
            m->top = f->features[f->nfeatures - 1] + 1;
    }
    m->covered = calloc(m->top / 8 + 1, 1);
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
    int rc = m->l->flags.set_cover_merge ? choose_cover(m, sorted, n, gain)
                                         : choose_greedily(m, sorted, n, gain);
    free(sorted);
    return rc;
}

/* ---- all of it ---- */

static int merge(struct merge *m)
{
    struct progress p = {0};
    struct gain gain = {0};
    int rc = list_files(m);
    if (rc)
        return libfuzzer_error("%s", m->err->msg);
    size_t known = read_control(m);
    (void)fprintf(stderr,
                  "MERGE-OUTER: %zu files, %zu in the initial corpus, %zu "
                  "processed earlier\n",
                  m->files.n, m->files.nfirst, known);
    if (known == m->files.n && m->files.n)
        (void)fputs("MERGE-OUTER: nothing to do, merge has been completed "
                    "before\n",
                    stderr);
    if (m->l->flags.merge_control_file)
        (void)fprintf(stderr, "MERGE-INNER: using the control file '%s'\n",
                      m->l->flags.merge_control_file);
    (void)fprintf(stderr,
                  "MERGE-INNER: %zu total files; 0 processed earlier; will "
                  "process %zu files now\n",
                  m->files.n - known, m->files.n - known);
    enum outcome outcome = measure(m, &p);
    enum platform_interrupt last;
    if (platform_interrupts(&last)) {
        if (last == PLATFORM_REQUEST)
            libfuzzer_say_requested();
        (void)fputs("MERGE-OUTER: interrupted; nothing is merged\n", stderr);
        return last == PLATFORM_REQUEST ? 0 : LIBFUZZER_INTERRUPT_CODE;
    }
    if (outcome != OUTCOME_OK)
        return 1;
    if (choose(m, &gain))
        return libfuzzer_error("%s", m->err->msg);
    /* As many as libFuzzer needs, whose inner process dies of each. */
    (void)fprintf(stderr, "MERGE-OUTER: successful in %zu attempt(s)\n",
                  m->failed + 1);
    (void)fprintf(stderr,
                  "MERGE-OUTER: %zu new files with %zu new features added; "
                  "%zu new coverage edges\n",
                  gain.files, gain.features, gain.edges);
    libfuzzer_final_stats(&p);
    return 0;
}

int libfuzzer_merge(struct libfuzzer *l)
{
    struct thresh_err err;
    struct merge m = {.l = l, .err = &err};
    if (l->flags.ninputs < 2) {
        (void)fputs("INFO: Merge requires two or more corpus dirs\n", stderr);
        return 0;
    }
    int code = merge(&m);
    free(m.covered);
    merge_files_release(&m.files);
    return code;
}
