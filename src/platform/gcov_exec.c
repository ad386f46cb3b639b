/* SPDX-License-Identifier: MIT
 *
 * gcc -fprofile-arcs renames the exec family, so that libgcov can save its
 * counters first. We have nothing to save: these behave exactly like the
 * functions they stand for, which Windows has too. Apart from worker/gcov.c
 * because processes are the system's; called by the target, in any thread, also
 * after vfork.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include "platform/abi.h"
#include "platform/guest.h"

// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): compilers call these
GUEST_ABI int __gcov_execl(const char *path, char *arg, ...);
GUEST_ABI int __gcov_execlp(const char *path, char *arg, ...);
GUEST_ABI int __gcov_execle(const char *path, char *arg, ...);
GUEST_ABI int __gcov_execv(const char *path, char *const argv[]);
GUEST_ABI int __gcov_execvp(const char *path, char *const argv[]);
GUEST_ABI int __gcov_execve(const char *path, char *const argv[],
                            char *const envp[]);
// NOLINTEND(bugprone-reserved-identifier,cert-dcl*)

/* Arguments that fit on the stack; lists beyond it get pages. */
#define FEW 512

struct arguments {
    size_t n;
    char **argv;
    char *few[FEW];
};

/* Gathers arg and what follows it in ap up to the NULL, behind which ap stands
 * afterwards. */
static bool collect(struct arguments *a, char *arg, va_list *ap)
{
    va_list counting;
    va_copy(counting, *ap);
    a->n = 0;
    for (const char *s = arg; s; s = va_arg(counting, const char *))
        a->n++;
    va_end(counting);
    a->argv = a->few;
    if (a->n >= FEW)
        a->argv = guest_pages((a->n + 1) * sizeof *a->argv, false, NULL);
    if (!a->argv) {
        errno = ENOMEM;
        return false;
    }
    for (size_t i = 0; i < a->n; i++) {
        a->argv[i] = arg;
        arg = va_arg(*ap, char *);
    }
    a->argv[a->n] = NULL;
    return true;
}

int __gcov_execl(const char *path, char *arg, ...)
{
    struct arguments a;
    va_list ap;
    va_start(ap, arg);
    bool ok = collect(&a, arg, &ap);
    va_end(ap);
    return ok ? execv(path, a.argv) : -1;
}

int __gcov_execlp(const char *path, char *arg, ...)
{
    struct arguments a;
    va_list ap;
    va_start(ap, arg);
    bool ok = collect(&a, arg, &ap);
    va_end(ap);
    return ok ? execvp(path, a.argv) : -1;
}

int __gcov_execle(const char *path, char *arg, ...)
{
    struct arguments a;
    va_list ap;
    va_start(ap, arg);
    bool ok = collect(&a, arg, &ap);
    char *const *envp = ok ? va_arg(ap, char *const *) : NULL;
    va_end(ap);
    return ok ? execve(path, a.argv, envp) : -1;
}

int __gcov_execv(const char *path, char *const argv[])
{
    return execv(path, argv);
}

int __gcov_execvp(const char *path, char *const argv[])
{
    return execvp(path, argv);
}

int __gcov_execve(const char *path, char *const argv[], char *const envp[])
{
    return execve(path, argv, envp);
}
