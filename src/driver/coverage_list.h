/* SPDX-License-Identifier: MIT
 *
 * Telling `thresh cover` where the counts of this program go.
 */
#ifndef THRESH_DRIVER_COVERAGE_LIST_H
#define THRESH_DRIVER_COVERAGE_LIST_H

/* With THRESH_COVERAGE=FILE in the environment, writes FILE: a line "gcov MAJOR
 * PATH" for each object with gcc's arc counters, where MAJOR is the version of
 * gcc and PATH its file of counts; and "llvm" if clang's counts are written. */
void coverage_list_write(void);

#endif
