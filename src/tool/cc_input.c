/* SPDX-License-Identifier: MIT
 *
 * See cc_input.h. The names are those of gcc's manual ("Overall Options").
 */
#include "tool/cc_input.h"

#include <stddef.h>
#include <string.h>

struct naming {
    const char *name;
    enum cc_input kind;
};

static const struct naming suffixes[] = {
    {"c", CC_INPUT_SOURCE},
    {"i", CC_INPUT_SOURCE},
    {"cc", CC_INPUT_SOURCE},
    {"cp", CC_INPUT_SOURCE},
    {"cxx", CC_INPUT_SOURCE},
    {"cpp", CC_INPUT_SOURCE},
    {"CPP", CC_INPUT_SOURCE},
    {"c++", CC_INPUT_SOURCE},
    {"C", CC_INPUT_SOURCE},
    {"ii", CC_INPUT_SOURCE},
    {"m", CC_INPUT_SOURCE},
    {"mi", CC_INPUT_SOURCE},
    {"mm", CC_INPUT_SOURCE},
    {"M", CC_INPUT_SOURCE},
    {"mii", CC_INPUT_SOURCE},
    {"h", CC_INPUT_HEADER},
    {"H", CC_INPUT_HEADER},
    {"hh", CC_INPUT_HEADER},
    {"hp", CC_INPUT_HEADER},
    {"hpp", CC_INPUT_HEADER},
    {"HPP", CC_INPUT_HEADER},
    {"hxx", CC_INPUT_HEADER},
    {"h++", CC_INPUT_HEADER},
    {"tcc", CC_INPUT_HEADER},
    {"S", CC_INPUT_PREPROCESSED_ASSEMBLY},
    {"sx", CC_INPUT_PREPROCESSED_ASSEMBLY},
    {"s", CC_INPUT_OTHER},
    {"bc", CC_INPUT_OTHER},
    {"ll", CC_INPUT_OTHER},
    {"f", CC_INPUT_OTHER},
    {"f90", CC_INPUT_OTHER},
    {"F", CC_INPUT_OTHER},
    {"F90", CC_INPUT_OTHER},
};

static const struct naming languages[] = {
    {"c", CC_INPUT_SOURCE},
    {"cpp-output", CC_INPUT_SOURCE},
    {"c++", CC_INPUT_SOURCE},
    {"c++-cpp-output", CC_INPUT_SOURCE},
    {"objective-c", CC_INPUT_SOURCE},
    {"objective-c-cpp-output", CC_INPUT_SOURCE},
    {"objective-c++", CC_INPUT_SOURCE},
    {"objective-c++-cpp-output", CC_INPUT_SOURCE},
    {"c-header", CC_INPUT_HEADER},
    {"c++-header", CC_INPUT_HEADER},
    {"objective-c-header", CC_INPUT_HEADER},
    {"objective-c++-header", CC_INPUT_HEADER},
    {"assembler-with-cpp", CC_INPUT_PREPROCESSED_ASSEMBLY},
};

#define LENGTH(list) (sizeof(list) / sizeof(list)[0])

static enum cc_input find(const struct naming *list, size_t n, const char *name,
                          enum cc_input otherwise)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].name, name) == 0)
            return list[i].kind;
    }
    return otherwise;
}

enum cc_input cc_input_kind(const char *path, const char *language)
{
    const char *dot;
    if (language)
        return find(languages, LENGTH(languages), language, CC_INPUT_OTHER);
    dot = strrchr(path, '.');
    if (!dot || strchr(dot, '/'))
        return CC_INPUT_OBJECT;
    return find(suffixes, LENGTH(suffixes), dot + 1, CC_INPUT_OBJECT);
}
