/* SPDX-License-Identifier: MIT
 *
 * Lets the compiler check the calls of functions that format like printf. Apart
 * because compilers call the language of C11's formats by different names:
 * mingw's gcc takes plain "printf" for the one of Microsoft's old library.
 */
#ifndef THRESH_BASE_FORMAT_H
#define THRESH_BASE_FORMAT_H

/* Stands before a declaration: the number of the format among the parameters,
 * and of the first argument it formats. */
#if defined(__MINGW32__)
#define FORMATS(format_at, first) \
    __attribute__((format(gnu_printf, format_at, first)))
#elif defined(__GNUC__)
#define FORMATS(format_at, first) \
    __attribute__((format(printf, format_at, first)))
#else
#define FORMATS(format_at, first)
#endif

#endif
