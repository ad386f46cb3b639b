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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- argument kinds ----
 *
 * bytes    any bytes. data is never NULL; reading data[size] is an error that
 *          is caught (by the sanitizer, or by an inaccessible page).
 * string   any bytes, followed by a NUL that `size` does not count; may hold
 *          NULs inside.
 *
 * Option of both: .max = N, the largest size (default: -maxlen).
 */
struct thresh_bytes {
    const uint8_t *data;
    size_t size;
};

struct thresh_string {
    const char *data;
    size_t size;
};

/* ---- writing a target ---- */

/* THRESH_TARGET(name, (kind, argument, options...), ...) { body }
 *
 * Defines a target of up to eight arguments. The body runs once for each
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
        NULL};                                                                \
    __attribute__((unused)) static void thresh_seed_##name(                   \
        struct thresh_seed *thresh_seed_node,                                 \
        THRESH_EACH(THRESH_DECLARE, __VA_ARGS__))                             \
    {                                                                         \
        struct thresh_value *thresh_v = thresh_seed_node->values;             \
        (void)(THRESH_EACH(THRESH_STORE, __VA_ARGS__));                       \
        thresh_register_seed(&thresh_target_##name, thresh_seed_node);        \
    }                                                                         \
    __attribute__((constructor)) static void thresh_register_##name(void)     \
    {                                                                         \
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

#define THRESH_MAX_ARGS 8

enum thresh_kind { THRESH_KIND_bytes = 0, THRESH_KIND_string = 1 };

struct thresh_value {
    const void *data; /* bytes and strings */
    size_t size;
    uint64_t bits; /* fixed-width kinds */
};

/* Options of one argument, written as designated initialisers. */
struct thresh_options {
    int reserved;
    size_t max;
};

struct thresh_param {
    const char *name;
    enum thresh_kind kind;
    struct thresh_options options;
};

struct thresh_seed {
    struct thresh_value values[THRESH_MAX_ARGS];
    struct thresh_seed *next;
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

/* For each kind: its C type, how a value becomes an argument, and back. */
typedef struct thresh_bytes thresh_type_bytes;
typedef struct thresh_string thresh_type_string;

#define THRESH_LOAD_bytes(v) thresh_bytes_of((const char *)(v)->data, (v)->size)
#define THRESH_LOAD_string(v) \
    thresh_string_of((const char *)(v)->data, (v)->size)

#define THRESH_SAVE_bytes(v, x)  ((v)->data = (x).data, (v)->size = (x).size)
#define THRESH_SAVE_string(v, x) ((v)->data = (x).data, (v)->size = (x).size)

/* One argument tuple, (kind, name, options...), with its number, in its four
 * uses. The added empty argument lets the options be absent. */
#define THRESH_DECLARE(i, tuple) THRESH_DECLARE_ tuple
#define THRESH_DECLARE_(kind, ...) \
    thresh_type_##kind THRESH_FIRST(__VA_ARGS__, )
#define THRESH_PASS(i, tuple)    THRESH_PASS_(i, THRESH_KIND_OF tuple)
#define THRESH_PASS_(i, kind)    THRESH_PASS__(i, kind)
#define THRESH_PASS__(i, kind)   THRESH_LOAD_##kind(thresh_v + i)
#define THRESH_PARAM(i, tuple)   THRESH_PARAM_ tuple
#define THRESH_PARAM_(kind, ...) THRESH_PARAM__(kind, __VA_ARGS__, )
/* clang-format off */
#define THRESH_PARAM__(kind, name, ...) \
    {#name, THRESH_KIND_##kind, {.reserved = 0, __VA_ARGS__}}
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
#define THRESH_EACH(M, ...)                                           \
    THRESH_NINTH(__VA_ARGS__, THRESH_8, THRESH_7, THRESH_6, THRESH_5, \
                 THRESH_4, THRESH_3, THRESH_2, THRESH_1, )            \
    (M, __VA_ARGS__)
#define THRESH_NINTH(a, b, c, d, e, f, g, h, ninth, ...) ninth
#define THRESH_1(M, a)                                   M(0, a)
#define THRESH_2(M, a, b)                                THRESH_1(M, a), M(1, b)
#define THRESH_3(M, a, b, c)                             THRESH_2(M, a, b), M(2, c)
#define THRESH_4(M, a, b, c, d)                          THRESH_3(M, a, b, c), M(3, d)
#define THRESH_5(M, a, b, c, d, e)                       THRESH_4(M, a, b, c, d), M(4, e)
#define THRESH_6(M, a, b, c, d, e, f)                    THRESH_5(M, a, b, c, d, e), M(5, f)
#define THRESH_7(M, a, b, c, d, e, f, g)                 THRESH_6(M, a, b, c, d, e, f), M(6, g)
#define THRESH_8(M, a, b, c, d, e, f, g, h) \
    THRESH_7(M, a, b, c, d, e, f, g), M(7, h)

#define THRESH_SEED_NUMBERED(name, number, ...) \
    THRESH_SEED_UNIQUE(name, number, __VA_ARGS__)
#define THRESH_SEED_UNIQUE(name, number, ...)                                \
    static struct thresh_seed thresh_seed_##name##_##number;                 \
    __attribute__((constructor)) static void thresh_plant_##name##_##number( \
        void)                                                                \
    {                                                                        \
        thresh_seed_##name(&thresh_seed_##name##_##number, __VA_ARGS__);     \
    }                                                                        \
    struct thresh_semicolon

#ifdef __cplusplus
}
#endif
#endif
