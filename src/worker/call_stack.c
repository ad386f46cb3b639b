/* SPDX-License-Identifier: MIT
 *
 * See call_stack.h.
 */
#include "worker/call_stack.h"

#include <string.h>

#include "platform/walk.h"
#include "worker/sanitizer.h"

void call_stack_prepare(void)
{
    walk_prepare();
}

/* Copies a path, of one that is too long its end. */
static void copy_path(char to[LAST_WORDS_PATH], const char *path)
{
    size_t size = strlen(path);
    size_t skip = size < LAST_WORDS_PATH ? 0 : size - (LAST_WORDS_PATH - 1);
    memcpy(to, path + skip, size - skip + 1);
}

/* ---- a stack ---- */

struct naming {
    struct last_words *words;
    uint32_t nframes;
    uint32_t nmodules;
};

/* The number of a module's path in the words, which is added if it is new. */
static uint32_t number_of(struct naming *n, const char *path)
{
    char wanted[LAST_WORDS_PATH];
    copy_path(wanted, path);
    for (uint32_t i = 0; i < n->nmodules; i++)
        if (strcmp(n->words->module[i], wanted) == 0)
            return i;
    if (!*path || n->nmodules == LAST_WORDS_MODULES)
        return LAST_WORDS_NO_MODULE;
    memcpy(n->words->module[n->nmodules], wanted, sizeof wanted);
    return n->nmodules++;
}

static bool name_frames(void *ctx, const struct walk_mapping *m)
{
    struct naming *n = ctx;
    for (uint32_t i = 0; m->executable && i < n->nframes; i++) {
        struct last_words_frame *frame = &n->words->frame[i];
        if (frame->pc < m->start || frame->pc >= m->end)
            continue;
        frame->module = number_of(n, m->path);
        frame->offset = frame->pc - m->start + m->offset;
    }
    return true;
}

void call_stack_record(struct last_words *words,
                       const struct guest_fault *place)
{
    uint64_t pc[LAST_WORDS_FRAMES];
    struct naming n = {.words = words};
    words->nframes = 0;
    sanitizer_enter_engine();
    n.nframes = (uint32_t)walk_stack(place, pc, LAST_WORDS_FRAMES);
    for (uint32_t i = 0; i < n.nframes; i++)
        words->frame[i] = (struct last_words_frame){
            .pc = pc[i], .module = LAST_WORDS_NO_MODULE};
    walk_mappings(name_frames, &n);
    __atomic_store_n(&words->nframes, n.nframes, __ATOMIC_RELEASE);
    sanitizer_enter_target();
}

/* ---- the engine ---- */

static bool name_engine(void *ctx, const struct walk_mapping *m)
{
    struct engine_place *place = ctx;
    if (!m->executable || place->pc < m->start || place->pc >= m->end)
        return true;
    place->offset = place->pc - m->start + m->offset;
    copy_path(place->module, m->path);
    return false;
}

void call_stack_engine(struct engine_place *place, const void *pc)
{
    place->pc = (uint64_t)(uintptr_t)pc;
    walk_mappings(name_engine, place);
}
