/* SPDX-License-Identifier: MIT
 *
 * See lineage.h.
 */
#include "coordinator/lineage.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mutate.h"
#include "coordinator/report.h"
#include "coordinator/report_libfuzzer.h"
#include "platform/platform.h"

/* As libFuzzer has it: mutations named in a line, bytes of a word. */
#define NAMED_MAX 10u
#define WORD_MAX  64u
/* A byte alone tells a dictionary nothing. */
#define KEPT_MIN 2u
/* Words that are kept; as many as a run remembers from comparisons. */
#define WORDS_MAX 1024u

#define SHA1_TEXT (2 * HASH_SHA1_SIZE + 1)

/* libFuzzer's name where it has such a mutation. Whose the words of a
 * dictionary are is known where they are named. */
static const char *const names[MUTATE_MAKERS] = {
    [MUTATE_FLIP_BIT] = "ChangeBit",
    [MUTATE_RANDOM_BYTE] = "ChangeByte",
    [MUTATE_INCREMENT_BYTE] = "ChangeBinInt",
    [MUTATE_ADD] = "ChangeBinInt",
    [MUTATE_INTERESTING] = "ChangeBinInt",
    [MUTATE_NEGATE] = "ChangeBinInt",
    [MUTATE_SWAP_BYTES] = "ShuffleBytes",
    [MUTATE_SHUFFLE] = "ShuffleBytes",
    [MUTATE_DELETE] = "EraseBytes",
    [MUTATE_INSERT_RANDOM] = "InsertByte",
    [MUTATE_INSERT_SAME] = "InsertRepeatedBytes",
    [MUTATE_OVERWRITE_SAME] = "ChangeRepeatedBytes",
    [MUTATE_COPY_INSERT] = "CopyPart",
    [MUTATE_COPY_OVERWRITE] = "CopyPart",
    [MUTATE_SWAP_RANGES] = "SwapParts",
    [MUTATE_REPEAT] = "RepeatPart",
    [MUTATE_TRUNCATE] = "EraseBytes",
    [MUTATE_ASCII_INTEGER] = "ChangeASCIIInt",
    [MUTATE_INSERT_INTEGER] = "InsertASCIIInt",
    [MUTATE_INSERT_RUNE] = "InsertRune",
    [MUTATE_CHANGE_RUNE] = "ChangeRune",
    [MUTATE_DELETE_RUNE] = "EraseRune",
    [MUTATE_SPLICE_INSERT] = "CrossOver",
    [MUTATE_SPLICE_OVERWRITE] = "CrossOver",
    [MUTATE_CROSS] = "CrossOver",
    [MUTATE_DICTIONARY_INSERT] = "PersAutoDict",
    [MUTATE_DICTIONARY_OVERWRITE] = "PersAutoDict",
    [MUTATE_BY_HARNESS] = "Custom",
    [MUTATE_CROSS_BY_HARNESS] = "CustomCrossOver",
    [MUTATE_SOLVED] = "CMP",
};

void lineage_release(struct lineage *l)
{
    free(l->word);
    *l = (struct lineage){0};
}

/* The bytes of an entry, which has one argument. */
static struct span bytes_of(const struct corpus *c, uint32_t entry)
{
    struct input in;
    const struct entry *e = &c->entries[entry];
    return input_unpack(&in, 1, e->packed, e->size) ? in.arg[0]
                                                    : (struct span){0};
}

void lineage_add_sha1(struct buf *out, const struct corpus *c, uint32_t entry)
{
    uint8_t digest[HASH_SHA1_SIZE];
    char text[SHA1_TEXT];
    struct span bytes = bytes_of(c, entry);
    hash_sha1(digest, bytes.data, bytes.size);
    hash_hex(text, digest, sizeof digest);
    buf_add_text(out, text);
}

/* ---- mutations ---- */

struct steps {
    uint8_t op[MUTATE_TRAIL_MAX]; /* in the order they were made */
    unsigned n;
};

/* Whatever a worker says: those that are none are left out. */
static struct steps steps_of(uint64_t trail)
{
    struct steps s = {.n = 0};
    for (unsigned back = MUTATE_TRAIL_MAX; back-- > 0;) {
        unsigned op = mutate_trail_at(trail, back);
        if (op != MUTATE_MAKERS)
            s.op[s.n++] = (uint8_t)op;
    }
    return s;
}

static bool is_of_dictionary(unsigned op)
{
    return op == MUTATE_DICTIONARY_INSERT || op == MUTATE_DICTIONARY_OVERWRITE;
}

static void add_names(struct buf *out, const struct corpus *c,
                      const struct find_origin *o, unsigned most)
{
    struct steps s = steps_of(o->trail);
    bool users = dictionary_is_users(&c->dictionary, o->token);
    for (unsigned i = 0; i < s.n && i < most; i++)
        buf_addf(out, "%s-",
                 users && is_of_dictionary(s.op[i]) ? "ManualDict"
                                                    : names[s.op[i]]);
}

/* ---- words ---- */

/* Whether a token lies over the bytes [from, to) of an input. */
static bool covers(const struct token *t, const struct span *in, uint32_t from,
                   uint32_t to)
{
    if (t->size < to - from || t->size > in->size)
        return false;
    uint32_t first = to > t->size ? to - t->size : 0;
    for (uint32_t at = first; at <= from && at + t->size <= in->size; at++)
        if (memcmp(in->data + at, t->bytes, t->size) == 0)
            return true;
    return false;
}

/* What a solved comparison has put into an entry: the longest token that the
 * bytes which changed are part of, or those bytes. Empty: none; what only made
 * the entry longer or shorter is no word. */
static struct token solved_word(const struct corpus *c, uint32_t parent,
                                const struct span *in)
{
    const struct dictionary *d = &c->dictionary;
    struct span was = bytes_of(c, parent);
    uint32_t both = was.size < in->size ? was.size : in->size;
    uint32_t head = 0, tail = 0, best = 0;
    while (head < both && was.data[head] == in->data[head])
        head++;
    while (tail < both - head &&
           was.data[was.size - 1 - tail] == in->data[in->size - 1 - tail])
        tail++;
    uint32_t end = in->size - tail;
    if (head == end || end - head > WORD_MAX)
        return (struct token){0};
    for (uint32_t i = 1; i < d->count; i++)
        if (d->token[i].size > d->token[best].size &&
            covers(&d->token[i], in, head, end))
            best = i;
    if (best)
        return d->token[best];
    return was.size == in->size ? token_make(in->data + head, end - head)
                                : (struct token){0};
}

/* The word that was put in last; empty: none was. */
static struct token word_of(const struct corpus *c, const struct find_origin *o,
                            const struct input *in)
{
    struct steps s = steps_of(o->trail);
    if (o->token)
        return c->dictionary.token[o->token];
    if (s.n && s.op[s.n - 1] == MUTATE_SOLVED)
        return solved_word(c, o->parent, &in->arg[0]);
    return (struct token){0};
}

void lineage_add_mutations(const struct lineage *l, struct buf *out,
                           const struct corpus *c, const struct find_origin *o,
                           const struct input *in)
{
    struct token word = word_of(c, o, in);
    buf_addf(out, "MS: %u ", steps_of(o->trail).n);
    add_names(out, c, o, l->whole ? MUTATE_TRAIL_MAX : NAMED_MAX);
    if (!word.size)
        return;
    buf_add_text(out, " DE: \"");
    libfuzzer_add_text(out, word.bytes, word.size);
    buf_add_text(out, "\"-");
}

void lineage_add_base(struct buf *out, const struct corpus *c,
                      const struct find_origin *o)
{
    buf_add_text(out, "; base unit: ");
    lineage_add_sha1(out, c, o->parent);
}

/* ---- what is kept ---- */

static void keep_word(struct lineage *l, const struct token *word)
{
    for (uint32_t i = 0; i < l->nwords; i++)
        if (l->word[i].token.size == word->size &&
            memcmp(l->word[i].token.bytes, word->bytes, word->size) == 0) {
            l->word[i].finds++;
            return;
        }
    if (!l->word)
        l->word = calloc(WORDS_MAX, sizeof *l->word);
    if (l->word && l->nwords < WORDS_MAX)
        l->word[l->nwords++] = (struct lineage_word){*word, 1};
}

/* Whether the user knows it already. */
static bool is_given(const struct dictionary *d, const struct token *word)
{
    for (uint32_t i = 1; i < d->count; i++)
        if (dictionary_is_users(d, i) && d->token[i].size == word->size &&
            memcmp(d->token[i].bytes, word->bytes, word->size) == 0)
            return true;
    return false;
}

static void write_graph(struct lineage *l, const struct corpus *c,
                        uint32_t entry, const struct find_origin *o)
{
    struct thresh_err err;
    struct buf text;
    buf_init(&text, 4096);
    buf_add_char(&text, '"');
    lineage_add_sha1(&text, c, entry);
    buf_add_text(&text, "\"\n");
    if (o) {
        buf_add_char(&text, '"');
        lineage_add_sha1(&text, c, o->parent);
        buf_add_text(&text, "\" -> \"");
        lineage_add_sha1(&text, c, entry);
        buf_add_text(&text, "\" [label=\"");
        add_names(&text, c, o, MUTATE_TRAIL_MAX);
        buf_add_text(&text, "\"];\n");
    }
    if (platform_append_file(l->graph, text.data, text.size, &err)) {
        report_line("warning: no graph of mutations is written: %s", err.msg);
        l->graph = NULL;
    }
    buf_release(&text);
}

void lineage_note(struct lineage *l, const struct corpus *c, uint32_t entry,
                  const struct find_origin *o)
{
    struct input in = {.nargs = 1, .arg = {bytes_of(c, entry)}};
    if (l->graph)
        write_graph(l, c, entry, o);
    if (!o)
        return;
    struct token word = word_of(c, o, &in);
    if (word.size >= KEPT_MIN && !is_given(&c->dictionary, &word))
        keep_word(l, &word);
}

void lineage_add_words(const struct lineage *l, struct buf *out)
{
    if (!l->nwords)
        return;
    buf_add_text(out, "###### Recommended dictionary. ######\n");
    for (uint32_t i = 0; i < l->nwords; i++) {
        const struct lineage_word *w = &l->word[i];
        buf_add_char(out, '"');
        libfuzzer_add_text(out, w->token.bytes, w->token.size);
        buf_addf(out, "\" # Uses: %u\n", w->finds);
    }
    buf_add_text(out, "###### End of recommended dictionary. ######\n");
}
