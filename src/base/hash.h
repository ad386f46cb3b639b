/* SPDX-License-Identifier: MIT
 *
 * Digests of memory: SHA-256 and SHA-1 (FIPS 180-4) for names of files that
 * other programs must agree with, and a fast 64-bit hash for tables of our
 * own, which no adversary should be trusted with and no file should hold.
 */
#ifndef THRESH_BASE_HASH_H
#define THRESH_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_SHA256_SIZE 32
#define HASH_SHA1_SIZE   20

void hash_sha256(uint8_t digest[HASH_SHA256_SIZE], const void *data,
                 size_t size);
void hash_sha1(uint8_t digest[HASH_SHA1_SIZE], const void *data, size_t size);

/* Writes size bytes as 2 * size lower-case hexadecimal digits and a NUL. A
 * shorter name is a smaller size: the first half of a digest's digits is the
 * digits of its first half. */
void hash_hex(char *text, const uint8_t *bytes, size_t size);

/* Seeds give unrelated functions. The same on every machine. */
uint64_t hash_64(uint64_t seed, const void *data, size_t size);

#endif
