/* SPDX-License-Identifier: MIT
 *
 * A directory for tests that write files, gone afterwards with all that is in
 * it. A header because each test is a program of its own.
 */
#ifndef THRESH_TEST_SCRATCH_DIR_H
#define THRESH_TEST_SCRATCH_DIR_H

#include "unit.h"

#include <stdio.h>
#include <unistd.h>

static char scratch_dir[32];

/* Set-up and tear-down of a group or a test. */
static inline int scratch_make(void **state)
{
    (void)state;
    (void)snprintf(scratch_dir, sizeof scratch_dir, "/tmp/thresh-test-XXXXXX");
    return mkdtemp(scratch_dir) ? 0 : -1;
}

static inline int scratch_remove(void **state)
{
    (void)state;
    char command[64];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", scratch_dir);
    return system(command); // NOLINT
}

#endif
