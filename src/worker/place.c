/* SPDX-License-Identifier: MIT
 *
 * See place.h.
 */
#include "worker/place.h"

#include <stdlib.h>
#include <string.h>

#include "platform/guest.h"
#include "worker/sanitizer.h"

#define ALIGNMENT 16u
#define RED_ZONE  64u

enum place_mode place_mode_wanted(void)
{
    if (__asan_poison_memory_region && __asan_unpoison_memory_region)
        return PLACE_POISONED;
    return sanitizer_has_ubsan() ? PLACE_ALIGNED : PLACE_FLUSH;
}

bool place_init(struct place *place, enum place_mode mode, size_t max_bytes,
                enum input_kind kind, bool raw)
{
    size_t terminated = kind == KIND_STRING;
    *place = (struct place){
        .mode = mode, .terminated = terminated, .has_blank = raw};
    place->alignment =
        mode == PLACE_ALIGNED ? ~(uintptr_t)(ALIGNMENT - 1) : UINTPTR_MAX;
    size_t size = COPY_SLACK + max_bytes + terminated + ALIGNMENT;
    if (mode == PLACE_POISONED)
        size += 2 * RED_ZONE;
    size_t rounded;
    place->area = guest_pages(size, true, &rounded);
    if (!place->area)
        return false;
    place->end = place->area + rounded;
    if (mode == PLACE_POISONED)
        __asan_poison_memory_region(place->area, rounded);
    return true;
}

/* Moves the end of the exposed bytes; cost goes with the change alone. */
static uint8_t *expose(struct place *place, size_t size)
{
    uint8_t *data = place->area + RED_ZONE;
    if (size > place->exposed) {
        __asan_unpoison_memory_region(data, size);
    } else if (size < place->exposed) {
        size_t end = (place->exposed + 7) & ~(size_t)7;
        __asan_poison_memory_region(data + size, end - size);
    }
    place->exposed = size;
    return data;
}

uint8_t *place_put_with_care(struct place *place, const uint8_t *data,
                             size_t size, bool exact)
{
    static const uint8_t blank[COPY_SLACK + 1];
    if (place->has_blank && !size) {
        data = blank + COPY_SLACK;
        size = 1;
    }
    size_t room = size + place->terminated;
    if (place->mode != PLACE_POISONED) {
        uint8_t *at = place_put(place, data, size, false);
        sanitizer_initialised(at, room);
        return at;
    }
    uint8_t *to;
    if (exact) {
        place_clear(place);
        /* Of no bytes ASan makes one: the end of that one has none. */
        to = place->heap = malloc(room ? room : 1);
        if (!to)
            return NULL;
        to += room ? 0 : 1;
    } else {
        to = expose(place, room);
    }
    if (size)
        memcpy(to, data, size);
    if (place->terminated)
        to[size] = 0;
    if (exact)
        sanitizer_initialised(to, room);
    return to;
}

void place_clear(struct place *place)
{
    free(place->heap);
    place->heap = NULL;
}
