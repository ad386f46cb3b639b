/* SPDX-License-Identifier: MIT
 *
 * One worker process as the coordinator sees it: starting it, asking it one
 * thing at a time, taking its answer or noticing its death, ending it. Knows
 * the protocol and believes nothing the process says; knows nothing of what
 * the requests are for.
 *
 *    DOWN --start--> STARTING --reply--> IDLE --request--> BUSY --reply--> IDLE
 *      ^                | ^               |                 |
 *      +------ ended ---+-|----- ended ---+------ ended ----+
 *      |                | |               |                 |
 *      |                v | start         |                 |
 *      +--- ended --- PARKED <---- its child ended ---------+
 *
 * A worker may be a nursery (worker/nursery.h): then what serves is its child,
 * and when that ends the process itself waits, PARKED, to fork the next one.
 * It stays a process that must be ended.
 *
 * A slot (pipes aside) lives as long as the run: its region and its output
 * file are made once and used by every process started in it.
 */
#ifndef THRESH_COORDINATOR_PROCESS_H
#define THRESH_COORDINATOR_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/protocol.h"
#include "coordinator/options.h"
#include "platform/platform.h"

enum process_state {
    PROCESS_DOWN,
    PROCESS_STARTING,
    PROCESS_IDLE,
    PROCESS_BUSY,
    PROCESS_PARKED,
};

/* Why we killed it, if we did. */
enum process_kill {
    KILL_NOT,
    KILL_HANG,   /* an execution took too long */
    KILL_LIE,    /* it broke the protocol */
    KILL_STOP,   /* it did not leave when asked */
    KILL_MEMORY, /* it grew above -maxrss */
    KILL_SLOW,   /* nobody waits for the execution */
};

struct process {
    /* What each turn of the event loop looks at, of all workers: together, so
     * that this takes one line of cache. */
    enum process_state state;
    enum process_kill killed;
    bool has_ended; /* reaped; its last reply may wait still */
    bool pipe_ended;
    bool forks; /* it is a nursery, as it says */
    bool fresh; /* has run no input yet */
    platform_handle requests;
    platform_handle replies;
    uint64_t leave_us;  /* asked to leave then; 0: not asked */
    uint64_t closed_us; /* closed its pipe then, and lives; 0: has not */

    unsigned number;
    struct platform_process os;
    platform_handle output;
    struct platform_shared memory; /* the region */
    struct region layout;          /* our own copy of its fixed fields */
    struct request request;        /* the last one sent */
    uint8_t reply_bytes[sizeof(struct reply)];
    size_t reply_got;
    uint64_t next_id;
    uint64_t start_id;          /* of the request that began what serves now */
    uint64_t execs_before;      /* region's count when the request was sent */
    uint64_t last_execs;        /* heartbeat */
    uint64_t progress_us;       /* when the heartbeat last moved */
    uint64_t cpu_us;            /* used when it was first seen to stand */
    uint64_t allowed_us;        /* that it may use since then, 0: not settled */
    uint64_t killed_us;         /* when, if it was */
    struct platform_exit exit;  /* how it ended, if has_ended */
    struct engine_place engine; /* as told in the handshake */
    uint64_t asked_us; /* asked for its stack then; 0: not since it moved */
    bool stands;       /* the heartbeat did when last looked at */
    bool peeked;       /* asked where it is, to go on afterwards */
    bool known;        /* killed before its time, as a known hang */
    bool profiles;     /* asked for its heap's profile, since it is too large */
    uint64_t resident; /* bytes, when last measured */
    uint64_t resident_start;
    uint64_t measured_us; /* when that was */
};

/* What is said of it there is to be believed as little as its replies. */
static inline struct region *process_region(const struct process *p)
{
    return (struct region *)(void *)p->memory.base;
}

/* What came from a process. */
enum process_event {
    EVENT_NONE,
    EVENT_REPLY, /* *reply is a sane answer to the request */
    EVENT_ENDED, /* what served is gone; *end says how. The process is DOWN and
                  * reaped, or PARKED */
};

struct process_end {
    struct platform_exit exit;
    enum process_kill killed;
    bool blames_input; /* the target was running, or had been */
    bool known;        /* KILL_HANG: a known one, before its time */
    bool asked;        /* it had been asked to leave */
    bool tear_down;    /* and failed in the target's tear-down */
    bool leaks;        /* and ended in its last look for leaks */
    enum process_state state;
    uint64_t resident;       /* bytes, when last measured */
    struct last_words words; /* checked copies */
    struct engine_place engine;
};

/* Makes room for the handles of so many slots, as far as the system lets us. */
void process_make_room(unsigned slots);

/* Makes the region and output of slot `number`, for inputs of up to input_max
 * packed bytes. */
int process_init(struct process *p, unsigned number, size_t input_max,
                 struct thresh_err *err);

/* Whether process_start() may be called: it is DOWN, or PARKED and not about
 * to end. */
bool process_can_start(const struct process *p);

/* Starts a process (state DOWN) and sends HELLO, or asks a parked one for its
 * next child. `shared` is the memory all workers read. */
int process_start(struct process *p, const struct options *opt,
                  const struct platform_shared *shared, uint64_t arg_limit,
                  struct thresh_err *err);

/* Whether a request may be sent: it is idle, and not about to end. */
bool process_is_ready(const struct process *p);

/* Sends a request to a ready process. kind and its fields are the caller's,
 * the rest is filled in here. A process that can't be written to is dying:
 * that shows as EVENT_ENDED. */
void process_ask(struct process *p, struct request *request);

/* Puts an input into the region, for REQUEST_INPUT. */
void process_put_input(struct process *p, const uint8_t *packed, size_t size);

/* Looks for something new: to be called when its pipe is ready, a child may have
 * ended, or the process is due. At most one event at a time. A process that
 * lies is killed here. */
enum process_event process_poll(struct process *p, struct reply *reply,
                                struct process_end *end);

/* Whether it may have something to tell that neither its pipe nor its end will
 * announce (once more). */
bool process_is_due(const struct process *p);

/* Executions made for the current or last request, as the region says, never
 * more than were allowed. */
uint64_t process_execs(const struct process *p);

/* Copies the running (or last) input out of the region. Returns its packed
 * size, 0 if what is there is not an input of this signature. packed must have
 * layout.input_max bytes. */
size_t process_take_input(const struct process *p, const struct signature *sig,
                          uint8_t *packed);

/* How that input was made. False: it is an entry as it is, or what the process
 * says cannot be, with so many entries and tokens. */
bool process_take_origin(const struct process *p, uint32_t entries,
                         uint32_t tokens, struct find_origin *origin);

/* Copies the outbox to out, which must have layout.outbox_size bytes; *size
 * tells how many there are. False: the worker lies about it. Makes sense after
 * a reply and after an end. */
bool process_take_outbox(const struct process *p, uint8_t *out, size_t *size);

/* Copies the places of checksums out of the region, made safe to use; returns
 * how many. Makes sense after a reply to a batch. */
uint32_t process_take_checksums(const struct process *p,
                                struct engine_place out[REGION_CHECKSUMS]);

/* Copies the last words and the engine's place out of the region, made safe to
 * use. */
void process_take_words(const struct process *p, struct last_words *words,
                        struct engine_place *engine);

/* Whether the running execution has made no progress for limit_us. */
bool process_hangs(struct process *p, uint64_t now_us, uint64_t limit_us);

/* Whether the running execution is slow: it has stood still for half of that
 * time, and used the processor for the other half, or for as long as it was
 * allowed to. The processor's time is not taken from it by a loaded machine. */
bool process_spins(struct process *p, uint64_t now_us, uint64_t slow_us);

/* Asks where the running execution is, which goes on; whether it has told, in
 * its last words; and what is made of it: it is killed as a known hang, or goes
 * on and may use twice as much. */
void process_peek(struct process *p);
bool process_has_told(const struct process *p);
void process_end_known(struct process *p);
void process_let_go_on(struct process *p);

/* What is to be done with a process that hangs, whenever it is seen to: it is
 * asked for its stack first, which ends it, and killed if it does not answer. */
void process_end_hang(struct process *p, uint64_t now_us);

/* Likewise one that has too much memory: target code is asked for a profile of
 * its heap first, which stops it growing. To be called until it has ended. */
void process_end_memory(struct process *p, uint64_t now_us);

/* Whether it leaves and looks for leaks before, which may take its time. */
bool process_looks_last(const struct process *p);

/* Whether target code runs in it, as far as it says. */
bool process_in_target(const struct process *p);

/* Whether its executions matter each by itself: those of a batch that is no
 * replay, and an input that was given. */
bool process_runs_inputs(const struct process *p);

/* Nobody looked after it for so long: that time is not held against it. */
void process_excuse(struct process *p, uint64_t us);

/* Measures its memory: p->resident. Output beyond all measure is dropped. */
void process_measure(struct process *p);

void process_kill(struct process *p, enum process_kill why);

/* Asks the process to leave when it has answered: closes the request pipe. */
void process_leave(struct process *p, uint64_t now_us);

/* Makes way for a fresh one: a ready process leaves, of a nursery only its
 * child. The end is told as after process_leave(). */
void process_renew(struct process *p, uint64_t now_us);

/* Kills what is left and frees everything. No-op on a zeroed struct, and
 * twice. */
void process_release(struct process *p);

#endif
