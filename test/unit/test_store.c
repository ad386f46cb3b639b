/* SPDX-License-Identifier: MIT
 *
 * Corpus files: the form and the name an input gets, and what is read back.
 */
#include "scratch_dir.h"

#include "coordinator/store.h"
#include "platform/platform.h"

static struct options raw_target(void)
{
    return (struct options){.target = "t",
                            .sig = {.nargs = 1, .kind = {KIND_BYTES}},
                            .raw = true,
                            .testdata = "seeds",
                            .cache = "cache"};
}

static struct options typed_target(void)
{
    struct options opt = raw_target();
    opt.raw = false;
    opt.sig.nargs = 2;
    opt.sig.kind[0] = KIND_STRING;
    opt.sig.kind[1] = KIND_BYTES;
    return opt;
}

static struct span span_of(const char *text)
{
    return (struct span){(uint8_t *)(uintptr_t)text, (uint32_t)strlen(text)};
}

static void assert_encodes(const struct options *opt, const struct input *in,
                           const char *file)
{
    struct buf out;
    buf_init(&out, 1000);
    store_encode(opt, in, &out);
    assert_string_equal(buf_text(&out), file);
    buf_release(&out);
}

static void put_file(const char *name, const char *text)
{
    struct thresh_err err;
    assert_int_equal(
        platform_write_file(scratch_dir, name, text, strlen(text), &err), 0);
}

/* Reads a file of the directory; its error's code. The text goes to err. */
static int read_back(const struct options *opt, const char *name, uint64_t max,
                     struct input *in, uint8_t **memory, struct thresh_err *err)
{
    *memory = NULL;
    return store_read(opt, scratch_dir, name, max, in, memory, err);
}

static void test_paths_are_directory_and_target(void **state)
{
    (void)state;
    struct options opt = raw_target();
    char path[STORE_PATH_SIZE];
    struct thresh_err err;
    assert_int_equal(store_testdata_dir(&opt, path, &err), 0);
    assert_string_equal(path, "seeds/t");
    assert_int_equal(store_cache_dir(&opt, path, &err), 0);
    assert_string_equal(path, "cache/t");

    static char longest[STORE_PATH_SIZE];
    memset(longest, 'x', STORE_PATH_SIZE - 1);
    opt.cache = longest;
    assert_int_equal(store_cache_dir(&opt, path, &err), THRESH_ELIMIT);
}

static void test_one_bytes_argument_is_written_raw(void **state)
{
    (void)state;
    struct options opt = raw_target();
    struct input in = {.nargs = 1, .arg = {span_of("any \xff bytes\n")}};
    assert_encodes(&opt, &in, "any \xff bytes\n");
}

static void test_what_looks_like_text_is_written_as_text(void **state)
{
    (void)state;
    struct options opt = raw_target();
    struct input in = {.nargs = 1, .arg = {span_of("go test fuzz v1\nx")}};
    assert_encodes(&opt, &in,
                   "go test fuzz v1\n[]byte(\"go test fuzz v1\\nx\")\n");
}

static void test_other_arguments_are_written_as_text(void **state)
{
    (void)state;
    struct options opt = typed_target();
    struct input in = {.nargs = 2, .arg = {span_of("a\""), span_of("\1")}};
    assert_encodes(&opt, &in,
                   "go test fuzz v1\nstring(\"a\\\"\")\n[]byte(\"\\x01\")\n");
}

static void test_the_name_is_of_the_bytes(void **state)
{
    (void)state;
    struct options opt = raw_target();
    struct input in = {.nargs = 1, .arg = {span_of("abc")}};
    char name[STORE_NAME_SIZE];
    struct thresh_err err;
    assert_int_equal(store_write(&opt, scratch_dir, &in, name, &err), 0);
    assert_string_equal(name, "ba7816bf8f01cfea"); /* SHA-256 of "abc" */
    uint8_t *memory;
    struct input back;
    assert_int_equal(read_back(&opt, name, 0, &back, &memory, &err), 0);
    assert_int_equal(back.arg[0].size, 3);
    assert_memory_equal(back.arg[0].data, "abc", 3);
    free(memory);
}

static void test_a_bytes_target_reads_both_forms(void **state)
{
    (void)state;
    struct options opt = raw_target();
    struct thresh_err err;
    struct input in;
    uint8_t *memory;
    put_file("raw", "raw");
    put_file("text", "go test fuzz v1\n[]byte(\"text\")\n");
    assert_int_equal(read_back(&opt, "raw", 0, &in, &memory, &err), 0);
    assert_memory_equal(in.arg[0].data, "raw", 3);
    free(memory);
    assert_int_equal(read_back(&opt, "text", 0, &in, &memory, &err), 0);
    assert_int_equal(in.arg[0].size, 4);
    assert_memory_equal(in.arg[0].data, "text", 4);
    free(memory);
}

static void test_wrong_files_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text;
    } cases[] = {
        {"junk", "unmarshal: must include version and at least one value"},
        {"go test fuzz v1\n",
         "wrong number of values in corpus entry: 0, want 2"},
        {"go test fuzz v1\nint(1)\nstring(\"a\")\n",
         "mismatched types in corpus entry: [int string], want [string "
         "[]byte]"},
    };
    struct options opt = typed_target();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct thresh_err err = {0};
        struct input in;
        uint8_t *memory;
        put_file("case", cases[i].file);
        assert_int_equal(read_back(&opt, "case", 0, &in, &memory, &err),
                         THRESH_EFORMAT);
        assert_non_null(strstr(err.msg, cases[i].text));
        assert_non_null(strstr(err.msg, "/case\": "));
        assert_null(memory);
    }
}

static void test_long_values_are_cut(void **state)
{
    (void)state;
    struct options opt = typed_target();
    struct thresh_err err;
    struct input in;
    uint8_t *memory;
    opt.sig.max_bytes[0] = 2;
    put_file("long", "go test fuzz v1\nstring(\"abcdef\")\n[]byte(\"ghij\")\n");
    assert_int_equal(read_back(&opt, "long", 3, &in, &memory, &err), 0);
    assert_int_equal(in.arg[0].size, 2);
    assert_int_equal(in.arg[1].size, 3);
    assert_memory_equal(in.arg[0].data, "ab", 2);
    assert_memory_equal(in.arg[1].data, "ghi", 3);
    free(memory);
    assert_int_equal(read_back(&opt, "long", 0, &in, &memory, &err), 0);
    assert_int_equal(in.arg[1].size, 4);
    free(memory);
}

/* Notes names, with "!" before those that could not be read. */
static int note_name(void *ctx, const char *name, const struct input *in,
                     const struct thresh_err *bad)
{
    char *names = ctx;
    assert_true((in == NULL) == (bad != NULL));
    (void)snprintf(names + strlen(names), 64 - strlen(names), "%s%s ",
                   in ? "" : "!", name);
    return strcmp(name, "stop") == 0 ? 7 : 0;
}

static void test_a_directory_is_read_in_order_of_names(void **state)
{
    (void)state;
    struct options opt = typed_target();
    struct thresh_err err;
    char names[64] = "";
    put_file("b", "go test fuzz v1\nstring(\"a\")\n[]byte(\"\")\n");
    put_file("c", "junk");
    put_file("a", "go test fuzz v1\nstring(\"b\")\n[]byte(\"\")\n");
    assert_int_equal(
        store_read_dir(&opt, scratch_dir, 0, note_name, names, &err), 0);
    assert_string_equal(names, "a b !c ");

    names[0] = 0;
    put_file("stop", "junk");
    put_file("tail", "junk");
    assert_int_equal(
        store_read_dir(&opt, scratch_dir, 0, note_name, names, &err), 7);
    assert_string_equal(names, "a b !c !stop ");
}

static void test_a_missing_directory_is_empty(void **state)
{
    (void)state;
    struct options opt = typed_target();
    struct thresh_err err;
    char names[64] = "";
    assert_int_equal(
        store_read_dir(&opt, "/nonexistent/dir", 0, note_name, names, &err), 0);
    assert_string_equal(names, "");
}

/* ---- histories ---- */

static void add_earlier(struct history *h, const char *text)
{
    struct input in = {.nargs = 1, .arg = {span_of(text)}};
    uint8_t packed[64];
    input_pack(&in, packed);
    assert_true(history_add(h, packed, input_packed_size(&in)));
}

static void test_a_history_is_read_back_in_its_order(void **state)
{
    (void)state;
    struct options opt = raw_target();
    struct history written = {0}, back = {0};
    struct thresh_err err;
    for (char text[] = "a"; *text <= 'l'; ++*text)
        add_earlier(&written, text);
    assert_int_equal(
        store_write_history(&opt, scratch_dir, "input", &written, &err), 0);
    assert_int_equal(
        store_read_history(&opt, scratch_dir, "input", 0, &back, &err), 0);
    assert_int_equal(back.state, HISTORY_FOUND);
    assert_int_equal(back.count, 12);
    for (uint32_t i = 0; i < 12; i++)
        assert_int_equal(back.input[i].packed[4], 'a' + (int)i);
    history_release(&back);

    /* Another takes its place, and nothing of it stays. */
    history_release(&written);
    add_earlier(&written, "z");
    assert_int_equal(
        store_write_history(&opt, scratch_dir, "input", &written, &err), 0);
    assert_int_equal(
        store_read_history(&opt, scratch_dir, "input", 0, &back, &err), 0);
    assert_int_equal(back.count, 1);
    history_release(&written);
    history_release(&back);

    store_remove_history(scratch_dir, "input");
    assert_int_equal(
        store_read_history(&opt, scratch_dir, "input", 0, &back, &err), 0);
    assert_int_equal(back.count, 0);
}

static void test_histories_are_no_seeds(void **state)
{
    (void)state;
    struct options opt = raw_target();
    struct history h = {0};
    struct thresh_err err;
    char names[64] = "";
    add_earlier(&h, "earlier");
    put_file("input", "x");
    assert_int_equal(store_write_history(&opt, scratch_dir, "input", &h, &err),
                     0);
    history_release(&h);
    assert_int_equal(
        store_read_dir(&opt, scratch_dir, 0, note_name, names, &err), 0);
    assert_string_equal(names, "input ");
}

static void test_a_history_that_cannot_be_read_is_an_error(void **state)
{
    (void)state;
    struct options opt = typed_target();
    struct history h = {0};
    struct thresh_err err;
    char dir[256];
    (void)snprintf(dir, sizeof dir, "%s/input.before", scratch_dir);
    assert_int_equal(platform_write_file(dir, "0001", "junk", 4, &err), 0);
    assert_int_equal(
        store_read_history(&opt, scratch_dir, "input", 0, &h, &err),
        THRESH_EFORMAT);
    assert_non_null(strstr(err.msg, "input.before/0001"));
    history_release(&h);
}

#define WITH_DIR(f) \
    cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths_are_directory_and_target),
        cmocka_unit_test(test_one_bytes_argument_is_written_raw),
        cmocka_unit_test(test_what_looks_like_text_is_written_as_text),
        cmocka_unit_test(test_other_arguments_are_written_as_text),
        WITH_DIR(test_the_name_is_of_the_bytes),
        WITH_DIR(test_a_bytes_target_reads_both_forms),
        WITH_DIR(test_wrong_files_are_told_apart),
        WITH_DIR(test_long_values_are_cut),
        WITH_DIR(test_a_directory_is_read_in_order_of_names),
        cmocka_unit_test(test_a_missing_directory_is_empty),
        WITH_DIR(test_a_history_is_read_back_in_its_order),
        WITH_DIR(test_histories_are_no_seeds),
        WITH_DIR(test_a_history_that_cannot_be_read_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
