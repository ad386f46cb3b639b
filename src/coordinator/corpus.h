/* SPDX-License-Identifier: MIT
 *
 * The corpus: every entry of the run, in the order it came. An entry's bytes
 * lie in the shared arena, where all workers read them; what only the
 * coordinator needs (features, cost, where it came from) lies here. Append
 * only: an entry is never moved and never removed, because a batch may name it.
 *
 * Also the shared memory itself and the snapshots in it: who may be using
 * which is known only here.
 */
#ifndef THRESH_COORDINATOR_CORPUS_H
#define THRESH_COORDINATOR_CORPUS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/protocol.h"
#include "base/usual.h"
#include "coordinator/dictionary.h"
#include "coordinator/store.h"
#include "platform/platform.h"

enum entry_origin {
    ENTRY_ZERO,  /* made up because there was nothing else */
    ENTRY_SEED,  /* in code or in testdata */
    ENTRY_CACHE, /* found by an earlier run */
    ENTRY_FOUND, /* found by this run */
};

struct entry {
    uint8_t *packed; /* in the arena */
    uint32_t size;
    uint32_t bytes; /* of the arguments */
    enum entry_origin origin;
    char name[64]; /* file name, or seed#N */
    uint32_t *features;
    uint32_t nfeatures;
    uint32_t owned; /* features of which it is the cheapest entry */
    uint64_t cost;  /* sum of its counters */
    uint32_t us;    /* that it takes; 0: little, or not to be known */
    bool slow;      /* so many that it is neither traced nor trimmed */
    bool timed;     /* again, since it had seemed slow */
    double picks;   /* executions spent on it so far, as estimated */
    bool disabled;  /* it fails, or another one took its place: not mutated */
    bool trimmed;   /* it has been made smaller, as far as it goes */
    bool focused;   /* it reaches the function that is looked into */
    bool reloaded;  /* nothing new is known of it yet: likewise */
    uint32_t offspring; /* finds that were made from it */
    uint32_t traced;    /* how often batches have been told to trace it */
};

#define CORPUS_SLOTS 8

struct corpus {
    struct platform_shared memory;
    struct shared_header *header;
    uint64_t arena_used;
    struct dictionary dictionary;
    struct entry *entries;
    uint32_t count;
    uint32_t capacity;
    uint64_t *hashes; /* open addressing, 0 empty */
    uint32_t hash_capacity;

    uint32_t counters;   /* in use; known after the first handshake */
    uint32_t edges_end;  /* from here on there are values and depths */
    uint32_t cells;      /* of the seen-map: those, and the steps of depth */
    uint8_t *seen;       /* the coordinator's own seen-map */
    uint8_t *marks;      /* by counter, zero between calls */
    uint32_t *owner;     /* entry + 1 by feature (counter * 8 + bit) */
    uint8_t *varies;     /* by counter: it was marked as unstable */
    uint32_t edges;      /* counters seen */
    uint32_t unstable;   /* of them, those that vary */
    uint32_t features;   /* features seen */
    uint32_t units;      /* entries that brought some */
    uint64_t unit_bytes; /* of their arguments, together */
    uint64_t longest;    /* of them */
    struct usual usual;  /* time that an entry takes */
    uint32_t doubtful;   /* 0, or an entry + 1 that seems slow */

    unsigned slot_users[CORPUS_SLOTS];
    uint64_t slot_tokens[CORPUS_SLOTS]; /* version of the dictionary in it */
    uint32_t current;                   /* slot of the newest snapshot */
    uint64_t generation;
    uint32_t *weights;
    bool changed; /* since the newest snapshot */
    uint64_t execs_since_publish;
};

/* Reserves the shared memory. */
int corpus_init(struct corpus *c, struct thresh_err *err);
void corpus_release(struct corpus *c);

/* Tells how many counters the target has (first handshake), of which the last
 * are a value profile's. */
int corpus_set_counters(struct corpus *c, uint32_t counters, uint32_t values,
                        struct thresh_err *err);

/* Appends an entry unless its input is there already (*added false, *index
 * that one's if known). The input is copied. */
int corpus_add(struct corpus *c, const struct input *in,
               enum entry_origin origin, const char *name, bool *added,
               struct thresh_err *err);

/* Whether a list of features has one that is not seen yet. */
bool corpus_is_new(const struct corpus *c, const uint32_t *features,
                   uint32_t n);

/* Gives an entry its features, and takes them into the seen-map. */
void corpus_set_features(struct corpus *c, uint32_t entry,
                         const uint32_t *features, uint32_t n, uint64_t cost);

/* Tells how long an entry takes to run. One that takes many times as long as
 * others is slow, in the next snapshot: what traces and trimming run would take
 * as long. */
void corpus_set_time(struct corpus *c, uint32_t entry, uint32_t us);

/* An entry (+ 1) that seems slow by its only execution, for the caller to have
 * it timed again; 0: none. */
uint32_t corpus_take_doubtful(struct corpus *c);

/* Tells how long it took then; the least is what it takes. */
void corpus_timed_again(struct corpus *c, uint32_t entry, uint32_t us);

/* Whether an entry has all features that another one owns, and is smaller. */
bool corpus_can_replace(const struct corpus *c, uint32_t entry,
                        const uint32_t *features, uint32_t n, uint64_t bytes);

/* Puts an entry that can do so in the place of another: it owns what that one
 * owned, which is not mutated any more. */
void corpus_replace(struct corpus *c, uint32_t entry, uint32_t by);

/* Writes the features that an entry owns into the arena, for a request; false
 * if it owns none or there is no room. */
bool corpus_list_owned(struct corpus *c, uint32_t entry, uint64_t *offset,
                       uint32_t *n);

/* Takes counters that vary out of the search: every bucket counts as seen. */
void corpus_mark_unstable(struct corpus *c, const uint32_t *counters,
                          uint32_t n);

/* Publishes a snapshot if something changed and a slot is free; the newest
 * slot's number. With `force` false, waits until it is worth it. */
uint32_t corpus_publish(struct corpus *c, bool force);

/* A batch begins, ends to use a slot, having made so many executions. */
void corpus_slot_take(struct corpus *c, uint32_t slot);
void corpus_slot_done(struct corpus *c, uint32_t slot, uint64_t execs);

#endif
