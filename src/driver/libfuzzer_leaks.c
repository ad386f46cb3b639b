/* SPDX-License-Identifier: MIT
 *
 * Leaks that are told when the run ends: the sanitizer's runtime looks for them
 * as a process with libFuzzer exits, whatever -detect_leaks says, which is of
 * single inputs. See libfuzzer.h.
 */
#include "coordinator/report_libfuzzer.h"
#include "driver/libfuzzer.h"
#include "platform/platform.h"

void libfuzzer_leaks_want(struct libfuzzer *l, bool wanted)
{
    l->opt.last_leaks = wanted;
    l->files.leaks = &l->leaks;
}

int libfuzzer_leaks_tell(struct libfuzzer *l, int code)
{
    /* Who interrupts it wants it to end. */
    if (code || !l->leaks.found || platform_interrupts(NULL))
        return code;
    libfuzzer_leaks(&l->leaks.verdict, l->leaks.output, l->leaks.size);
    return l->flags.jobs > 0 ? 1 : l->leaks.verdict.exit_code;
}
