/* SPDX-License-Identifier: MIT
 *
 * Which file a function came from, by the functions before and after it; see
 * posix_census.h. Linkers keep what one unit contributes to a section together
 * and the units in the order of the symbol table, but for those that GNU ld
 * moves to the front for what they contribute to an earlier section.
 *
 * What is uncertain must never accuse a file that is instrumented. gcc's have
 * all been found by their marks when this begins, and clang's as long as every
 * covered function has a file. Where a covered one has none, what is near it
 * that is not covered is told of by the function's name instead.
 */
#include "platform/posix.h"

#include "platform/posix_census.h"

#include <stdlib.h>
#include <string.h>

/* Functions begin .. end-1 have no file; `before` and `after` are the files of
 * their neighbours, or CENSUS_NO_FILE. */
struct gap {
    size_t begin;
    size_t end;
    uint32_t before;
    uint32_t after;
    size_t uncovered;
};

struct candidates {
    uint32_t *files;
    size_t n;
    size_t to_tell; /* those that are not silent */
};

/* Global functions of start-up code and of ours, which tell nothing. */
static bool is_known(const char *name)
{
    static const char *const names[] = {"_start",
                                        "_start_c",
                                        "_init",
                                        "_fini",
                                        "main",
                                        "atexit",
                                        "_dl_relocate_static_pie",
                                        "__libc_csu_init",
                                        "__libc_csu_fini",
                                        NULL};
    static const char *const prefixes[] = {"__sanitizer_", "__gcov_", "thresh_",
                                           NULL};
    for (const char *const *p = names; *p; p++)
        if (strcmp(name, *p) == 0)
            return true;
    for (const char *const *p = prefixes; *p; p++)
        if (strncmp(name, *p, strlen(*p)) == 0)
            return true;
    return false;
}

static void leave_out_known(struct census *c)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->nfunctions; i++)
        if (c->functions[i].file != CENSUS_NO_FILE ||
            !is_known(c->functions[i].name))
            c->functions[kept++] = c->functions[i];
    c->nfunctions = kept;
}

/* The archive stands last when `thresh cc` links, so that what lies beyond it
 * are static libraries of the compiler and the system, unless something there
 * is instrumented. */
static void leave_out_system(struct census *c)
{
    size_t end = 0;
    bool own = false;
    for (size_t i = 0; i < c->nfunctions; i++) {
        const struct census_function *f = &c->functions[i];
        const struct census_file *file =
            f->file == CENSUS_NO_FILE ? NULL : &c->files[f->file];
        own = own || (file && file->role == CENSUS_OWN);
        if (f->covered ||
            (file && (file->instrumented || file->role == CENSUS_OWN)))
            end = i + 1;
    }
    if (!own)
        return;
    for (size_t i = end; i < c->nfunctions; i++)
        if (c->functions[i].file != CENSUS_NO_FILE)
            c->files[c->functions[i].file].role = CENSUS_SYSTEM;
    c->nfunctions = end;
}

static bool is_suspect(const struct census_file *f)
{
    return !f->instrumented &&
           (f->role == CENSUS_PROGRAM || f->role == CENSUS_SILENT);
}

static void add_candidate(const struct census *c, struct candidates *all,
                          uint32_t file)
{
    if (!is_suspect(&c->files[file]))
        return;
    all->files[all->n++] = file;
    all->to_tell += c->files[file].role == CENSUS_PROGRAM;
}

/* Whether a file may follow or precede one without another between them. */
static bool may_adjoin(const struct census *c, uint32_t file)
{
    return !c->files[file].settled && c->files[file].role == CENSUS_PROGRAM;
}

static void find_candidates(const struct census *c, const struct gap *gap,
                            struct candidates *all)
{
    uint32_t nfiles = (uint32_t)c->nsource_files;
    uint32_t lo = gap->before, hi = gap->after;
    all->n = 0;
    all->to_tell = 0;
    if (lo != CENSUS_NO_FILE && hi != CENSUS_NO_FILE && lo <= hi) {
        for (uint32_t f = lo; f <= hi; f++)
            add_candidate(c, all, f);
        return;
    }
    if (lo != CENSUS_NO_FILE) {
        add_candidate(c, all, lo);
        for (uint32_t f = lo + 1; f < nfiles && may_adjoin(c, f); f++)
            add_candidate(c, all, f);
    }
    if (hi != CENSUS_NO_FILE) {
        uint32_t f = hi;
        while (f > 0 && may_adjoin(c, f - 1))
            f--;
        for (; f <= hi; f++)
            add_candidate(c, all, f);
    }
}

/* Gives each stretch of uncovered functions a file named for the first. */
static void name_for_functions(struct census *c, const struct gap *gap)
{
    uint32_t file = CENSUS_NO_FILE;
    for (size_t i = gap->begin; i < gap->end; i++) {
        struct census_function *f = &c->functions[i];
        if (f->covered) {
            file = CENSUS_NO_FILE;
            continue;
        }
        if (file == CENSUS_NO_FILE) {
            file = (uint32_t)c->nfiles++;
            c->files[file] = (struct census_file){.name = f->name};
        }
        f->file = file;
    }
}

/* Deals the functions to the candidates, in the order of both. */
static void deal(struct census *c, const struct gap *gap,
                 const struct candidates *all)
{
    size_t dealt = 0;
    for (size_t i = gap->begin; i < gap->end; i++)
        c->functions[i].file = all->files[dealt++ * all->n / gap->uncovered];
}

static void give_all(struct census *c, const struct gap *gap, uint32_t file)
{
    for (size_t i = gap->begin; i < gap->end; i++) {
        c->functions[i].file = file;
        if (c->functions[i].covered)
            c->files[file].instrumented = true;
    }
}

static void close_gap(struct census *c, const struct gap *gap,
                      struct candidates *all)
{
    bool is_murky = gap->uncovered < gap->end - gap->begin;
    if (gap->before == gap->after && gap->before != CENSUS_NO_FILE) {
        give_all(c, gap, gap->before);
        return;
    }
    find_candidates(c, gap, all);
    if (is_murky || all->n > gap->uncovered) {
        if (all->to_tell)
            name_for_functions(c, gap);
    } else if (all->n) {
        deal(c, gap, all);
    } else if (gap->before != CENSUS_NO_FILE) {
        give_all(c, gap, gap->before);
    }
}

void census_ask_neighbours(struct census *c)
{
    struct candidates all = {calloc(c->nfiles, sizeof *all.files), 0, 0};
    if (!all.files)
        return;
    leave_out_known(c);
    leave_out_system(c);
    uint32_t before = CENSUS_NO_FILE;
    for (size_t i = 0, end; i < c->nfunctions; i = end) {
        struct gap gap = {.begin = i, .before = before};
        for (end = i; end < c->nfunctions; end++) {
            if (c->functions[end].file != CENSUS_NO_FILE)
                break;
            gap.uncovered += !c->functions[end].covered;
        }
        gap.end = end;
        gap.after =
            end < c->nfunctions ? c->functions[end].file : CENSUS_NO_FILE;
        if (gap.end > gap.begin)
            close_gap(c, &gap, &all);
        else
            before = c->functions[end++].file;
    }
    free(all.files);
}
