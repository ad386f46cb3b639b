/* SPDX-License-Identifier: MIT
 *
 * See walk.h. Every function has an entry in its module's tables that says how
 * to undo its frame, and the system undoes it: no frame pointers are needed.
 * The paths of modules are asked for beforehand, because the loader that knows
 * them has a lock.
 */
#include "platform/windows_guest.h"

#include <string.h>

#include "platform/walk.h"
#include "platform/windows_image.h"

/* ---- mappings ---- */

#define MODULES_MAX 64
#define PATH_SIZE   512

struct module {
    const void *base;
    char path[PATH_SIZE];
};

static struct module modules[MODULES_MAX];
static size_t nmodules;

/* Of a path that is too long its end, which holds the name. */
static void keep_end(char to[PATH_SIZE], const char *path)
{
    size_t size = strlen(path);
    size_t skip = size < PATH_SIZE ? 0 : size - (PATH_SIZE - 1);
    memcpy(to, path + skip, size - skip + 1);
}

static const char *path_of(void *base)
{
    static wchar_t wide[WINDOWS_MAX_PATH];
    static char path[WINDOWS_MAX_PATH * 3];
    static struct module more;
    struct module *m = modules;
    while (m < modules + nmodules && m->base != base)
        m++;
    if (m < modules + nmodules)
        return m->path;
    m = nmodules < MODULES_MAX ? &modules[nmodules++] : &more;
    m->base = base;
    m->path[0] = 0;
    DWORD n = GetModuleFileNameW(base, wide, WINDOWS_MAX_PATH);
    if (n > 0 && n < WINDOWS_MAX_PATH &&
        windows_utf8_path(wide, path, sizeof path))
        keep_end(m->path, path);
    return m->path;
}

/* Its headers, which are in no section, and its sections. */
static bool visit_module(bool (*visit)(void *ctx, const struct walk_mapping *m),
                         void *ctx, const uint8_t *base)
{
    struct windows_section s;
    struct walk_mapping m = {.start = (uintptr_t)base,
                             .end = (uintptr_t)base + guest_page_size(),
                             .readable = true,
                             .path = path_of((void *)(uintptr_t)base)};
    bool more = visit(ctx, &m);
    for (size_t i = 0; more && windows_section(base, i, &s); i++) {
        m.start = (uintptr_t)base + s.start;
        m.end = m.start + s.size;
        m.offset = s.offset;
        m.readable = s.readable;
        m.executable = s.executable;
        more = visit(ctx, &m);
    }
    return more;
}

static bool visit_memory(bool (*visit)(void *ctx, const struct walk_mapping *m),
                         void *ctx, const MEMORY_BASIC_INFORMATION *info)
{
    const DWORD executable = PAGE_EXECUTE | PAGE_EXECUTE_READ |
                             PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
    const DWORD unreadable = PAGE_NOACCESS | PAGE_EXECUTE | PAGE_GUARD;
    struct walk_mapping m = {.start = (uintptr_t)info->BaseAddress,
                             .end = (uintptr_t)info->BaseAddress +
                                    info->RegionSize,
                             .readable = !(info->Protect & unreadable),
                             .executable = info->Protect & executable,
                             .path = ""};
    return visit(ctx, &m);
}

void walk_mappings(bool (*visit)(void *ctx, const struct walk_mapping *m),
                   void *ctx)
{
    MEMORY_BASIC_INFORMATION info;
    const uint8_t *at = NULL;
    const void *last = NULL; /* module that was visited */
    bool more = true;
    while (more && VirtualQuery(at, &info, sizeof info)) {
        if (info.State == MEM_COMMIT && info.Type != MEM_IMAGE)
            more = visit_memory(visit, ctx, &info);
        else if (info.State == MEM_COMMIT && info.AllocationBase != last)
            more = visit_module(visit, ctx, info.AllocationBase);
        if (info.Type == MEM_IMAGE)
            last = info.AllocationBase;
        at = (const uint8_t *)info.BaseAddress + info.RegionSize;
    }
}

static bool learn_path(void *ctx, const struct walk_mapping *m)
{
    (void)ctx;
    (void)m;
    return true;
}

void walk_prepare(void)
{
    walk_mappings(learn_path, NULL);
}

/* ---- calls ---- */

/* Where in its function the unwinder is to believe that we are. It follows jumps
 * to see whether the function is about to end; Wine's does that for ever where
 * one leads to itself, an empty endless loop. The first instruction behind the
 * function's prologue (whose size is the second byte of its unwind data) has
 * the same frame. */
static DWORD64 place_in(const RUNTIME_FUNCTION *f, DWORD64 base, DWORD64 pc)
{
    static const uint8_t endless[2] = {0xeb, 0xfe};
    if (memcmp((const void *)pc, endless, sizeof endless) != 0) // NOLINT
        return pc;
    const uint8_t *data = (const uint8_t *)(base + f->UnwindData); // NOLINT
    return base + f->BeginAddress + data[1];
}

bool windows_unwind(CONTEXT *c)
{
    DWORD64 base, frame;
    void *data;
    RUNTIME_FUNCTION *f = RtlLookupFunctionEntry(c->Rip, &base, NULL);
    if (f) {
        (void)RtlVirtualUnwind(UNW_FLAG_NHANDLER, base,
                               place_in(f, base, c->Rip), f, c, &data, &frame,
                               NULL);
    } else {
        /* A function that keeps nothing on the stack has no entry; a jump into
         * nowhere looks the same. */
        memcpy(&c->Rip, (const void *)c->Rsp, sizeof c->Rip); // NOLINT
        c->Rsp += sizeof c->Rip;
    }
    return c->Rip != 0;
}

/* More than fit on any stack. */
#define FRAMES_MAX (1u << 20)

struct check {
    CONTEXT registers;
    bool whole;
};

static void follow(void *ctx)
{
    struct check *check = ctx;
    CONTEXT *c = &check->registers;
    ULONG_PTR low, high;
    GetCurrentThreadStackLimits(&low, &high);
    for (unsigned i = 0; i < FRAMES_MAX; i++) {
        DWORD64 sp = c->Rsp;
        if (sp < low || sp >= high || sp % sizeof(uintptr_t) != 0)
            return;
        if (!windows_unwind(c)) {
            check->whole = true;
            return;
        }
        if (c->Rsp <= sp)
            return;
    }
}

bool windows_stack_is_whole(const CONTEXT *registers)
{
    struct check check = {.registers = *registers};
    return guest_try(follow, &check) && check.whole;
}

/* Outlives a fault on the way: on a damaged stack the calls up to the damage
 * are worth most. */
struct walk {
    const struct guest_fault *at;
    uint64_t *pc;
    size_t max;
    size_t n;
};

static void record(struct walk *w, CONTEXT *c)
{
    DWORD64 sp;
    do {
        w->pc[w->n++] = c->Rip;
        sp = c->Rsp;
    } while (w->n < w->max && windows_unwind(c) && c->Rsp > sp);
}

static void run_walk(void *ctx)
{
    /* Between this function and the place asked for. */
    const int own_frames = 32;
    struct walk *w = ctx;
    const CONTEXT *place = windows_place();
    CONTEXT c;
    if (place && place->Rip == w->at->pc && place->Rsp == w->at->sp) {
        c = *place;
        record(w, &c);
        return;
    }
    RtlCaptureContext(&c);
    for (int i = 0; i < own_frames; i++) {
        if (!windows_unwind(&c))
            return;
        if (c.Rip == w->at->pc) {
            record(w, &c);
            return;
        }
    }
}

size_t walk_stack(const struct guest_fault *at, uint64_t *pc, size_t max)
{
    struct walk walk = {.at = at, .pc = pc, .max = max};
    (void)guest_try(run_walk, &walk);
    return walk.n > 1 ? walk.n : walk_frames(at, pc, max);
}
