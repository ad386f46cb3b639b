/* SPDX-License-Identifier: MIT
 *
 * Corpus files: how an input becomes a file and back, and where files lie.
 * One-bytes targets have raw files, all others the text format; both are read
 * everywhere. Names are the first 16 hex digits of the SHA-256 of the file's
 * bytes. Files appear whole or not at all (platform_write_file).
 *
 * In libFuzzer's mode (options' plain_files) every file is nothing but the
 * input's bytes, named by their SHA-1, and a failing input's name begins with
 * what happened.
 */
#ifndef THRESH_COORDINATOR_STORE_H
#define THRESH_COORDINATOR_STORE_H

#include "base/buf.h"
#include "base/error.h"
#include "coordinator/history.h"
#include "coordinator/options.h"

/* Room for a file's name, at most a SHA-1. */
#define STORE_NAME_SIZE 41

/* Room for any path we make. */
#define STORE_PATH_SIZE 4096

/* DIR/TARGET of the saved inputs and of the cache. */
int store_testdata_dir(const struct options *opt, char path[STORE_PATH_SIZE],
                       struct thresh_err *err);
int store_cache_dir(const struct options *opt, char path[STORE_PATH_SIZE],
                    struct thresh_err *err);

/* The bytes of an input's file. */
void store_encode(const struct options *opt, const struct input *in,
                  struct buf *out);
/* The name of a file with these bytes. */
void store_name(const struct options *opt, const struct buf *file,
                char name[STORE_NAME_SIZE]);

/* The name that an input's file would have; "" if memory is refused. */
void store_name_of(const struct options *opt, const struct input *in,
                   char name[STORE_NAME_SIZE]);

/* Writes an input's file into dir and tells its name. */
int store_write(const struct options *opt, const char *dir,
                const struct input *in, char name[STORE_NAME_SIZE],
                struct thresh_err *err);

/* Removes the file of that name, if it is there. */
void store_remove(const char *dir, const char *name);

/* Writes a failing input of this kind ("crash") in libFuzzer's mode; path is
 * the file's, as the user would name it. */
int store_write_artifact(const struct options *opt, const char *kind,
                         const struct input *in, char path[STORE_PATH_SIZE],
                         struct thresh_err *err);

/* Reads one file. in's spans point into *memory (free() it). Values longer
 * than max_bytes (0: no limit) are cut. */
int store_read(const struct options *opt, const char *dir, const char *name,
               uint64_t max_bytes, struct input *in, uint8_t **memory,
               struct thresh_err *err);

/* The same in two steps: a file's bytes (free() them), and the input that they
 * are, by the file's name. */
int store_read_bytes(const char *path, uint8_t **data, size_t *size,
                     struct thresh_err *err);
int store_decode(const struct options *opt, const char *path,
                 uint64_t max_bytes, uint8_t *data, size_t size,
                 struct input *in, uint8_t **memory, struct thresh_err *err);

/* The history of a saved input: the inputs that must run before it, as files
 * DIR/NAME.before/0001, 0002, ... in their order, all or none. Reading a
 * missing one finds nothing. */
int store_write_history(const struct options *opt, const char *dir,
                        const char *name, const struct history *history,
                        struct thresh_err *err);
int store_read_history(const struct options *opt, const char *dir,
                       const char *name, uint64_t max_bytes,
                       struct history *history, struct thresh_err *err);
void store_remove_history(const char *dir, const char *name);

/* Reads every file of a directory, in the order of names, and calls visit
 * with each input, or with in == NULL and the error of one that can't be
 * read. A missing directory is empty. Stops at a non-zero return. */
int store_read_dir(const struct options *opt, const char *dir,
                   uint64_t max_bytes,
                   int (*visit)(void *ctx, const char *name,
                                const struct input *in,
                                const struct thresh_err *bad),
                   void *ctx, struct thresh_err *err);

/* The same with the directories in it. Names are paths from dir on. */
int store_read_tree(const struct options *opt, const char *dir,
                    uint64_t max_bytes,
                    int (*visit)(void *ctx, const char *name,
                                 const struct input *in,
                                 const struct thresh_err *bad),
                    void *ctx, struct thresh_err *err);

#endif
