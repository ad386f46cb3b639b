/* SPDX-License-Identifier: MIT
 *
 * What a run with plain files (libFuzzer's mode) does besides searching: takes
 * in what others put into the user's directory, ends when a file or a find says
 * so, writes the slowest input and the features of entries, tells how they were
 * made. See run.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "coordinator/leaks_left.h"
#include "coordinator/lineage.h"
#include "coordinator/places.h"
#include "coordinator/report_libfuzzer.h"
#include "coordinator/run.h"

/* ---- what the target prints ---- */

/* Of very much the end, which is what a run that goes on shows. */
void plain_relay(struct run *run, const struct worker *w)
{
    platform_handle output = w->process.output;
    if (platform_output_size(output) == 0)
        return;
    size_t n = platform_output_tail(output, run->output, OUTPUT_KEPT);
    (void)fwrite(run->output, 1, n, stderr);
    platform_output_clear(output);
}

/* ---- leaks ---- */

/* So many suspicious executions between two looks are rare: about ten looks
 * have been for nothing. */
#define RARE_LOOKS 1000u

void plain_leaks(struct run *run, const struct worker *w,
                 const struct verdict *v)
{
    if (run->opt.plain && run->opt.plain->leaks)
        leaks_left_keep(run->opt.plain->leaks, v, &w->process);
}

void plain_leak_pace(struct run *run, const struct worker *w)
{
    if (run->plain.looks_rarely || w->leaks.gap < RARE_LOOKS)
        return;
    run->plain.looks_rarely = true;
    report_line("INFO: libFuzzer disabled leak detection after every "
                "mutation.\n"
                "      Most likely the target function accumulates allocated\n"
                "      memory in a global state w/o actually leaking it.\n"
                "      Leaks are looked for ever more rarely, and once more at "
                "the end.");
}

/* ---- names that are known ---- */

/* The place of a hash among the known ones, or where it belongs. */
static size_t place_of(const struct plain_state *p, uint64_t hash)
{
    size_t low = 0, high = p->nknown;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (p->known[middle] < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool plain_note(struct run *run, const char *name)
{
    struct plain_state *p = &run->plain;
    uint64_t hash = hash_64(0, name, strlen(name));
    size_t at = place_of(p, hash);
    if (at < p->nknown && p->known[at] == hash)
        return false;
    if ((p->nknown & (p->nknown - 1)) == 0) {
        size_t room = p->nknown ? p->nknown * 2 : 1;
        uint64_t *longer = realloc(p->known, room * sizeof *longer);
        if (!longer)
            return false; /* it is read once more, at worst */
        p->known = longer;
    }
    memmove(p->known + at + 1, p->known + at,
            (p->nknown - at) * sizeof *p->known);
    p->known[at] = hash;
    p->nknown++;
    return true;
}

void plain_release(struct run *run)
{
    free(run->plain.known);
    run->plain = (struct plain_state){0};
}

/* ---- taking in what others found ---- */

/* Runs an entry as the baseline runs one. False if memory is refused. */
static bool schedule_run(struct run *run, uint32_t entry)
{
    if (run->nstretches == run->stretch_room) {
        uint32_t room = run->stretch_room * 2;
        struct stretch *longer = realloc(run->stretches, room * sizeof *longer);
        if (!longer)
            return false;
        run->stretches = longer;
        run->stretch_room = room;
    }
    run->stretches[run->nstretches++] = (struct stretch){entry, 1};
    run->baseline_total++;
    return true;
}

static int take_new_file(void *ctx, const char *name)
{
    struct run *run = ctx;
    struct thresh_err err;
    struct input in;
    uint8_t *memory = NULL;
    bool added = false;
    if (!plain_note(run, name))
        return 0;
    if (store_read(&run->opt, run->cache_dir, name, run->opt.max_bytes, &in,
                   &memory, &err) == 0 &&
        corpus_add(&run->corpus, &in, ENTRY_CACHE, name, &added, &err) == 0 &&
        added) {
        uint32_t entry = run->corpus.count - 1;
        run->corpus.entries[entry].reloaded = true;
        (void)schedule_run(run, entry);
    }
    free(memory);
    return 0;
}

static void reload(struct run *run, uint64_t now_us)
{
    uint64_t every = run->opt.plain->reload_us;
    uint32_t before = run->corpus.count;
    if (!every || !run->fuzzing || run->stopping || run->opt.has_seed ||
        !run->cache_dir[0] || now_us < run->plain.reload_us)
        return;
    run->plain.reload_us = now_us + every;
    (void)platform_list_dir(run->cache_dir, take_new_file, run, NULL);
    if (run->corpus.count == before)
        return;
    struct progress p = run_progress(run);
    libfuzzer_status("RELOAD", &p);
}

/* ---- how inputs were made ---- */

char *plain_describe(const struct run *run, const struct find_origin *origin,
                     const struct input *in, bool with_base)
{
    struct buf text;
    const struct plain_files *plain = run->opt.plain;
    if (!plain || !plain->lineage)
        return NULL;
    buf_init(&text, 4096);
    lineage_add_mutations(plain->lineage, &text, &run->corpus, origin, in);
    if (with_base)
        lineage_add_base(&text, &run->corpus, origin);
    char *made = malloc(text.size + 1);
    if (made)
        memcpy(made, buf_text(&text), text.size + 1);
    buf_release(&text);
    return made;
}

/* ---- features of entries, in files named as the entries' ---- */

static void sha1_of(const struct run *run, uint32_t entry,
                    char name[STORE_NAME_SIZE])
{
    struct input in;
    const struct entry *e = &run->corpus.entries[entry];
    name[0] = 0;
    if (input_unpack(&in, run->opt.sig.nargs, e->packed, e->size))
        store_name_of(&run->opt, &in, name);
}

static void write_features(struct run *run, const char *name,
                           const struct buf *list)
{
    struct thresh_err err;
    if (!platform_write_file(run->opt.plain->features_dir, name, list->data,
                             list->size, &err) ||
        run->plain.features_failed)
        return;
    run->plain.features_failed = true;
    report_line("warning: features are not written: %s", err.msg);
}

/* Those that are new, in libFuzzer's numbers: eight for each counter. */
static void write_new_features(struct run *run, const char *name,
                               const uint32_t *features, uint32_t n)
{
    struct buf list;
    buf_init(&list, SIZE_MAX / 2);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t counter = features[i] >> 8;
        uint32_t bits = features[i] & 0xff & ~run->corpus.seen[counter];
        for (; bits; bits &= bits - 1) {
            uint32_t number = counter * 8 + (uint32_t)__builtin_ctz(bits);
            buf_add(&list, &number, sizeof number);
        }
    }
    if (list.size)
        write_features(run, name, &list);
    buf_release(&list);
}

void plain_rename_features(struct run *run, uint32_t entry, uint32_t by)
{
    char path[STORE_PATH_SIZE], name[STORE_NAME_SIZE];
    const char *dir = run->opt.plain->features_dir;
    struct thresh_err err;
    struct buf list;
    uint8_t *data = NULL;
    size_t size;
    if (!dir)
        return;
    sha1_of(run, entry, name);
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    if (platform_read_file(path, SIZE_MAX / 2, &data, &size, &err))
        return;
    buf_init(&list, SIZE_MAX / 2);
    buf_add(&list, data, size);
    free(data);
    sha1_of(run, by, name);
    write_features(run, name, &list);
    (void)platform_remove_file(path, &err);
    buf_release(&list);
}

/* ---- entries that are kept ---- */

static void look_for_item(struct run *run, const char *sha1)
{
    const char *item = run->opt.plain->exit_item;
    if (!item || run->plain.had_exit_item || strcmp(sha1, item) != 0)
        return;
    run->plain.had_exit_item = true;
    report_line("INFO: found item with checksum '%s', exiting.", item);
    run_stop(run);
}

void plain_entry(struct run *run, uint32_t entry, const struct find *find)
{
    const struct plain_files *plain = run->opt.plain;
    const struct find_origin origin = find_origin(find);
    bool found = !(find->flags & FIND_BASELINE);
    char name[STORE_NAME_SIZE];
    if (!plain)
        return;
    if (plain->lineage)
        lineage_note(plain->lineage, &run->corpus, entry,
                     found ? &origin : NULL);
    if (!plain->features_dir && !plain->exit_item)
        return;
    sha1_of(run, entry, name);
    if (plain->features_dir && name[0])
        write_new_features(run, name, find->features, find->nfeatures);
    if (!found)
        look_for_item(run, name);
}

void plain_found(struct run *run, const char *name)
{
    (void)plain_note(run, name);
    look_for_item(run, name);
}

/* ---- inputs that are written, the slowest among them ---- */

void plain_written(const struct run *run, const char *path)
{
    report_line("artifact_prefix='%s'; Test unit written to %s",
                run->opt.plain->artifact_prefix, path);
}

static void write_slow(struct run *run, const struct worker *w, uint64_t us)
{
    char path[STORE_PATH_SIZE];
    struct thresh_err err;
    struct input in;
    size_t size = process_take_input(&w->process, &run->opt.sig, run->packed);
    if (!size || !input_unpack(&in, run->opt.sig.nargs, run->packed, size))
        return;
    report_line("Slowest unit: %llu s:", (unsigned long long)(us / 1000000u));
    if (store_write_artifact(&run->opt, "slow-unit", &in, path, &err))
        report_line("warning: it is not saved: %s", err.msg);
    else
        plain_written(run, path);
    libfuzzer_base64(in.arg[0].data, in.arg[0].size);
}

/* Tells of an execution that runs and is slow, once, and of slower ones. */
static void look_for_slow(struct run *run, uint64_t now_us)
{
    uint64_t limit = run->opt.plain->slow_us;
    for (unsigned i = 0; limit && i < run->nworkers; i++) {
        const struct worker *w = &run->workers[i];
        const struct process *p = &w->process;
        bool searches = w->job.kind == JOB_BATCH || w->job.kind == JOB_BASELINE;
        uint64_t us = now_us - p->progress_us;
        if (!searches || p->state != PROCESS_BUSY || !process_in_target(p) ||
            p->profiles || us < limit ||
            us < run->plain.slowest_us + run->plain.slowest_us / 10)
            continue;
        if (run->plain.slowest_us == 0)
            write_slow(run, w, us);
        run->plain.slowest_us = us;
    }
}

/* ---- */

void plain_look(struct run *run, uint64_t now_us)
{
    const char *stop_file = run->opt.plain->stop_file;
    if (!run->stopping && stop_file && platform_is_file(stop_file)) {
        report_line("INFO: %s exists: stopping", stop_file);
        run_stop(run);
    }
    reload(run, now_us);
    look_for_slow(run, now_us);
}

void plain_begin_search(struct run *run)
{
    if (run->opt.places && run->opt.places->focus)
        report_line("INFO: %u/%u inputs touch the focus function",
                    places_focused(run), run->corpus.units);
    if (run->opt.only_baseline || run->corpus.units || run->groups.count)
        return;
    if (!run->sources)
        run_trouble(run, OUTCOME_FAILURE,
                    "no interesting inputs were found. Is the code "
                    "instrumented for coverage? Exiting.");
    else
        report_line("WARNING: no interesting inputs were found so far. Is the "
                    "code instrumented for coverage?\n"
                    "This may also happen if the target rejected all inputs we "
                    "tried so far");
}
