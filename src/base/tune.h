#ifndef TUNE_H
#define TUNE_H
#include <stdlib.h>
#include <string.h>
static inline double tune_read(const char *name, double def)
{
    const char *s = getenv("TUNE");
    size_t n = strlen(name);
    while (s && *s) {
        if (!strncmp(s, name, n) && s[n] == '=')
            return atof(s + n + 1);
        s = strchr(s, ',');
        if (s) s++;
    }
    return def;
}
#define TUNE(name, def) ({ static double v_; static int k_; if (!k_) { k_ = 1; v_ = tune_read(name, def); } v_; })
#endif
