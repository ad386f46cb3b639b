/* SPDX-License-Identifier: MIT
 *
 * Digests against published vectors and, around the edges of a block, against
 * values of another implementation; the 64-bit hash by its properties.
 */
#include "unit.h"

#include "base/hash.h"
#include "base/rng.h"

static void check(const char *text, size_t size, const char *sha256,
                  const char *sha1)
{
    uint8_t digest[HASH_SHA256_SIZE];
    char hex[2 * HASH_SHA256_SIZE + 1];
    hash_sha256(digest, text, size);
    hash_hex(hex, digest, strlen(sha256) / 2);
    assert_string_equal(hex, sha256);
    hash_sha1(digest, text, size);
    hash_hex(hex, digest, strlen(sha1) / 2);
    assert_string_equal(hex, sha1);
}

static void test_published_vectors(void **state)
{
    (void)state;
    const char *abc = "abc";
    const char *two =
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    check(NULL, 0,
          "e3b0c44298fc1c149afbf4c8996fb924"
          "27ae41e4649b934ca495991b7852b855",
          "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    check(abc, strlen(abc),
          "ba7816bf8f01cfea414140de5dae2223"
          "b00361a396177a9cb410ff61f20015ad",
          "a9993e364706816aba3e25717850c26c9cd0d89d");
    check(two, strlen(two),
          "248d6a61d20638b8e5c026930c3e6039"
          "a33ce45964ff2167f6ecedd419db06c1",
          "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}

static void test_a_million_letters(void **state)
{
    (void)state;
    const size_t size = 1000000;
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, 'a', size);
    check(text, size,
          "cdc76e5c9914fb9281a1c7e284d73e67"
          "f1809a48a497200e046d39ccc7112cd0",
          "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    free(text);
}

static void test_edges_of_a_block(void **state)
{
    (void)state;
    static const struct {
        size_t size;
        const char *sha256;
        const char *sha1;
    } rows[] = {
        {1, "6e340b9cffb37a98", "5ba93c9db0cff93f"},
        {55, "463eb28e72f82e0a", "8ae2d46729cfe68f"},
        {56, "da2ae4d6b36748f2", "636e2ec698dac903"},
        {63, "29af2686fd53374a", "6d942da0c4392b12"},
        {64, "fdeab9acf3710362", "c6138d514ffa2135"},
        {65, "4bfd2c8b6f1eec7a", "69bd728ad6e13cd7"},
        {119, "da18797ed7c3a777", "41c89d06001bab4a"},
        {120, "f52b23db1fbb6ded", "d3dbd653bd8597b7"},
        {127, "92ca0fa6651ee2f9", "89d7312a903f65cd"},
        {128, "471fb943aa23c511", "e6434bc401f98603"},
    };
    char bytes[128];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)i;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check(bytes, rows[i].size, rows[i].sha256, rows[i].sha1);
}

static void test_hex(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0x00, 0x0f, 0xa5, 0xff};
    char hex[9];
    hash_hex(hex, bytes, sizeof bytes);
    assert_string_equal(hex, "000fa5ff");
    hash_hex(hex, bytes, 0);
    assert_string_equal(hex, "");
}

/* Every bit of memory of any size changes about half of the bits. */
static void test_avalanche(void **state)
{
    (void)state;
    uint8_t data[80];
    struct rng rng = {1};
    for (size_t size = 1; size <= sizeof data; size++) {
        uint32_t flipped = 0;
        for (size_t i = 0; i < size; i++)
            data[i] = (uint8_t)rng_next(&rng);
        uint64_t hash = hash_64(7, data, size);
        for (size_t bit = 0; bit < 8 * size; bit++) {
            data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            uint64_t changed = hash ^ hash_64(7, data, size);
            data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            uint32_t bits = (uint32_t)__builtin_popcountll(changed);
            assert_in_range(bits, 8, 56);
            flipped += bits;
        }
        assert_in_range(flipped / (8 * size), 27, 37);
    }
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Small memories that differ little, as a fuzzer makes them, have different
 * hashes, even by their lower or upper half in a large table. */
static void test_no_collisions(void **state)
{
    (void)state;
    enum { COUNT = 1 << 16 };
    uint64_t *hashes = malloc(COUNT * sizeof *hashes);
    assert_non_null(hashes);
    uint8_t data[40] = {0};
    for (uint32_t i = 0; i < COUNT; i++) {
        data[3] = (uint8_t)i;
        data[38] = (uint8_t)(i >> 8);
        hashes[i] = hash_64(0, data, sizeof data);
    }
    uint32_t low = 0;
    uint32_t high = 0;
    for (int turn = 0; turn < 2; turn++) {
        qsort(hashes, COUNT, sizeof *hashes, compare);
        for (uint32_t i = 1; i < COUNT; i++) {
            assert_true(hashes[i] != hashes[i - 1]);
            *(turn ? &low : &high) += hashes[i] >> 32 == hashes[i - 1] >> 32;
        }
        for (uint32_t i = 0; i < COUNT; i++)
            hashes[i] = hashes[i] << 32 | hashes[i] >> 32;
    }
    /* By chance 2^31 / 2^32 pairs each. */
    assert_in_range(low, 0, 6);
    assert_in_range(high, 0, 6);
    free(hashes);
}

static void test_size_seed_and_place_matter(void **state)
{
    (void)state;
    uint8_t data[66] = {0};
    for (size_t size = 0; size < 64; size++) {
        uint64_t hash = hash_64(1, data, size);
        assert_true(hash != hash_64(1, data, size + 1));
        assert_true(hash != hash_64(2, data, size));
        /* The same bytes elsewhere, and no others, count. */
        data[0] = 9;
        assert_true(hash == hash_64(1, data + 1, size));
        data[0] = 0;
        data[size] = 9;
        assert_true(hash == hash_64(1, data, size));
        data[size] = 0;
    }
    assert_true(hash_64(1, NULL, 0) == hash_64(1, data, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_vectors),
        cmocka_unit_test(test_a_million_letters),
        cmocka_unit_test(test_edges_of_a_block),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_avalanche),
        cmocka_unit_test(test_no_collisions),
        cmocka_unit_test(test_size_seed_and_place_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
