/* SPDX-License-Identifier: MIT
 *
 * cJSON: what was parsed is printed, parsed again and compared.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cJSON.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    text[size] = 0;
    cJSON *value = cJSON_Parse(text);
    char *printed = value ? cJSON_Print(value) : NULL;
    cJSON *again = printed ? cJSON_Parse(printed) : NULL;
    if (again)
        (void)cJSON_Compare(value, again, 1);
    if (cJSON_IsObject(value))
        (void)cJSON_GetObjectItemCaseSensitive(value, "name");
    free(printed);
    cJSON_Delete(again);
    cJSON_Delete(value);
    cJSON_Minify(text);
    free(text);
    return 0;
}
