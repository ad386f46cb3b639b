/* SPDX-License-Identifier: MIT
 *
 * See target.h.
 */
#include "worker/target.h"

#include <stdio.h>
#include <string.h>

#include "base/protocol.h"
#include "platform/guest.h"
#include "platform/optional.h"
#include "worker/param.h"
#include "worker/sanitizer.h"

OPTIONAL_HOOK(LLVMFuzzerTestOneInput, (const uint8_t *data, size_t size));
OPTIONAL_HOOK(LLVMFuzzerInitialize, (int *argc, char ***argv));

static struct thresh_target *first_target;
static struct thresh_target **last_link = &first_target;
static const char *program_name = "fuzz";
static int (*raw_target)(const uint8_t *data, size_t size);
static bool rejected;
static bool after_due; /* an input has begun whose AFTER_EACH has not */

/* Constructors register in the order of their declarations, or just the other
 * way round; both lists are in that of the declarations. */
void thresh_register_target(struct thresh_target *target)
{
    if (guest_constructs_backward()) {
        target->next = first_target;
        first_target = target;
        return;
    }
    target->next = NULL;
    *last_link = target;
    last_link = &target->next;
}

void thresh_register_seed(struct thresh_target *target,
                          struct thresh_seed *seed)
{
    struct thresh_seed **link = &target->seeds;
    while (*link && !guest_constructs_backward())
        link = &(*link)->next;
    seed->next = *link;
    *link = seed;
}

void thresh_reject(void)
{
    rejected = true;
}

/* Without what makes a file a program on some systems, and with either system's
 * separator: the name is that of the target's directories, which all systems
 * share. */
void target_set_program(const char *argv0)
{
    static const char suffix[] = ".exe";
    static char name[PROTOCOL_NAME_MAX];
    program_name = argv0;
    for (const char *p = argv0; *p; p++) {
        if (*p == '/' || *p == '\\')
            program_name = p + 1;
    }
    size_t size = strlen(program_name);
    size_t end = sizeof suffix - 1;
    if (size <= end || size - end >= sizeof name ||
        strcmp(program_name + size - end, suffix) != 0)
        return;
    memcpy(name, program_name, size - end);
    name[size - end] = 0;
    program_name = name;
}

void target_set_raw(int (*call)(const uint8_t *data, size_t size))
{
    raw_target = call;
}

/* The target that takes bytes; NULL: there is none. */
static int (*raw(void))(const uint8_t *, size_t)
{
    if (raw_target)
        return raw_target;
    return OPTIONAL_HAS(LLVMFuzzerTestOneInput) ? LLVMFuzzerTestOneInput : NULL;
}

static void fill_typed(struct target *target, struct thresh_target *typed)
{
    *target = (struct target){.name = typed->name, .typed = typed};
    target->sig.nargs = (uint32_t)typed->nparams;
    for (uint32_t i = 0; i < typed->nparams; i++)
        param_fill(&target->sig, i, &typed->params[i]);
}

bool target_at(size_t i, struct target *target)
{
    for (struct thresh_target *t = first_target; t; t = t->next)
        if (i-- == 0) {
            fill_typed(target, t);
            return true;
        }
    if (i > 0 || !raw())
        return false;
    *target = (struct target){
        .name = program_name, .raw = raw(), .sig = {.nargs = 1}};
    target->sig.kind[0] = KIND_BYTES;
    return true;
}

bool target_find(const char *name, struct target *target)
{
    for (size_t i = 0; target_at(i, target); i++)
        if (strcmp(target->name, name) == 0)
            return true;
    return false;
}

bool target_is_raw(const struct target *target)
{
    return target->sig.nargs == 1 && target->sig.kind[0] == KIND_BYTES;
}

bool target_seed(const struct target *target, size_t i, struct input *in,
                 uint64_t store[INPUT_MAX_ARGS])
{
    const struct thresh_seed *seed =
        target->typed ? target->typed->seeds : NULL;
    while (seed && i-- > 0)
        seed = seed->next;
    if (!seed)
        return false;
    in->nargs = target->sig.nargs;
    for (uint32_t k = 0; k < in->nargs; k++) {
        size_t width = kind_width(target->sig.kind[k]);
        const struct thresh_value *value = &seed->values[k];
        value_store((uint8_t *)&store[k], width, value->bits);
        if (width)
            in->arg[k] = (struct span){(uint8_t *)&store[k], (uint32_t)width};
        else
            in->arg[k] = (struct span){(uint8_t *)(uintptr_t)value->data,
                                       (uint32_t)value->size};
    }
    return true;
}

bool target_is_broken(const struct target *target, char *text, size_t size)
{
    uint64_t store[INPUT_MAX_ARGS];
    struct input in;
    if (!target->typed)
        return false;
    for (size_t i = 0; i < target->typed->nparams; i++)
        if (param_is_broken(target->name, &target->typed->params[i], text,
                            size))
            return true;
    for (size_t i = 0; target_seed(target, i, &in, store); i++)
        for (uint32_t k = 0; k < in.nargs; k++) {
            const struct thresh_param *param = &target->typed->params[k];
            size_t width = kind_width(target->sig.kind[k]);
            if (!width ||
                domain_has(&target->sig.domain[k], target->sig.kind[k],
                           value_load(in.arg[k].data, width)))
                continue;
            (void)snprintf(text, size,
                           "target %s: seed#%zu: %s is not one of its values "
                           "(%.*s)",
                           target->name, i, param->name, param_text_size(param),
                           param->text);
            return true;
        }
    return false;
}

const char *target_arg_name(const struct target *target, uint32_t arg)
{
    return target->typed ? target->typed->params[arg].name : NULL;
}

const char *target_initialize(int *argc, char ***argv)
{
    if (!OPTIONAL_HAS(LLVMFuzzerInitialize))
        return NULL;
    static char before[4096];
    char *name = (*argv)[0];
    (void)snprintf(before, sizeof before, "%s", name);
    sanitizer_initialised(argc, sizeof *argc);
    sanitizer_initialised(argv, sizeof *argv);
    /* What initialisation leaks is no input's fault. */
    if (__lsan_disable)
        __lsan_disable();
    sanitizer_enter_target();
    (void)LLVMFuzzerInitialize(argc, argv);
    sanitizer_enter_engine();
    if (__lsan_enable)
        __lsan_enable();
    if ((*argv)[0] != name || strncmp(name, before, sizeof before - 1) != 0)
        return "argv[0] has been modified in LLVMFuzzerInitialize, which must "
               "leave it alone";
    return NULL;
}

/* The places that targets are called from exist once each, so that their
 * return addresses tell where in a stack the engine begins. */
#if defined(__clang__)
#define ONE_COPY __attribute__((noinline))
#else
#define ONE_COPY __attribute__((noipa))
#endif

ONE_COPY int target_call_raw(int (*call)(const uint8_t *, size_t),
                             const uint8_t *data, size_t size)
{
    sanitizer_enter_target();
    int result = call(data, size);
    sanitizer_enter_engine();
    __asm__ volatile(""); /* no tail call, which leaves no return address */
    return result;
}

ONE_COPY static void call_typed(void (*call)(const struct thresh_value *),
                                const struct thresh_value *values)
{
    sanitizer_enter_target();
    call(values);
    sanitizer_enter_engine();
    __asm__ volatile(""); /* as above */
}

static const void *called_from;

ONE_COPY static int note_raw(const uint8_t *data, size_t size)
{
    (void)data;
    (void)size;
    called_from = __builtin_return_address(0);
    return 0;
}

ONE_COPY static void note_typed(const struct thresh_value *values)
{
    (void)values;
    called_from = __builtin_return_address(0);
}

const void *target_called_from(const struct target *target)
{
    if (target->typed)
        call_typed(note_typed, NULL);
    else
        (void)target_call_raw(note_raw, NULL, 0);
    return called_from;
}

void target_hook(const struct target *target, enum thresh_hook hook)
{
    if (target->typed && target->typed->hook[hook])
        call_typed(target->typed->hook[hook], NULL);
}

bool target_call_with_values(const struct target *target,
                             const struct input *in)
{
    struct thresh_value values[THRESH_MAX_ARGS];
    for (uint32_t i = 0; i < in->nargs; i++) {
        values[i] = (struct thresh_value){.data = in->arg[i].data,
                                          .size = in->arg[i].size};
        size_t width = kind_width(target->sig.kind[i]);
        if (width)
            values[i].bits = value_load(in->arg[i].data, width);
    }
    rejected = false;
    sanitizer_initialised(values, sizeof values);
    target_hook(target, THRESH_HOOK_BEFORE_EACH);
    after_due = true;
    if (!rejected)
        call_typed(target->typed->call, values);
    target_end_input(target);
    return !rejected;
}

void target_end_input(const struct target *target)
{
    bool due = after_due;
    after_due = false;
    if (due)
        target_hook(target, THRESH_HOOK_AFTER_EACH);
}
