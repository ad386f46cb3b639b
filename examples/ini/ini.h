/* SPDX-License-Identifier: MIT
 *
 * A small reader of INI files, the code under test of this example.
 */
#ifndef INI_H
#define INI_H

#include <stddef.h>

struct ini_entry {
    char section[32];
    char key[32];
    char value[64];
};

/* Reads a text of key=value lines under [section] headers. Fills at most max
 * entries and returns how many there are, or -1 if the text is malformed. */
int ini_parse(const char *text, size_t size, struct ini_entry *entries,
              int max);

#endif
