/* SPDX-License-Identifier: MIT
 *
 * -merge=1 and -set_cover_merge=1: merge.h in libFuzzer's words, with its
 * control file, by which a merge goes on where an earlier one was ended. See
 * libfuzzer.h; the format of the file is in libfuzzer_control.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "coordinator/report_libfuzzer.h"
#include "coordinator/store.h"
#include "driver/libfuzzer.h"
#include "driver/libfuzzer_control.h"
#include "driver/merge.h"
#include "platform/platform.h"

#define CONTROL_MAX ((size_t)4 << 30)
/* What is known is written down so often. */
#define SAVE_EVERY_US 1000000u

struct libfuzzer_merge {
    struct libfuzzer *l;
    struct merge merge;
    uint64_t save_us; /* when what is known was written down last */
};

/* ---- the control file ---- */

static int by_path(const void *a, const void *b)
{
    const struct merge_file *const *x = a, *const *y = b;
    return strcmp((*x)->path, (*y)->path);
}

static struct merge_file **sorted_by_path(const struct merge_files *files)
{
    struct merge_file **sorted = calloc(files->n + 1, sizeof *sorted);
    for (size_t i = 0; sorted && i < files->n; i++)
        sorted[i] = &files->list[i];
    if (sorted)
        qsort(sorted, files->n, sizeof(struct merge_file *), by_path);
    return sorted;
}

static bool same_files(const struct merge_files *a, const struct merge_files *b)
{
    struct merge_file **x = sorted_by_path(a), **y = sorted_by_path(b);
    bool same = a->n == b->n && x && y;
    for (size_t i = 0; same && i < a->n; i++)
        same = strcmp(x[i]->path, y[i]->path) == 0;
    free(x);
    free(y);
    return same;
}

/* Goes on with an earlier merge of the same files: in its order, and with what
 * was the initial corpus when it began, since it may have put files there.
 * Returns how many files it has run. */
static size_t go_on(struct libfuzzer_merge *m, struct merge_files *known)
{
    size_t n = 0;
    merge_files_release(&m->merge.files);
    m->merge.files = *known;
    *known = (struct merge_files){0};
    for (size_t i = 0; i < m->merge.files.n; i++)
        n += m->merge.files.list[i].started;
    return n;
}

/* Takes over what an earlier merge of other files found out. Returns how many
 * of them it had run. */
static size_t take_over(struct libfuzzer_merge *m,
                        const struct merge_files *known)
{
    size_t n = 0;
    struct merge_file **sorted = sorted_by_path(known);
    for (size_t i = 0; sorted && i < m->merge.files.n; i++) {
        struct merge_file *file = &m->merge.files.list[i];
        struct merge_file **at = bsearch(&file, sorted, known->n,
                                         sizeof(struct merge_file *), by_path);
        if (!at || !(*at)->started)
            continue;
        file->started = true;
        file->size = (*at)->size;
        if ((*at)->measured) {
            file->measured = true;
            file->features = (*at)->features;
            file->nfeatures = (*at)->nfeatures;
            (*at)->features = NULL;
        }
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

static size_t read_control(struct libfuzzer_merge *m)
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
            bool same = same_files(&known, &m->merge.files);
            (void)fprintf(
                stderr,
                "MERGE-OUTER: control file ok, %zu files total, first "
                "not processed file %zu\n",
                known.n, first_open(&known));
            n = same ? go_on(m, &known) : take_over(m, &known);
            if (n && !same)
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

static void save_control(struct libfuzzer_merge *m)
{
    const char *path = m->l->flags.merge_control_file;
    struct thresh_err err;
    struct buf text;
    char dir[STORE_PATH_SIZE];
    m->save_us = platform_now_us();
    if (!path)
        return;
    const char *name = names_split(path, dir, sizeof dir);
    if (!name) {
        (void)libfuzzer_error("the control file's path is too long: %s", path);
        return;
    }
    buf_init(&text, CONTROL_MAX);
    control_add_head(&text, &m->merge.files);
    for (size_t i = 0; i < m->merge.files.n; i++)
        control_add_file(&text, &m->merge.files, i);
    if (text.failed)
        (void)libfuzzer_error("no memory for the control file");
    else if (platform_write_file(dir, name, buf_text(&text), text.size, &err))
        (void)libfuzzer_error("the control file: %s", err.msg);
    buf_release(&text);
}

static void on_file(void *ctx, const struct merge_file *file,
                    const char *failed)
{
    struct libfuzzer_merge *m = ctx;
    if (failed)
        (void)fprintf(stderr, "MERGE-OUTER: left out: %s: %s\n", file->path,
                      failed);
    if (platform_now_us() - m->save_us >= SAVE_EVERY_US)
        save_control(m);
}

/* ---- all of it ---- */

static int merge(struct libfuzzer_merge *m)
{
    struct progress p = {0};
    struct merge_gain gain = {0};
    const struct libfuzzer_flags *flags = &m->l->flags;
    /* From the first line on, by which others tell that it has begun. */
    if (platform_watch(m->merge.err))
        return libfuzzer_error("%s", m->merge.err->msg);
    for (size_t i = 0; i < flags->ninputs; i++) {
        if (merge_list(&m->merge, flags->inputs[i]))
            return libfuzzer_error("%s", m->merge.err->msg);
        if (i == 0)
            m->merge.files.nfirst = m->merge.files.n;
    }
    size_t known = read_control(m);
    (void)fprintf(stderr,
                  "MERGE-OUTER: %zu files, %zu in the initial corpus, %zu "
                  "processed earlier\n",
                  m->merge.files.n, m->merge.files.nfirst, known);
    if (known == m->merge.files.n && m->merge.files.n)
        (void)fputs("MERGE-OUTER: nothing to do, merge has been completed "
                    "before\n",
                    stderr);
    if (m->l->flags.merge_control_file)
        (void)fprintf(stderr, "MERGE-INNER: using the control file '%s'\n",
                      m->l->flags.merge_control_file);
    (void)fprintf(stderr,
                  "MERGE-INNER: %zu total files; 0 processed earlier; will "
                  "process %zu files now\n",
                  m->merge.files.n - known, m->merge.files.n - known);
    enum outcome outcome = merge_measure(&m->merge, &p);
    save_control(m);
    enum platform_interrupt last;
    if (platform_interrupts(&last)) {
        if (last == PLATFORM_REQUEST)
            libfuzzer_say_requested();
        (void)fputs("MERGE-OUTER: interrupted; nothing is merged\n", stderr);
        return last == PLATFORM_REQUEST ? 0 : LIBFUZZER_INTERRUPT_CODE;
    }
    if (outcome != OUTCOME_OK)
        return 1;
    if (merge_choose(&m->merge, flags->inputs[0], flags->set_cover_merge,
                     &gain))
        return libfuzzer_error("%s", m->merge.err->msg);
    /* As many as libFuzzer needs, whose inner process dies of each. */
    (void)fprintf(stderr, "MERGE-OUTER: successful in %zu attempt(s)\n",
                  m->merge.nfailed + 1);
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
    struct options opt = l->opt;
    struct plain_files plain = l->files;
    struct libfuzzer_merge m = {.l = l};
    m.merge =
        (struct merge){.opt = &opt, .ran = on_file, .ctx = &m, .err = &err};
    plain.ndirs = plain.nseeds = 0;
    opt.plain = &plain;
    if (l->flags.ninputs < 2) {
        (void)fputs("INFO: Merge requires two or more corpus dirs\n", stderr);
        return 0;
    }
    int code = merge(&m);
    merge_release(&m.merge);
    return code;
}
