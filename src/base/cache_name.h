/* SPDX-License-Identifier: MIT
 *
 * Where a fuzz program's found inputs lie in the user's cache. Apart because
 * two must agree on it: the program itself, and the tool, which may remove
 * them.
 */
#ifndef THRESH_BASE_CACHE_NAME_H
#define THRESH_BASE_CACHE_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* Writes the path of the directory, in the cache directory `home`, of a program
 * with this absolute path: its name, and a hash of where it lies, since many
 * programs are called "fuzz". False if out is too small. */
bool cache_name(char *out, size_t size, const char *home, const char *program);

#endif
