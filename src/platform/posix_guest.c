/* SPDX-License-Identifier: MIT
 *
 * What a worker uses inside a target; see guest.h. The calls that are made
 * while the target runs go past libc (posix_raw.h); those at start use it, so
 * that sanitizers learn of new mappings.
 */
#include "platform/posix.h"
#include "platform/posix_raw.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>
#endif

#include "platform/guest.h"

#if !defined(MAP_NORESERVE)
#define MAP_NORESERVE 0
#endif
#if !defined(MAP_ANONYMOUS)
#define MAP_ANONYMOUS MAP_ANON
#endif

/* What a worker that can't work ends with: a failure of ours, never one of the
 * target's. */
enum { EXIT_OURS = 70 };

static int handles[GUEST_HANDLES];
static pid_t self;
static pid_t parent;

/* ---- start ---- */

/* Reads a decimal number and what separates it from the next; -1 if there is
 * none. strtol would write errno and is intercepted. */
static int next_number(const char **text)
{
    const char *p = *text;
    int n = 0;
    if (*p < '0' || *p > '9')
        return -1;
    for (; *p >= '0' && *p <= '9'; p++) {
        if (n > (INT_MAX - 9) / 10)
            return -1;
        n = n * 10 + (*p - '0');
    }
    if (*p == ' ')
        p++;
    else if (*p)
        return -1;
    *text = p;
    return n;
}

static bool take_handles(const char *value)
{
    if (next_number(&value) != POSIX_WORKER_FORMAT)
        return false;
    for (int i = 0; i < GUEST_HANDLES; i++) {
        int fd = next_number(&value);
        /* Also keeps them from programs that the target starts. */
        if (fd < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
            return false;
        handles[i] = fd;
    }
    return *value == 0;
}

/* A variable that can't be read is a worker's still: to go on as if it were
 * not there would start a second coordinator. */
bool guest_is_worker(void)
{
    static bool is_worker;
    const char *value = is_worker ? NULL : getenv(GUEST_VARIABLE);
    if (!value)
        return is_worker;
    int saved = errno;
    if (!take_handles(value)) {
        guest_say("thresh: the value of " GUEST_VARIABLE
                  " is not for this program; rebuild it and what starts it "
                  "with one version, or unset the variable\n");
        guest_exit(EXIT_OURS);
    }
    (void)unsetenv(GUEST_VARIABLE);
    self = getpid();
    parent = getppid();
    is_worker = true;
    errno = saved;
    return true;
}

bool guest_constructs_backward(void)
{
    return false;
}

/* The system's notice that the parent has died was asked for before exec, but
 * fork does not hand it on, so that a fork asks anew. */
void guest_follow_parent(void)
{
    pid_t now = getpid();
    if (now != self) {
        parent = self;
        self = now;
#if defined(__linux__)
        int saved = errno;
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        errno = saved;
#endif
    }
    if (getppid() != parent)
        guest_exit(0);
}

/* The system tells. */
void guest_note_leaving(_Atomic uint32_t *flag)
{
    (void)flag;
}

bool guest_is_itself(void)
{
    return raw_process() == self;
}

/* ---- pipes ---- */

/* The coordinator's pipes are non-blocking at their read end, and that belongs
 * to the pipe, not to the process. */
static void wait_for_data(int fd)
{
    int saved = errno;
    struct pollfd list = {.fd = fd, .events = POLLIN};
    (void)poll(&list, 1, -1);
    errno = saved;
}

bool guest_read(void *data, size_t size)
{
    char *at = data;
    int fd = handles[GUEST_REQUESTS];
    while (size > 0) {
        long n = raw_read(fd, at, size);
        if (n > 0) {
            at += n;
            size -= (size_t)n;
        } else if (n == -EAGAIN) {
            wait_for_data(fd);
        } else if (n != -EINTR) {
            return false;
        }
    }
    return true;
}

bool guest_write(const void *data, size_t size)
{
    return posix_write_quietly(handles[GUEST_REPLIES], data, size) == 0;
}

/* ---- memory ---- */

void *guest_map(enum guest_handle which, bool writable, size_t *size)
{
    int saved = errno;
    struct stat st;
    void *base = MAP_FAILED;
    if (fstat(handles[which], &st) == 0 && st.st_size > 0 &&
        (uintmax_t)st.st_size <= SIZE_MAX) {
        *size = (size_t)st.st_size;
        base = mmap(NULL, *size, PROT_READ | (writable ? PROT_WRITE : 0),
                    MAP_SHARED | MAP_NORESERVE, handles[which], 0);
    }
    errno = saved;
    return base == MAP_FAILED ? NULL : base;
}

size_t guest_page_size(void)
{
    static size_t size;
    if (!size) {
        long n = sysconf(_SC_PAGESIZE);
        size = n > 0 ? (size_t)n : 4096;
    }
    return size;
}

void *guest_pages(size_t size, bool guard, size_t *rounded)
{
    int saved = errno;
    size_t page = guest_page_size();
    size_t margin = guard ? page : 0;
    if (size == 0 || size > SIZE_MAX / 2)
        return NULL;
    size_t usable = (size + page - 1) / page * page;
    size_t total = usable + 2 * margin;
    uint8_t *base =
        mmap(NULL, total, guard ? PROT_NONE : PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    bool ok = base != MAP_FAILED;
    if (ok && guard &&
        mprotect(base + margin, usable, PROT_READ | PROT_WRITE) != 0) {
        (void)munmap(base, total);
        ok = false;
    }
    errno = saved;
    if (ok && rounded)
        *rounded = usable;
    return ok ? base + margin : NULL;
}

void *guest_shared_pages(size_t size)
{
    int saved = errno;
    void *base = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    errno = saved;
    return base == MAP_FAILED ? NULL : base;
}

/* Stays executable while it is writable: what runs, here and in other threads,
 * may be on the same page. */
bool guest_code_writable(void *address, size_t size, bool writable)
{
    size_t page = guest_page_size();
    uint8_t *code = address;
    size_t before = (uintptr_t)address % page;
    size_t length = (before + size + page - 1) / page * page;
    int protection = PROT_READ | PROT_EXEC | (writable ? PROT_WRITE : 0);
    if (raw_protect(code - before, length, protection) != 0)
        return false;
    /* Nothing on x86; elsewhere the processor may have the old code cached. */
    if (!writable)
        __builtin___clear_cache((char *)code, (char *)code + size);
    return true;
}

/* The number after "VmHWM:", which is in kilobytes. */
static uint64_t read_peak(const char *text)
{
    static const char name[] = "\nVmHWM:";
    uint64_t n = 0;
    size_t same = 0;
    for (; *text && same < sizeof name - 1; text++)
        same = *text == name[same] ? same + 1 : *text == name[0];
    while (*text == ' ' || *text == '\t')
        text++;
    for (; *text >= '0' && *text <= '9'; text++)
        n = n * 10 + (uint64_t)(*text - '0');
    return n * 1024;
}

uint64_t guest_clock_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

uint64_t guest_peak_bytes(void)
{
    char text[4096];
    long fd = raw_open("/proc/self/status");
    if (fd < 0)
        return 0;
    long n = raw_read((int)fd, text, sizeof text - 1);
    raw_close((int)fd);
    text[n > 0 ? n : 0] = 0;
    return read_peak(text);
}

size_t guest_stack_room(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) != 0)
        return 0;
    /* Above its usual limit, the system may have put something in the way. */
    const rlim_t usual = 8u << 20;
    return (size_t)(limit.rlim_cur < usual ? limit.rlim_cur : usual);
}

/* ---- the rest ---- */

_Noreturn void guest_exit(int code)
{
    raw_exit(code);
    _exit(code);
}

/* Where we say something. */
static int said_on = STDERR_FILENO;

intptr_t guest_drop_output(bool out, bool err)
{
    int null = out || err ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;
    if (null < 0)
        return -1;
    if (out)
        (void)dup2(null, STDOUT_FILENO);
    int kept = err ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3) : -1;
    if (kept >= 0) {
        (void)dup2(null, STDERR_FILENO);
        said_on = kept;
    }
    (void)close(null);
    return kept;
}

void guest_say(const char *text)
{
    size_t size = 0;
    while (text[size])
        size++;
    (void)raw_write(said_on, text, size);
}

/* Whether a line of text begins with a word; text[-1] exists. */
static bool has_line(const char *text, size_t size, const char *word,
                     size_t length)
{
    for (size_t i = 0; i + length <= size; i++)
        if (text[(ptrdiff_t)i - 1] == '\n' &&
            memcmp(text + i, word, length) == 0)
            return true;
    return false;
}

bool guest_output_has(const char *word, uint64_t *from)
{
    enum { CHUNK = 1024, LONGEST = 32 };
    char text[1 + CHUNK];
    int saved = errno;
    size_t length = strlen(word);
    off_t end = lseek(STDERR_FILENO, 0, SEEK_END);
    bool found = false;
    text[0] = '\n';
    /* It was emptied meanwhile. */
    if (end < (off_t)*from)
        *from = 0;
    while (!found && (off_t)*from < end) {
        ssize_t n = pread(STDERR_FILENO, text + 1, CHUNK, (off_t)*from);
        if (n <= 0)
            break;
        found = has_line(text + 1, (size_t)n, word, length);
        /* What may be a line's beginning is looked at once more. */
        bool more = n == CHUNK;
        *from += more ? CHUNK - LONGEST : (uint64_t)n;
        text[0] = more ? text[CHUNK - LONGEST] : '\n';
    }
    if (end > 0)
        *from = (uint64_t)end;
    errno = saved;
    return found;
}

size_t guest_file_read(const char *path, void *data, size_t size)
{
    int saved = errno;
    size_t got = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    while (fd >= 0 && got < size) {
        ssize_t n = read(fd, (char *)data + got, size - got);
        if (n > 0)
            got += (size_t)n;
        else if (n == 0 || errno != EINTR)
            break;
    }
    if (fd >= 0)
        (void)close(fd);
    errno = saved;
    return got;
}

bool guest_file_write(const char *path, const void *data, size_t size)
{
    int saved = errno;
    size_t put = 0;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
    while (fd >= 0 && put < size) {
        ssize_t n = write(fd, (const char *)data + put, size - put);
        if (n > 0)
            put += (size_t)n;
        else if (n == 0 || errno != EINTR)
            break;
    }
    bool good = fd >= 0 && put == size && ftruncate(fd, (off_t)size) == 0;
    if (fd >= 0)
        (void)close(fd);
    errno = saved;
    return good;
}

/* Makes the directories that a path leads through. */
static void make_dirs(const char *path)
{
    char dir[PATH_MAX];
    for (size_t i = 0; path[i] && i < sizeof dir; i++) {
        dir[i] = 0;
        if (i && path[i] == '/')
            (void)mkdir(dir, 0777);
        dir[i] = path[i];
    }
}

int guest_file_lock(const char *path)
{
    enum { HOW = O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY };
    int saved = errno;
    /* Not as libgcov locks it: reading and writing the file, which close it,
     * would unlock it. */
    int fd = open(path, HOW, 0666);
    if (fd < 0 && errno == ENOENT) {
        make_dirs(path);
        fd = open(path, HOW, 0666);
    }
    while (fd >= 0 && flock(fd, LOCK_EX) != 0 && errno == EINTR)
        continue;
    errno = saved;
    return fd;
}

void guest_file_unlock(int lock)
{
    int saved = errno;
    if (lock >= 0)
        (void)close(lock);
    errno = saved;
}

uintptr_t guest_thread(void)
{
    return (uintptr_t)pthread_self();
}

#if defined(__GLIBC__)
/* glibc's own note since 2.32; weak, since older ones lack it. */
extern char __libc_single_threaded __attribute__((weak)); // NOLINT

bool guest_single_threaded(void)
{
    return &__libc_single_threaded && __libc_single_threaded;
}
#else
bool guest_single_threaded(void)
{
    return false;
}
#endif

/* Weak, so that static links need no dynamic loader. */
__attribute__((weak)) void *dlsym(void *handle, const char *name);

void (*guest_next_function(const char *name))(void)
{
    void (*function)(void) = NULL;
    void *found = dlsym ? dlsym(RTLD_NEXT, name) : NULL;
    memcpy(&function, &found, sizeof function);
    return function;
}
