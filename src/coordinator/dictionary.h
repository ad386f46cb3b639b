/* SPDX-License-Identifier: MIT
 *
 * The dictionary of a run: tokens that the user gave, that the target compared
 * its input with, or that its read-only data holds. Their bytes lie in shared
 * memory, where workers read them; how much each is worth is known here, and
 * published in snapshots as an alias table. Append only, as the corpus is: a
 * token may lose its weight, not its place.
 *
 * A token is worth what it brings: one that had a part in a find gains, one
 * that was put in for long without any loses, down to a small rest. Counts
 * executions and reads no clock.
 */
#ifndef THRESH_COORDINATOR_DICTIONARY_H
#define THRESH_COORDINATOR_DICTIONARY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/protocol.h"

enum token_origin {
    TOKEN_OF_USER,  /* -dict */
    TOKEN_COMPARED, /* the target compared its input with it */
    TOKEN_STATIC,   /* read-only data of the program */
    TOKEN_ORIGINS
};

#define DICTIONARY_MAX 16384u

struct dictionary {
    struct token *token;           /* in shared memory; token 0 is empty */
    uint32_t count;                /* with token 0; 0: none was added */
    uint32_t alive[TOKEN_ORIGINS]; /* those that may be drawn */
    struct token_merit *merit;
    uint64_t *hashes; /* open addressing, 0 empty */
    uint32_t *weights;
    struct alias_place *alias; /* of what is published next */
    uint64_t version;          /* of that; 0: none yet */
    uint64_t spent;            /* executions not yet in the merits */
    bool changed;
};

/* `token` has room for DICTIONARY_MAX. */
int dictionary_init(struct dictionary *d, struct token *token,
                    struct thresh_err *err);
void dictionary_release(struct dictionary *d);

/* Adds a token; false if it is known already, or if there are enough of its
 * kind. A known one that the user gives becomes his. */
bool dictionary_add(struct dictionary *d, const struct token *token,
                    enum token_origin origin);

/* Token `index` had a part in a find. */
void dictionary_credit(struct dictionary *d, uint32_t index);

/* So many executions were made with it. */
void dictionary_spend(struct dictionary *d, uint64_t execs);

/* Whether the user gave token `index`. */
bool dictionary_is_users(const struct dictionary *d, uint32_t index);

/* Makes the alias table anew if something has changed. */
void dictionary_weigh(struct dictionary *d);

#endif
