/* SPDX-License-Identifier: MIT
 *
 * The small part of the operating system that a worker uses inside a target:
 * inherited pipes and memory, pages with guards, signals, patching code. It is
 * apart from platform.h because a guest lives by other rules: no allocation,
 * no stdio, errno preserved, callable before main and in signal handlers where
 * said.
 */
#ifndef THRESH_PLATFORM_GUEST_H
#define THRESH_PLATFORM_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The worker's inherited handles, in the order the coordinator gives them. */
enum guest_handle {
    GUEST_REQUESTS, /* pipe, read */
    GUEST_REPLIES,  /* pipe, write */
    GUEST_REGION,   /* memory, read-write */
    GUEST_SHARED,   /* memory, read-only */
    GUEST_HANDLES
};

/* Name of the environment variable that makes a process a worker. */
#define GUEST_VARIABLE "THRESH_WORKER"

/* Reads GUEST_VARIABLE, removes it, and keeps the handles for the calls below,
 * out of reach of programs that the target starts. Returns false in a process
 * that is no worker; a worker whose variable can't be read (of another
 * version) ends with a message and code 70. */
bool guest_is_worker(void);

/* Whether the constructors of a program run from its last one to its first.
 * May be called by constructors. */
bool guest_constructs_backward(void);

/* Maps a handle's whole memory; writes its size. NULL on failure. */
void *guest_map(enum guest_handle which, bool writable, size_t *size);

/* Reads or writes exactly size bytes; false at the end of the pipe or on an
 * error. Write never raises SIGPIPE. */
bool guest_read(void *data, size_t size);
bool guest_write(const void *data, size_t size);

/* Fresh zeroed pages, rounded up to the page size; NULL on failure. With
 * guard, an inaccessible page lies directly before the first and directly
 * after the last of them. *rounded may be NULL. */
void *guest_pages(size_t size, bool guard, size_t *rounded);

/* The same without guards, shared with what this process forks later. */
void *guest_shared_pages(size_t size);

size_t guest_page_size(void);

/* Ends this process at once, without exit handlers. Signal-safe. */
_Noreturn void guest_exit(int code);

/* Writes constant text to standard error. Signal-safe. */
void guest_say(const char *text);

/* Makes what the target prints to these streams vanish. Returns a descriptor (a
 * handle on Windows) for what is said on standard error all the same, -1 if that
 * is as it was. */
intptr_t guest_drop_output(bool out, bool err);

/* Whether standard error, where it is a file, has a line beginning with `word`
 * (at most 32 bytes) behind *from, which then becomes its end. */
bool guest_output_has(const char *word, uint64_t *from);

/* Reads a file's first bytes, at most size; returns how many, 0 if there is
 * none. Writes a file of exactly these bytes, over what is there; false if that
 * fails. Both signal-safe; no-ops on Windows. */
size_t guest_file_read(const char *path, void *data, size_t size);
bool guest_file_write(const char *path, const void *data, size_t size);

/* Waits until this process alone has a file, which is made, with its
 * directories, if there is none; -1 if it can't be had. And lets go of it.
 * Signal-safe; no-ops on Windows. */
int guest_file_lock(const char *path);
void guest_file_unlock(int lock);

/* What a dying process can still tell. */
struct guest_fault {
    int signal;
    int code;         /* si_code */
    uint64_t address; /* faulting address, 0 where it means nothing */
    uint64_t pc;
    uint64_t sp;
    uint64_t fp;
};

/* Runs work that may read what is not there; false if it faulted, in which case
 * it was left where it was. May be nested, and called in signal handlers; on
 * one thread at a time. */
bool guest_try(void (*work)(void *ctx), void *ctx);

/* Calls on_fault, on a stack of its own, before the process dies of a signal
 * that means a crash; then the signal takes its default course, so that the
 * exit status still tells it. A fault in on_fault itself ends it early and
 * changes nothing else. Signals that already have a handler (a sanitizer's or
 * the target's) are left alone. */
void guest_catch_faults(void (*on_fault)(const struct guest_fault *fault));

/* Calls on_ask when the coordinator asks where this process is
 * (platform_ask_stack), in the same way; if it returns, what was interrupted
 * goes on. */
void guest_catch_asks(void (*on_ask)(const struct guest_fault *place));

/* Whether this process is the worker itself, and not one that the target
 * forked: only the worker speaks for it. Signal-safe. */
bool guest_is_itself(void);

/* Where an exit cannot be told from a kill by its status, *flag becomes 1 in
 * whatever way this process leaves by itself. See platform_unannounced_exit.
 */
void guest_note_leaving(_Atomic uint32_t *flag);

/* Leaves when the coordinator has gone (checked by the system where it can);
 * in a fork of a worker, when that has gone. To be called first thing in a
 * fork, and elsewhere as often as the loop has nothing better to do. */
void guest_follow_parent(void);

/* Microseconds of a clock that only goes forward. No system call. */
uint64_t guest_clock_us(void);

/* The most memory this process ever had resident at one moment, in bytes; 0
 * where the system does not tell. Not for every execution. */
uint64_t guest_peak_bytes(void);

/* How large this process's stack may become, in bytes: all of it may be written
 * at any time. 0 where that is not so, or unknown. */
size_t guest_stack_room(void);

/* ---- forks that carry on ---- */

/* How a forked child ended. */
struct guest_end {
    bool signalled; /* else it has left by itself */
    bool alone;     /* none of its descendants is left */
    int code;       /* signal or exit code */
};

/* Makes this process one that forks children which carry on in its place, one
 * after the other, while it only waits. From now on all signals are blocked
 * here, though not in the children, and what they leave behind becomes a child
 * of this process. False, with nothing changed, where children would not be
 * what this process is or their ends could not be told: it has several
 * threads, or children already, or nobody is told how children end. */
bool guest_nursery(void);

enum guest_side {
    GUEST_CHILD,       /* this is the child */
    GUEST_CHILD_ENDED, /* this is the parent; its child has come and gone */
    GUEST_NO_CHILD,    /* refused; signals are as before guest_nursery() */
};

/* Forks such a child and, in the parent, waits for its end. */
enum guest_side guest_fork(struct guest_end *end);

/* Ends this process in the same way. */
_Noreturn void guest_end_likewise(const struct guest_end *end);

/* ---- threads and code ---- */

/* The calling thread; differs between threads that live at the same time. */
uintptr_t guest_thread(void);

/* Whether this process has only ever had one thread, as far as is known
 * without cost; false when unknown. */
bool guest_single_threaded(void);

/* Makes size bytes of code at address writable or executable again; false if
 * the system refuses. Preserves errno. Not intercepted by sanitizers. */
bool guest_code_writable(void *address, size_t size, bool writable);

/* The function of this name that the program would have found without ours:
 * its libraries' own, or a sanitizer's. NULL where there is none to be found,
 * as in static links. */
void (*guest_next_function(const char *name))(void);

#endif
