/* SPDX-License-Identifier: MIT
 *
 * What the coordinator takes from a worker: good records arrive as they were
 * sent, and nothing that lies gets through.
 */
#include "unit.h"

#include "base/protocol.h"
#include "base/rng.h"

static const struct signature sig = {
    .nargs = 1, .kind = {KIND_BYTES}, .max_bytes = {16}};

/* Builds a record with an input of `size` bytes, one feature, one unstable
 * counter. */
static size_t build(uint8_t *out, uint32_t size, uint32_t feature,
                    uint32_t unstable)
{
    uint8_t bytes[64];
    memset(bytes, 'x', sizeof bytes);
    struct input in = {.nargs = 1, .arg = {{bytes, size}}};
    size_t packed = input_packed_size(&in);
    struct find_header h = {.size = (uint32_t)find_record_size(packed, 1, 1),
                            .parent = 2,
                            .input_size = (uint32_t)packed,
                            .nfeatures = 1,
                            .nunstable = 1,
                            .cost = 9};
    memset(out, 0, h.size);
    memcpy(out, &h, sizeof h);
    input_pack(&in, out + sizeof h);
    memcpy(out + h.size - 8, &feature, 4);
    memcpy(out + h.size - 4, &unstable, 4);
    return h.size;
}

static bool take(uint8_t *box, size_t size, struct find *find, bool *lie)
{
    size_t at = 0;
    return find_take(find, box, size, &at, &sig, 100, 3, 5, lie);
}

static void a_good_record_is_taken(void **state)
{
    _Alignas(8) uint8_t box[512];
    struct find find;
    bool lie;
    size_t at = 0;
    (void)state;
    size_t n = build(box, 5, 99 << 8 | 4, 7);
    n += build(box + n, 0, 1 << 8 | 128, 0);
    assert_true(find_take(&find, box, n, &at, &sig, 100, 3, 5, &lie));
    assert_int_equal(find.input.arg[0].size, 5);
    assert_int_equal(find.features[0], 99 << 8 | 4);
    assert_int_equal(find.unstable[0], 7);
    assert_int_equal(find.parent, 2);
    assert_true(find_take(&find, box, n, &at, &sig, 100, 3, 5, &lie));
    assert_int_equal(find.input.arg[0].size, 0);
    assert_false(find_take(&find, box, n, &at, &sig, 100, 3, 5, &lie));
    assert_false(lie);
}

static void lies_are_refused(void **state)
{
    _Alignas(8) uint8_t box[512];
    struct find find;
    bool lie;
    (void)state;
    size_t n = build(box, 5, 100 << 8 | 4, 7); /* counter too large */
    assert_false(take(box, n, &find, &lie));
    assert_true(lie);
    n = build(box, 5, 5 << 8, 7); /* no bucket */
    assert_false(take(box, n, &find, &lie));
    n = build(box, 5, 5 << 8 | 1, 100); /* unstable too large */
    assert_false(take(box, n, &find, &lie));
    n = build(box, 17, 5 << 8 | 1, 1); /* input beyond its limit */
    assert_false(take(box, n, &find, &lie));
    n = build(box, 5, 5 << 8 | 1, 1);
    assert_true(take(box, n, &find, &lie));
    assert_false(take(box, n - 4, &find, &lie)); /* cut off */
    assert_true(lie);
    box[8] = 3; /* parent: no such entry */
    assert_false(take(box, n, &find, &lie));
    box[8] = 2;
    box[offsetof(struct find_header, token)] = 4;
    assert_true(take(box, n, &find, &lie));
    box[offsetof(struct find_header, token)] = 5; /* no such token */
    assert_false(take(box, n, &find, &lie));
}

/* What stands in the place of an input is none, and not taken for one. */
static void tokens_are_no_input(void **state)
{
    _Alignas(8) uint8_t box[512];
    struct find find;
    bool lie;
    (void)state;
    size_t n = build(box, 40, 5 << 8 | 1, 1); /* would be too long */
    assert_false(take(box, n, &find, &lie));
    box[offsetof(struct find_header, flags)] = FIND_TOKENS;
    assert_true(take(box, n, &find, &lie));
    assert_int_equal(find.input.nargs, 0);
    assert_int_equal(find.packed_size, 44);
}

/* Whatever bytes are there, a record that is taken lies within them. */
static void noise_never_reaches_outside(void **state)
{
    _Alignas(8) uint8_t box[256];
    struct rng rng = {5};
    (void)state;
    for (int round = 0; round < 200000; round++) {
        size_t n = build(box, rng_below(&rng, 16), 5 << 8 | 1, 1);
        for (uint32_t k = rng_below(&rng, 4); k > 0; k--)
            box[rng_below(&rng, (uint32_t)n)] = (uint8_t)rng_next(&rng);
        struct find find;
        bool lie;
        size_t at = 0;
        while (find_take(&find, box, n, &at, &sig, 100, 3, 5, &lie)) {
            assert_true(at <= n);
            assert_true((const uint8_t *)(find.unstable + find.nunstable) <=
                        box + n);
            if (find.input.nargs)
                assert_true(find.input.arg[0].size <= 16);
        }
    }
}

static void replies_are_checked(void **state)
{
    struct request request = {.kind = REQUEST_BATCH, .id = 4, .count = 10};
    struct reply good = {.magic = PROTOCOL_MAGIC,
                         .version = PROTOCOL_VERSION,
                         .status = REPLY_OK,
                         .id = 4,
                         .execs = 10};
    struct reply bad;
    (void)state;
    assert_true(reply_is_sane(&good, &request));
    bad = good, bad.magic ^= 1;
    assert_false(reply_is_sane(&bad, &request));
    bad = good, bad.id = 5;
    assert_false(reply_is_sane(&bad, &request));
    bad = good, bad.execs = 11;
    assert_false(reply_is_sane(&bad, &request));
    bad = good, bad.status = 0;
    assert_false(reply_is_sane(&bad, &request));
    request.kind = REQUEST_HELLO;
    bad = good, bad.nargs = INPUT_MAX_ARGS + 1;
    assert_false(reply_is_sane(&bad, &request));
    bad.nargs = 1, bad.kind[0] = KIND_COUNT;
    assert_false(reply_is_sane(&bad, &request));
}

static void ends_are_checked(void **state)
{
    struct reply good = {.magic = PROTOCOL_MAGIC,
                         .version = PROTOCOL_VERSION,
                         .status = REPLY_ENDED,
                         .flags = REPLY_SIGNALLED,
                         .id = 4,
                         .done = 127};
    struct request request = {.kind = REQUEST_BATCH, .id = 4, .count = 10};
    struct reply bad;
    (void)state;
    assert_true(reply_is_end(&good, 4));
    assert_false(reply_is_end(&good, 5));
    bad = good, bad.done = 128;
    assert_false(reply_is_end(&bad, 4));
    bad.flags = 0;
    assert_true(reply_is_end(&bad, 4));
    bad.done = 256;
    assert_false(reply_is_end(&bad, 4));
    bad = good, bad.magic ^= 1;
    assert_false(reply_is_end(&bad, 4));
    bad = good, bad.version++;
    assert_false(reply_is_end(&bad, 4));
    bad = good, bad.status = REPLY_OK;
    assert_false(reply_is_end(&bad, 4));
    /* An end is no answer, and REQUEST_FORK has only one. */
    assert_false(reply_is_sane(&good, &request));
    request.kind = REQUEST_FORK;
    for (uint32_t status = 0; status < REPLY_ENDED + 2; status++) {
        bad = good, bad.status = status;
        assert_int_equal(reply_is_sane(&bad, &request), status == REPLY_OK);
    }
    request.kind = REQUEST_LEAVE;
    bad = good, bad.status = REPLY_OK;
    assert_false(reply_is_sane(&bad, &request));
}

static void layouts_do_not_overlap(void **state)
{
    struct shared_header h;
    struct region r = {0};
    (void)state;
    size_t total = shared_plan(&h, 1000, 64, 16, 3, 1 << 20);
    assert_true(h.entries_offset >= sizeof h);
    assert_true(h.tokens_offset >=
                h.entries_offset + 64 * sizeof(struct shared_entry));
    assert_true(h.slots_offset >= h.tokens_offset + 16 * sizeof(struct token));
    assert_true(h.slot_size >=
                64 + 1000 + (64 + 16) * sizeof(struct alias_place));
    assert_true(h.arena_offset >= h.slots_offset + 3 * h.slot_size);
    assert_true(total >= h.arena_offset + (1 << 20));
    total = region_plan(&r, 5000);
    assert_true(r.input_offset >= sizeof(struct region));
    assert_true(r.outbox_offset >= r.input_offset + 5000);
    assert_true(total >= r.outbox_offset + r.outbox_size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_record_is_taken),
        cmocka_unit_test(lies_are_refused),
        cmocka_unit_test(tokens_are_no_input),
        cmocka_unit_test(noise_never_reaches_outside),
        cmocka_unit_test(replies_are_checked),
        cmocka_unit_test(ends_are_checked),
        cmocka_unit_test(layouts_do_not_overlap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
