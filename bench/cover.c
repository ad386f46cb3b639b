/* SPDX-License-Identifier: MIT
 *
 * The neutral measure of a corpus: how many edges its files reach in a build
 * that no engine has made: clang -O1, trace-pc-guard, nothing pruned. Linked in
 * the engine's place, it takes lines "LABEL<tab>PATH" from standard input and
 * prints, whenever the label changes and at the end, "LABEL<tab>EDGES": the
 * edges of all files so far. The last line names the files that crashed or took
 * too long.
 *
 * Files run in a child that shares the map of edges with its parent, so that
 * one that kills it has counted, and costs only a fork.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EDGES_MAX = 4 << 20, SECONDS_PER_FILE = 10 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);
void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop);
void __sanitizer_cov_trace_pc_guard(uint32_t *guard);

struct file {
    char *label;
    char *path;
};

static struct shared {
    size_t at; /* the file that runs */
    uint8_t hit[EDGES_MAX];
} * shared;

static uint32_t edges; /* numbered from 1 */

static void die(const char *what)
{
    perror(what);
    _exit(2);
}

static void share(void)
{
    if (shared)
        return;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (shared == MAP_FAILED)
        die("mmap");
}

void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop)
{
    share();
    for (; start < stop && !*start && edges + 1 < EDGES_MAX; start++)
        *start = ++edges;
}

void __sanitizer_cov_trace_pc_guard(uint32_t *guard)
{
    shared->hit[*guard] = 1;
}

static struct file *read_list(size_t *count)
{
    struct file *files = NULL;
    size_t room = 0, line_room = 0;
    char *line = NULL;
    ssize_t length;
    *count = 0;
    while ((length = getline(&line, &line_room, stdin)) > 0) {
        line[strcspn(line, "\n")] = 0;
        char *tab = strchr(line, '\t');
        if (!tab)
            continue;
        *tab = 0;
        if (*count == room) {
            room = room ? room * 2 : 1024;
            files = realloc(files, room * sizeof *files);
            if (!files)
                die("realloc");
        }
        files[*count].label = strdup(line);
        files[(*count)++].path = strdup(tab + 1);
    }
    free(line);
    return files;
}

static void run_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    off_t size = lseek(fd, 0, SEEK_END);
    uint8_t *data = malloc(size > 0 ? (size_t)size : 1);
    ssize_t got = data ? pread(fd, data, (size_t)size, 0) : -1;
    close(fd);
    if (got >= 0)
        LLVMFuzzerTestOneInput(data, (size_t)got);
    free(data);
}

/* Runs files from shared->at up to `end`; leaves the number of the file that
 * ended the process, or `end`. */
_Noreturn static void child(const struct file *files, size_t end)
{
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
    for (; shared->at < end; shared->at++) {
        alarm(SECONDS_PER_FILE);
        run_file(files[shared->at].path);
    }
    _exit(0);
}

static unsigned count_hits(void)
{
    unsigned hits = 0;
    for (uint32_t i = 1; i <= edges; i++)
        hits += shared->hit[i] == 1; /* broken targets write anywhere */
    return hits;
}

int main(int argc, char **argv)
{
    size_t count, crashes = 0, timeouts = 0;
    share();
    struct file *files = read_list(&count);
    if (LLVMFuzzerInitialize)
        LLVMFuzzerInitialize(&argc, &argv);
    for (size_t end = 0; shared->at < count;) {
        const char *label = files[shared->at].label;
        for (end = shared->at;
             end < count && strcmp(files[end].label, label) == 0;)
            end++;
        while (shared->at < end) {
            int status;
            fflush(NULL);
            pid_t pid = fork();
            if (pid == 0)
                child(files, end);
            if (pid < 0 || waitpid(pid, &status, 0) < 0)
                die("fork");
            if (shared->at == end)
                break;
            if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
                timeouts++;
            else
                crashes++;
            shared->at++;
        }
        printf("%s\t%u\n", label, count_hits());
    }
    printf("of %u edges, %zu files, %zu crashes, %zu timeouts\n", edges, count,
           crashes, timeouts);
    return 0;
}
