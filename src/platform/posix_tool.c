/* SPDX-License-Identifier: MIT
 *
 * See tool.h. Nothing is kept between calls.
 */
#include "platform/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_program(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
           access(path, X_OK) == 0;
}

int platform_find_program(const char *name, char *out, size_t size,
                          struct thresh_err *err)
{
    const char *path = getenv("PATH");
    if (!path)
        path = "/usr/local/bin:/usr/bin:/bin";
    if (strchr(name, '/')) {
        int n = snprintf(out, size, "%s", name);
        if (n > 0 && (size_t)n < size && is_program(out))
            return 0;
        return thresh_fail(err, THRESH_EIO, "%s is not a program", name);
    }
    while (*name) {
        size_t length = strcspn(path, ":");
        /* An empty element means the current directory. */
        int n = snprintf(out, size, "%.*s%s%s", (int)length, path,
                         length ? "/" : "./", name);
        if (n > 0 && (size_t)n < size && is_program(out))
            return 0;
        if (!path[length])
            break;
        path += length + 1;
    }
    return thresh_fail(err, THRESH_EIO, "no program %s along PATH", name);
}

struct platform_exit platform_wait_exit(struct platform_process *process)
{
    struct platform_exit end = {.kind = PLATFORM_EXITED, .code = 127};
    int status;
    pid_t pid;
    do {
        pid = waitpid((pid_t)process->id, &status, 0);
    } while (pid < 0 && errno == EINTR);
    process->id = 0;
    if (pid < 0)
        return end;
    if (WIFSIGNALED(status)) {
        end.kind = PLATFORM_SIGNALLED;
        end.code = WTERMSIG(status);
    } else {
        end.code = WEXITSTATUS(status);
    }
    return end;
}

int platform_become(const char *path, char *const *argv, struct thresh_err *err)
{
    int code;
    (void)execv(path, argv);
    int os = errno;
    code = thresh_fail(err, THRESH_EIO, "run %s: %s", path, strerror(os));
    if (err)
        err->os = os;
    return code;
}

uint64_t platform_modified_seconds(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && st.st_mtime > 0 ? (uint64_t)st.st_mtime : 0;
}
