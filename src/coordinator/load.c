/* SPDX-License-Identifier: MIT
 *
 * Filling the corpus at the start of a run: seeds in code, saved inputs, the
 * cache, each input once. See run.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/run.h"

struct loader {
    struct run *run;
    enum entry_origin origin;
    const char *dir;
    unsigned files; /* read in it */
    uint64_t max_bytes;
    struct thresh_err *err;
    unsigned bad;          /* files that can't be read */
    unsigned left_out;     /* those of the cache */
    struct thresh_err why; /* of the first */
};

static int add(struct loader *l, const char *name, const struct input *in)
{
    bool added;
    return corpus_add(&l->run->corpus, in, l->origin, name, &added, l->err);
}

/* Files of the cache come and go: only of one that is still there it is told
 * that it can't be used. */
static void leave_out(struct loader *l, const char *name,
                      const struct thresh_err *bad)
{
    char path[STORE_PATH_SIZE + STORE_NAME_SIZE];
    (void)snprintf(path, sizeof path, "%s/%s", l->dir, name);
    if (platform_is_file(path) && l->left_out++ == 0)
        l->why = *bad;
}

/* A saved input that fails only after others does so in a run of its own. */
static int add_probe(struct loader *l, const char *name, const struct input *in,
                     struct thresh_err *why)
{
    struct run *run = l->run;
    struct verdict unknown = {.kind = VERDICT_PASS};
    uint8_t *packed = malloc(input_packed_size(in));
    struct failure *f = NULL;
    struct history history = {0};
    int rc = store_read_history(&run->opt, l->dir, name, l->max_bytes, &history,
                                why);
    if (!rc && history.count && packed) {
        input_pack(in, packed);
        f = failure_new(&run->opt, &unknown, packed, input_packed_size(in),
                        FAILURE_SEED, name);
    }
    if (f) {
        f->state = FAILURE_PROBE;
        f->history = history;
        history = (struct history){0};
        if (!groups_add(&run->groups, f))
            failure_free(f);
    }
    free(packed);
    history_release(&history);
    return rc;
}

static int take_file(void *ctx, const char *name, const struct input *in,
                     const struct thresh_err *bad)
{
    struct loader *l = ctx;
    struct thresh_err why;
    l->files++;
    if (l->run->opt.plain && l->run->opt.plain->ndirs &&
        l->dir == l->run->opt.plain->dirs[0])
        (void)plain_note(l->run, name);
    if (in && l->origin == ENTRY_SEED && add_probe(l, name, in, &why))
        bad = &why;
    else if (in)
        return add(l, name, in);
    if (l->origin == ENTRY_SEED) {
        /* The user's own files: all that are wrong are listed. */
        report_line("%s", bad->msg);
        l->bad++;
    } else {
        leave_out(l, name, bad);
    }
    return 0;
}

static int take_seeds(struct loader *l)
{
    const struct options *opt = &l->run->opt;
    struct input in;
    for (size_t i = 0; opt->seed_of && opt->seed_of(opt->seed_ctx, i, &in);
         i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "seed#%zu", i);
        int rc = add(l, name, &in);
        if (rc)
            return rc;
    }
    return 0;
}

/* The made-up first entry of an empty corpus: the value of each
 * argument that stands for none. */
static int take_zero(struct loader *l)
{
    uint64_t store[INPUT_MAX_ARGS];
    struct input in;
    const struct options *opt = &l->run->opt;
    input_initial(&in, &opt->sig, store);
    report_line("warning: %s%sstarting with empty corpus",
                opt->several ? opt->target : "", opt->several ? ": " : "");
    l->origin = ENTRY_ZERO;
    return add(l, "zero", &in);
}

/* -maxlen, or what the corpus suggests. */
static void settle_limits(struct run *run)
{
    uint64_t longest = 0;
    for (uint32_t i = 0; i < run->corpus.count; i++)
        if (run->corpus.entries[i].bytes > longest)
            longest = run->corpus.entries[i].bytes;
    uint64_t max = run->opt.max_bytes;
    if (!max)
        max = longest > DEFAULT_MAX_BYTES ? longest : DEFAULT_MAX_BYTES;
    run->opt.max_bytes = max;
    struct signature *sig = &run->opt.sig;
    for (uint32_t i = 0; i < sig->nargs; i++)
        if (!kind_width(sig->kind[i]) &&
            (sig->max_bytes[i] == 0 || sig->max_bytes[i] > max))
            sig->max_bytes[i] = (uint32_t)max;
    length_init(&run->length, run->opt.any_length ? max : longest, max);
    if (run->opt.length_slowness)
        run->length.slowness = run->opt.length_slowness;
}

/* The tokens of -dict, as many of them as there is room for. */
static void take_tokens(struct run *run)
{
    for (size_t i = 0; i < run->opt.ntokens; i++)
        (void)dictionary_add(&run->corpus.dictionary, &run->opt.tokens[i],
                             TOKEN_OF_USER);
}

/* Seeds, saved inputs and the cache. */
static int load_own(struct loader *l)
{
    char dir[STORE_PATH_SIZE];
    struct run *run = l->run;
    const struct options *opt = &run->opt;
    int rc = take_seeds(l);
    l->dir = dir;
    if (!rc)
        rc = store_testdata_dir(opt, dir, l->err);
    if (!rc) {
        /* What earlier runs left that were killed while they wrote. */
        platform_sweep_temporaries(dir);
        platform_sweep_temporaries(run->cache_dir);
        rc = store_read_dir(opt, dir, l->max_bytes, take_file, l, l->err);
    }
    if (!rc && l->bad)
        rc = thresh_fail(l->err, THRESH_EFORMAT,
                         "%u saved input%s of %s cannot be read (listed "
                         "above); mend or remove %s",
                         l->bad, l->bad == 1 ? "" : "s", opt->target,
                         l->bad == 1 ? "it" : "them");
    l->origin = ENTRY_CACHE;
    l->dir = run->cache_dir;
    if (!rc)
        rc = store_read_dir(opt, l->dir, l->max_bytes, take_file, l, l->err);
    if (!rc && run->corpus.count == 0)
        rc = take_zero(l);
    return rc;
}

/* What libFuzzer says of a corpus before it is run. */
static void describe_plain(const struct run *run, unsigned files)
{
    const struct corpus *c = &run->corpus;
    uint64_t total = 0;
    uint32_t least = UINT32_MAX, most = 0;
    uint32_t zero = c->count && c->entries[0].origin == ENTRY_ZERO;
    for (uint32_t i = zero; i < c->count; i++) {
        uint32_t bytes = c->entries[i].bytes;
        least = bytes < least ? bytes : least;
        most = bytes > most ? bytes : most;
        total += bytes;
    }
    if (!run->opt.max_bytes)
        report_line("INFO: -max_len is not provided; libFuzzer will not "
                    "generate inputs larger than %u bytes",
                    most > DEFAULT_MAX_BYTES ? most : DEFAULT_MAX_BYTES);
    if (run->opt.plain->only_seeds)
        return;
    if (files)
        report_line("INFO: seed corpus: files: %u min: %ub max: %ub total: "
                    "%llub rss: %lluMb",
                    files, c->count > zero ? least : 0, most,
                    (unsigned long long)total,
                    (unsigned long long)(platform_own_resident() >> 20));
    else
        report_line("INFO: A corpus is not provided, starting from an empty "
                    "corpus");
}

static int add_bytes(struct loader *l, enum entry_origin origin,
                     const void *bytes, uint32_t size)
{
    const struct input in = {.nargs = 1,
                             .arg = {{(uint8_t *)(uintptr_t)bytes, size}}};
    l->origin = origin;
    return add(l, "", &in);
}

static int take_seed_file(struct loader *l, const char *path)
{
    char dir[STORE_PATH_SIZE];
    const char *slash = strrchr(path, '/');
    struct input in;
    uint8_t *memory = NULL;
    (void)snprintf(dir, sizeof dir, "%.*s", slash ? (int)(slash - path) : 1,
                   slash ? path : ".");
    l->dir = dir;
    int rc = store_read(&l->run->opt, dir, slash ? slash + 1 : path,
                        l->max_bytes, &in, &memory, l->err);
    if (!rc)
        rc = take_file(l, path, &in, NULL);
    free(memory);
    return rc;
}

/* What the user names, in libFuzzer's mode. The empty input runs before all
 * else, as there, and takes no part in the search; without any other, "\n"
 * stands for a corpus. */
static int load_plain(struct loader *l)
{
    struct run *run = l->run;
    const struct plain_files *plain = run->opt.plain;
    unsigned files = 0;
    int rc = plain->only_seeds ? 0 : add_bytes(l, ENTRY_ZERO, "", 0);
    if (run->corpus.count)
        run->corpus.entries[0].disabled = true;
    l->origin = ENTRY_CACHE;
    for (size_t i = 0; !rc && i < plain->nseeds; i++)
        rc = take_seed_file(l, plain->seeds[i]);
    files += l->files;
    for (size_t i = 0; !rc && i < plain->ndirs; i++) {
        l->dir = plain->dirs[i];
        l->files = 0;
        rc = store_read_tree(&run->opt, l->dir, l->max_bytes, take_file, l,
                             l->err);
        report_line("INFO: %8u files found in %s", l->files, l->dir);
        files += l->files;
    }
    if (!rc)
        describe_plain(run, files);
    if (!rc && !plain->only_seeds && run->corpus.count == 1)
        rc = add_bytes(l, ENTRY_CACHE, "\n", 1);
    return rc;
}

int run_load(struct run *run, struct thresh_err *err)
{
    const struct options *opt = &run->opt;
    struct loader l = {.run = run,
                       .origin = opt->only_seeds ? ENTRY_CACHE : ENTRY_SEED,
                       .max_bytes =
                           opt->max_bytes ? opt->max_bytes : LARGEST_MAX_BYTES,
                       .err = err};
    int rc = opt->only_seeds ? take_seeds(&l)
             : opt->plain    ? load_plain(&l)
                             : load_own(&l);
    if (!rc && opt->only_seeds && opt->plain)
        describe_plain(run, run->corpus.count);
    if (!rc && l.left_out)
        report_line("warning: %u found input%s left out: %s", l.left_out,
                    l.left_out == 1 ? " is" : "s are", l.why.msg);
    if (rc)
        return rc;
    settle_limits(run);
    take_tokens(run);
    run->baseline_total = run->corpus.count;
    run->stretch_room = run->corpus.count + 1;
    run->stretches = calloc(run->stretch_room, sizeof *run->stretches);
    if (!run->stretches)
        return thresh_fail(err, THRESH_ENOMEM, "no memory for the baseline");
    run->stretches[0] = (struct stretch){0, run->corpus.count};
    run->nstretches = 1;
    return 0;
}
