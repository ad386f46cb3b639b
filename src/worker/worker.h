/* SPDX-License-Identifier: MIT
 *
 * The worker: a guest in the target's process that serves the coordinator's
 * requests until its request pipe ends. The only way in is worker_serve().
 *
 *            HELLO           request             reply
 *   started -------> ready ----------> serving --------> ready
 *                (in a child, if the process becomes a nursery: nursery.h)
 *                      |  end of pipe     | target dies
 *                      v                  v
 *                   _exit(0)          last words, then its own death
 */
#ifndef THRESH_WORKER_WORKER_H
#define THRESH_WORKER_WORKER_H

/* Whether this process was started as a worker. To be asked once, first. */
int worker_wanted(void);

/* Serves until the coordinator closes the pipe; does not return. argc and argv
 * are main's, for LLVMFuzzerInitialize. */
_Noreturn void worker_serve(int *argc, char ***argv);

/* Exit code of a worker that fails for a reason of our own. */
#define WORKER_EXIT_ENGINE 70
/* ...and one that told where it hangs. */
#define WORKER_EXIT_ASKED 71

#endif
