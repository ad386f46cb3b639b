/* SPDX-License-Identifier: MIT
 *
 * See sanitizers.h.
 */
#include "tool/sanitizers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/fingerprint.h"
#include "tool/tasks.h"

#define REMEMBERED "sanitizers"

int sanitizers_try(const struct cc_compiler *compiler, const char *dir,
                   const char *list, struct thresh_err *err)
{
    static const char program[] = "int main(void) { return 0; }\n";
    char path[CC_MAX_PATH];
    struct task task = {.path = compiler->path};
    int rc = platform_write_file(dir, "try.c", program, strlen(program), err);
    if (rc)
        return rc;
    words_add(&task.argv, compiler->path);
    words_addf(&task.argv, "-fsanitize=%s", list);
    words_addf(&task.argv, "%s/try.c", dir);
    words_add(&task.argv, "-o");
    words_addf(&task.argv, "%s/try.exe", dir);
    rc = tasks_run(&task, 1, 1, NULL, NULL, err);
    bool good = task_is_good(&task);
    task_release(&task);
    (void)snprintf(path, sizeof path, "%s/try.c", dir);
    (void)platform_remove_file(path, NULL);
    (void)snprintf(path, sizeof path, "%s/try.exe", dir);
    (void)platform_remove_file(path, NULL);
    return rc < 0 || good ? rc : 1;
}

/* "FINGERPRINT LIST", as an earlier call left it. */
static bool recall(const char *dir, const char *fingerprint, char out[64])
{
    char path[CC_MAX_PATH];
    uint8_t *text;
    size_t size;
    bool known = false;
    size_t n = strlen(fingerprint);
    (void)snprintf(path, sizeof path, "%s/%s", dir, REMEMBERED);
    if (platform_read_file(path, 4096, &text, &size, NULL))
        return false;
    if (size > n && size - n <= 64 && memcmp(text, fingerprint, n) == 0) {
        memcpy(out, text + n + 1, size - n - 1);
        out[size - n - 1] = '\0';
        known = true;
    }
    free(text);
    return known;
}

static int remember(const char *dir, const char *fingerprint, const char *list,
                    struct thresh_err *err)
{
    char text[FINGERPRINT_SIZE + 64];
    (void)snprintf(text, sizeof text, "%s %s", fingerprint, list);
    return platform_write_file(dir, REMEMBERED, text, strlen(text), err);
}

int sanitizers_find(const struct cc_compiler *compiler, const char *dir,
                    char out[64], struct thresh_err *err)
{
    static const char *const lists[] = {SANITIZERS_WANTED, "address",
                                        "undefined"};
    struct fingerprint f;
    char number[16];
    fingerprint_begin(&f);
    fingerprint_add(&f, compiler->path);
    fingerprint_add(&f, compiler->target);
    (void)snprintf(number, sizeof number, "%d", compiler->major);
    fingerprint_add(&f, number);
    fingerprint_end(&f);
    if (recall(dir, f.text, out))
        return 0;
    out[0] = '\0';
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        int rc = sanitizers_try(compiler, dir, lists[i], err);
        if (rc < 0)
            return rc;
        if (platform_interrupts(NULL))
            return 1;
        if (rc == 0) {
            (void)snprintf(out, 64, "%s", lists[i]);
            return remember(dir, f.text, out, err);
        }
    }
    /* Not remembered: what is missing may be installed any time. */
    return 0;
}
