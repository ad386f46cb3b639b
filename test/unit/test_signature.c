/* SPDX-License-Identifier: MIT
 *
 * Signatures: what makes two failures one bug, and what does not.
 */
#include "unit.h"

#include <stdio.h>

#include "coordinator/signature.h"

#define KEY 512

/* A frame: the function and where in /bin/fuzz it was; NULL: no symbols. */
struct place {
    const char *function;
    uint64_t address;
    const char *module; /* NULL: /bin/fuzz */
};

static void make(struct stack *s, const struct place *place, uint32_t n)
{
    *s = (struct stack){.nmodules = 3, .whole = true};
    static const char *const modules[] = {"/bin/fuzz", "/lib/libc.so.6",
                                          "/usr/lib/libasan.so.8"};
    for (uint32_t m = 0; m < 3; m++)
        (void)snprintf(s->module[m], STACK_PATH, "%s", modules[m]);
    for (uint32_t i = 0; i < n; i++) {
        struct stack_frame *f = &s->frame[s->n++];
        *f = (struct stack_frame){.address = place[i].address,
                                  .start = place[i].address & ~0xffu};
        for (uint32_t m = 0; place[i].module && m < 3; m++)
            if (strcmp(place[i].module, modules[m]) == 0)
                f->module = m;
        (void)snprintf(f->function, sizeof f->function, "%s",
                       place[i].function ? place[i].function : "");
    }
}

#define STACK(s, ...)                                            \
    do {                                                         \
        const struct place places_[] = {__VA_ARGS__};            \
        make(&(s), places_, sizeof places_ / sizeof places_[0]); \
    } while (0)

static const char *key_of(const struct stack *s)
{
    static char keys[4][KEY];
    static unsigned next;
    char *key = keys[next++ % 4];
    signature_of_stack(key, KEY, "signal SIGSEGV", s);
    return key;
}

static void test_it_is_the_kind_and_the_places(void **state)
{
    (void)state;
    struct stack s;
    STACK(s, {"skip_ws", 0x1234, NULL}, {"value", 0x1300, NULL},
          {"url_parse", 0x1400, NULL}, {"t", 0x1500, NULL});
    assert_string_equal(key_of(&s),
                        "signal SIGSEGV fuzz+0x1234 fuzz+0x1300 url_parse");
    STACK(s, {"skip_ws", 0x1234, NULL});
    assert_string_equal(key_of(&s), "signal SIGSEGV fuzz+0x1234");
    s.n = 0;
    assert_string_equal(key_of(&s), "signal SIGSEGV");
}

static void test_two_bugs_in_one_function_are_two(void **state)
{
    (void)state;
    struct stack a, b;
    STACK(a, {"parse", 0x1234, NULL}, {"t", 0x1500, NULL});
    STACK(b, {"parse", 0x1250, NULL}, {"t", 0x1500, NULL});
    assert_string_not_equal(key_of(&a), key_of(&b));
}

static void test_two_bugs_that_end_in_one_helper_are_two(void **state)
{
    (void)state;
    struct stack a, b;
    STACK(a, {"fatal", 0x1234, NULL}, {"parse", 0x1500, NULL});
    STACK(b, {"fatal", 0x1234, NULL}, {"parse", 0x1520, NULL});
    assert_string_not_equal(key_of(&a), key_of(&b));
}

static void test_callers_further_out_do_not_split_a_bug(void **state)
{
    (void)state;
    struct stack a, b;
    STACK(a, {"skip", 0x1234, NULL}, {"value", 0x1300, NULL},
          {"list", 0x1400, NULL}, {"parse", 0x1500, NULL});
    STACK(b, {"skip", 0x1234, NULL}, {"value", 0x1300, NULL},
          {"list", 0x1420, NULL}, {"other", 0x1600, NULL},
          {"parse", 0x1510, NULL});
    assert_string_equal(key_of(&a), key_of(&b));
}

static void test_runtimes_and_helpers_do_not_count(void **state)
{
    (void)state;
    struct stack bare, s;
    STACK(bare, {"parse", 0x1234, NULL}, {"t", 0x1500, NULL});
    STACK(s, {NULL, 0x8aeec, "/lib/libc.so.6"},
          {"abort", 0x26471, "/lib/libc.so.6"}, {"parse", 0x1234, NULL},
          {"t", 0x1500, NULL});
    assert_string_equal(key_of(&s), key_of(&bare));
    /* linked statically */
    STACK(s, {"__pthread_kill_implementation", 0x9010, NULL},
          {"raise", 0x9020, NULL}, {"abort", 0x9030, NULL},
          {"__assert_fail", 0x9040, NULL}, {"parse", 0x1234, NULL},
          {"t", 0x1500, NULL});
    assert_string_equal(key_of(&s), key_of(&bare));
    STACK(s, {"__interceptor_memset", 0x9010, NULL}, {"parse", 0x1234, NULL},
          {"t", 0x1500, NULL});
    assert_string_equal(key_of(&s), key_of(&bare));
    STACK(s, {NULL, 0x47680, "/usr/lib/libasan.so.8"}, {"parse", 0x1234, NULL},
          {"t", 0x1500, NULL});
    assert_string_equal(key_of(&s), key_of(&bare));
    STACK(s, {"_ZSt9terminatev", 0x9010, NULL}, {"parse", 0x1234, NULL},
          {"t", 0x1500, NULL});
    assert_string_equal(key_of(&s), key_of(&bare));
}

static void test_a_projects_own_names_count(void **state)
{
    (void)state;
    struct stack s;
    static const char *const names[] = {"aborted",  "raise_error", "free_list",
                                        "malloc",   "memcpy_safe", "__parse",
                                        "exit_loop"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        STACK(s, {names[i], 0x1234, NULL}, {"t", 0x1500, NULL});
        assert_true(signature_is_project(&s, &s.frame[0]));
    }
}

static void test_without_symbols_modules_tell(void **state)
{
    (void)state;
    struct stack s;
    STACK(s, {NULL, 0x8aeec, "/lib/libc.so.6"}, {NULL, 0x1234, NULL},
          {NULL, 0x1300, NULL}, {NULL, 0x1400, NULL});
    assert_string_equal(key_of(&s), "signal SIGSEGV fuzz+0x1234 fuzz+0x1300");
}

static void test_a_race_has_no_order(void **state)
{
    (void)state;
    struct stack a, b;
    char key[2][KEY], other[KEY];
    STACK(a, {"get", 0x1234, NULL}, {"t", 0x1500, NULL});
    STACK(b, {NULL, 0x10, "/usr/lib/libasan.so.8"}, {"set", 0x1300, NULL});
    signature_of_race(key[0], KEY, "data race", &a, &b);
    signature_of_race(key[1], KEY, "data race", &b, &a);
    assert_string_equal(key[0], key[1]);
    assert_string_equal(key[0], "data race fuzz+0x1234 fuzz+0x1300");
    signature_of_race(other, KEY, "data race", &a, &a);
    assert_string_not_equal(key[0], other);
}

static void test_depth_and_leaves_of_a_recursion_do_not_count(void **state)
{
    (void)state;
    struct stack a, b;
    char key[2][KEY];
    STACK(a, {"even", 0x1234, NULL}, {"odd", 0x1310, NULL},
          {"even", 0x1240, NULL}, {"odd", 0x1310, NULL}, {"even", 0x1240, NULL},
          {"odd", 0x1310, NULL}, {"even", 0x1240, NULL});
    STACK(b, {"leaf", 0x1400, NULL}, {"odd", 0x1320, NULL},
          {"even", 0x1240, NULL}, {"odd", 0x1310, NULL}, {"even", 0x1240, NULL},
          {"odd", 0x1310, NULL}, {"even", 0x1240, NULL});
    signature_of_overflow(key[0], KEY, "stack overflow", &a);
    signature_of_overflow(key[1], KEY, "stack overflow", &b);
    assert_string_equal(key[0], key[1]);
    assert_string_equal(key[0], "stack overflow fuzz+0x1200 fuzz+0x1300");
}

static void test_a_loop_is_known_by_how_it_was_entered(void **state)
{
    (void)state;
    struct stack a, b;
    char key[2][KEY];
    STACK(a, {"leaf", 0x1900, NULL}, {"next", 0x1600, NULL},
          {"list", 0x1400, NULL}, {"parse", 0x1500, NULL},
          {"thresh_body_t", 0x1700, NULL}, {"thresh_call_t", 0x1800, NULL});
    STACK(b, {NULL, 0x10, "/lib/libc.so.6"}, {"list", 0x1440, NULL},
          {"parse", 0x1500, NULL}, {"thresh_call_t", 0x1800, NULL});
    signature_of_hang(key[0], KEY, "timeout", &a);
    signature_of_hang(key[1], KEY, "timeout", &b);
    assert_string_equal(key[0], "timeout parse list");
    assert_string_equal(key[0], key[1]);
    a.whole = false;
    signature_of_hang(key[0], KEY, "timeout", &a);
    assert_string_equal(key[0], "timeout");
}

static void test_a_long_kind_leaves_the_key_terminated(void **state)
{
    (void)state;
    struct stack s;
    char kind[200], key[64];
    memset(kind, 'k', sizeof kind - 1);
    kind[sizeof kind - 1] = 0;
    STACK(s, {"parse", 0x1234, NULL}, {"t", 0x1500, NULL});
    signature_of_stack(key, sizeof key, kind, &s);
    assert_int_equal(strlen(key), sizeof key - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_the_kind_and_the_places),
        cmocka_unit_test(test_two_bugs_in_one_function_are_two),
        cmocka_unit_test(test_two_bugs_that_end_in_one_helper_are_two),
        cmocka_unit_test(test_callers_further_out_do_not_split_a_bug),
        cmocka_unit_test(test_runtimes_and_helpers_do_not_count),
        cmocka_unit_test(test_a_projects_own_names_count),
        cmocka_unit_test(test_without_symbols_modules_tell),
        cmocka_unit_test(test_a_race_has_no_order),
        cmocka_unit_test(test_depth_and_leaves_of_a_recursion_do_not_count),
        cmocka_unit_test(test_a_loop_is_known_by_how_it_was_entered),
        cmocka_unit_test(test_a_long_kind_leaves_the_key_terminated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
