/* SPDX-License-Identifier: MIT
 *
 * main of a fuzz binary, in a file of its own and optional, so that a program
 * with a main of its own can link the archive.
 */
#include "driver/driver.h"

#include "platform/optional.h"

OPTIONAL_MAIN int main(int argc, char **argv)
{
    return driver_main(argc, argv);
}
