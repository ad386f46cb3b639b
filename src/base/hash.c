/* SPDX-License-Identifier: MIT
 *
 * See hash.h. SHA-256 and SHA-1 share their padding: whole blocks are taken
 * where they lie, and the one or two last blocks are put together apart.
 */
#include "base/hash.h"

#include <string.h>

#define BLOCK_SIZE 64

typedef void sha_block(uint32_t *state, const uint8_t *block);

static uint32_t rotate_right(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

static uint32_t load_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           p[3];
}

static void store_be32(uint8_t *p, uint32_t x)
{
    p[0] = (uint8_t)(x >> 24);
    p[1] = (uint8_t)(x >> 16);
    p[2] = (uint8_t)(x >> 8);
    p[3] = (uint8_t)x;
}

/* Runs a block function over the padded message and writes the state. */
static void sha(sha_block *block, uint32_t *state, unsigned words,
                uint8_t *digest, const uint8_t *data, size_t size)
{
    size_t whole = size - size % BLOCK_SIZE;
    for (size_t at = 0; at < whole; at += BLOCK_SIZE)
        block(state, data + at);

    uint8_t last[2 * BLOCK_SIZE] = {0};
    size_t rest = size - whole;
    size_t last_size = rest + 9 <= BLOCK_SIZE ? BLOCK_SIZE : 2 * BLOCK_SIZE;
    if (rest)
        memcpy(last, data + whole, rest);
    last[rest] = 0x80;
    uint64_t bits = (uint64_t)size * 8;
    store_be32(last + last_size - 8, (uint32_t)(bits >> 32));
    store_be32(last + last_size - 4, (uint32_t)bits);
    for (size_t at = 0; at < last_size; at += BLOCK_SIZE)
        block(state, last + at);

    for (unsigned i = 0; i < words; i++)
        store_be32(digest + (size_t)4 * i, state[i]);
}

static const uint32_t sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
    0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
    0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static void sha256_block(uint32_t *state, const uint8_t *block)
{
    uint32_t w[64];
    for (int t = 0; t < 16; t++)
        w[t] = load_be32(block + (size_t)4 * (unsigned)t);
    for (int t = 16; t < 64; t++) {
        uint32_t x = w[t - 15];
        uint32_t y = w[t - 2];
        x = rotate_right(x, 7) ^ rotate_right(x, 18) ^ x >> 3;
        y = rotate_right(y, 17) ^ rotate_right(y, 19) ^ y >> 10;
        w[t] = w[t - 16] + x + w[t - 7] + y;
    }
    uint32_t s[8];
    memcpy(s, state, sizeof s);
    for (int t = 0; t < 64; t++) {
        uint32_t e = s[4];
        uint32_t a = s[0];
        uint32_t sum_e =
            rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
        uint32_t sum_a =
            rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);
        uint32_t choose = (e & s[5]) ^ (~e & s[6]);
        uint32_t majority = (a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]);
        uint32_t one = s[7] + sum_e + choose + sha256_constants[t] + w[t];
        memmove(s + 1, s, 7 * sizeof s[0]);
        s[4] += one;
        s[0] = one + sum_a + majority;
    }
    for (int i = 0; i < 8; i++)
        state[i] += s[i];
}

void hash_sha256(uint8_t digest[HASH_SHA256_SIZE], const void *data,
                 size_t size)
{
    uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    sha(sha256_block, state, 8, digest, data, size);
}

static void sha1_block(uint32_t *state, const uint8_t *block)
{
    static const uint32_t constants[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc,
                                          0xca62c1d6};
    uint32_t w[80];
    for (int t = 0; t < 16; t++)
        w[t] = load_be32(block + (size_t)4 * (unsigned)t);
    for (int t = 16; t < 80; t++)
        w[t] = rotate_right(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 31);

    uint32_t a = state[0];
    uint32_t b = state[1];
    uint32_t c = state[2];
    uint32_t d = state[3];
    uint32_t e = state[4];
    for (int t = 0; t < 80; t++) {
        uint32_t f = b ^ c ^ d;
        if (t < 20)
            f = (b & c) | (~b & d);
        else if (t >= 40 && t < 60)
            f = (b & c) | (b & d) | (c & d);
        uint32_t next = rotate_right(a, 27) + f + e + constants[t / 20] + w[t];
        e = d;
        d = c;
        c = rotate_right(b, 2);
        b = a;
        a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

void hash_sha1(uint8_t digest[HASH_SHA1_SIZE], const void *data, size_t size)
{
    uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
                         0xc3d2e1f0};
    sha(sha1_block, state, 5, digest, data, size);
}

void hash_hex(char *text, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * size] = 0;
}

/* ---- the 64-bit hash ----
 *
 * Every step is a bijection of the state for a given word and of the word for
 * a given state, so two memories of one size that differ in one word never
 * collide. Four lanes keep the multiplier busy on long memory. */

#define ODD_1 0xa24baed4963ee407u
#define ODD_2 0x9fb21c651e98df25u

static uint64_t load_le64(const uint8_t *p)
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
           (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 |
           (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

static uint64_t step(uint64_t state, uint64_t word)
{
    word *= ODD_1;
    state ^= word ^ word >> 32;
    return (state << 27 | state >> 37) * ODD_2 + 0x2545;
}

/* Spreads every bit of x over the whole result. */
static uint64_t finish(uint64_t x)
{
    x = (x ^ x >> 32) * ODD_1;
    x = (x ^ x >> 29) * ODD_2;
    return x ^ x >> 32;
}

uint64_t hash_64(uint64_t seed, const void *data, size_t size)
{
    const uint8_t *p = data;
    uint64_t state = finish(seed + ODD_2) ^ (uint64_t)size * ODD_1;
    size_t left = size;
    if (left >= 32) {
        uint64_t lane[4] = {state, state + ODD_1, state ^ ODD_2, ~state};
        for (; left >= 32; left -= 32, p += 32) {
            lane[0] = step(lane[0], load_le64(p));
            lane[1] = step(lane[1], load_le64(p + 8));
            lane[2] = step(lane[2], load_le64(p + 16));
            lane[3] = step(lane[3], load_le64(p + 24));
        }
        for (int i = 0; i < 4; i++)
            state = step(state, lane[i]);
    }
    for (; left >= 8; left -= 8, p += 8)
        state = step(state, load_le64(p));
    if (left) {
        uint8_t word[8] = {0};
        memcpy(word, p, left);
        state = step(state, load_le64(word));
    }
    return finish(state);
}
