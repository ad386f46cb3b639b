/* SPDX-License-Identifier: MIT
 *
 * See solve.h. This file keeps candidates and applies them; what they are made
 * from is in the files that solve_parts.h names.
 */
#include "base/solve.h"

#include <string.h>

#include "base/solve_parts.h"

/* Sizes are not guessed beyond this: a comparison with 2^20 is seldom of the
 * size. */
#define LARGEST_SIZE 65536u
/* Looks that are taken for functions of an input's bytes, for one entry: about
 * a millisecond. */
#define STEPS_MAX (1u << 20)

void solve_init(struct solve *s, const struct signature *sig,
                const struct input *in, const struct operands *o,
                unsigned level)
{
    s->sig = sig;
    s->in = in;
    s->o = o;
    s->n = s->pool_used = s->nchecksums = s->index_arg = 0;
    s->level = level;
    s->steps = (uint64_t)STEPS_MAX << (level < 4 ? level : 4);
    s->nruns = 1;
    s->run[0] = (struct solve_run){in, o, true};
    memset(s->hash, 0, sizeof s->hash);
}

void solve_add_run(struct solve *s, const struct input *in,
                   const struct operands *o, bool same)
{
    if (s->nruns < SOLVE_RUNS)
        s->run[s->nruns++] = (struct solve_run){in, o, same};
}

unsigned solve_count(uint32_t runs)
{
    unsigned n = 0;
    for (; runs; runs &= runs - 1)
        n++;
    return n;
}

bool solve_moves(const struct solve *s, const struct operand *op, bool of_b)
{
    for (uint32_t r = 1; r < s->nruns; r++) {
        const struct operand *like =
            s->run[r].same ? operands_like(s->run[r].o, op) : NULL;
        if (like && (of_b ? like->b != op->b : like->a != op->a))
            return true;
    }
    return false;
}

/* ---- keeping ---- */

static uint64_t hash_word(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

static uint64_t hash_of(const struct candidate *c, const uint8_t *bytes)
{
    uint64_t hash = hash_word(1, (uint64_t)c->kind << 8 | c->arg);
    hash = hash_word(hash, c->value);
    hash = hash_word(hash, (uint64_t)c->at << 32 | c->was);
    hash = hash_word(hash, c->nbytes);
    for (uint32_t i = 0; i < c->nbytes; i++)
        hash = hash_word(hash, bytes[i]);
    return hash | 1;
}

/* Adds a candidate unless it is there already. */
static bool add(struct solve *s, struct candidate c, const uint8_t *bytes)
{
    uint64_t hash = hash_of(&c, bytes);
    uint32_t i = (uint32_t)(hash >> 32) % SOLVE_HASHES;
    while (s->hash[i] && s->hash[i] != hash)
        i = (i + 1) % SOLVE_HASHES;
    if (s->hash[i] || s->n == CANDIDATES_MAX ||
        c.nbytes > SOLVE_POOL - s->pool_used)
        return false;
    s->hash[i] = hash;
    c.bytes = s->pool_used;
    if (c.nbytes)
        memcpy(s->pool + c.bytes, bytes, c.nbytes);
    s->pool_used += c.nbytes;
    s->candidate[s->n++] = c;
    return true;
}

void solve_add_value(struct solve *s, uint32_t arg, uint64_t value)
{
    enum input_kind kind = s->sig->kind[arg];
    value &= value_mask(kind_width(kind));
    if ((kind == KIND_BOOL && value > 1) ||
        !domain_has(&s->sig->domain[arg], kind, value) ||
        value == value_load(s->in->arg[arg].data, kind_width(kind)))
        return;
    struct candidate c = {.kind = CANDIDATE_VALUE,
                          .rank = SOLVE_SURE,
                          .arg = (uint8_t)arg,
                          .value = value};
    (void)add(s, c, NULL);
}

void solve_add_size(struct solve *s, uint32_t arg, uint64_t size)
{
    struct candidate c = {.kind = CANDIDATE_SIZE,
                          .rank = SOLVE_SIZE,
                          .arg = (uint8_t)arg,
                          .value = size};
    if (size <= LARGEST_SIZE && size <= s->sig->max_bytes[arg] &&
        size != s->in->arg[arg].size)
        (void)add(s, c, NULL);
}

static bool add_bytes(struct solve *s, struct candidate c, const uint8_t *bytes)
{
    const struct span *data = &s->in->arg[c.arg];
    if (c.at > data->size)
        return false;
    if (c.was > data->size - c.at)
        c.was = data->size - c.at;
    c.exact &= c.was == c.nbytes;
    if (data->size - c.was + c.nbytes > s->sig->max_bytes[c.arg])
        return false;
    if (c.was == c.nbytes &&
        (!c.was || memcmp(data->data + c.at, bytes, c.was) == 0))
        return false;
    return add(s, c, bytes);
}

bool solve_add_bytes(struct solve *s, enum solve_rank rank, uint32_t arg,
                     size_t at, size_t was, const uint8_t *bytes, size_t n)
{
    return add_bytes(s,
                     (struct candidate){.kind = CANDIDATE_BYTES,
                                        .rank = (uint8_t)rank,
                                        .arg = (uint8_t)arg,
                                        .at = (uint32_t)at,
                                        .was = (uint32_t)was,
                                        .nbytes = (uint32_t)n},
                     bytes);
}

bool solve_add_exact(struct solve *s, enum solve_rank rank, uint32_t arg,
                     size_t at, const uint8_t *bytes, size_t n)
{
    return add_bytes(s,
                     (struct candidate){.kind = CANDIDATE_BYTES,
                                        .rank = (uint8_t)rank,
                                        .arg = (uint8_t)arg,
                                        .exact = true,
                                        .at = (uint32_t)at,
                                        .was = (uint32_t)n,
                                        .nbytes = (uint32_t)n},
                     bytes);
}

/* ---- all comparisons ---- */

void solve_equal(struct solve *s)
{
    for (uint32_t arg = 0; arg < s->in->nargs; arg++) {
        bool is_value = kind_width(s->sig->kind[arg]) != 0;
        if (!is_value)
            solve_index(s, arg);
        for (uint32_t i = s->o->ntexts; !is_value && i-- > 0;)
            solve_match_text(s, arg, &s->o->text[i]);
        for (uint32_t i = s->o->n; i-- > 0;) {
            const struct operand *op = &s->o->op[i];
            if (op->a == op->b || op->noise)
                continue;
            if (is_value) {
                solve_match_value(s, arg, op);
                continue;
            }
            if (!op->is_float)
                solve_match_size(s, arg, op);
            solve_match_cell(s, arg, op);
        }
    }
}

/* ---- order, application ---- */

static void add_all(struct solve *s)
{
    uint32_t exact = 0;
    for (uint32_t i = 0; i < s->n; i++)
        exact += s->candidate[i].exact;
    for (uint64_t way = 0; way < 2 && exact > 1; way++)
        (void)add(s,
                  (struct candidate){
                      .kind = CANDIDATE_ALL, .rank = SOLVE_SURE, .value = way},
                  NULL);
}

uint32_t solve_order(struct solve *s, uint32_t most, uint32_t rare)
{
    uint32_t n = 0;
    add_all(s);
    for (uint8_t rank = 0; rank < SOLVE_RANKS; rank++) {
        uint32_t left = rank == SOLVE_RARE ? rare : most;
        for (uint32_t i = 0; i < s->n && left; i++)
            if (s->candidate[i].rank == rank) {
                s->pick[n++] = (uint16_t)i;
                left--;
            }
    }
    return n < most ? n : most;
}

static void replace(const struct candidate *c, const uint8_t *bytes,
                    struct span *arg)
{
    uint8_t *at = arg->data + c->at;
    memmove(at + c->nbytes, at + c->was, arg->size - c->at - c->was);
    memcpy(at, bytes, c->nbytes);
    arg->size = arg->size - c->was + c->nbytes;
}

static void resize(struct span *arg, uint32_t size)
{
    if (size > arg->size)
        memset(arg->data + arg->size, '0', size - arg->size);
    arg->size = size;
}

/* Whether an exact candidate's bytes are still the entry's: of two that want
 * the same place, the first has it. */
static bool is_free(const struct solve *s, const struct candidate *c,
                    const struct input *in)
{
    return memcmp(in->arg[c->arg].data + c->at, s->in->arg[c->arg].data + c->at,
                  c->nbytes) == 0;
}

static void apply_all(const struct solve *s, bool first_first, struct input *in)
{
    for (uint32_t k = 0; k < s->n; k++) {
        const struct candidate *c =
            &s->candidate[first_first ? s->n - 1 - k : k];
        if (c->exact && is_free(s, c, in))
            replace(c, s->pool + c->bytes, &in->arg[c->arg]);
    }
}

uint64_t solve_checksum(const struct solve *s, uint32_t i)
{
    uint8_t number = s->candidate[s->pick[i]].checksum;
    return number ? s->checksum[number - 1] : 0;
}

void solve_apply(const struct solve *s, uint32_t i, struct input *in)
{
    const struct candidate *c = &s->candidate[s->pick[i]];
    struct span *arg = &in->arg[c->arg];
    switch ((enum candidate_kind)c->kind) {
    case CANDIDATE_VALUE:
        value_store(arg->data, kind_width(s->sig->kind[c->arg]), c->value);
        break;
    case CANDIDATE_SIZE:
        resize(arg, (uint32_t)c->value);
        break;
    case CANDIDATE_BYTES:
        replace(c, s->pool + c->bytes, arg);
        break;
    case CANDIDATE_ALL:
        apply_all(s, c->value != 0, in);
        break;
    }
}
