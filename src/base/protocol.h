/* SPDX-License-Identifier: MIT
 *
 * What coordinator and worker say to each other: fixed-width messages on two
 * pipes, and the layout of the two pieces of memory between them. Both sides
 * compile this file; it is pure, so that everything which must not trust the
 * other side can be tested without processes.
 *
 * Who writes what:
 *   requests       coordinator, one at a time, answered before the next
 *   replies        worker
 *   shared memory  coordinator alone; workers can't map it writable
 *   region         the worker during a request, the coordinator between
 *                  requests (it puts an input there for REQUEST_INPUT);
 *                  the coordinator reads `execs` and `running` at any time
 *
 * The coordinator believes nothing in a region or a reply: whatever it takes
 * goes through the checking functions here, on copies.
 */
#ifndef THRESH_BASE_PROTOCOL_H
#define THRESH_BASE_PROTOCOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alias.h"
#include "base/input.h"
#include "base/token.h"

#define PROTOCOL_MAGIC   0x48535254u
#define PROTOCOL_VERSION 5u

/* ---- shared memory: header, entry table, tokens, slots, arena ---- */

struct shared_header {
    uint32_t magic;
    uint32_t version;
    uint32_t max_counters;
    uint32_t max_entries;
    uint32_t max_tokens;
    uint32_t slots;
    /* Set when workers should finish the running execution and reply. */
    _Atomic uint32_t stop;
    uint64_t entries_offset;
    uint64_t tokens_offset;
    uint64_t slots_offset;
    uint64_t slot_size;
    uint64_t arena_offset;
    uint64_t arena_size;
    uint64_t total_size;
};

/* Where an entry's packed bytes lie. Written once, before any request names
 * the entry. */
struct shared_entry {
    uint64_t offset; /* in the arena */
    uint32_t size;
    uint32_t unused;
};

/* Behind the program's counters, the seen-map has a cell for each step of the
 * stack's depth (worker/depth.h), which is no edge. */
#define DEPTH_CELLS 112u

/* A snapshot: this header, then seen[max_counters], then the alias tables of
 * max_entries places over the first `entries` entries and of max_tokens places
 * over the first `tokens` tokens, which lie in a table like the entries' that
 * only grows. Immutable from the
 * first request that names it until the last batch that uses it has ended. */
struct shared_slot {
    uint64_t generation;
    uint32_t entries;
    uint32_t tokens; /* 0, or with token 0, the empty one */
};

/* Fills a header for these limits and returns the total size in bytes. */
size_t shared_plan(struct shared_header *header, uint32_t max_counters,
                   uint32_t max_entries, uint32_t max_tokens, uint32_t slots,
                   size_t arena_size);

/* The parts of mapped shared memory. */
static inline struct shared_entry *shared_entries(uint8_t *base)
{
    struct shared_header *h = (struct shared_header *)base;
    return (struct shared_entry *)(base + h->entries_offset);
}

static inline struct token *shared_tokens(uint8_t *base)
{
    struct shared_header *h = (struct shared_header *)base;
    return (struct token *)(base + h->tokens_offset);
}

static inline struct shared_slot *shared_slot(uint8_t *base, uint32_t slot)
{
    struct shared_header *h = (struct shared_header *)base;
    return (struct shared_slot *)(base + h->slots_offset + slot * h->slot_size);
}

static inline uint8_t *shared_seen(uint8_t *base, uint32_t slot)
{
    return (uint8_t *)shared_slot(base, slot) + 64;
}

static inline struct alias_place *shared_alias(uint8_t *base, uint32_t slot)
{
    struct shared_header *h = (struct shared_header *)base;
    return (struct alias_place *)(shared_seen(base, slot) + h->max_counters);
}

static inline struct alias_place *shared_token_alias(uint8_t *base,
                                                     uint32_t slot)
{
    struct shared_header *h = (struct shared_header *)base;
    return shared_alias(base, slot) + h->max_entries;
}

static inline uint8_t *shared_arena(uint8_t *base)
{
    return base + ((struct shared_header *)base)->arena_offset;
}

/* ---- region ---- */

enum last_words_kind {
    LAST_WORDS_NONE,
    LAST_WORDS_SIGNAL,     /* the worker's handler ran */
    LAST_WORDS_EXIT,       /* the target called exit() */
    LAST_WORDS_SANITIZER,  /* a sanitizer was about to end the process */
    LAST_WORDS_CHECK,      /* a check failed; `text` says which */
    LAST_WORDS_OVERWRITE,  /* the target changed its const input */
    LAST_WORDS_ENGINE,     /* our own failure; `text` says what */
    LAST_WORDS_STACK,      /* not dying: it was asked where it is */
    LAST_WORDS_ALLOCATION, /* one above the limit; `text` says which */
    LAST_WORDS_MEMORY,     /* one execution took too much; see WATCH_MEMORY */
    LAST_WORDS_NO_LEAKS,   /* LeakSanitizer cannot work on this system */
    LAST_WORDS_KINDS,
};

#define LAST_WORDS_FRAMES    64
#define LAST_WORDS_MODULES   8
#define LAST_WORDS_PATH      256
#define LAST_WORDS_TEXT      1024
#define LAST_WORDS_NO_MODULE UINT32_MAX

/* A place in running code. */
struct last_words_frame {
    uint64_t pc;
    uint64_t offset; /* of pc in the module's file */
    uint32_t module; /* index of its path, or LAST_WORDS_NO_MODULE */
    uint32_t unused;
};

/* Texts are NUL-terminated and indices valid unless the worker lies. */
struct last_words {
    uint32_t kind; /* LAST_WORDS_STACK is written after all else, the others
                    * before the stack: facts first */
    int32_t signal;
    int32_t code;
    uint32_t top_is_return; /* frame[0] is a return address as the others are,
                             * not the instruction that failed */
    uint64_t address;
    uint64_t pc;
    uint64_t sp;
    uint32_t nframes; /* written after the frames and modules */
    uint32_t unused;
    struct last_words_frame frame[LAST_WORDS_FRAMES]; /* innermost first */
    char module[LAST_WORDS_MODULES][LAST_WORDS_PATH];
    char text[LAST_WORDS_TEXT];
};

/* Makes a copy from a region safe to use: ends its texts and takes back counts
 * and indices that point outside. */
void last_words_check(struct last_words *copy);

/* A call in the code. Where the engine calls the target: the frames from there
 * outwards are ours. Where a checksum is compared. */
struct engine_place {
    uint64_t pc;     /* the call's return address; 0: unknown */
    uint64_t offset; /* in the module's file */
    char module[LAST_WORDS_PATH];
};

#define REGION_CHECKSUMS 4

/* How an input was made. */
struct find_origin {
    uint32_t flags;  /* enum find_flags */
    uint32_t parent; /* entry */
    uint32_t token;  /* of the dictionary, that had a part last; 0: none */
    uint32_t unused;
    uint64_t trail; /* the operators (mutate.h) */
};

struct region {
    uint32_t magic;
    uint32_t version;
    /* Set by the coordinator when it makes the region. */
    uint64_t input_offset; /* packed input: the running or the given one */
    uint64_t input_max;
    uint64_t outbox_offset;
    uint64_t outbox_size;
    /* Executions begun by this worker process; also its heartbeat. */
    _Atomic uint64_t execs;
    /* 1 while target code runs, and input_size is the running input's. */
    _Atomic uint32_t running;
    uint32_t input_size;
    /* Bytes of complete records in the outbox, so that a dying worker's finds
     * are not lost with it. */
    _Atomic uint64_t outbox_used;
    struct find_origin origin;  /* of the running input, in batches */
    struct engine_place engine; /* written once, before the first input */
    /* Comparisons that the running or last batch has passed by copying what
     * the target computed into the input. */
    uint32_t nchecksums;
    uint32_t unused_too;
    struct engine_place checksum[REGION_CHECKSUMS];
    /* The most memory that this process had resident before the running
     * execution, in requests that watch memory. */
    _Atomic uint64_t resident;
    /* 1 when the process leaves by itself, where its exit status would not
     * tell that from a kill. */
    _Atomic uint32_t leaving;
    /* 1 when a question for the stack is one for the heap's profile, too, set
     * by the coordinator; 2 when the profile has been printed. */
    _Atomic uint32_t profile;
    /* 1 while the process, about to leave, looks for leaks: if it ends then, it
     * has reported some, or cannot look. */
    _Atomic uint32_t leaks;
    /* 1 when a question for the stack lets the execution go on, set by the
     * coordinator. */
    _Atomic uint32_t peek;
    struct last_words words;
};

#define REGION_HEADER_SIZE 8192
_Static_assert(sizeof(struct region) <= REGION_HEADER_SIZE,
               "a region's fixed fields overlap its input");

/* Size of a region for inputs of up to input_max packed bytes. */
size_t region_plan(struct region *region, size_t input_max);

/* ---- requests ---- */

enum request_kind {
    REQUEST_HELLO = 1, /* name the target; answered when it is ready */
    REQUEST_BATCH,     /* mutate and run `count` times */
    REQUEST_ENTRIES,   /* run entries first..first+count-1 as they are */
    REQUEST_INPUT,     /* run the region's input `count` times */
    REQUEST_FORK,      /* to a nursery whose child has ended: the next one */
    REQUEST_LEAVE,     /* end without a reply, but leave the nursery be */
};

enum request_flags {
    REQUEST_EXACT_HEAP = 1, /* place the input in an exact heap block */
    /* BATCH: run it again, as it was, up to execution `until`; those from
     * `from` on are put into the outbox, as long as they fit. */
    REQUEST_REPLAY = 2,
    /* Fail the execution that alone raises the most memory that was ever
     * resident by more than half of `memory_limit`. */
    REQUEST_WATCH_MEMORY = 4,
    /* Look for leaks after executions that allocated more than they freed,
     * paced by `leaks`. */
    REQUEST_LEAKS = 8,
    REQUEST_LEAKS_ALWAYS = 16,  /* INPUT: look after every execution */
    REQUEST_NO_CROSS = 32,      /* BATCH: mutants have one entry as a parent */
    REQUEST_ASCII = 64,         /* BATCH: mutants are ASCII text */
    REQUEST_ALL_FEATURES = 128, /* ENTRIES: those that are known, too */
    REQUEST_DROP_STDOUT = 256,  /* HELLO: what the target prints there */
    REQUEST_DROP_STDERR = 512,
    REQUEST_VALUES = 1024,     /* HELLO: comparisons are features */
    REQUEST_COUNTS = 2048,     /* HELLO: keep the counts of coverage builds */
    REQUEST_LAST_LEAKS = 4096, /* HELLO: look for leaks when leaving, too */
};

/* Which comparisons are seen by probes: none, or those that no callback tells.
 * That there are callbacks is known when the first has been called, by any
 * process: the request says it, so that all processes do the same. */
enum request_probes { PROBES_NONE, PROBES_ALL, PROBES_BLIND };

/* How often a target that keeps what it allocates is looked into for leaks:
 * `skip` suspicious executions are passed over, then one is looked at, and
 * when that was for nothing, `gap` grows and is the next `skip`. Part of the
 * request, because looking costs executions: a batch that is run again must
 * make the same ones. */
struct leak_pace {
    uint32_t skip;
    uint32_t gap;
};

#define PROTOCOL_NAME_MAX 128
#define REQUEST_TRACES    8

struct request {
    uint32_t magic;
    uint32_t version;
    uint32_t kind;
    uint32_t flags;
    uint64_t id;
    uint64_t seed;      /* BATCH: PRNG state */
    uint64_t count;     /* executions allowed, ENTRIES: number of entries */
    uint64_t limit;     /* ENTRIES: executions allowed */
    uint32_t slot;      /* BATCH, ENTRIES: snapshot */
    uint32_t first;     /* ENTRIES */
    uint32_t max_bytes; /* BATCH: length control, for variable arguments */
    uint32_t linger;    /* BATCH: end this many executions after a find */
    uint32_t chain; /* BATCH: of so many mutants one is made anew, the others
                         * from the one before */
    uint32_t arg_limit; /* HELLO: -maxlen, for arguments without their own */
    uint32_t traces; /* BATCH: entries that are traced before mutating, ... */
    uint32_t trace[REQUEST_TRACES]; /* ... which, ... */
    uint32_t trace_level; /* ... how often they have been before, ... */
    uint32_t probes;      /* ... with which probes (enum request_probes) */
    uint64_t mutants;     /* BATCH: after traces mutants are made until so many
                       * executions have been made, at most count */
    uint32_t timed; /* BATCH: 0, or an entry + 1: before all else it is run as
                     * it is, to be timed */
    struct leak_pace leaks; /* BATCH, ENTRIES */
    uint64_t from;          /* REPLAY */
    uint64_t until;         /* REPLAY: at most count */
    /* HELLO: of one allocation; WATCH_MEMORY: resident. 0: none */
    uint64_t memory_limit;
    /* BATCH: first of all, entry `trim` is made smaller by at most `trims`
     * tries (0: none is); it must keep the `nneeds` features (counter << 8 |
     * bucket bits) that lie in the arena at `needs`. */
    uint32_t trim;
    uint32_t trims;
    uint64_t needs;
    uint32_t nneeds;
    char target[PROTOCOL_NAME_MAX]; /* HELLO */
};

/* ---- replies ---- */

enum reply_status {
    REPLY_OK = 1,
    REPLY_FAILED,  /* the running input failed without killing the process */
    REPLY_REFUSED, /* the request can't be served; words.text says why */
    REPLY_ENDED,   /* from a nursery, unasked: its child has ended */
};

enum reply_flags {
    REPLY_ASAN = 1,
    REPLY_MSAN = 2,
    REPLY_TSAN = 4,
    REPLY_UBSAN = 8,
    REPLY_LSAN = 16,
    REPLY_REJECTED = 32,   /* INPUT: the target rejected the input */
    REPLY_FORKS = 64,      /* HELLO: this is a nursery, its child serves */
    REPLY_SIGNALLED = 128, /* ENDED: by a signal, else by exit */
    REPLY_COMPARES = 256,  /* callbacks tell comparisons */
};

struct reply {
    uint32_t magic;
    uint32_t version;
    uint32_t status;
    uint32_t flags;
    uint64_t id; /* the request's; ENDED: the one that began the child */
    uint64_t execs;
    uint64_t rng;        /* BATCH: state of the generator at the end */
    uint64_t traced;     /* BATCH: executions for traces, of those made */
    uint64_t probe_hits; /* BATCH: hit and set ... */
    uint64_t probes_set;
    uint32_t probe_runs; /* ... in so many executions */
    uint32_t recorded;   /* BATCH: executions recorded beyond a trace's usual */
    uint32_t us; /* BATCH: that the entry took which was to be timed; 0: none */
    /* ENTRIES: how many were run; BATCH: traced; ENDED: signal, exit code */
    uint32_t done;
    /* What counts, as far as is known by now: callbacks that have not been
     * called cannot be told from callbacks that don't exist. */
    uint32_t sources;
    struct leak_pace leaks; /* BATCH, ENTRIES: for the next request */
    /* HELLO */
    uint32_t counters;
    uint32_t values; /* of the counters the last, which are no code's */
    uint32_t nargs;
    uint32_t kind[INPUT_MAX_ARGS];
    uint32_t max_bytes[INPUT_MAX_ARGS];
};

/* Whether a reply is one to this request, as far as its own fields tell:
 * magic, version, id, status, execs <= what was allowed, handshake fields
 * within limits. REPLY_ENDED answers no request. */
bool reply_is_sane(const struct reply *reply, const struct request *request);

/* Whether a reply is a nursery's notice that the child has ended which the
 * request `id` began. */
bool reply_is_end(const struct reply *reply, uint64_t id);

/* ---- the outbox ---- */

enum find_flags {
    FIND_BASELINE = 1, /* `parent` is the entry that was run */
    FIND_RECORDED = 2, /* an execution of a replay: the input alone */
    FIND_TOKENS = 4,   /* no input, but a list of tokens (token.h) that
                        * `parent` was compared with */
    FIND_TRACED = 16,  /* made for a trace of `parent` */
    FIND_TRIMMED = 8,  /* what is left of `parent` */
};

/* A record: this header, the packed input, padding to 4 bytes, features
 * (counter << 8 | bucket bits), unstable counters. A record without input only
 * reports unstable counters; one of tokens has them in the input's place. */
struct find_header {
    uint32_t size; /* of the whole record, a multiple of 4 */
    uint32_t flags;
    uint32_t parent; /* entry */
    uint32_t input_size;
    uint32_t nfeatures;
    uint32_t nunstable;
    uint64_t cost;  /* sum of the counters */
    uint32_t token; /* that had a part in it; 0: none */
    uint32_t us;    /* that an execution took; 0: little, or not known */
    uint64_t trail; /* as in find_origin */
};

struct find {
    uint32_t flags;
    uint32_t parent;
    uint64_t cost;
    uint32_t token;
    uint32_t us;
    uint64_t trail;
    struct input input; /* nargs == 0: none */
    uint8_t *packed;
    uint32_t packed_size;
    const uint32_t *features;
    uint32_t nfeatures;
    const uint32_t *unstable;
    uint32_t nunstable;
};

/* How a find was made. */
static inline struct find_origin find_origin(const struct find *find)
{
    return (struct find_origin){.flags = find->flags,
                                .parent = find->parent,
                                .token = find->token,
                                .trail = find->trail};
}

/* Space a record needs. */
size_t find_record_size(size_t input_size, size_t nfeatures, size_t nunstable);

/* Takes the record at *at from a private copy of an outbox (4-byte aligned),
 * and advances *at. Returns false at the end, and at anything that is not as
 * it should be, with *lie set in that case: sizes, counters >= `counters`,
 * entries >= `entries`, tokens >= `tokens`, an input that does not fit the
 * signature. Whether a list of tokens is one shows when it is taken apart. */
bool find_take(struct find *find, uint8_t *outbox, size_t size, size_t *at,
               const struct signature *sig, uint32_t counters, uint32_t entries,
               uint32_t tokens, bool *lie);

#endif
