/* SPDX-License-Identifier: MIT
 *
 * Forks that carry on in a guest's place; see guest.h. Apart from
 * posix_guest.c because these few calls decide together whether a forked child
 * is as good as a process started anew.
 *
 * Only on Linux, where a process can ask to inherit the orphans among its
 * descendants and so tells whether a child left any.
 */
#include "platform/posix.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/abi.h"
#include "platform/guest.h"
#include "platform/posix_raw.h"

#if defined(__linux__)
#include <sys/prctl.h>

/* The mask that children get back. In the parent everything is blocked, so
 * that no handler of the target's runs in it. */
static sigset_t mask_of_children;

/* The kernel's own count: C libraries know nothing of threads that a runtime
 * starts behind their backs. A directory has two links of its own; this one
 * has another for each thread. */
static bool has_one_thread(void)
{
    struct stat st;
    if (stat("/proc/self/task", &st) == 0 && st.st_nlink >= 3)
        return st.st_nlink == 3;
    return guest_single_threaded();
}

static bool has_children(void)
{
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0 ||
           errno != ECHILD;
}

static bool is_told_of_ends(void)
{
    struct sigaction action;
    return sigaction(SIGCHLD, NULL, &action) == 0 &&
           action.sa_handler != SIG_IGN && !(action.sa_flags & SA_NOCLDWAIT);
}

bool guest_nursery(void)
{
    int saved = errno;
    bool able = has_one_thread() && !has_children() && is_told_of_ends() &&
                prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
    if (able) {
        sigset_t all;
        sigfillset(&all);
        (void)sigprocmask(SIG_SETMASK, &all, &mask_of_children);
    }
    errno = saved;
    return able;
}

/* Waits for the child and reaps what else ends meanwhile: orphans of the
 * target's, which would pile up. */
static void await(pid_t child, struct guest_end *end)
{
    int status = 0;
    pid_t pid;
    do {
        pid = waitpid(-1, &status, __WALL);
    } while ((pid != child && pid > 0) || (pid < 0 && errno == EINTR) ||
             (pid == child && !WIFEXITED(status) && !WIFSIGNALED(status)));
    /* Reaped by a stranger it counts as killed by one. */
    *end = (struct guest_end){.signalled = true, .code = SIGKILL};
    if (pid < 0)
        return;
    end->signalled = WIFSIGNALED(status);
    end->code = end->signalled ? WTERMSIG(status) : WEXITSTATUS(status);
    do {
        pid = waitpid(-1, NULL, WNOHANG | __WALL);
    } while (pid > 0 || (pid < 0 && errno == EINTR));
    end->alone = pid < 0;
}

enum guest_side guest_fork(struct guest_end *end)
{
    int saved = errno;
    pid_t child = fork();
    enum guest_side side = GUEST_CHILD_ENDED;
    if (child > 0) {
        await(child, end);
    } else {
        side = child == 0 ? GUEST_CHILD : GUEST_NO_CHILD;
        guest_follow_parent();
        (void)sigprocmask(SIG_SETMASK, &mask_of_children, NULL);
    }
    errno = saved;
    return side;
}

#else

bool guest_nursery(void)
{
    return false;
}

enum guest_side guest_fork(struct guest_end *end)
{
    (void)end;
    return GUEST_NO_CHILD;
}

#endif

_Noreturn void guest_end_likewise(const struct guest_end *end)
{
    if (end->signalled) {
        sigset_t others;
        (void)signal(end->code, SIG_DFL);
        sigfillset(&others);
        sigdelset(&others, end->code);
        (void)raw_raise(end->code);
        (void)sigprocmask(SIG_SETMASK, &others, NULL);
    }
    guest_exit(end->signalled ? 128 + end->code : end->code);
}

// NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl*): gcc calls it
GUEST_ABI pid_t __gcov_fork(void);

/* What gcc -fprofile-arcs makes of fork; see gcov_exec.c. */
pid_t __gcov_fork(void)
{
    return fork();
}
