/* SPDX-License-Identifier: MIT
 *
 * What may be linked into a program or not. On ELF a weak reference is null
 * when nothing defines it. COFF links no such thing: there a hook of the
 * harness gets a weak default in the file that asks for it, since a weak
 * definition is only seen in its own object; and the runtimes of sanitizers,
 * which don't exist for its gcc, are null for good.
 */
#ifndef THRESH_PLATFORM_OPTIONAL_H
#define THRESH_PLATFORM_OPTIONAL_H

#include <stddef.h>

/* OPTIONAL_RUNTIME(type, name, (parameters)) declares a function of a
 * sanitizer's runtime, which is NULL where the runtime is not linked in.
 *
 * OPTIONAL_HOOK(name, (parameters)) declares a function of the harness, which
 * returns int, in the one file that uses it; OPTIONAL_HOOK_OF(type, ...) one
 * that returns another number. OPTIONAL_HAS(name) tells whether there is one.
 *
 * OPTIONAL_MAIN marks a definition that gives way to the program's own. The
 * file must hold nothing else. */
#ifdef _WIN32

#define OPTIONAL_RUNTIME(type, name, parameters) \
    static type(*const name) parameters __attribute__((unused)) = NULL

/* clang-format off */
#define OPTIONAL_HOOK_OF(type, name, parameters)             \
    _Pragma("GCC diagnostic push")                           \
    _Pragma("GCC diagnostic ignored \"-Wunused-parameter\"") \
    static type optional_no_##name parameters                \
    {                                                        \
        return 0;                                            \
    }                                                        \
    _Pragma("GCC diagnostic pop")                            \
    __attribute__((weak, alias("optional_no_" #name)))       \
    type name parameters
/* clang-format on */

#define OPTIONAL_HOOK(name, parameters) OPTIONAL_HOOK_OF(int, name, parameters)

/* Through a register, because the compiler knows of no definition but ours. */
#define OPTIONAL_HAS(name)                          \
    (__extension__({                                \
        __typeof__(&(name)) optional_linked = name; \
        __asm__("" : "+r"(optional_linked));        \
        optional_linked != optional_no_##name;      \
    }))

#define OPTIONAL_MAIN

#else

#define OPTIONAL_RUNTIME(type, name, parameters) \
    __attribute__((weak)) type name parameters

#define OPTIONAL_HOOK_OF(type, name, parameters) \
    __attribute__((weak)) type name parameters

#define OPTIONAL_HOOK(name, parameters) OPTIONAL_HOOK_OF(int, name, parameters)

#define OPTIONAL_HAS(name) ((name) != NULL)

#define OPTIONAL_MAIN __attribute__((weak))

#endif

#endif
