/* SPDX-License-Identifier: MIT
 *
 * See gcov_data.h. The format, in words of 32 bits in the machine's order:
 *
 *     "gcda", version, stamp, and from gcc 12 on a checksum
 *     0xa1000000, length 2: runs, largest sum
 *     for each function: 0x01000000, length 3: ident, two checksums
 *                        0x01a10000, length 2n: n counts, low words first
 *     0
 *
 * Lengths are words, from gcc 12 on bytes. A function of another object has
 * length 0 and no counts.
 */
#include "worker/gcov_data.h"

#include <stdlib.h>
#include <string.h>

#include "platform/guest.h"
#include "worker/sanitizer.h"

#define MAGIC        0x67636461u
#define TAG_SUMMARY  0xa1000000u
#define TAG_FUNCTION 0x01000000u
#define TAG_ARCS     0x01a10000u
#define PATH_SIZE    4096

static bool asked;             /* by THRESH_COVERAGE */
static bool replayed;          /* the inputs are */
static uint8_t *fresh, *there; /* room for the largest file; NULL: none */
static size_t room;
static bool *has_notes; /* of the objects of then, in order */
static size_t nobjects;
static const char *prefix; /* GCOV_PREFIX; NULL: files are where they belong */
static unsigned strip;     /* directories, GCOV_PREFIX_STRIP */

/* A file while it is made. */
struct writer {
    uint32_t *to;
    const uint32_t *old;
    size_t n;
    unsigned unit; /* of lengths */
};

static void put(struct writer *w, uint32_t word)
{
    if (w->to)
        w->to[w->n] = word;
    w->n++;
}

static void put_tag(struct writer *w, uint32_t tag, uint32_t words)
{
    put(w, tag);
    put(w, words * w->unit);
}

/* A count, with what the old file has at its place. */
static void put_count(struct writer *w, int64_t count)
{
    uint64_t sum = (uint64_t)count;
    if (w->old)
        sum += w->old[w->n] | (uint64_t)w->old[w->n + 1] << 32;
    put(w, (uint32_t)sum);
    put(w, (uint32_t)(sum >> 32));
}

static void put_function(struct writer *w, const struct gcov_function *f)
{
    put_tag(w, TAG_FUNCTION, 3);
    put(w, f->ident);
    put(w, f->lineno_checksum);
    put(w, f->cfg_checksum);
    put_tag(w, TAG_ARCS, 2 * f->counters[0].n);
    for (unsigned i = 0; i < f->counters[0].n; i++)
        put_count(w, f->counters[0].values[i]);
}

/* The functions of an object that has a file to be written. */
static bool is_own(const struct gcov_function *f, const struct gcov_info *info)
{
    return f && f->key == info;
}

static size_t make(const struct gcov_object *o, struct writer *w)
{
    w->unit = o->major < 12 ? 1 : sizeof(uint32_t);
    put(w, MAGIC);
    put(w, o->version);
    put(w, o->stamp);
    if (o->major >= 12)
        put(w, o->checksum);
    put_tag(w, TAG_SUMMARY, 2);
    put(w, 1 + (w->old ? w->old[w->n] : 0));
    put(w, 0);
    for (unsigned i = 0; i < o->n; i++)
        if (is_own(o->functions[i], o->info))
            put_function(w, o->functions[i]);
        else
            put_tag(w, TAG_FUNCTION, 0);
    put(w, 0);
    return w->n * sizeof(uint32_t);
}

size_t gcov_data_size(const struct gcov_object *object)
{
    struct writer w = {0};
    return make(object, &w);
}

void gcov_data_make(const struct gcov_object *object, uint8_t *data,
                    const uint8_t *old)
{
    struct writer w = {.to = (uint32_t *)(void *)data,
                       .old = (const uint32_t *)(const void *)old};
    (void)make(object, &w);
}

void gcov_data_want(void)
{
    replayed = true;
}

/* The value of a variable; NULL: it is not there, or empty. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* Whether the notes of a file of counts lie beside it: .gcno for .gcda. */
static bool notes_beside(const char *filename)
{
    char path[PATH_SIZE];
    char byte;
    size_t length = strlen(filename);
    if (length < 2 || length >= sizeof path)
        return false;
    memcpy(path, filename, length + 1);
    memcpy(path + length - 2, "no", 2);
    return guest_file_read(path, &byte, 1) == 1;
}

static void look_at(size_t number, const struct gcov_object *o)
{
    size_t size = gcov_data_size(o);
    has_notes[number] = o->n && (asked || prefix || notes_beside(o->filename));
    if (has_notes[number] && size > room)
        room = size;
}

void gcov_data_prepare(void)
{
    struct gcov_object object;
    size_t n = 0;
    asked = variable("THRESH_COVERAGE") != NULL;
    if (!asked && !replayed)
        return;
    if (!asked) {
        const char *dirs = variable("GCOV_PREFIX_STRIP");
        prefix = variable("GCOV_PREFIX");
        strip = dirs ? (unsigned)strtoul(dirs, NULL, 10) : 0;
        /* libgcov takes a count alone for a prefix of nothing. */
        prefix = dirs && !prefix ? "." : prefix;
    }
    for (const struct gcov_info *i = gcov_next(NULL); i; i = gcov_next(i))
        nobjects++;
    has_notes = nobjects ? guest_pages(nobjects, false, NULL) : NULL;
    if (!has_notes)
        return;
    for (const struct gcov_info *i = gcov_next(NULL); i; i = gcov_next(i)) {
        gcov_describe(i, &object);
        look_at(n++, &object);
    }
    fresh = room ? guest_pages(room, false, NULL) : NULL;
    there = room ? guest_pages(room, false, NULL) : NULL;
}

static bool has_counts(const struct gcov_object *o)
{
    for (unsigned i = 0; i < o->n; i++) {
        const struct gcov_function *f = o->functions[i];
        for (unsigned k = 0; is_own(f, o->info) && k < f->counters[0].n; k++)
            if (f->counters[0].values[k])
                return true;
    }
    return false;
}

/* Where an object's file is to be, as libgcov has it. */
static bool place(const char *filename, char path[PATH_SIZE])
{
    size_t length = 0;
    bool absolute = *filename == '/';
    for (unsigned i = 0; prefix && absolute && i < strip; i++) {
        const char *slash = strchr(filename + 1, '/');
        if (!slash)
            break;
        filename = slash;
    }
    if (prefix) {
        length = strlen(prefix);
        if (length + 2 > PATH_SIZE)
            return false;
        memcpy(path, prefix, length);
        if (*filename != '/')
            path[length++] = '/';
    }
    size_t rest = strlen(filename) + 1;
    if (rest > PATH_SIZE - length)
        return false;
    memcpy(path + length, filename, rest);
    return true;
}

static void add_object(const struct gcov_object *o)
{
    size_t size = gcov_data_size(o);
    if (size > room || !has_counts(o))
        return;
    char path[PATH_SIZE];
    int lock = place(o->filename, path) ? guest_file_lock(path) : -1;
    if (lock < 0)
        return;
    /* An old file of another build is written over. */
    size_t head = (o->major < 12 ? 3 : 4) * sizeof(uint32_t);
    bool same = guest_file_read(path, there, room) == size;
    gcov_data_make(o, fresh, NULL);
    same = same && memcmp(fresh, there, head) == 0;
    if (same)
        gcov_data_make(o, fresh, there);
    (void)guest_file_write(path, fresh, size);
    guest_file_unlock(lock);
}

void gcov_data_add(bool dying)
{
    struct gcov_object object;
    static bool dead; /* what was added by a dying process is not cleared */
    size_t n = 0;
    if ((!asked && !room) || dead || !guest_is_itself())
        return;
    dead = dying;
    for (const struct gcov_info *i = gcov_next(NULL);
         fresh && there && i && n < nobjects; i = gcov_next(i)) {
        if (!has_notes[n++])
            continue;
        gcov_describe(i, &object);
        add_object(&object);
    }
    if (!asked || dying || !__llvm_profile_write_file ||
        !__llvm_profile_reset_counters)
        return;
    (void)__llvm_profile_write_file();
    __llvm_profile_reset_counters();
}
