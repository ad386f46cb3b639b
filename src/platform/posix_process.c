/* SPDX-License-Identifier: MIT
 *
 * A child from its start to its reaping, as the host sees it. What happens in
 * the child itself, between fork and exec, is in posix_child.c.
 *
 * Best effort: a process that leaves its group with setsid or setpgid is not
 * killed with it, only reaped; the notice that this process has died, the address
 * randomisation and resident memory are Linux's.
 */
#include "platform/posix.h"
#include "platform/posix_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/guest.h"

extern char **environ;

/* ---- whom this process has started ---- */

/* Processes of platform_spawn that have not been reaped. */
static struct {
    pid_t *pid;
    size_t n;
    size_t room;
} started;

/* Makes room for one more; false without memory. */
static bool may_start_one(void)
{
    if (started.n < started.room)
        return true;
    size_t room = started.room * 2 + 16;
    pid_t *more = realloc(started.pid, room * sizeof *more);
    if (!more)
        return false;
    started.pid = more;
    started.room = room;
    return true;
}

static size_t place_of(pid_t pid)
{
    size_t i = 0;
    while (i < started.n && started.pid[i] != pid)
        i++;
    return i;
}

static void forget(pid_t pid)
{
    size_t i = place_of(pid);
    if (i < started.n)
        started.pid[i] = started.pid[--started.n];
}

/* Reaps all of these (as waitpid takes it) that have ended. Whether some have
 * still to end. */
static bool reap_orphans(pid_t which)
{
    pid_t r;
    do {
        r = waitpid(which, NULL, WNOHANG);
    } while (r > 0 || (r < 0 && errno == EINTR));
    return r == 0;
}

bool posix_reap_strays(void)
{
    for (;;) {
        siginfo_t info = {0};
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
            info.si_pid == 0)
            return false;
        if (place_of(info.si_pid) < started.n)
            return true;
        (void)reap_orphans(info.si_pid);
    }
}

/* ---- what is prepared before fork ---- */

static size_t list_length(char *const *list)
{
    size_t n = 0;
    while (list && list[n])
        n++;
    return n;
}

/* Whether two "NAME" or "NAME=value" strings have the same name. */
static bool same_name(const char *a, const char *b)
{
    size_t n = strcspn(a, "=");
    return n == strcspn(b, "=") && memcmp(a, b, n) == 0;
}

static bool is_named(char *const *list, const char *entry)
{
    for (; list && *list; list++) {
        if (same_name(*list, entry))
            return true;
    }
    return false;
}

/* A new list (free() it) of borrowed strings: this process's environment with
 * the changes; of two changes to one name the later counts. */
static char **environment_new(char *const *changes)
{
    size_t max = list_length(environ) + list_length(changes) + 1;
    char **list = malloc(max * sizeof *list);
    if (!list)
        return NULL;
    size_t n = 0;
    for (char *const *e = environ; e && *e; e++) {
        if (!is_named(changes, *e))
            list[n++] = *e;
    }
    for (char *const *c = changes; c && *c; c++) {
        if (strchr(*c, '=') && !is_named(c + 1, *c))
            list[n++] = *c;
    }
    list[n] = NULL;
    return list;
}

/* This program: by its path, so that tools show its name; but when that names
 * another file by now (it was rebuilt while it runs), by the system's own link
 * to what is running, so that coordinator and workers stay the same program. */
static const char *find_self(void)
{
    static const char link[] = "/proc/self/exe";
    const char *self = platform_self_path();
    struct stat running, named;
    if (!self || stat(link, &running) != 0)
        return self;
    bool same = stat(self, &named) == 0 && named.st_ino == running.st_ino &&
                named.st_dev == running.st_dev;
    return same ? self : link;
}

/* An ignored SIGCHLD, which can be inherited, would have the system reap our
 * children and forget how they ended. */
static void want_exit_statuses(void)
{
    struct sigaction action;
    if (sigaction(SIGCHLD, NULL, &action) == 0 &&
        (action.sa_handler == SIG_IGN || (action.sa_flags & SA_NOCLDWAIT)))
        (void)signal(SIGCHLD, SIG_DFL);
}

/* ---- start ---- */

/* Waits for the pipe to end by exec, or to bring the reason why there was
 * none. */
static struct posix_child_failure read_failure(int fd)
{
    struct posix_child_failure failure = {0};
    ssize_t n;
    do {
        n = read(fd, &failure, sizeof failure);
    } while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof failure)
        failure = (struct posix_child_failure){0};
    return failure;
}

/* Forks with all signals blocked, so that no handler of this process runs in
 * the child. */
static pid_t fork_child(const struct posix_child *child)
{
    sigset_t all, before;
    sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    if (pid == 0)
        posix_child_run(child);
    int saved = errno;
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    errno = saved;
    return pid;
}

static int start(struct posix_child *child, struct platform_process *process,
                 struct thresh_err *err)
{
    platform_handle read_end, write_end;
    int r = platform_pipe(&read_end, &write_end, err);
    if (r)
        return r;
    (void)fcntl((int)read_end, F_SETFL, 0);
    child->failure_fd = (int)write_end;
    pid_t pid = fork_child(child);
    int os = errno;
    platform_close(&write_end);
    if (pid < 0) {
        platform_close(&read_end);
        return posix_fail(err, os, "start %s: fork", child->path);
    }
    struct posix_child_failure failure = read_failure((int)read_end);
    platform_close(&read_end);
    if (failure.os) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
        return posix_fail(err, failure.os, "start %s: %s", child->path,
                          posix_child_step_text(failure.step));
    }
    started.pid[started.n++] = pid;
    *process = (struct platform_process){
        .id = pid, .job = PLATFORM_NO_HANDLE, .guarded = child->guarded};
    return 0;
}

int platform_spawn(const struct platform_spawn *spec,
                   struct platform_process *process, struct thresh_err *err)
{
    const char *path = spec->path ? spec->path : find_self();
    *process = (struct platform_process){.job = PLATFORM_NO_HANDLE};
    if (spec->nhandles > PLATFORM_MAX_CHILD_HANDLES)
        return thresh_fail(err, THRESH_ELIMIT,
                           "start a process with %zu handles: at most %d",
                           spec->nhandles, PLATFORM_MAX_CHILD_HANDLES);
    if (!path)
        return thresh_fail(err, THRESH_EIO,
                           "start this program once more: its path is unknown; "
                           "mount /proc");
    /* exec takes non-const strings but changes none. */
    char **environment =
        may_start_one() ? environment_new((char *const *)spec->env) : NULL;
    if (!environment)
        return posix_fail(err, ENOMEM, "start %s", path);
    struct posix_child child = {.path = path,
                                .argv = (char *const *)spec->argv,
                                .environment = environment,
                                .nfds = (int)spec->nhandles,
                                .output = (int)spec->output,
                                .own_stdout = spec->own_stdout,
                                .guarded = spec->guarded,
                                .parent = getpid()};
    for (size_t i = 0; i < spec->nhandles; i++)
        child.fds[i] = (int)spec->handles[i];
    want_exit_statuses();
    int r = start(&child, process, err);
    free(environment);
    return r;
}

int platform_worker_variable(char *out, size_t size,
                             const struct platform_spawn *spec)
{
    if (spec->nhandles < GUEST_HANDLES)
        return THRESH_EUSAGE;
    int n = snprintf(out, size, "%s=%d", GUEST_VARIABLE, POSIX_WORKER_FORMAT);
    for (int i = 0; i < GUEST_HANDLES; i++) {
        if (n < 0 || (size_t)n >= size)
            return THRESH_ELIMIT;
        n += snprintf(out + n, size - (size_t)n, " %d",
                      POSIX_FIRST_CHILD_FD + i);
    }
    return (size_t)n < size ? 0 : THRESH_ELIMIT;
}

/* ---- end ---- */

void platform_kill_group(const struct platform_process *process)
{
    if (process->id > 0 && process->guarded)
        (void)kill(-(pid_t)process->id, SIGKILL);
}

/* What the system tells of an end is true. */
struct platform_exit platform_unannounced_exit(struct platform_exit exit)
{
    return exit;
}

void platform_kill(struct platform_process *process)
{
    if (process->id <= 0)
        return;
    (void)kill((pid_t)process->id, SIGKILL);
    platform_kill_group(process);
}

void platform_ask_stack(const struct platform_process *process)
{
#if defined(POSIX_ASK_SIGNAL)
    if (process->id > 0 && process->guarded)
        (void)kill(-(pid_t)process->id, POSIX_ASK_SIGNAL);
#else
    (void)process;
#endif
}

/* Whether the process has ended, leaving it unreaped. An error (somebody else
 * reaped it) counts as ended. */
static bool has_ended(pid_t pid)
{
    siginfo_t info = {0};
    int r;
    do {
        r = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT);
    } while (r < 0 && errno == EINTR);
    return r < 0 || info.si_pid == pid;
}

static struct platform_exit reap(pid_t pid)
{
    int status = 0;
    pid_t r;
    do {
        r = waitpid(pid, &status, 0);
    } while (r < 0 && errno == EINTR);
    forget(pid);
    if (r == pid && WIFEXITED(status))
        return (struct platform_exit){.kind = PLATFORM_EXITED,
                                      .code = WEXITSTATUS(status)};
    /* How it ended is unknown if somebody else reaped it: then it is taken
     * for killed from outside, which blames nothing on the program. */
    return (struct platform_exit){
        .kind = PLATFORM_SIGNALLED,
        .code = r == pid ? WTERMSIG(status) : SIGKILL,
    };
}

struct platform_exit platform_abandon(struct platform_process *process)
{
    forget((pid_t)process->id); /* reaped as a stray, should it ever end */
    process->id = 0;
    return (struct platform_exit){.kind = PLATFORM_SIGNALLED, .code = SIGKILL};
}

struct platform_exit platform_poll_exit(struct platform_process *process)
{
    const struct platform_exit running = {.kind = PLATFORM_RUNNING};
    pid_t pid = (pid_t)process->id;
    if (pid <= 0)
        return running;
    if (process->exit.kind == PLATFORM_RUNNING) {
        if (!has_ended(pid))
            return running;
        /* Until it is reaped its number, and so the group's, can't be given to
         * a stranger: the last moment to kill the rest safely. */
        platform_kill_group(process);
        process->exit = reap(pid);
    }
    /* Orphans of the group are this process's children by now. Its number
     * can't be a stranger's as long as one of them is there. */
    if (process->guarded && reap_orphans(-pid))
        return running;
    process->id = 0;
    return process->exit;
}

long platform_process_number(const struct platform_process *process)
{
    return (long)process->id;
}
