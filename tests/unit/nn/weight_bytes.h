/* weight_bytes.h - hand-made files of weights for the tests of nn: bytes appended by rule,
 * so that a test can lie in any field. */
#ifndef OREO_TESTS_WEIGHT_BYTES_H
#define OREO_TESTS_WEIGHT_BYTES_H

#include "base/buf.h"

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

#endif
