// links: nn
/* Any bytes as a safetensors file: as they are, and as the header of one, with the length
 * that it would need, so that what lies behind the length is reached too. What is accepted
 * lies inside the bytes, and its size is what its shape needs. */
#include <stdlib.h>

#include "nn/dequant.h"
#include "nn/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(const struct weights *weights, struct str bytes)
{
  for (size_t i = 0; i < weights->count; i++) {
    const struct weight *weight = &weights->list[i];
    if (weight->bytes.ptr < bytes.ptr ||
        weight->bytes.ptr + weight->bytes.len > bytes.ptr + bytes.len)
      abort();
    if (weights_find(weights, weight->name) != weight)
      abort();
    const struct weight_kind *kind = weight_kind(weight->type);
    if (kind && weight->n * (size_t)kind->block_bytes != weight->bytes.len)
      abort();
    float first;
    if (kind && weight->n)
      dequant(weight->type, weight->bytes.ptr, 1, &first);
  }
}

static void parse(struct str bytes)
{
  struct err err = { 0 };
  struct safetensors file;
  if (safetensors_parse(&file, bytes, &err) < 0)
    return;
  check_inside(&file.weights, bytes);
  safetensors_close(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  enum { DATA_BYTES = 64 };
  parse((struct str){ size ? (const char *)data : "", size });
  char *whole = mem_alloc(8 + size + DATA_BYTES);
  for (int i = 0; i < 8; i++)
    whole[i] = (char)((uint64_t)size >> 8 * i & 0xff);
  if (size)
    memcpy(whole + 8, data, size);
  memset(whole + 8 + size, 0, DATA_BYTES);
  parse((struct str){ whole, 8 + size + DATA_BYTES });
  free(whole);
  return 0;
}
