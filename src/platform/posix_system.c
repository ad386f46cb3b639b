/* SPDX-License-Identifier: MIT
 *
 * Facts about this system and this process. Best effort: the processors are
 * those of the affinity mask (a container's quota of time is not seen); the
 * path of this program is known on systems with a /proc like Linux's or
 * FreeBSD's, and on macOS.
 */
#include "platform/posix.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/auxv.h>
#elif defined(__APPLE__)
#include <mach-o/dyld.h>
#include <sys/random.h>
#endif

void platform_arguments(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
}

long platform_own_number(void)
{
    return (long)getpid();
}

unsigned platform_cpu_count(void)
{
#if defined(CPU_ALLOC)
    /* The kernel refuses a set smaller than its own. */
    for (size_t cpus = CPU_SETSIZE; cpus <= CPU_SETSIZE * 64; cpus *= 2) {
        cpu_set_t *set = CPU_ALLOC(cpus);
        if (!set)
            break;
        size_t bytes = CPU_ALLOC_SIZE(cpus);
        int r = sched_getaffinity(0, bytes, set);
        int n = r == 0 ? CPU_COUNT_S(bytes, set) : 0;
        CPU_FREE(set);
        if (n > 0)
            return (unsigned)n;
    }
#endif
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (unsigned)n : 1;
}

/* The limit of open files as we were given it; as long as it is raised. */
static struct rlimit given_files;
static bool files_raised;

void platform_want_handles(size_t n)
{
    struct rlimit now;
    if (getrlimit(RLIMIT_NOFILE, &now) != 0 || now.rlim_cur >= n)
        return;
    struct rlimit raised = now;
    raised.rlim_cur = now.rlim_max < n ? now.rlim_max : (rlim_t)n;
    if (setrlimit(RLIMIT_NOFILE, &raised) != 0 || files_raised)
        return;
    given_files = now;
    files_raised = true;
}

void posix_give_back_handles(void)
{
    struct rlimit now;
    if (!files_raised || getrlimit(RLIMIT_NOFILE, &now) != 0)
        return;
    now.rlim_cur = given_files.rlim_cur;
    (void)setrlimit(RLIMIT_NOFILE, &now);
}

const char *platform_self_path(void)
{
    static char path[POSIX_MAX_PATH];
#if defined(__APPLE__)
    uint32_t size = sizeof path;
    return _NSGetExecutablePath(path, &size) == 0 ? path : NULL;
#else
    static const char *const links[] = {"/proc/self/exe", "/proc/curproc/exe",
                                        "/proc/curproc/file"};
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        ssize_t n = readlink(links[i], path, sizeof path - 1);
        if (n > 0 && path[0] == '/') {
            path[n] = 0;
            return path;
        }
    }
#if defined(__linux__)
    /* Without /proc: the name that was executed, good until chdir. */
    const char *name = (const char *)getauxval(AT_EXECFN); // NOLINT
    char *real = name ? realpath(name, NULL) : NULL;
    if (real) {
        int n = snprintf(path, sizeof path, "%s", real);
        free(real);
        return n > 0 && (size_t)n < sizeof path ? path : NULL;
    }
#endif
    return NULL;
#endif
}

/* A directory for caches where there is no home: below the temporary one,
 * named for the user. Anybody can make it first, so it must be ours. */
static int temporary_cache(char *out, size_t size)
{
    const char *tmp = getenv("TMPDIR");
    if (!tmp || tmp[0] != '/')
        tmp = "/tmp";
    int n = snprintf(out, size, "%s/cache-%lu", tmp, (unsigned long)geteuid());
    struct stat st;
    if (n > 0 && (size_t)n < size && lstat(out, &st) == 0 &&
        (!S_ISDIR(st.st_mode) || st.st_uid != geteuid()))
        return -1;
    return n;
}

int platform_cache_home(char *out, size_t size, struct thresh_err *err)
{
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    int n;
    /* Relative ones are to be ignored, says the XDG specification. */
    if (cache && cache[0] == '/')
        n = snprintf(out, size, "%s", cache);
    else if (home && home[0] == '/' && platform_is_dir(home))
        n = snprintf(out, size, "%s/.cache", home);
    else
        n = temporary_cache(out, size);
    if (n < 0)
        return thresh_fail(err, THRESH_EIO,
                           "find a cache directory: %s belongs to somebody "
                           "else; set HOME or XDG_CACHE_HOME",
                           out);
    if ((size_t)n >= size)
        return posix_fail(err, ENAMETOOLONG, "find a cache directory");
    return 0;
}

int platform_current_dir(char *out, size_t size, struct thresh_err *err)
{
    if (getcwd(out, size))
        return 0;
    return posix_fail(err, errno == ERANGE ? ENAMETOOLONG : errno,
                      "find the current directory");
}

uint64_t platform_entropy(void)
{
    uint64_t random = 0;
    struct timespec now = {0};
    /* Where the system has none, clock and number of the process must do. */
    if (getentropy(&random, sizeof random) != 0)
        random = 0;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    uint64_t clock = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    return random ^ clock ^ ((uint64_t)getpid() << 40);
}

bool platform_is_terminal(int stream)
{
    return isatty(stream) == 1;
}

bool platform_terminal_size(int stream, unsigned *columns, unsigned *rows)
{
    struct winsize size;
    if (ioctl(stream, TIOCGWINSZ, &size) != 0 || !size.ws_col || !size.ws_row)
        return false;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return true;
}
