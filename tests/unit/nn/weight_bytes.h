/* weight_bytes.h - hand-made files of weights for the tests of nn: bytes appended by
 * rule, so that a test can lie in any field. */
#ifndef OREO_TESTS_WEIGHT_BYTES_H
#define OREO_TESTS_WEIGHT_BYTES_H

#include <string.h>

#include "base/buf.h"
#include "nn/gguf.h"

static inline void put_le(struct buf *out, uint64_t value, int bytes)
{
  for (int i = 0; i < bytes; i++)
    buf_add_char(out, (char)(value >> 8 * i & 0xff));
}

static inline void put_f32(struct buf *out, float value)
{
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  put_le(out, bits, 4);
}

/* A safetensors file of that header and so many zero bytes. */
static inline void put_safetensors(struct buf *out, const char *header, size_t n_data)
{
  put_le(out, strlen(header), 8);
  buf_add_cstr(out, header);
  for (size_t i = 0; i < n_data; i++)
    buf_add_char(out, 0);
}

/* ---- GGUF ---- */

static inline void put_text(struct buf *out, const char *text)
{
  put_le(out, strlen(text), 8);
  buf_add_cstr(out, text);
}

static inline void put_head(struct buf *out, uint32_t version, uint64_t tensors,
                            uint64_t keys)
{
  buf_add_cstr(out, "GGUF");
  put_le(out, version, 4);
  put_le(out, tensors, 8);
  put_le(out, keys, 8);
}

static inline void put_key(struct buf *out, const char *key, enum gguf_type type)
{
  put_text(out, key);
  put_le(out, type, 4);
}

static inline void put_u32(struct buf *out, const char *key, uint32_t value)
{
  put_key(out, key, GGUF_U32);
  put_le(out, value, 4);
}

static inline void put_real(struct buf *out, const char *key, float value)
{
  put_key(out, key, GGUF_F32);
  put_f32(out, value);
}

static inline void put_string(struct buf *out, const char *key, const char *value)
{
  put_key(out, key, GGUF_STRING);
  put_text(out, value);
}

static inline void put_array(struct buf *out, const char *key, enum gguf_type type,
                             uint64_t n)
{
  put_key(out, key, GGUF_ARRAY);
  put_le(out, type, 4);
  put_le(out, n, 8);
}

/* Dimensions as the file has them, the row's length first. */
static inline void put_tensor(struct buf *out, const char *name, uint32_t n_dims,
                              const uint64_t *dims, uint32_t type, uint64_t offset)
{
  put_text(out, name);
  put_le(out, n_dims, 4);
  for (uint32_t i = 0; i < n_dims; i++)
    put_le(out, dims[i], 8);
  put_le(out, type, 4);
  put_le(out, offset, 8);
}

static inline void put_padding(struct buf *out, size_t alignment)
{
  while (out->len % alignment)
    buf_add_char(out, 0);
}

#endif
