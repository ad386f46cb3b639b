/* SPDX-License-Identifier: MIT
 *
 * The target of matrix.py: every way for an execution to end, one function
 * each. MATRIX_ROW in the environment names the one that an input beginning
 * with "fire" takes; all other inputs pass. One source, so that a compiler and
 * its flags need one program for all rows; C with the extensions of gcc and
 * clang, for Linux.
 */
#define _GNU_SOURCE

#include <assert.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <setjmp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "fault.h"
#include <thresh.h>

typedef struct thresh_bytes bytes;

#define ROW(name) __attribute__((noinline)) static void row_##name(bytes in)

static volatile int sink;
static jmp_buf home;
static const char *row_name;

/* ---- signals ---- */

ROW(check)
{
    THRESH_CHECK(in.size == 99, "size %zu", in.size);
}

ROW(assert)
{
    assert(in.size == 99);
}

ROW(abort)
{
    (void)in;
    abort();
}

ROW(null)
{
    int *volatile p = NULL;
    (void)in;
    sink = *p;
}

/* Far from everything in the address space of each sanitizer. */
ROW(wild)
{
    *(volatile char *)(uintptr_t)(0x12345678u + in.size) = 1;
}

__attribute__((noinline)) static int deeper(volatile int n)
{
    volatile char frame[4096];
    frame[n % 4096] = 1;
    return n == -1 ? 0 : deeper(n + 1) + frame[0];
}

ROW(stack)
{
    sink = deeper((int)in.size);
}

ROW(bus)
{
    int fd = memfd_create("empty", MFD_CLOEXEC);
    volatile char *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
    sink = p[in.size];
}

ROW(ill)
{
    (void)in;
#if defined(__x86_64__) || defined(__i386__)
    __asm__ volatile("ud2");
#else
    (void)raise(SIGILL);
#endif
}

ROW(fpe)
{
    volatile int zero = 0;
    (void)in;
#if defined(__x86_64__) || defined(__i386__)
    sink = 7 / zero;
#endif
    if (zero == 0)
        (void)raise(SIGFPE);
}

ROW(trap)
{
    (void)in;
#if defined(__x86_64__) || defined(__i386__)
    __asm__ volatile("int3");
#else
    (void)raise(SIGTRAP);
#endif
}

/* One system call, which no other part of the program makes, is forbidden. */
static void forbid_and_call(unsigned action)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, action),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof code[0], code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
        (void)syscall(SYS_getpriority, 0, 0);
    (void)raise(SIGSYS); /* no filters on this system */
}

ROW(sys_trap)
{
    (void)in;
    forbid_and_call(SECCOMP_RET_TRAP);
}

ROW(sys_kill)
{
    (void)in;
    forbid_and_call(SECCOMP_RET_KILL_PROCESS);
}

static void *crash(void *p)
{
    sink = *(int *)p;
    return p;
}

ROW(thread)
{
    pthread_t thread;
    (void)in;
    if (pthread_create(&thread, NULL, crash, NULL) == 0)
        (void)pthread_join(thread, NULL);
}

/* ---- what sanitizers see ---- */

ROW(double_free)
{
    void *volatile p = malloc(in.size);
    free(p);
    free(p);
}

ROW(heap)
{
    volatile char *volatile p = malloc(9);
    p[9 + in.size % 2] = 1;
    free((void *)p);
}

ROW(freed)
{
    volatile int *volatile p = malloc(64);
    p[1] = (int)in.size;
    free((void *)p);
    sink = p[1];
}

ROW(overflow)
{
    volatile int top = INT32_MAX;
    top = top + (in.size > 0);
}

ROW(goes_on)
{
    row_overflow(in);
}

ROW(uninitialised)
{
    volatile int *volatile p = malloc(64);
    (void)in;
    if (p[3])
        sink = 1;
    free((void *)p);
}

static int shared;

static void *add(void *p)
{
    shared++;
    return p;
}

ROW(race)
{
    pthread_t a, b;
    (void)in;
    if (pthread_create(&a, NULL, add, NULL) == 0 &&
        pthread_create(&b, NULL, add, NULL) == 0) {
        (void)pthread_join(a, NULL);
        (void)pthread_join(b, NULL);
    }
}

ROW(leak)
{
    char *volatile p = malloc(100 + in.size);
    *p = 1;
    p = NULL;
}

ROW(overwrite)
{
    ((uint8_t *)(uintptr_t)in.data)[in.size - 1] ^= 1;
}

/* ---- ends without a crash ---- */

ROW(exit_0)
{
    (void)in;
    exit(0);
}

ROW(exit_3)
{
    (void)in;
    exit(3);
}

ROW(exit_at_once)
{
    (void)in;
    _exit(0);
}

ROW(quick_exit)
{
    (void)in;
    quick_exit(0);
}

ROW(end_thread)
{
    (void)in;
    pthread_exit(NULL);
}

ROW(jump)
{
    (void)in;
    longjmp(home, 1);
}

ROW(busy)
{
    (void)in;
    for (volatile bool on = true; on;)
        continue;
}

ROW(sleep)
{
    (void)in;
    sleep_for_ever();
}

/* ---- memory ---- */

#define MIB ((size_t)1 << 20)

static void touch(char *p, size_t size)
{
    for (size_t i = 0; i < size; i += 1024)
        ((volatile char *)p)[i] = 1;
}

/* Asked for, never used. */
ROW(huge)
{
    void *volatile p = malloc(1024 * MIB + in.size);
    free(p);
}

ROW(resident)
{
    char *p = malloc(220 * MIB + in.size);
    if (p)
        touch(p, 220 * MIB);
    usleep(500000); /* long enough to be seen */
    free(p);
}

/* Every execution keeps a little, whatever the input is. */
static void grow(void)
{
    static void *last;
    void **p = malloc(MIB / 4);
    if (!p)
        return;
    touch((char *)p, MIB / 4);
    *p = last;
    last = p;
}

ROW(growth)
{
    (void)in;
}

/* ---- nobody's failure, or ours ---- */

ROW(killed)
{
    (void)in;
    (void)raise(SIGKILL);
}

ROW(terminated)
{
    (void)in;
    (void)raise(SIGTERM);
}

ROW(hung_up)
{
    (void)in;
    (void)raise(SIGHUP);
}

ROW(garbage)
{
    char bytes[300];
    (void)in;
    memset(bytes, 0xa5, sizeof bytes);
    if (write(FD_REPLIES, bytes, sizeof bytes) != (ssize_t)sizeof bytes)
        abort();
}

ROW(early_death)
{
    (void)in;
}

/* ---- only after another input ---- */

static bool armed;

ROW(history)
{
    if (in.size > 9 && in.data[4] < 0x80) /* longer than any seed */
        armed = true;
    else if (armed)
        abort();
}

/* ---- choice ---- */

#define NAMED(name)       \
    {                     \
#name, row_##name \
    }

/* clang-format off */
static const struct {
    const char *name;
    void (*run)(bytes in);
} rows[] = {
    NAMED(check), NAMED(assert), NAMED(abort), NAMED(null), NAMED(wild),
    NAMED(stack), NAMED(bus), NAMED(ill), NAMED(fpe), NAMED(trap),
    NAMED(sys_trap), NAMED(sys_kill), NAMED(thread), NAMED(double_free),
    NAMED(heap), NAMED(freed), NAMED(overflow), NAMED(goes_on), NAMED(uninitialised),
    NAMED(race), NAMED(leak), NAMED(overwrite), NAMED(exit_0),
    NAMED(exit_3), NAMED(exit_at_once), NAMED(quick_exit),
    NAMED(end_thread), NAMED(jump), NAMED(busy), NAMED(sleep), NAMED(huge),
    NAMED(resident), NAMED(growth), NAMED(killed), NAMED(terminated),
    NAMED(hung_up), NAMED(garbage), NAMED(early_death), NAMED(history),
};
/* clang-format on */

static void (*chosen)(bytes in);

__attribute__((constructor)) static void choose(void)
{
    row_name = getenv("MATRIX_ROW");
    for (size_t i = 0; row_name && i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].name, row_name) == 0)
            chosen = rows[i].run;
    if (chosen == row_early_death && starts_as_worker())
        _exit(9);
    /* As a program's own handling of errors, which knows nothing of us. */
    if (setjmp(home))
        _exit(5);
}

THRESH_TARGET(t, (bytes, in, .max = 64))
{
    if (!chosen)
        _exit(99); /* a row that is none: never what is expected */
    if (chosen == row_growth)
        grow();
    else if (in.size >= 4 && memcmp(in.data, "fire", 4) == 0)
        chosen(in);
}
