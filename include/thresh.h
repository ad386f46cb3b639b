/* SPDX-License-Identifier: MIT
 *
 * Thresh: native fuzzing for C. The one header a fuzz target includes; from C11
 * and from C++.
 *
 *     #include <thresh.h>
 *
 *     THRESH_TARGET(parse_url, (string, url, .max = 4096))
 *     {
 *         struct url *u = url_parse(url.data, url.size);
 *         THRESH_REJECT_IF(!u);
 *         THRESH_CHECK(url_roundtrips(u), "lost a field in %s", url.data);
 *         url_free(u);
 *     }
 *     THRESH_SEED(parse_url, THRESH_STR("http://example.com/?q=1"));
 *
 * Build with `thresh cc`, run the binary plainly to replay seeds and saved
 * inputs as tests, with -fuzz=parse_url to search for new ones. A binary may
 * hold any number of targets; `LLVMFuzzerTestOneInput` works as it is, without
 * this header.
 */
#ifndef THRESH_H
#define THRESH_H

/* The macros' inner workings are not the including file's business: keep its
 * warning flags to its own code. */
#ifdef __GNUC__
#pragma GCC system_header
#endif

/* Options are designated initialisers, before C++20 an extension, and -Wpedantic
 * would tell of each: they are written in the including file, so that no
 * narrower place to say this would do. */
#if defined(__cplusplus) && __cplusplus < 202002L && !defined(__clang__) && \
    __GNUC__ >= 12
#pragma GCC diagnostic ignored "-Wc++20-extensions"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- argument kinds ----
 *
 *   kind            in the body
 *   bytes           struct thresh_bytes: any bytes. data is never NULL;
 *                   reading data[size] is an error that is caught (by the
 *                   sanitizer, or by an inaccessible page)
 *   string          struct thresh_string: any bytes, followed by a NUL that
 *                   `size` does not count; may hold NULs inside
 *   bool            bool
 *   int8 ... int64, uint8 ... uint64   the types of stdint.h
 *   int, uint       int64_t, uint64_t: what Go's corpus files call so
 *   byte            uint8_t
 *   rune            int32_t: a code point, or what is taken for one
 *   float, double   as in C, with NaNs and infinities
 *
 * Options, in this order:
 *   .max = N         of bytes and strings: the largest size (else -maxlen)
 *   .min = N, .max = N            of numbers: the range, both ends in it; one
 *                    of floats excludes NaN
 *   .initial = N     of numbers: where nothing else is known: in the first
 *                    entry of an empty corpus, in a file saved before the
 *                    target had the argument; else the value next to 0
 *   .choices = THRESH_CHOICES(a, b, ...)   of numbers: the only values there
 *                    are, up to 32, the simplest first
 *
 * No value but an allowed one is ever made, and none is read from a file. */
struct thresh_bytes {
    const uint8_t *data;
    size_t size;
};

struct thresh_string {
    const char *data;
    size_t size;
};

#define THRESH_CHOICES(...)        \
    {                              \
        THRESH_COUNT(__VA_ARGS__), \
        {                          \
            __VA_ARGS__            \
        }                          \
    }

/* ---- writing a target ---- */

/* THRESH_TARGET(name, (kind, argument, options...), ...) { body }
 *
 * Defines a target of one to eight arguments. The body runs once for each
 * input; returning means that the input passed. Arguments lie in buffers of
 * their own, exact in size, and are valid until the body returns. */
#define THRESH_TARGET(name, ...)                                              \
    static void thresh_body_##name(THRESH_EACH(THRESH_DECLARE, __VA_ARGS__)); \
    static void thresh_call_##name(const struct thresh_value *thresh_values)  \
    {                                                                         \
        const struct thresh_value *thresh_v = thresh_values;                  \
        thresh_body_##name(THRESH_EACH(THRESH_PASS, __VA_ARGS__));            \
        (void)thresh_v;                                                       \
    }                                                                         \
    static const struct thresh_param thresh_params_##name[] = {               \
        THRESH_EACH(THRESH_PARAM, __VA_ARGS__)};                              \
    static struct thresh_target thresh_target_##name = {                      \
        #name,                                                                \
        __FILE__,                                                             \
        __LINE__,                                                             \
        thresh_call_##name,                                                   \
        thresh_params_##name,                                                 \
        sizeof thresh_params_##name / sizeof thresh_params_##name[0],         \
        NULL,                                                                 \
        NULL,                                                                 \
        {NULL, NULL, NULL, NULL}};                                            \
    static void thresh_seed_##name(struct thresh_seed *thresh_seed_node,      \
                                   THRESH_EACH(THRESH_DECLARE, __VA_ARGS__))  \
    {                                                                         \
        struct thresh_value *thresh_v = thresh_seed_node->values;             \
        (void)(THRESH_EACH(THRESH_STORE, __VA_ARGS__));                       \
        thresh_register_seed(&thresh_target_##name, thresh_seed_node);        \
    }                                                                         \
    /* A name by which `thresh cc` gets it out of a static library. */        \
    THRESH_GLOBAL(thresh_linked_##name)                                       \
    __attribute__((constructor)) static void thresh_register_##name(void)     \
    {                                                                         \
        (void)thresh_seed_##name; /* a target may have no seed */             \
        thresh_register_target(&thresh_target_##name);                        \
    }                                                                         \
    static void thresh_body_##name(THRESH_EACH(THRESH_DECLARE, __VA_ARGS__))

/* Gives a target a seed: one value for every argument, in order. Stands at
 * file scope, after the target. Values must live as long as the program:
 * THRESH_STR and THRESH_BYTES of literals do. */
#define THRESH_SEED(name, ...) \
    THRESH_SEED_NUMBERED(name, __COUNTER__, __VA_ARGS__)

/* A string, a bytes value from a string literal (NULs inside are kept). */
#define THRESH_STR(literal) \
    thresh_string_of("" literal "", sizeof("" literal "") - 1)
#define THRESH_BYTES(literal) \
    thresh_bytes_of("" literal "", sizeof("" literal "") - 1)

/* What runs around the inputs of a target; all stand after it.
 *
 *     THRESH_SETUP(name) { ... }         once in each process, before its
 *                                        first input
 *     THRESH_TEARDOWN(name) { ... }      once, when a process in which the
 *                                        set-up ran ends in good order
 *     THRESH_BEFORE_EACH(name) { ... }   before each input; may reject it
 *     THRESH_AFTER_EACH(name) { ... }    after each input, also one that was
 *                                        rejected or failed a check
 *
 * A crash ends the process: nothing of it runs any more. A process that is
 * forked from one that has been set up needs no set-up and makes no tear-down.
 * What a set-up puts into the environment is seen by the target. What
 * fails in a set-up ends the run, and what fails in a tear-down fails it: no
 * input is to blame. */
#define THRESH_SETUP(name)       THRESH_HOOK(name, SETUP)
#define THRESH_TEARDOWN(name)    THRESH_HOOK(name, TEARDOWN)
#define THRESH_BEFORE_EACH(name) THRESH_HOOK(name, BEFORE_EACH)
#define THRESH_AFTER_EACH(name)  THRESH_HOOK(name, AFTER_EACH)

/* Fails the input unless the condition holds. The process goes on with the
 * next input: control leaves the target as by longjmp, so nothing after the
 * check runs. May be used in functions the target calls; on a thread other
 * than the target's own it ends the process (which is a failure too).
 * THRESH_CHECK(condition) or THRESH_CHECK(condition, "format", ...). */
#define THRESH_CHECK(...)                                                     \
    THRESH_SEVENTEENTH(__VA_ARGS__, MORE, MORE, MORE, MORE, MORE, MORE, MORE, \
                       MORE, MORE, MORE, MORE, MORE, MORE, MORE, MORE, ONE, ) \
    (__VA_ARGS__)

/* Leaves the body and keeps the input out of the corpus: it is neither a
 * failure nor interesting. Only in the body itself, since it returns. */
#define THRESH_REJECT_IF(condition) \
    do {                            \
        if (condition) {            \
            thresh_reject();        \
            return;                 \
        }                           \
    } while (0)

/* ---- properties ----
 *
 * Checks that fail with both values shown. `kind` is a kind of arguments, to
 * whose type the values are converted. Floats are the same if they are equal,
 * or both NaN. */

/* Two expressions have the same value. */
#define THRESH_SAME(kind, value, wanted) \
    THRESH_COMPARE(kind, value, wanted, #value " is " #wanted)

/* Reading what was written gives what was there: back(there(value)). */
#define THRESH_ROUND_TRIP(kind, there, back, value)                   \
    do {                                                              \
        thresh_kind_##kind thresh_first = value;                      \
        THRESH_COMPARE(kind, back(there(thresh_first)), thresh_first, \
                       #back "(" #there "(" #value ")) is " #value);  \
    } while (0)

/* Two implementations agree: f(arguments...) and reference(arguments...),
 * which are evaluated for each of them. */
#define THRESH_EQUIVALENT(kind, f, reference, ...)                         \
    THRESH_COMPARE(kind, f(__VA_ARGS__), reference(__VA_ARGS__),           \
                   #f "(" #__VA_ARGS__ ") is " #reference "(" #__VA_ARGS__ \
                      ")")

/* Once more changes nothing: f(f(value)) and f(value). */
#define THRESH_IDEMPOTENT(kind, f, value)                                \
    do {                                                                 \
        thresh_kind_##kind thresh_first = f(value);                      \
        THRESH_COMPARE(kind, f(thresh_first), thresh_first,              \
                       #f "(" #f "(" #value ")) is " #f "(" #value ")"); \
    } while (0)

/* ---- what the macros use; not for use by hand ---- */

#define THRESH_SEVENTEENTH(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, \
                           seventeenth, ...)                               \
    THRESH_CHECK_##seventeenth
#define THRESH_CHECK_ONE(condition) \
    ((condition) ? (void)0          \
                 : thresh_check_failed(__FILE__, __LINE__, #condition, "\1"))
/* The format must be a literal; \1 keeps it from being empty. */
#define THRESH_CHECK_MORE(condition, ...)                              \
    ((condition) ? (void)0                                             \
                 : thresh_check_failed(__FILE__, __LINE__, #condition, \
                                       "\1" __VA_ARGS__))

#define THRESH_MAX_ARGS    8
#define THRESH_MAX_CHOICES 32

/* A constant with a name for the linker. */
#ifdef __ELF__
#define THRESH_HIDDEN __attribute__((visibility("hidden")))
#else
#define THRESH_HIDDEN
#endif
#ifdef __cplusplus
#define THRESH_GLOBAL(name)               \
    extern "C" {                          \
    extern THRESH_HIDDEN const char name; \
    const char name = 0;                  \
    }
#else
#define THRESH_GLOBAL(name)               \
    extern THRESH_HIDDEN const char name; \
    const char name = 0;
#endif

enum thresh_kind {
    THRESH_KIND_bytes,
    THRESH_KIND_string,
    THRESH_KIND_bool,
    THRESH_KIND_int8,
    THRESH_KIND_int16,
    THRESH_KIND_int32,
    THRESH_KIND_int64,
    THRESH_KIND_uint8,
    THRESH_KIND_uint16,
    THRESH_KIND_uint32,
    THRESH_KIND_uint64,
    THRESH_KIND_int,
    THRESH_KIND_uint,
    THRESH_KIND_rune,
    THRESH_KIND_float,
    THRESH_KIND_double,
    THRESH_KINDS
};
#define THRESH_KIND_byte  THRESH_KIND_uint8
#define THRESH_KIND__Bool THRESH_KIND_bool

struct thresh_value {
    const void *data; /* bytes and strings */
    size_t size;
    uint64_t bits; /* other kinds: two's complement, or the bits of a float */
};

/* Options of one argument, written as designated initialisers. */
struct thresh_size_options {
    int reserved;
    size_t max;
};
struct thresh_no_options {
    int reserved;
};
#define THRESH_NUMBER_OPTIONS(type)         \
    {                                       \
        int reserved;                       \
        type min;                           \
        type max;                           \
        type initial;                       \
        struct {                            \
            size_t count;                   \
            type value[THRESH_MAX_CHOICES]; \
        } choices;                          \
    }
struct thresh_signed_options THRESH_NUMBER_OPTIONS(int64_t);
struct thresh_unsigned_options THRESH_NUMBER_OPTIONS(uint64_t);
struct thresh_float_options THRESH_NUMBER_OPTIONS(double);

struct thresh_param {
    const char *name;
    enum thresh_kind kind;
    const char *text; /* the options as written: which of them are given */
    union {
        struct thresh_size_options of_size;
        struct thresh_no_options of_none;
        struct thresh_signed_options of_signed;
        struct thresh_unsigned_options of_unsigned;
        struct thresh_float_options of_float;
    } options;
};

struct thresh_seed {
    struct thresh_value values[THRESH_MAX_ARGS];
    struct thresh_seed *next;
};

enum thresh_hook {
    THRESH_HOOK_SETUP,
    THRESH_HOOK_TEARDOWN,
    THRESH_HOOK_BEFORE_EACH,
    THRESH_HOOK_AFTER_EACH,
    THRESH_HOOKS
};

struct thresh_target {
    const char *name;
    const char *file;
    int line;
    void (*call)(const struct thresh_value *values);
    const struct thresh_param *params;
    size_t nparams;
    struct thresh_seed *seeds; /* in the order they were registered */
    struct thresh_target *next;
    void (*hook[THRESH_HOOKS])(const struct thresh_value *none);
};

/* The formats of C11; plain "printf" is Microsoft's language to mingw's gcc. */
#ifdef __MINGW32__
#define THRESH_PRINTF gnu_printf
#else
#define THRESH_PRINTF printf
#endif

/* Visible whatever the program hides, since targets may sit in shared
 * libraries. */
#pragma GCC visibility push(default)
void thresh_register_target(struct thresh_target *target);
void thresh_register_seed(struct thresh_target *target,
                          struct thresh_seed *seed);
void thresh_reject(void);
__attribute__((noreturn, format(THRESH_PRINTF, 4, 5))) void
thresh_check_failed(const char *file, int line, const char *condition,
                    const char *format, ...);
/* Fails unless both are the same; the text says what that means. */
void thresh_check_same(const char *file, int line, const char *text,
                       enum thresh_kind kind, const struct thresh_value *value,
                       const struct thresh_value *wanted);
#pragma GCC visibility pop

static inline struct thresh_string thresh_string_of(const char *data,
                                                    size_t size)
{
    struct thresh_string s = {data, size};
    return s;
}

static inline struct thresh_bytes thresh_bytes_of(const char *data, size_t size)
{
    struct thresh_bytes b = {(const uint8_t *)data, size};
    return b;
}

static inline uint64_t thresh_bits_of_float(float value)
{
    union {
        float number;
        uint32_t bits;
    } u;
    u.number = value;
    return u.bits;
}

static inline float thresh_float_of(uint64_t bits)
{
    union {
        uint32_t bits;
        float number;
    } u;
    u.bits = (uint32_t)bits;
    return u.number;
}

static inline uint64_t thresh_bits_of_double(double value)
{
    union {
        double number;
        uint64_t bits;
    } u;
    u.number = value;
    return u.bits;
}

static inline double thresh_double_of(uint64_t bits)
{
    union {
        uint64_t bits;
        double number;
    } u;
    u.bits = bits;
    return u.number;
}

/* For each kind: its C type, ... */
typedef struct thresh_bytes thresh_kind_bytes;
typedef struct thresh_string thresh_kind_string;
typedef bool thresh_kind_bool, thresh_kind__Bool;
typedef int8_t thresh_kind_int8;
typedef int16_t thresh_kind_int16;
typedef int32_t thresh_kind_int32, thresh_kind_rune;
typedef int64_t thresh_kind_int64, thresh_kind_int;
typedef uint8_t thresh_kind_uint8, thresh_kind_byte;
typedef uint16_t thresh_kind_uint16;
typedef uint32_t thresh_kind_uint32;
typedef uint64_t thresh_kind_uint64, thresh_kind_uint;
typedef float thresh_kind_float;
typedef double thresh_kind_double;

/* ... how a value becomes an argument, ... */
#define THRESH_LOAD_bytes(v) thresh_bytes_of((const char *)(v)->data, (v)->size)
#define THRESH_LOAD_string(v) \
    thresh_string_of((const char *)(v)->data, (v)->size)
#define THRESH_LOAD_bool(v)   ((v)->bits != 0)
#define THRESH_LOAD_int8(v)   ((thresh_kind_int8)(v)->bits)
#define THRESH_LOAD_int16(v)  ((thresh_kind_int16)(v)->bits)
#define THRESH_LOAD_int32(v)  ((thresh_kind_int32)(v)->bits)
#define THRESH_LOAD_int64(v)  ((thresh_kind_int64)(v)->bits)
#define THRESH_LOAD_uint8(v)  ((thresh_kind_uint8)(v)->bits)
#define THRESH_LOAD_uint16(v) ((thresh_kind_uint16)(v)->bits)
#define THRESH_LOAD_uint32(v) ((thresh_kind_uint32)(v)->bits)
#define THRESH_LOAD_uint64(v) ((thresh_kind_uint64)(v)->bits)
#define THRESH_LOAD_int(v)    ((thresh_kind_int)(v)->bits)
#define THRESH_LOAD_uint(v)   ((thresh_kind_uint)(v)->bits)
#define THRESH_LOAD_rune(v)   ((thresh_kind_rune)(v)->bits)
#define THRESH_LOAD_float(v)  thresh_float_of((v)->bits)
#define THRESH_LOAD_double(v) thresh_double_of((v)->bits)
#define THRESH_LOAD_byte(v)   ((thresh_kind_byte)(v)->bits)
#define THRESH_LOAD__Bool(v)  ((v)->bits != 0)

/* ... and back, ... */
#define THRESH_SAVE_bytes(v, x)  ((v)->data = (x).data, (v)->size = (x).size)
#define THRESH_SAVE_string(v, x) ((v)->data = (x).data, (v)->size = (x).size)
#define THRESH_SAVE_bool(v, x)   ((v)->bits = (uint64_t)(x))
#define THRESH_SAVE_int8(v, x)   ((v)->bits = (uint64_t)(x))
#define THRESH_SAVE_int16(v, x)  ((v)->bits = (uint64_t)(x))
#define THRESH_SAVE_int32(v, x)  ((v)->bits = (uint64_t)(x))
#define THRESH_SAVE_int64(v, x)  ((v)->bits = (uint64_t)(x))
#define THRESH_SAVE_uint8(v, x)  ((v)->bits = (uint64_t)(x))
#define THRESH_SAVE_uint16(v, x) ((v)->bits = (uint64_t)(x))
#define THRESH_SAVE_uint32(v, x) ((v)->bits = (uint64_t)(x))
#define THRESH_SAVE_uint64(v, x) ((v)->bits = (uint64_t)(x))
#define THRESH_SAVE_int(v, x)    ((v)->bits = (uint64_t)(x))
#define THRESH_SAVE_uint(v, x)   ((v)->bits = (uint64_t)(x))
#define THRESH_SAVE_rune(v, x)   ((v)->bits = (uint64_t)(x))
#define THRESH_SAVE_float(v, x)  ((v)->bits = thresh_bits_of_float(x))
#define THRESH_SAVE_double(v, x) ((v)->bits = thresh_bits_of_double(x))
#define THRESH_SAVE_byte(v, x)   ((v)->bits = (uint64_t)(x))
#define THRESH_SAVE__Bool(v, x)  ((v)->bits = (uint64_t)(x))

/* ... and which options it takes. */
#define THRESH_OPTIONS_bytes  of_size
#define THRESH_OPTIONS_string of_size
#define THRESH_OPTIONS_bool   of_none
#define THRESH_OPTIONS_int8   of_signed
#define THRESH_OPTIONS_int16  of_signed
#define THRESH_OPTIONS_int32  of_signed
#define THRESH_OPTIONS_int64  of_signed
#define THRESH_OPTIONS_uint8  of_unsigned
#define THRESH_OPTIONS_uint16 of_unsigned
#define THRESH_OPTIONS_uint32 of_unsigned
#define THRESH_OPTIONS_uint64 of_unsigned
#define THRESH_OPTIONS_int    of_signed
#define THRESH_OPTIONS_uint   of_unsigned
#define THRESH_OPTIONS_rune   of_signed
#define THRESH_OPTIONS_float  of_float
#define THRESH_OPTIONS_double of_float
#define THRESH_OPTIONS_byte   of_unsigned
#define THRESH_OPTIONS__Bool  of_none

/* One argument tuple, (kind, name, options...), with its number, in its four
 * uses. The added empty argument lets the options be absent. */
#define THRESH_DECLARE(i, tuple) THRESH_DECLARE_ tuple
#define THRESH_DECLARE_(kind, ...) \
    thresh_kind_##kind THRESH_FIRST(__VA_ARGS__, )
#define THRESH_PASS(i, tuple)    THRESH_PASS_(i, THRESH_KIND_OF tuple)
#define THRESH_PASS_(i, kind)    THRESH_PASS__(i, kind)
#define THRESH_PASS__(i, kind)   THRESH_LOAD_##kind(thresh_v + i)
#define THRESH_PARAM(i, tuple)   THRESH_PARAM_ tuple
#define THRESH_PARAM_(kind, ...) THRESH_PARAM__(kind, __VA_ARGS__, )
/* clang-format off */
#define THRESH_PARAM__(kind, name, ...)       \
    {#name, THRESH_KIND_##kind, #__VA_ARGS__, \
     {.THRESH_OPTIONS_##kind = {.reserved = 0, __VA_ARGS__}}}
/* clang-format on */
#define THRESH_STORE(i, tuple) \
    THRESH_STORE_(i, THRESH_KIND_OF tuple, THRESH_NAME_OF tuple)
#define THRESH_STORE_(i, kind, name) THRESH_STORE__(i, kind, name)
#define THRESH_STORE__(i, kind, name) \
    (void)THRESH_SAVE_##kind(thresh_v + i, name)

#define THRESH_KIND_OF(kind, ...) kind
#define THRESH_NAME_OF(kind, ...) THRESH_FIRST(__VA_ARGS__, )
#define THRESH_FIRST(first, ...)  first

/* THRESH_EACH(M, a, b, ...) is M(0, a), M(1, b), ... for up to eight. */
#define THRESH_EACH(M, ...)                                                    \
    THRESH_SEVENTEENTH_OF(__VA_ARGS__, THRESH_MANY, THRESH_MANY, THRESH_MANY,  \
                          THRESH_MANY, THRESH_MANY, THRESH_MANY, THRESH_MANY,  \
                          THRESH_MANY, THRESH_8, THRESH_7, THRESH_6, THRESH_5, \
                          THRESH_4, THRESH_3, THRESH_2, THRESH_1, )            \
    (M, __VA_ARGS__)
#define THRESH_SEVENTEENTH_OF(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, \
                              seventeenth, ...)                               \
    seventeenth
#define THRESH_MANY(M, ...)              a_target_has_at_most_eight_arguments
#define THRESH_1(M, a)                   M(0, a)
#define THRESH_2(M, a, b)                THRESH_1(M, a), M(1, b)
#define THRESH_3(M, a, b, c)             THRESH_2(M, a, b), M(2, c)
#define THRESH_4(M, a, b, c, d)          THRESH_3(M, a, b, c), M(3, d)
#define THRESH_5(M, a, b, c, d, e)       THRESH_4(M, a, b, c, d), M(4, e)
#define THRESH_6(M, a, b, c, d, e, f)    THRESH_5(M, a, b, c, d, e), M(5, f)
#define THRESH_7(M, a, b, c, d, e, f, g) THRESH_6(M, a, b, c, d, e, f), M(6, g)
#define THRESH_8(M, a, b, c, d, e, f, g, h) \
    THRESH_7(M, a, b, c, d, e, f, g), M(7, h)

/* The number of arguments, up to THRESH_MAX_CHOICES. */
#define THRESH_COUNT(...)                                                      \
    THRESH_THIRTY_THIRD(__VA_ARGS__, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23,   \
                        22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, \
                        8, 7, 6, 5, 4, 3, 2, 1, )
#define THRESH_THIRTY_THIRD(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, \
                            r, s, t, u, v, w, x, y, z, aa, bb, cc, dd, ee, ff, \
                            thirty_third, ...)                                 \
    thirty_third

/* One of enum thresh_hook: a function with the name of the target, so that
 * reports show where a stack passes through it. */
#define THRESH_HOOK(name, which)                                              \
    static void thresh_body_##name##_##which(void);                           \
    static void thresh_call_##name##_##which(const struct thresh_value *none) \
    {                                                                         \
        (void)none;                                                           \
        thresh_body_##name##_##which();                                       \
    }                                                                         \
    __attribute__((constructor)) static void thresh_hook_##name##_##which(    \
        void)                                                                 \
    {                                                                         \
        thresh_target_##name.hook[THRESH_HOOK_##which] =                      \
            thresh_call_##name##_##which;                                     \
    }                                                                         \
    static void thresh_body_##name##_##which(void)

#define THRESH_COMPARE(kind, value, wanted, text)                       \
    do {                                                                \
        struct thresh_value thresh_left, thresh_right;                  \
        thresh_kind_##kind thresh_a = value;                            \
        thresh_kind_##kind thresh_b = wanted;                           \
        (void)THRESH_SAVE_##kind(&thresh_left, thresh_a);               \
        (void)THRESH_SAVE_##kind(&thresh_right, thresh_b);              \
        thresh_check_same(__FILE__, __LINE__, text, THRESH_KIND_##kind, \
                          &thresh_left, &thresh_right);                 \
    } while (0)

#define THRESH_SEED_NUMBERED(name, number, ...) \
    THRESH_SEED_UNIQUE(name, number, __VA_ARGS__)
/* A value that does not fit is an error; C++ has not all of these warnings. */
/* clang-format off */
#define THRESH_SEED_UNIQUE(name, number, ...)                                  \
    static struct thresh_seed thresh_seed_##name##_##number;                   \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wpragmas\"")\
    _Pragma("GCC diagnostic error \"-Wint-conversion\"")                       \
    _Pragma("GCC diagnostic error \"-Woverflow\"")                             \
    __attribute__((constructor)) static void thresh_plant_##name##_##number(   \
        void)                                                                  \
    {                                                                          \
        (void)&thresh_target_##name;                                           \
        thresh_seed_##name(&thresh_seed_##name##_##number, __VA_ARGS__);       \
    }                                                                          \
    _Pragma("GCC diagnostic pop") struct thresh_semicolon
/* clang-format on */

#ifdef __cplusplus
}
#endif
#endif
