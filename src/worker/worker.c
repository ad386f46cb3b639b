/* SPDX-License-Identifier: MIT
 *
 * See worker.h.
 */
#include "worker/worker.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "platform/guest.h"
#include "worker/batch.h"
#include "worker/compare.h"
#include "worker/counters.h"
#include "worker/finding.h"
#include "worker/gcov_data.h"
#include "worker/heap.h"
#include "worker/last_words.h"
#include "worker/leaks.h"
#include "worker/nursery.h"
#include "worker/sanitizer.h"
#include "worker/values.h"

static struct runner runner;
static struct batch batch;
static intptr_t reports_to = -1; /* a descriptor, if not standard error */
static bool is_set_up;           /* by this process, which is to tear down */
static bool has_run;             /* inputs, in this process */
static bool leaks_wanted;        /* when it leaves */

int worker_wanted(void)
{
    return guest_is_worker();
}

/* The one way this process ends for a reason of our own. The text is constant
 * so that reports can be grouped. */
static _Noreturn void worker_die(const char *text)
{
    guest_say("thresh: worker: ");
    guest_say(text);
    guest_say("\n");
    if (runner.region) {
        runner.region->words.kind = LAST_WORDS_ENGINE;
        (void)snprintf(runner.region->words.text,
                       sizeof runner.region->words.text, "%s", text);
    }
    guest_exit(WORKER_EXIT_ENGINE);
}

static void map_memory(void)
{
    size_t size;
    runner.region = guest_map(GUEST_REGION, true, &size);
    if (!runner.region || size < REGION_HEADER_SIZE)
        worker_die("cannot map the region");
    guest_note_leaving(&runner.region->leaving);
    runner.shared = guest_map(GUEST_SHARED, false, &size);
    if (!runner.shared)
        worker_die("cannot map the shared memory");
    struct shared_header *shared = (struct shared_header *)runner.shared;
    if (shared->magic != PROTOCOL_MAGIC ||
        shared->version != PROTOCOL_VERSION ||
        runner.region->version != PROTOCOL_VERSION)
        worker_die("coordinator and target were linked with different "
                   "versions of Thresh; rebuild the fuzz binary");
}

static void refuse(struct reply *reply, const char *text)
{
    struct last_words *words = &runner.region->words;
    reply->status = REPLY_REFUSED;
    words->kind = LAST_WORDS_ENGINE;
    (void)snprintf(words->text, sizeof words->text, "%s", text);
}

/* Limits of the arguments: their own, else the run's. */
static void limit_arguments(struct signature *sig, uint32_t arg_limit)
{
    for (uint32_t i = 0; i < sig->nargs; i++)
        if (kind_width(sig->kind[i]) == 0 &&
            (sig->max_bytes[i] == 0 || sig->max_bytes[i] > arg_limit))
            sig->max_bytes[i] = arg_limit;
}

/* Runs a set-up or tear-down of the target. False if a check in it failed; its
 * text is in the region. */
static bool run_hook(enum thresh_hook hook)
{
    if (jump_here(runner.on_failure) != 0)
        return false;
    runner.in_target = true;
    target_hook(&runner.target, hook);
    runner.in_target = false;
    return true;
}

/* Runs the set-up; what it leaves allocated is no input's fault. Returns a
 * sentence if it failed. */
static const char *set_up(void)
{
    static char text[LAST_WORDS_TEXT];
    if (__lsan_disable)
        __lsan_disable();
    bool passed = run_hook(THRESH_HOOK_SETUP);
    if (__lsan_enable)
        __lsan_enable();
    (void)snprintf(text, sizeof text, "the set-up of %.*s failed: %.*s",
                   PROTOCOL_NAME_MAX, runner.target.name,
                   LAST_WORDS_TEXT - PROTOCOL_NAME_MAX - 32,
                   runner.region->words.text);
    return passed ? NULL : text;
}

/* The orderly end of a process; the tear-down is where the set-up was. */
static _Noreturn void leave(void)
{
    runner.region->words.kind = LAST_WORDS_NONE;
    if (is_set_up) {
        (void)run_hook(THRESH_HOOK_TEARDOWN); /* what failed is in the region */
    }
    /* What the target printed and stdio has kept; an exit would write it. */
    if (is_set_up || has_run)
        (void)fflush(NULL);
    gcov_data_add(false);
    /* What -fprofile-instr-generate counted, which nothing else writes: a
     * worker has no exit handlers. */
    if (has_run && __llvm_profile_write_file)
        (void)__llvm_profile_write_file();
    if (has_run && leaks_wanted)
        leaks_look_last(&runner.region->leaks);
    guest_exit(0);
}

/* Sanitizers' reports go where they went; a runtime forgets that in a child. */
static void aim_reports(void)
{
    if (reports_to >= 0 && __sanitizer_set_report_fd)
        __sanitizer_set_report_fd((void *)reports_to);
}

static void drop_output(uint32_t flags)
{
    reports_to = guest_drop_output(flags & REQUEST_DROP_STDOUT,
                                   flags & REQUEST_DROP_STDERR);
    aim_reports();
}

static void hello(const struct request *request, struct reply *reply, int *argc,
                  char ***argv)
{
    char name[PROTOCOL_NAME_MAX];
    memcpy(name, request->target, sizeof name);
    name[sizeof name - 1] = 0;
    if (!target_find(name, &runner.target)) {
        refuse(reply, "no target of this name in the binary");
        return;
    }
    limit_arguments(&runner.target.sig, request->arg_limit);
    drop_output(request->flags);
    if (request->flags & REQUEST_VALUES)
        values_want();
    if (request->flags & REQUEST_COUNTS)
        gcov_data_want();
    leaks_wanted = request->flags & REQUEST_LAST_LEAKS;
    const char *broken =
        runner.target.typed ? NULL : target_initialize(argc, argv);
    if (!broken)
        broken = runner_init(&runner);
    if (!broken && !batch_init(&batch, &runner))
        broken = "no memory for calibration";
    if (broken) {
        refuse(reply, broken);
        return;
    }
    last_words_prepare(runner.region, &runner.target);
    heap_prepare(&runner, request->memory_limit);
    finding_prepare();
    broken = set_up();
    if (broken) {
        refuse(reply, broken);
        runner.region->words.kind = LAST_WORDS_CHECK;
        return;
    }
    is_set_up = true;
    const struct signature *sig = &runner.target.sig;
    reply->status = REPLY_OK;
    reply->counters = runner.counters;
    reply->values = counters_of_values();
    reply->nargs = sig->nargs;
    for (uint32_t i = 0; i < sig->nargs; i++) {
        reply->kind[i] = sig->kind[i];
        reply->max_bytes[i] = sig->max_bytes[i];
    }
    gcov_data_add(false);
    runner_pass(&runner); /* what initialisation counted is nobody's */
}

static void serve(const struct request *request, struct reply *reply, int *argc,
                  char ***argv)
{
    bool ready = runner_current() != NULL;
    if (request->kind == REQUEST_HELLO && !ready)
        hello(request, reply, argc, argv);
    else if (request->kind == REQUEST_BATCH && ready)
        batch_fuzz(&batch, request, reply);
    else if (request->kind == REQUEST_ENTRIES && ready)
        batch_entries(&batch, request, reply);
    else if (request->kind == REQUEST_INPUT && ready)
        batch_input(&batch, request, reply);
    else
        worker_die("the coordinator sent a request out of turn");
    has_run |= request->kind != REQUEST_HELLO;
    reply->flags |= sanitizer_flags();
    reply->flags |= compare_is_told() ? REPLY_COMPARES : 0;
    reply->sources = counters_sources();
}

static bool next_request(struct request *request)
{
    if (!guest_read(request, sizeof *request))
        return false;
    if (request->magic != PROTOCOL_MAGIC ||
        request->version != PROTOCOL_VERSION)
        worker_die("the coordinator sent something that is no request");
    return true;
}

_Noreturn void worker_serve(int *argc, char ***argv)
{
    struct request request;
    target_set_program((*argv)[0]);
    map_memory();
    while (next_request(&request) && request.kind != REQUEST_LEAVE) {
        struct reply reply = {.magic = PROTOCOL_MAGIC,
                              .version = PROTOCOL_VERSION,
                              .id = request.id};
        serve(&request, &reply, argc, argv);
        bool nursery = request.kind == REQUEST_HELLO &&
                       reply.status == REPLY_OK && nursery_open();
        reply.flags |= nursery ? REPLY_FORKS : 0;
        guest_follow_parent();
        if (!guest_write(&reply, sizeof reply))
            break;
        if (nursery) {
            nursery_run(request.id, next_request, leave);
            aim_reports();
        }
        is_set_up &= !nursery;
    }
    leave();
}
