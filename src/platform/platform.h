/* SPDX-License-Identifier: MIT
 *
 * Everything an operating system does for the host side (coordinator, driver,
 * tool): processes, pipes, waiting, shared memory, files, time, interrupts.
 * posix*.c and windows*.c stand behind it; nothing outside src/platform/
 * includes a system header such as <unistd.h> or <windows.h>. EINTR, short
 * reads and short writes are handled here and nowhere else. The part that
 * runs inside a target is guest.h.
 *
 * Threads: none; all functions are for one thread. Every descriptor opened
 * here is close-on-exec; a child gets exactly what its spec lists.
 */
#ifndef THRESH_PLATFORM_PLATFORM_H
#define THRESH_PLATFORM_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* A file descriptor, or a HANDLE on Windows. */
typedef intptr_t platform_handle;
#define PLATFORM_NO_HANDLE ((platform_handle)-1)

/* To be called first of all in main: makes argv UTF-8, as all text here is,
 * and the standard streams and the process's end what they are on POSIX, where
 * it does nothing. What it allocates lives as long as the process. */
void platform_arguments(int *argc, char ***argv);

/* Closes a handle and sets it to PLATFORM_NO_HANDLE; no-op on that value. */
void platform_close(platform_handle *handle);

/* ---- time ---- */

/* Microseconds of a monotonic clock. */
uint64_t platform_now_us(void);
/* Seconds since 1970, of the clock that people set. */
uint64_t platform_utc_seconds(void);
/* Sleeps; for tests and for back-off only, never in the event loop. */
void platform_sleep_us(uint64_t us);

/* ---- pipes ---- */

/* A pipe from a child; both ends close-on-exec, the read end, which is this
 * process's own, non-blocking. */
int platform_pipe(platform_handle *read_end, platform_handle *write_end,
                  struct thresh_err *err);

/* A pipe to a child, whose read end is for guest_read() and not for the
 * functions here. */
int platform_pipe_to_child(platform_handle *read_end,
                           platform_handle *write_end, struct thresh_err *err);

/* Writes all bytes. Never raises SIGPIPE: a closed pipe is THRESH_EIO. */
int platform_write_all(platform_handle handle, const void *data, size_t size,
                       struct thresh_err *err);

/* Reads what is there. Returns the number of bytes (up to size), 0 at the end
 * of the pipe, PLATFORM_AGAIN when nothing is there yet, or THRESH_EIO. */
#define PLATFORM_AGAIN (-1000)
long platform_read_some(platform_handle handle, void *data, size_t size,
                        struct thresh_err *err);

/* ---- processes ---- */

#define PLATFORM_MAX_CHILD_HANDLES 8

struct platform_spawn {
    /* Executable, not looked up in PATH; NULL: this program itself, also if
     * its file has been replaced meanwhile. */
    const char *path;
    const char *const *argv; /* NULL-terminated */
    /* "NAME=value" strings, NULL-terminated: replace or add to this process's
     * environment in a private copy. "NAME" without '=' removes NAME. */
    const char *const *env;
    /* Handles the child inherits besides the three standard ones. On POSIX
     * they become descriptors 3, 4, ... in this order; on Windows they keep
     * their values. Whatever else is open in this process is not inherited. */
    platform_handle handles[PLATFORM_MAX_CHILD_HANDLES];
    size_t nhandles;
    /* Receives standard output and standard error; PLATFORM_NO_HANDLE: they
     * are inherited. Standard input is always empty when output is given. */
    platform_handle output;
    bool own_stdout; /* standard output is inherited all the same */
    /* An own process group (job), killed with the process, which also ends
     * when this process ends, however it ends; no core files or dialog boxes,
     * no console on Windows; no address randomisation where the system allows
     * to turn it off (on Windows it does not). */
    bool guarded;
};

enum platform_exit_kind {
    PLATFORM_RUNNING,   /* not ended yet */
    PLATFORM_EXITED,    /* code = exit code */
    PLATFORM_SIGNALLED, /* code = signal number; on Windows the status of an
                         * exception or of platform_kill */
};

struct platform_exit {
    enum platform_exit_kind kind;
    int code;
};

struct platform_process {
    intptr_t id;         /* pid or process handle; 0: none */
    platform_handle job; /* Windows: the job object */
    intptr_t wait;       /* Windows: what notices its end */
    bool guarded;
    struct platform_exit exit; /* its own, while its group still ends */
};

/* Starts a process. A program that can't be executed is an error here, not a
 * child that exits at once. */
int platform_spawn(const struct platform_spawn *spec,
                   struct platform_process *process, struct thresh_err *err);

/* Whether the process has ended, and how. Once it says so, the process is
 * reaped, what was left of a guarded one's group is killed and reaped (as far
 * as the system hands orphans to this process, see platform_watch), and id is
 * 0, with which it counts as running and everything else is a no-op. Never
 * blocks. */
struct platform_exit platform_poll_exit(struct platform_process *process);

/* What an exit really was if the process has not said that it leaves
 * (guest_note_leaving): on Windows a kill, else what it seems. */
struct platform_exit platform_unannounced_exit(struct platform_exit exit);

/* Kills the process, with its group or job when guarded. It must still be
 * polled to be reaped. No-op on an ended one that has not been polled. */
void platform_kill(struct platform_process *process);

/* Asks a guarded process, and all of its group, to record where it is
 * (guest_catch_asks), which it may not do. To be followed by platform_kill:
 * what has no handler for the question dies of it. */
void platform_ask_stack(const struct platform_process *process);

/* Asks the process itself, or the child of it that does its work, where it is,
 * if it has said that it answers; it goes on. */
void platform_peek_stack(const struct platform_process *process);

/* Kills what is left of the group of a guarded process that has ended and has
 * not been polled (polling does the same). */
void platform_kill_group(const struct platform_process *process);

/* Resident memory in bytes of a process, or of a child it forked that has more;
 * 0 if unknown. */
uint64_t platform_resident_bytes(const struct platform_process *process);

/* Processor time that a process and its living children have used, in
 * microseconds; 0 if unknown. */
uint64_t platform_cpu_us(const struct platform_process *process);

/* Writes the setting "THRESH_WORKER=..." that tells a child, for its env, that
 * its first handles are those of enum guest_handle (guest.h), in that order.
 * THRESH_EUSAGE if there are fewer, THRESH_ELIMIT if out is too small. */
int platform_worker_variable(char *out, size_t size,
                             const struct platform_spawn *spec);

/* Gives up a killed process that does not end; what platform_poll_exit would
 * have said had it ended. */
struct platform_exit platform_abandon(struct platform_process *process);

/* Makes room for so many open handles, as far as the system lets us. Children
 * get the limit they would have had. */
void platform_want_handles(size_t n);

/* Process number for messages; 0 once reaped. */
long platform_process_number(const struct platform_process *process);

/* ---- waiting ---- */

/* Waits until one of the read ends has data or has ended, a child has ended,
 * an interrupt has come, or now >= deadline_us (UINT64_MAX: no deadline). Sets
 * ready[i] for each pipe; PLATFORM_NO_HANDLE entries are skipped and never
 * ready. Returns whether a child may have ended since the last wait. Spurious
 * returns are allowed, of the function and of this. */
bool platform_wait(const platform_handle *pipes, bool *ready, size_t n,
                   uint64_t deadline_us);

/* Starts catching SIGINT, SIGTERM and SIGHUP (^C, close; on Windows what closes
 * does not wait for more than some seconds) and noticing ended
 * children; to be called once before the first wait. Where the system can do
 * that, orphans of processes started here become children of this process,
 * which the waits reap, so that none of them is left behind, not even dead. */
int platform_watch(struct thresh_err *err);

/* Takes SIGUSR1, and SIGUSR2, for interrupts too; where there are none it does
 * nothing. */
int platform_watch_requests(bool usr1, bool usr2, struct thresh_err *err);

enum platform_interrupt {
    PLATFORM_NO_INTERRUPT,
    PLATFORM_INTERRUPT, /* SIGINT, ^C */
    PLATFORM_TERMINATE, /* SIGTERM, SIGHUP, closing */
    PLATFORM_REQUEST,   /* SIGUSR1, SIGUSR2; see platform_watch_requests() */
};
/* Number of interrupts so far, and the kind of the last one. */
unsigned platform_interrupts(enum platform_interrupt *last);

/* ---- shared memory ---- */

struct platform_shared {
    uint8_t *base;
    size_t size;
    platform_handle handle;      /* lets a child map it read-write;
                                  * PLATFORM_NO_HANDLE if nobody may */
    platform_handle read_handle; /* lets a child map it read-only, and no
                                  * more; PLATFORM_NO_HANDLE unless asked */
    platform_handle file;        /* Windows: where it lies, if in a file */
};

/* Makes anonymous shared memory of `size` bytes, zeroed, mapped read-write
 * here. Pages cost nothing until they are touched. With read_only_for_others,
 * no later mapping or write by anybody else can change it. Leaves nothing
 * behind when all processes end, however they end. */
int platform_shared_new(struct platform_shared *shared, const char *name,
                        size_t size, bool read_only_for_others,
                        struct thresh_err *err);
/* Unmaps and closes; no-op on a zeroed struct, and twice. */
void platform_shared_free(struct platform_shared *shared);

/* ---- a child's output ---- */

/* An anonymous file that takes a child's output without ever blocking it.
 * Appends. */
int platform_output_new(platform_handle *handle, struct thresh_err *err);
/* Bytes in it now. */
uint64_t platform_output_size(platform_handle handle);
/* Reads the last bytes, at most size, with line ends as C has them; returns how
 * many. */
size_t platform_output_tail(platform_handle handle, void *data, size_t size);
/* Empties it. */
void platform_output_clear(platform_handle handle);

/* ---- files ---- */

/* Reads a whole regular file into fresh memory (free() it), at most max_bytes
 * (more is THRESH_ELIMIT). *data is never NULL on success. */
int platform_read_file(const char *path, size_t max_bytes, uint8_t **data,
                       size_t *size, struct thresh_err *err);

/* Writes DIR/NAME whole or not at all: a reader never sees a part, and a kill
 * at any moment leaves either nothing or the whole file, and no other file
 * (O_TMPFILE and link where the system has them; else a temporary whose name
 * starts with ".thresh-tmp-", moved in place). Replaces an existing file,
 * which needs such a name for a moment, and leaves an equal one alone. Makes
 * DIR, with its parents, if missing. */
int platform_write_file(const char *dir, const char *name, const void *data,
                        size_t size, struct thresh_err *err);

/* Appends to a file, which is made if missing; in one piece, unless the disk is
 * full, so that a reader that comes between two calls sees whole ones. */
int platform_append_file(const char *path, const void *data, size_t size,
                         struct thresh_err *err);

/* A directory of files, whole or not at all: made in DIR under a name that
 * starts with ".thresh-tmp-" (its path is written to out), filled by the caller,
 * then given its own path, where it takes the place of another one. Removing
 * takes the regular files in it along; a missing one is fine. */
int platform_temporary_dir(const char *dir, char *out, size_t size,
                           struct thresh_err *err);
int platform_replace_dir(const char *temporary, const char *path,
                         struct thresh_err *err);
void platform_remove_dir(const char *path);

/* Removes left-over ".thresh-tmp-" files and directories of writers that no
 * longer live. */
void platform_sweep_temporaries(const char *dir);

/* Makes a directory and its parents; an existing one is fine. */
int platform_make_dirs(const char *path, struct thresh_err *err);

/* Removes a file; a missing one is fine. */
int platform_remove_file(const char *path, struct thresh_err *err);

/* Whether a directory, a regular file exists at path. */
bool platform_is_dir(const char *path);
bool platform_is_file(const char *path);

/* Calls visit for the name of each regular file in dir, in byte order of the
 * names, until it returns non-zero, which is then returned. Names starting
 * with ".thresh-tmp-" are left out. A missing directory has no files. */
int platform_list_dir(const char *dir,
                      int (*visit)(void *ctx, const char *name), void *ctx,
                      struct thresh_err *err);

/* The same for the directories in dir that are not hidden; not for links to
 * some. */
int platform_list_folders(const char *dir,
                          int (*visit)(void *ctx, const char *name), void *ctx,
                          struct thresh_err *err);

/* Calls visit for each file of a directory, and of those in it that are listed
 * so, in a fixed order. Names are paths from dir on. */
int platform_list_tree(const char *dir,
                       int (*visit)(void *ctx, const char *name), void *ctx,
                       struct thresh_err *err);

/* ---- this system ---- */

/* The number of this process, and its resident memory in bytes (0: unknown). */
long platform_own_number(void);
uint64_t platform_own_resident(void);

/* Processors this process may use, at least 1. */
unsigned platform_cpu_count(void);

/* Absolute path of this program, in a static buffer; NULL if unknown. All paths
 * given here have '/', on Windows too. */
const char *platform_self_path(void);

/* Directory for caches (XDG_CACHE_HOME, else ~/.cache, else a directory under
 * the temporary one; %LOCALAPPDATA%): written to out. */
int platform_cache_home(char *out, size_t size, struct thresh_err *err);

/* Absolute current directory, written to out. */
int platform_current_dir(char *out, size_t size, struct thresh_err *err);

/* A number that differs between runs (clock, process, system randomness). */
uint64_t platform_entropy(void);

/* Whether a standard stream (1, 2) is a terminal. */
bool platform_is_terminal(int stream);

/* The columns and rows that a terminal on a standard stream has now. False if
 * it is none, or tells no size, or (as Windows' consoles, until asked) does not
 * know escape sequences. */
bool platform_terminal_size(int stream, unsigned *columns, unsigned *rows);

/* Text of a signal as a user knows it: "SIGSEGV", on Windows of the code of
 * PLATFORM_SIGNALLED: "EXCEPTION_ACCESS_VIOLATION". Never NULL. */
const char *platform_signal_name(int signal);
/* Long text as in Go: "killed", "terminated". Never NULL. */
const char *platform_signal_text(int signal);
/* Whether a program brings this signal upon itself (SIGSEGV, SIGABRT, ...);
 * false for SIGKILL, SIGTERM and others that come from outside. */
bool platform_signal_is_crash(int signal);
/* Whether it is the one that abort() raises. */
bool platform_signal_is_abort(int signal);
/* Whether it always means a stack that grew too far; where none does, the
 * fault's address tells. */
bool platform_signal_is_overflow(int signal);

#endif
