/* SPDX-License-Identifier: MIT
 *
 * See tasks.h.
 */
#include "tool/tasks.h"

#include <stdlib.h>
#include <string.h>

/* Output kept of each: the end of it. */
#define OUTPUT_MAX ((size_t)64 << 20)
/* Where the ends of children do not wake us. */
#define LOOK_US 100000u

/* One that runs. */
struct slot {
    struct task *task; /* NULL: free */
    struct platform_process process;
    platform_handle output;
};

void task_release(struct task *task)
{
    words_release(&task->argv);
    free(task->output);
    *task = (struct task){0};
}

bool task_is_good(const struct task *task)
{
    return task->started && task->exit.kind == PLATFORM_EXITED &&
           task->exit.code == 0;
}

static int start(struct slot *slot, struct task *task, struct thresh_err *err)
{
    int rc = platform_output_new(&slot->output, err);
    if (rc)
        return rc;
    struct platform_spawn spec = {
        .path = task->path,
        .argv = (const char *const *)task->argv.item,
        .env = task->env,
        .output = slot->output,
        .guarded = true,
    };
    rc = platform_spawn(&spec, &slot->process, err);
    if (rc) {
        platform_close(&slot->output);
        return rc;
    }
    task->started = true;
    slot->task = task;
    return 0;
}

/* Takes in one that has ended. */
static void finish(struct slot *slot, struct platform_exit end)
{
    struct task *task = slot->task;
    uint64_t size = platform_output_size(slot->output);
    size_t most = task->output_max ? task->output_max : OUTPUT_MAX;
    size_t room = size < most ? (size_t)size : most;
    task->exit = end;
    task->output = words_memory(NULL, room + 1, 1);
    task->output[platform_output_tail(slot->output, task->output, room)] = '\0';
    platform_close(&slot->output);
    slot->task = NULL;
}

/* Kills what runs, and waits for it. */
static void end_all(struct slot *slots, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (slots[i].task)
            platform_kill(&slots[i].process);
    for (size_t i = 0; i < n; i++) {
        struct platform_exit end = {.kind = PLATFORM_RUNNING};
        while (slots[i].task) {
            end = platform_poll_exit(&slots[i].process);
            if (end.kind != PLATFORM_RUNNING)
                finish(&slots[i], end);
            else
                platform_sleep_us(1000);
        }
    }
}

struct running {
    struct slot *slots;
    size_t nslots;
    size_t busy;
    bool (*ended)(void *ctx, struct task *task);
    void *ctx;
    bool stopped;
};

/* Looks which have ended. */
static void look(struct running *r)
{
    for (size_t i = 0; i < r->nslots; i++) {
        struct slot *slot = &r->slots[i];
        if (!slot->task)
            continue;
        struct platform_exit end = platform_poll_exit(&slot->process);
        if (end.kind == PLATFORM_RUNNING)
            continue;
        struct task *task = slot->task;
        finish(slot, end);
        r->busy--;
        if (r->ended && !r->ended(r->ctx, task))
            r->stopped = true;
    }
}

static struct slot *free_slot(const struct running *r)
{
    for (size_t i = 0; i < r->nslots; i++)
        if (!r->slots[i].task)
            return &r->slots[i];
    return NULL;
}

static int run_all(struct running *r, struct task *tasks, size_t n,
                   struct thresh_err *err)
{
    size_t next = 0;
    while (r->busy > 0 || (next < n && !r->stopped)) {
        struct slot *slot = next < n && !r->stopped ? free_slot(r) : NULL;
        if (platform_interrupts(NULL))
            return 1;
        if (slot) {
            int rc = start(slot, &tasks[next++], err);
            if (rc)
                return rc;
            r->busy++;
            continue;
        }
        (void)platform_wait(NULL, NULL, 0, platform_now_us() + LOOK_US);
        look(r);
    }
    return platform_interrupts(NULL) ? 1 : 0;
}

int tasks_run(struct task *tasks, size_t n, size_t parallel,
              bool (*ended)(void *ctx, struct task *task), void *ctx,
              struct thresh_err *err)
{
    struct running r = {
        .nslots = parallel < n ? parallel : n, .ended = ended, .ctx = ctx};
    int rc = platform_watch(err);
    if (rc || n == 0)
        return rc;
    if (r.nslots == 0)
        r.nslots = 1;
    r.slots = words_memory(NULL, r.nslots, sizeof *r.slots);
    memset(r.slots, 0, r.nslots * sizeof *r.slots);
    rc = run_all(&r, tasks, n, err);
    end_all(r.slots, r.nslots);
    free(r.slots);
    return rc;
}
