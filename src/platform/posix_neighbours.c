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
    size_t to_tell;  /* those that are not silent */
    bool ordered;    /* that of the functions and that of the files agree */
    uint32_t *loose; /* the suspects of which nothing was found at first */
    size_t nloose;
};

/* Whether a function of ours tells where the archive stands: that one, or each
 * of them in a program whose linker did not keep it. */
static bool has_place_of_archive(const struct census *c)
{
    for (size_t i = 0; i < c->nfunctions; i++)
        if (c->functions[i].start == c->place_of_archive)
            return true;
    return false;
}

/* The archive stands last when `thresh cc` links, so that what lies beyond it
 * are static libraries of the compiler and the system, unless something there
 * is instrumented. */
static void leave_out_system(struct census *c)
{
    size_t end = 0;
    bool own = false, marked = has_place_of_archive(c);
    for (size_t i = 0; i < c->nfunctions; i++) {
        const struct census_function *f = &c->functions[i];
        const struct census_file *file =
            f->file == CENSUS_NO_FILE ? NULL : &c->files[f->file];
        bool is_ours = file && file->role == CENSUS_OWN &&
                       (!marked || f->start == c->place_of_archive);
        own = own || is_ours;
        if (is_ours ||
            (!f->weak && (f->covered || (file && file->instrumented))))
            end = i + 1;
    }
    if (!own)
        return;
    for (size_t i = end; i < c->nfunctions; i++) {
        const struct census_function *f = &c->functions[i];
        if (f->file != CENSUS_NO_FILE && !c->files[f->file].instrumented)
            c->files[f->file].role = CENSUS_SYSTEM;
    }
    c->nfunctions = end;
}

/* Start-up code stands first among what linkers put in order. The cold, hot
 * and start-up parts of all objects that GNU ld collects before it, those of
 * static system libraries among them, have local functions of the program at
 * most. */
static void leave_out_parts(struct census *c)
{
    size_t begin = 0, kept = 0;
    while (begin < c->nfunctions && c->functions[begin].size != 0)
        begin++;
    if (begin == c->nfunctions)
        return;
    for (size_t i = 0; i < c->nfunctions; i++)
        if (i >= begin || c->functions[i].file != CENSUS_NO_FILE)
            c->functions[kept++] = c->functions[i];
    c->nfunctions = kept;
}

static bool is_suspect(const struct census_file *f)
{
    return !f->instrumented && !f->complete &&
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

static bool has_place(const struct census *c, uint32_t file)
{
    return file != CENSUS_NO_FILE && file < c->nordered;
}

static bool is_own(const struct census *c, uint32_t file)
{
    return has_place(c, file) && c->files[file].role == CENSUS_OWN;
}

/* Candidates by order: the files between the neighbours, or what follows the
 * one and precedes the other where a new stretch of the order begins. */
static void find_near(const struct census *c, const struct gap *gap,
                      struct candidates *all)
{
    uint32_t lo = gap->before, hi = gap->after;
    /* Our files are one object, though not all have told where they are. */
    while (is_own(c, lo) && is_own(c, lo + 1))
        lo++;
    while (is_own(c, hi) && hi > 0 && is_own(c, hi - 1))
        hi--;
    if (has_place(c, lo) && has_place(c, hi) && lo <= hi) {
        for (uint32_t f = lo; f <= hi; f++)
            add_candidate(c, all, f);
        return;
    }
    if (has_place(c, lo)) {
        add_candidate(c, all, lo);
        for (uint32_t f = lo + 1; f < c->nordered && may_adjoin(c, f); f++)
            add_candidate(c, all, f);
    }
    if (has_place(c, hi)) {
        uint32_t f = hi;
        while (f > 0 && may_adjoin(c, f - 1))
            f--;
        for (; f <= hi; f++)
            add_candidate(c, all, f);
    }
}

static bool is_program(const struct census *c, uint32_t file)
{
    return file != CENSUS_NO_FILE && c->files[file].role == CENSUS_PROGRAM;
}

/* Where order tells none, all files of which nothing was found may be meant:
 * GNU ld has moved the neighbours away from them. Only amid the program. */
static void find_anywhere(const struct census *c, const struct gap *gap,
                          struct candidates *all)
{
    if (!is_program(c, gap->before) && !is_program(c, gap->after))
        return;
    for (size_t i = 0; i < all->nloose; i++)
        if (!c->files[all->loose[i]].settled)
            add_candidate(c, all, all->loose[i]);
}

/* A file without any function yet is the likelier source. */
static void prefer_unsettled(const struct census *c, struct candidates *all)
{
    size_t n = 0, to_tell = 0;
    for (size_t i = 0; i < all->n; i++) {
        const struct census_file *f = &c->files[all->files[i]];
        if (!f->settled) {
            to_tell += f->role == CENSUS_PROGRAM;
            all->files[n++] = all->files[i];
        }
    }
    if (to_tell) {
        all->n = n;
        all->to_tell = to_tell;
    }
}

static void find_candidates(const struct census *c, const struct gap *gap,
                            struct candidates *all)
{
    all->n = 0;
    all->to_tell = 0;
    find_near(c, gap, all);
    all->ordered = all->n > 0;
    if (!all->ordered)
        find_anywhere(c, gap, all);
    prefer_unsettled(c, all);
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
            c->files[file] =
                (struct census_file){.name = f->name, .is_function = true};
        }
        f->file = file;
    }
}

/* Deals the functions to the candidates, in the order of both. */
static void deal(struct census *c, const struct gap *gap,
                 const struct candidates *all)
{
    size_t dealt = 0;
    for (size_t i = gap->begin; i < gap->end; i++) {
        uint32_t file = all->files[dealt++ * all->n / gap->uncovered];
        c->functions[i].file = file;
        c->files[file].settled = true;
    }
}

static void give_all(struct census *c, const struct gap *gap, uint32_t file)
{
    for (size_t i = gap->begin; i < gap->end; i++) {
        c->functions[i].file = file;
        if (c->functions[i].covered)
            c->files[file].instrumented = true;
    }
}

static bool is_murky(const struct gap *gap)
{
    return gap->uncovered < gap->end - gap->begin;
}

static bool is_inside(const struct gap *gap)
{
    return gap->before == gap->after && gap->before != CENSUS_NO_FILE;
}

static void close_gap(struct census *c, const struct gap *gap,
                      struct candidates *all)
{
    if (is_inside(gap)) {
        give_all(c, gap, gap->before);
        return;
    }
    find_candidates(c, gap, all);
    if (all->n == 1 && !is_murky(gap)) {
        give_all(c, gap, all->files[0]);
        c->files[all->files[0]].settled = true;
    } else if (is_murky(gap) || !all->ordered || all->n > gap->uncovered) {
        if (all->to_tell)
            name_for_functions(c, gap);
    } else {
        deal(c, gap, all);
    }
}

/* Finds the first gap at or after function `from`. */
static bool next_gap(const struct census *c, size_t from, struct gap *gap)
{
    size_t i = from;
    while (i < c->nfunctions && c->functions[i].file != CENSUS_NO_FILE)
        i++;
    *gap = (struct gap){.begin = i,
                        .before = i ? c->functions[i - 1].file : CENSUS_NO_FILE,
                        .after = CENSUS_NO_FILE};
    for (; i < c->nfunctions && c->functions[i].file == CENSUS_NO_FILE; i++)
        gap->uncovered += !c->functions[i].covered;
    gap->end = i;
    if (i < c->nfunctions)
        gap->after = c->functions[i].file;
    return gap->end > gap->begin;
}

/* Where there are as many gaps to tell of as files of which nothing was found,
 * each gap is one of them: both are in the order of the link, whatever was
 * moved. */
static void pair_all(struct census *c, struct candidates *all)
{
    size_t ngaps = 0, paired = 0;
    struct gap gap;
    for (size_t i = 0; next_gap(c, i, &gap); i = gap.end) {
        find_candidates(c, &gap, all);
        if (is_inside(&gap) || !all->to_tell)
            continue;
        if (is_murky(&gap) || ++ngaps > all->nloose)
            return;
    }
    if (ngaps != all->nloose)
        return;
    for (size_t i = 0; next_gap(c, i, &gap); i = gap.end) {
        find_candidates(c, &gap, all);
        if (!is_inside(&gap) && all->to_tell)
            give_all(c, &gap, all->loose[paired++]);
    }
    /* Not before all are paired: it would change what is found for others. */
    for (size_t i = 0; i < all->nloose; i++)
        c->files[all->loose[i]].settled = true;
}

void census_ask_neighbours(struct census *c)
{
    struct candidates all = {0};
    struct gap gap;
    all.files = calloc(c->nfiles, sizeof *all.files);
    all.loose = calloc(c->nfiles, sizeof *all.loose);
    if (!all.files || !all.loose)
        goto out;
    leave_out_system(c);
    leave_out_parts(c);
    for (uint32_t f = 0; f < c->nordered; f++)
        if (is_suspect(&c->files[f]) && may_adjoin(c, f))
            all.loose[all.nloose++] = f;
    pair_all(c, &all);
    for (size_t i = 0; next_gap(c, i, &gap); i = gap.end)
        close_gap(c, &gap, &all);
out:
    free(all.files);
    free(all.loose);
}
