/* SPDX-License-Identifier: MIT
 *
 * Version numbers as texts: "1.10" is newer than "1.9".
 */
#ifndef VERSION_H
#define VERSION_H

/* Negative, zero or positive as a is older than, the same as, or newer than b.
 * What is no digit separates numbers. */
int version_compare(const char *a, const char *b);

#endif
