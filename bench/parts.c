/* SPDX-License-Identifier: MIT
 *
 * What the parts of one execution cost, each alone and in a process of its own
 * making: no coordinator, no second process, so that a profiler sees nothing
 * else. bench/parts.py builds it from the sources, runs it and makes a table;
 * `callgrind` works on it as it is:
 *
 *     parts PART [ROUNDS]
 *
 * prints nanoseconds of CPU time for one step of the part.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/coverage.h"
#include "base/mutate.h"
#include "coordinator/corpus.h"
#include "worker/batch.h"

#define INPUT_MAX_BYTES 4096
#define COUNTERS        (64 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void __sanitizer_cov_8bit_counters_init(uint8_t *start, uint8_t *stop);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)data;
    (void)size;
    return 0;
}

static struct corpus corpus;
static struct runner runner;
static struct batch batch;
static struct thresh_err err;

_Noreturn static void die(const char *text)
{
    (void)fprintf(stderr, "parts: %s\n", text);
    exit(1);
}

static double cpu_seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A corpus of some short entries and a worker's state beside it. */
static void prepare(const char *target)
{
    static uint8_t bytes[256];
    struct rng rng = {1};
    struct region plan;
    if (corpus_init(&corpus, &err) || corpus_set_counters(&corpus, 64, 0, &err))
        die(err.msg);
    for (uint32_t i = 0; i < 64; i++) {
        uint32_t size = i * i / 16;
        struct input in = {.nargs = 1, .arg = {{bytes, size}}};
        bool added;
        /* Half text with numbers in it, half anything. */
        for (uint32_t k = 0; k < sizeof bytes; k++)
            bytes[k] = i & 1 ? (uint8_t)rng_next(&rng)
                             : "0123456789 abcdef"[rng_below(&rng, 17)];
        if (corpus_add(&corpus, &in, ENTRY_SEED, "seed", &added, &err))
            die(err.msg);
    }
    (void)corpus_publish(&corpus, true);
    runner.region = calloc(1, region_plan(&plan, INPUT_MAX_BYTES + 64));
    if (!runner.region || !target_find(target, &runner.target))
        die("no region, or no target");
    *runner.region = plan;
    runner.target.sig.max_bytes[0] = INPUT_MAX_BYTES;
    runner.shared = corpus.memory.base;
    /* As an instrumented function would have. */
    static uint8_t own[64];
    __sanitizer_cov_8bit_counters_init(own, own + sizeof own);
    const char *broken = runner_init(&runner);
    if (broken || !batch_init(&batch, &runner))
        die(broken ? broken : "no memory");
}

/* ---- the parts ---- */

static void run_batches(uint64_t rounds)
{
    struct request request = {
        .slot = corpus.current, .max_bytes = INPUT_MAX_BYTES, .seed = 1};
    for (uint64_t done = 0; done < rounds; done += request.count) {
        struct reply reply;
        request.count = request.mutants = 20000;
        request.chain = 18; /* as schedule_chain() has it for such targets */
        request.seed++;
        batch_fuzz(&batch, &request, &reply);
    }
}

static void part_batch(uint64_t rounds)
{
    prepare("fuzz");
    run_batches(rounds);
}

static void part_mutate(uint64_t rounds)
{
    static uint8_t data[INPUT_MAX_BYTES + 64];
    static const uint8_t other[100] = {1, 2, 3};
    static struct mutate_tables tables;
    struct mutate m = {.rng = {1},
                       .table = tables.all,
                       .alone = tables.alone,
                       .from_nothing = tables.from_nothing,
                       .other = other,
                       .other_size = sizeof other};
    mutate_fill_tables(&tables, NULL);
    for (uint64_t i = 0; i < rounds; i++) {
        size_t size = i & 127;
        (void)mutate_bytes(&m, data, size, INPUT_MAX_BYTES);
    }
}

static void part_execute(uint64_t rounds)
{
    struct input in = {.nargs = 1};
    prepare("fuzz");
    in.arg[0].data = runner.work[0];
    for (uint64_t i = 0; i < rounds; i++) {
        runner.execs_left = 100;
        in.arg[0].size = i * 2654435761u >> 5 & 127;
        (void)runner_execute(&runner, &in);
    }
}

static uint8_t bytes[COUNTERS], seen[COUNTERS * 8];
static uint64_t words[COUNTERS];
static struct coverage_novel novel;

/* Sixteen counters far apart are hit, and seen already. */
#define HIT 16

static void scan(uint64_t rounds, size_t n, bool wide)
{
    struct coverage_passes passes = coverage_passes(coverage_best(), n);
    memset(seen, 0xff, sizeof seen);
    for (uint64_t i = 0; i < rounds; i++) {
        for (size_t k = 0; k < HIT; k++) {
            size_t at = k * (n / HIT) + (i & 15);
            if (wide)
                words[at] = 1;
            else
                bytes[at] = 1;
        }
        if (wide)
            passes.pass64(words, n, NULL, seen, 0, &novel);
        else
            passes.pass8(bytes, n, seen, 0, &novel);
    }
    if (novel.total)
        die("a seen counter is new");
}

static void part_scan8_1k(uint64_t rounds)
{
    scan(rounds, 1024, false);
}
static void part_scan8_16k(uint64_t rounds)
{
    scan(rounds, 16384, false);
}
static void part_scan8_64k(uint64_t rounds)
{
    scan(rounds, 65536, false);
}
static void part_scan64_1k(uint64_t rounds)
{
    scan(rounds, 1024, true);
}
static void part_scan64_16k(uint64_t rounds)
{
    scan(rounds, 16384, true);
}
static void part_scan64_64k(uint64_t rounds)
{
    scan(rounds, 65536, true);
}

static const struct part {
    const char *name;
    void (*run)(uint64_t rounds);
    uint64_t rounds;
} parts[] = {
    {"batch", part_batch, 20000000},
    {"mutate", part_mutate, 20000000},
    {"execute", part_execute, 50000000},
    {"scan8-1k", part_scan8_1k, 5000000},
    {"scan8-16k", part_scan8_16k, 1000000},
    {"scan8-64k", part_scan8_64k, 200000},
    {"scan64-1k", part_scan64_1k, 2000000},
    {"scan64-16k", part_scan64_16k, 100000},
    {"scan64-64k", part_scan64_64k, 20000},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof parts / sizeof parts[0]; i++) {
        const struct part *p = &parts[i];
        if (strcmp(argv[1], p->name) != 0)
            continue;
        uint64_t rounds = argc > 2 ? strtoull(argv[2], NULL, 10) : p->rounds;
        double start = cpu_seconds();
        p->run(rounds);
        printf("%.2f\n", (cpu_seconds() - start) * 1e9 / (double)rounds);
        return 0;
    }
    die("usage: parts batch|mutate|execute|scan8-SIZE|scan64-SIZE [ROUNDS]");
}
