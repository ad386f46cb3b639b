/* SPDX-License-Identifier: MIT
 *
 * An inline function whose copies the linker merges (as C++ has many), and
 * the object that has the other copy.
 */
#define MERGED __attribute__((noinline, weak))

int above(double d);
int second(double d);

MERGED int above(double d)
{
    return d > 2.5 ? 1 : 2;
}
