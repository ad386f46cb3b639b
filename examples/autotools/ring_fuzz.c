/* SPDX-License-Identifier: MIT
 *
 * A state machine beside its model: the input is a sequence of operations, a
 * byte each, which are done to a ring and to the plainest queue there is.
 */
#include <string.h>
#include <thresh.h>

#include "ring.h"

struct model {
    unsigned char data[RING_SIZE];
    size_t used;
};

static void drop(struct model *model, size_t n)
{
    if (n > model->used)
        n = model->used;
    model->used -= n;
    memmove(model->data, model->data + n, model->used);
}

THRESH_TARGET(operations, (bytes, ops, .max = 64))
{
    struct ring ring = {.first = 0};
    struct model model = {.used = 0};
    for (size_t i = 0; i < ops.size; i++) {
        unsigned char op = ops.data[i], byte;
        switch (op % 3) {
        case 0:
            if (ring_put(&ring, op))
                model.data[model.used++] = op;
            break;
        case 1:
            if (ring_get(&ring, &byte)) {
                THRESH_CHECK(byte == model.data[0], "step %zu: %u, not %u", i,
                             byte, model.data[0]);
                drop(&model, 1);
            }
            break;
        default:
            ring_drop(&ring, op / 32);
            drop(&model, op / 32);
        }
        THRESH_CHECK(ring.used == model.used, "step %zu: %zu bytes, not %zu", i,
                     ring.used, model.used);
    }
}
THRESH_SEED(operations, THRESH_BYTES("\0\3\6\1"));
