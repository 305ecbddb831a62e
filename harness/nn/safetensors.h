/* safetensors.h - Hugging Face's file of weights, in and out.
 *
 * The file: 8 bytes of length, a JSON header of tensors with type, shape and place, the
 * bytes. Reading maps the file and trusts nothing: the header's length, every place,
 * every product are checked against the file before anything is allocated on their word,
 * and the tensors must fill the file without a hole or an overlap, so nothing can hide in
 * it.
 *
 * F32, F16 and BF16 are read; tensors of other types are listed (WEIGHT_OTHER) and
 * refused by who needs them. Writing gives the same bytes for the same tensors, in any
 * order of calls, and replaces the file whole or not at all.
 *
 * Errors: ERR_DATA naming the file, the tensor and the remedy; ERR_ENV from the system.
 * A loaded file is read-only and thread-safe; it must not shrink on disk meanwhile. A
 * writer has one thread.
 */
#ifndef OREO_NN_SAFETENSORS_H
#define OREO_NN_SAFETENSORS_H

#include "base/arena.h"
#include "base/fs.h"
#include "nn/weight.h"

enum {
  /* The reference implementation's own cap: 100 bytes of header serve a tensor. */
  SAFETENSORS_HEADER_MAX = 100 * 1000 * 1000,
};

struct safetensors {
  struct weights weights; /* sorted */
  struct arena arena;     /* owns names and list */
  struct fs_map map;
};

NODISCARD int safetensors_open(struct safetensors *file, const char *path,
                               struct err *err);
/* The same on bytes that the caller keeps; the errors name no file. */
NODISCARD int safetensors_parse(struct safetensors *file, struct str bytes,
                                struct err *err);
void safetensors_close(struct safetensors *file);

/* ---- writing ---- */

/* One tensor to be written: F32, F16 or BF16. The strings are copied. */
struct safetensors_entry {
  struct str name;
  enum weight_type type;
  int n_dims;
  int64_t dims[WEIGHT_DIMS_MAX];
};
/* A line of the header's "__metadata__". */
struct safetensors_note {
  const char *key;
  struct str value;
};

struct safetensors_writer;

/* Begins `path` beside its place, with the header of all its tensors. NULL on failure. */
struct safetensors_writer *
safetensors_writer_open(const char *path, const struct safetensors_entry *entries,
                        size_t n, const struct safetensors_note *notes, size_t n_notes,
                        struct err *err);
/* The bytes of one tensor, whole, in any order, once each. */
NODISCARD int safetensors_writer_put(struct safetensors_writer *writer, struct str name,
                                     struct str bytes, struct err *err);
/* Syncs and puts the file in its place; fails, leaving what was there, when a tensor is
 * missing. Frees the writer either way. */
NODISCARD int safetensors_writer_finish(struct safetensors_writer *writer,
                                        struct err *err);
/* Gives up: removes what was begun, frees. NULL is fine. */
void safetensors_writer_abandon(struct safetensors_writer *writer);

#endif
