/* SPDX-License-Identifier: MIT
 *
 * See libfuzzer_control.h.
 */
#include "driver/libfuzzer_control.h"

#include <string.h>

/* More files than this are surely no control file. */
#define FILES_MAX 100000000u

/* ---- reading ---- */

/* A number at *text, which moves behind it and the blanks before it. */
static bool take_number(const char **text, uint64_t *n)
{
    const char *p = *text;
    while (*p == ' ')
        p++;
    const char *digits = p;
    *n = 0;
    for (; *p >= '0' && *p <= '9' && *n < UINT32_MAX; p++)
        *n = *n * 10 + (uint64_t)(*p - '0');
    *text = p;
    return p > digits && (*p == ' ' || *p == '\n');
}

static const char *next_line(const char *text)
{
    const char *end = strchr(text, '\n');
    return end ? end + 1 : NULL;
}

static bool read_head(struct merge_files *files, const char **text)
{
    uint64_t n, first;
    if (!take_number(text, &n) || **text != '\n')
        return false;
    ++*text;
    if (!take_number(text, &first) || **text != '\n' || first > n ||
        n > FILES_MAX)
        return false;
    ++*text;
    for (uint64_t i = 0; i < n; i++) {
        const char *end = strchr(*text, '\n');
        if (!end || !merge_files_add(files, *text, (size_t)(end - *text)))
            return false;
        *text = end + 1;
    }
    files->nfirst = first;
    return true;
}

/* "FT INDEX FEATURE ...". False: memory is refused. */
static bool read_features(struct merge_file *file, const char *text)
{
    size_t n = 0, room = strcspn(text, "\n") / 2 + 1;
    uint64_t feature;
    if (!merge_file_measured(file, room))
        return false;
    while (n < room && *text != '\n' && take_number(&text, &feature))
        file->features[n++] = (uint32_t)feature;
    file->nfeatures = n;
    return true;
}

bool control_read(struct merge_files *files, const char *text)
{
    *files = (struct merge_files){0};
    bool ok = read_head(files, &text);
    for (const char *next; ok && (next = next_line(text)); text = next) {
        bool started = strncmp(text, "STARTED ", 8) == 0;
        bool features = strncmp(text, "FT ", 3) == 0;
        uint64_t index, size;
        text += started ? 8 : 3;
        if ((!started && !features) || !take_number(&text, &index) ||
            index >= files->n)
            continue;
        struct merge_file *file = &files->list[index];
        file->started = true;
        if (features)
            ok = read_features(file, text);
        else if (take_number(&text, &size))
            file->size = size;
    }
    if (!ok)
        merge_files_release(files);
    return ok;
}

/* ---- writing ---- */

void control_add_head(struct buf *out, const struct merge_files *files)
{
    buf_addf(out, "%zu\n%zu\n", files->n, files->nfirst);
    for (size_t i = 0; i < files->n; i++)
        buf_addf(out, "%s\n", files->list[i].path);
}

void control_add_file(struct buf *out, const struct merge_files *files,
                      size_t index)
{
    const struct merge_file *file = &files->list[index];
    if (file->started)
        buf_addf(out, "STARTED %zu %llu\n", index,
                 (unsigned long long)file->size);
    if (!file->measured)
        return;
    buf_addf(out, "FT %zu", index);
    for (size_t i = 0; i < file->nfeatures; i++)
        buf_addf(out, " %u", file->features[i]);
    buf_addf(out, "\nCOV %zu", index);
    for (size_t i = 0; i < file->nfeatures; i++)
        if (i == 0 || file->features[i] / 8 != file->features[i - 1] / 8)
            buf_addf(out, " %u", file->features[i] / 8);
    buf_add_char(out, '\n');
}
