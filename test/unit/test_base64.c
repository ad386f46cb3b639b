/* SPDX-License-Identifier: MIT
 *
 * Base64: the vectors of RFC 4648, and all bytes.
 */
#include "unit.h"

#include "base/base64.h"

static const char *encoded(struct buf *out, const void *data, size_t size)
{
    buf_clear(out);
    base64_add(out, data, size);
    return buf_text(out);
}

static void test_vectors(void **state)
{
    static const char *const vectors[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    struct buf out;
    (void)state;
    buf_init(&out, 100);
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
        assert_string_equal(encoded(&out, vectors[i][0], strlen(vectors[i][0])),
                            vectors[i][1]);
    buf_release(&out);
}

static void test_high_bytes(void **state)
{
    struct buf out;
    (void)state;
    buf_init(&out, 100);
    assert_string_equal(encoded(&out, "\xff\xff\xff\x00", 4), "////AA==");
    assert_string_equal(encoded(&out, "\xfb\xef\xbe", 3), "++++");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_high_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
