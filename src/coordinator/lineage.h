/* SPDX-License-Identifier: MIT
 *
 * How inputs were made, in libFuzzer's words and for its mode alone: the names
 * of the mutations, the word that was put in, the entry it all began with. Also
 * what is kept of it for the end of a run, the words that had a part in finds,
 * and the graph of who was made from whom. Nothing of this steers a search.
 *
 * The driver, which prints the words at the end, owns what is kept.
 */
#ifndef THRESH_COORDINATOR_LINEAGE_H
#define THRESH_COORDINATOR_LINEAGE_H

#include "base/buf.h"
#include "coordinator/corpus.h"

struct lineage_word {
    struct token token;
    uint32_t finds;
};

struct lineage {
    bool whole;        /* all mutations are named, not the first ten */
    const char *graph; /* the file it is appended to; NULL: none */
    struct lineage_word *word;
    uint32_t nwords;
};

void lineage_release(struct lineage *l);

/* Adds "MS: 2 ChangeBit-CMP- DE: \"word\"-" of an input that came of it. */
void lineage_add_mutations(const struct lineage *l, struct buf *out,
                           const struct corpus *c, const struct find_origin *o,
                           const struct input *in);

/* Adds the SHA-1 of an entry's bytes. */
void lineage_add_sha1(struct buf *out, const struct corpus *c, uint32_t entry);

/* Adds "; base unit: SHA-1". */
void lineage_add_base(struct buf *out, const struct corpus *c,
                      const struct find_origin *o);

/* An entry has been found so, or is one of the start (o NULL). */
void lineage_note(struct lineage *l, const struct corpus *c, uint32_t entry,
                  const struct find_origin *o);

/* Adds the words as a dictionary, if there are any. */
void lineage_add_words(const struct lineage *l, struct buf *out);

#endif
