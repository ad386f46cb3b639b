/* SPDX-License-Identifier: MIT
 *
 * The control file of a merge: what is written is read back, what is torn or
 * wrong is left out or refused.
 */
#include "unit.h"

#include "driver/libfuzzer_control.h"

static void test_round_trip(void **state)
{
    static const uint32_t features[] = {17, 16, 3, 40};
    struct merge_files files = {0}, again;
    struct buf text;
    (void)state;
    assert_non_null(merge_files_add(&files, "a/1", 3));
    assert_non_null(merge_files_add(&files, "b/with space", 12));
    assert_non_null(merge_files_add(&files, "b/3/not of it", 3));
    files.nfirst = 1;
    files.list[0].size = 5;
    files.list[1].size = 7;
    assert_true(merge_file_measured(&files.list[0], 4));
    memcpy(files.list[0].features, features, sizeof features);
    files.list[1].started = true;
    buf_init(&text, 1000);
    control_add_head(&text, &files);
    for (size_t i = 0; i < files.n; i++)
        control_add_file(&text, &files, i);
    assert_string_equal(buf_text(&text),
                        "3\n1\na/1\nb/with space\nb/3\n"
                        "STARTED 0 5\nFT 0 17 16 3 40\nCOV 0 2 0 5\n"
                        "STARTED 1 7\n");
    assert_true(control_read(&again, buf_text(&text)));
    assert_int_equal(again.n, 3);
    assert_int_equal(again.nfirst, 1);
    assert_string_equal(again.list[1].path, "b/with space");
    assert_true(again.list[0].measured);
    assert_int_equal(again.list[0].size, 5);
    assert_int_equal(again.list[0].nfeatures, 4);
    assert_int_equal(again.list[0].features[3], 40);
    assert_true(again.list[1].started && !again.list[1].measured);
    assert_false(again.list[2].started);
    buf_release(&text);
    merge_files_release(&files);
    merge_files_release(&again);
}

static void test_without_features(void **state)
{
    struct merge_files files;
    (void)state;
    assert_true(control_read(&files, "1\n0\nx\nSTARTED 0 4\nFT 0\n"));
    assert_true(files.list[0].measured);
    assert_int_equal(files.list[0].nfeatures, 0);
    merge_files_release(&files);
}

static void test_bad_heads(void **state)
{
    static const char *const bad[] = {
        "",
        "JUNK\n",
        "3\n",
        "3",
        "3\n4\n",
        "3\n0\na\n",
        "2\n0\na\nb",
        "-1\n0\n",
        "1 x\n0\n",
        "1\n0 x\na\n",
        "99999999999\n0\n",
    };
    struct merge_files files;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(control_read(&files, bad[i]));
        assert_null(files.list);
    }
}

/* Its writer may have been killed at any byte. */
static void test_torn_ends(void **state)
{
    static const char whole[] = "2\n0\na\nb\nSTARTED 0 4\nFT 0 1 2\n"
                                "STARTED 1 7\nFT 1 3\nCOV 1 0\n";
    struct merge_files files;
    char text[sizeof whole];
    (void)state;
    for (size_t n = strlen("2\n0\na\nb\n"); n < sizeof whole; n++) {
        memcpy(text, whole, n);
        text[n] = 0;
        assert_true(control_read(&files, text));
        bool first = n >= strlen("2\n0\na\nb\nSTARTED 0 4\nFT 0 1 2\n");
        assert_int_equal(files.list[0].measured, first);
        merge_files_release(&files);
    }
}

static void test_nobody_is_believed(void **state)
{
    struct merge_files files;
    (void)state;
    assert_true(control_read(&files, "1\n0\na\nSTARTED 1 4\nFT 7 1\n"
                                     "STARTED x\nFT\nWHAT 0\nFT 0 5 junk 6\n"));
    assert_int_equal(files.n, 1);
    assert_int_equal(files.list[0].nfeatures, 1);
    assert_int_equal(files.list[0].features[0], 5);
    merge_files_release(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_without_features),
        cmocka_unit_test(test_bad_heads),
        cmocka_unit_test(test_torn_ends),
        cmocka_unit_test(test_nobody_is_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
