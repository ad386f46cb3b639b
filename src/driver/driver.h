/* SPDX-License-Identifier: MIT
 *
 * The program a fuzz binary is; main.c calls it.
 */
#ifndef THRESH_DRIVER_DRIVER_H
#define THRESH_DRIVER_DRIVER_H

int driver_main(int argc, char **argv);

#endif
