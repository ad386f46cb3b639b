/* SPDX-License-Identifier: MIT
 *
 * fork and every function of the exec family, which gcc -fprofile-arcs
 * replaces. Prints a line for each program that was started as asked.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void start(int how)
{
    static char *argv[] = {"echo", "v", "b", NULL};
    static char *show[] = {"sh", "-c", "echo $WORD", NULL};
    static char *envp[] = {"WORD=ve", NULL};
    switch (how) {
    case 0:
        execl("/bin/echo", "echo", "l", "b", (char *)NULL);
        break;
    case 1:
        execlp("echo", "echo", "lp", "b", (char *)NULL);
        break;
    case 2:
        envp[0] = "WORD=le";
        execle("/bin/sh", "sh", "-c", "echo $WORD b", (char *)NULL, envp);
        break;
    case 3:
        execv("/bin/echo", argv);
        break;
    case 4:
        argv[1] = "vp";
        execvp("echo", argv);
        break;
    default:
        execve("/bin/sh", show, envp);
        break;
    }
    _exit(127);
}

int main(void)
{
    for (int how = 0; how < 6; how++) {
        int status;
        pid_t child = fork();
        if (child == 0)
            start(how);
        if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
            return 1;
    }
    if (execl("/nonexistent", "x", (char *)NULL) != -1 || errno != ENOENT)
        return 2;
    puts("end");
    return 0;
}
