/* gguf_read.h - a cursor over a GGUF's bytes; only the files of gguf include it.
 *
 * Reads little-endian values and never beyond the end: the first read that would sets
 * `failed`, and every later one gives zeroes, so that a caller asks once.
 */
#ifndef OREO_NN_GGUF_READ_H
#define OREO_NN_GGUF_READ_H

#include "nn/gguf.h"

struct gguf_cursor {
  struct str bytes;
  size_t at;
  bool failed;
};

/* The next `n` bytes; absent when there are not so many. */
static inline struct str gguf_take(struct gguf_cursor *cursor, uint64_t n)
{
  if (cursor->failed || n > cursor->bytes.len - cursor->at) {
    cursor->failed = true;
    return STR_NONE;
  }
  struct str taken = str_slice(cursor->bytes, cursor->at, cursor->at + (size_t)n);
  cursor->at += (size_t)n;
  return taken;
}

static inline uint64_t gguf_take_uint(struct gguf_cursor *cursor, int n_bytes)
{
  struct str taken = gguf_take(cursor, (uint64_t)n_bytes);
  uint64_t value = 0;
  for (int i = n_bytes - 1; i >= 0 && str_present(taken); i--)
    value = value << 8 | (unsigned char)taken.ptr[i];
  return value;
}

/* A length and so many bytes. */
static inline struct str gguf_take_string(struct gguf_cursor *cursor)
{
  return gguf_take(cursor, gguf_take_uint(cursor, 8));
}

/* Bytes of a value of fixed size; 0 for strings and arrays. */
int gguf_type_bytes(enum gguf_type type);

#endif
