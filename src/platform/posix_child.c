/* SPDX-License-Identifier: MIT
 *
 * See posix_child.h.
 */
#include "platform/posix_child.h"
#include "platform/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#if !defined(NSIG)
#define NSIG 65
#endif

/* Descriptors from here on collide with none that the child shall have. */
#define SAFE_FD (POSIX_FIRST_CHILD_FD + PLATFORM_MAX_CHILD_HANDLES)

const char *posix_child_step_text(enum posix_child_step step)
{
    return step == POSIX_CHILD_DESCRIPTORS ? "hand over descriptors"
                                           : "execute it";
}

static _Noreturn void give_up(int failure_fd, enum posix_child_step step)
{
    struct posix_child_failure failure = {.os = errno, .step = step};
    ssize_t n;
    do {
        n = write(failure_fd, &failure, sizeof failure);
    } while (n < 0 && errno == EINTR);
    _exit(127);
}

/* Handlers vanish with exec, but until then they would run in here once the
 * mask is opened. What a parent ignores would stay ignored: right for a helper
 * under nohup, wrong for a target whose death must be its own. */
static void reset_signals(bool also_ignored)
{
    for (int s = 1; s < NSIG; s++) {
        struct sigaction action;
        if (sigaction(s, NULL, &action) != 0)
            continue;
        if (action.sa_handler == SIG_DFL ||
            (action.sa_handler == SIG_IGN && !also_ignored))
            continue;
        action.sa_handler = SIG_DFL;
        action.sa_flags = 0;
        (void)sigaction(s, &action, NULL);
    }
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* On Linux a limit of one byte: nothing is written to a file either, and it is
 * the one value at which a core_pattern that names a program is not run, which
 * would delay the notice of each crash. */
static void forbid_core_files(void)
{
#if defined(__linux__)
    const rlim_t small = 1;
#else
    const rlim_t small = 0;
#endif
    struct rlimit limit;
    if (getrlimit(RLIMIT_CORE, &limit) != 0)
        return;
    limit.rlim_cur = small < limit.rlim_max ? small : limit.rlim_max;
    (void)setrlimit(RLIMIT_CORE, &limit);
}

/* Leaves the parent's group. What was sent to that before is not meant for us:
 * ignoring a signal forgets that it is pending. */
static void leave_group(void)
{
    sigset_t pending;
    (void)setpgid(0, 0);
    if (sigpending(&pending) != 0)
        return;
    for (int s = 1; s < NSIG; s++) {
        if (sigismember(&pending, s) == 1)
            (void)signal(s, SIG_IGN);
    }
}

static void guard(pid_t parent)
{
    leave_group();
    forbid_core_files();
#if defined(__linux__)
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* It may have died before the line above. */
    if (getppid() != parent)
        _exit(127);
    int now = personality(0xffffffff);
    if (now >= 0)
        (void)personality((unsigned long)now | ADDR_NO_RANDOMIZE);
#else
    (void)parent;
#endif
}

/* Marks everything from first on close-on-exec, also what somebody else opened
 * in this process or it inherited. */
static void close_from(int first)
{
#if defined(SYS_close_range)
    const unsigned mark = 1U << 2; /* CLOSE_RANGE_CLOEXEC */
    if (syscall(SYS_close_range, (unsigned)first, ~0U, mark) == 0)
        return;
#endif
    /* Some containers have a limit of a thousand million, used by nobody. */
    long last = sysconf(_SC_OPEN_MAX);
    if (last < 0 || last > 65536)
        last = 65536;
    for (int fd = first; fd < last; fd++)
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* Copies fd to a place where no later dup2 lands on it. */
static int lift(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, SAFE_FD);
}

static bool place_output(int output, bool own_stdout)
{
    int null = open("/dev/null", O_RDWR);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0)
        return false;
    if (null > STDERR_FILENO)
        close(null);
    return (own_stdout || dup2(output, STDOUT_FILENO) >= 0) &&
           dup2(output, STDERR_FILENO) >= 0;
}

static bool place_descriptors(const struct posix_child *child)
{
    int lifted[PLATFORM_MAX_CHILD_HANDLES];
    int output = child->output < 0 ? -1 : lift(child->output);
    if (child->output >= 0 && output < 0)
        return false;
    for (int i = 0; i < child->nfds; i++) {
        lifted[i] = lift(child->fds[i]);
        if (lifted[i] < 0)
            return false;
    }
    if (output >= 0 && !place_output(output, child->own_stdout))
        return false;
    for (int i = 0; i < child->nfds; i++) {
        if (dup2(lifted[i], POSIX_FIRST_CHILD_FD + i) < 0)
            return false;
    }
    close_from(POSIX_FIRST_CHILD_FD + child->nfds);
    return true;
}

_Noreturn void posix_child_run(const struct posix_child *child)
{
    int failure_fd = lift(child->failure_fd);
    if (failure_fd < 0)
        give_up(child->failure_fd, POSIX_CHILD_DESCRIPTORS);
    if (child->guarded)
        guard(child->parent);
    reset_signals(child->guarded);
    if (!place_descriptors(child))
        give_up(failure_fd, POSIX_CHILD_DESCRIPTORS);
    posix_give_back_handles();
    execve(child->path, child->argv, child->environment);
    give_up(failure_fd, POSIX_CHILD_EXEC);
}
