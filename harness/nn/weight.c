#include "nn/weight.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

const struct weight_kind *weight_kind(enum weight_type type)
{
  static const struct weight_kind kinds[] = {
#define XX(id, number, elements, bytes, name) { number, elements, bytes, name },
    WEIGHT_TYPE_MAP(XX)
#undef XX
  };
  return type < WEIGHT_OTHER ? &kinds[type] : NULL;
}

void weight_shape_text(const struct weight *weight, char text[WEIGHT_SHAPE_SIZE])
{
  snprintf(text, WEIGHT_SHAPE_SIZE, "a scalar");
  size_t len = 0;
  for (int i = 0; i < weight->n_dims && len < WEIGHT_SHAPE_SIZE; i++) {
    int n = snprintf(text + len, WEIGHT_SHAPE_SIZE - len, "%s%" PRId64, i ? "x" : "",
                     weight->dims[i]);
    len += n > 0 ? (size_t)n : 0;
  }
}

int weight_count(struct weight *weight, struct err *err)
{
  const uint64_t most = (uint64_t)1 << 62;
  bool empty = false;
  weight->n = 1;
  for (int i = 0; i < weight->n_dims; i++) {
    if (weight->dims[i] < 0)
      return err_set(err, ERR_DATA, "tensor '%.*s' has a negative dimension, %" PRId64,
                     STR_ARG(weight->name), weight->dims[i]);
    empty = empty || weight->dims[i] == 0;
  }
  /* a zero makes the whole empty; the other dimensions must still not overflow */
  for (int i = 0; i < weight->n_dims; i++) {
    uint64_t dim = weight->dims[i] ? (uint64_t)weight->dims[i] : 1;
    if (dim > most / weight->n) {
      char shape[WEIGHT_SHAPE_SIZE];
      weight_shape_text(weight, shape);
      return err_set(err, ERR_DATA, "tensor '%.*s' claims to be %s: more than any memory",
                     STR_ARG(weight->name), shape);
    }
    weight->n *= dim;
  }
  if (empty)
    weight->n = 0;
  return 0;
}

int weight_bytes(const struct weight *weight, uint64_t *bytes, struct err *err)
{
  const struct weight_kind *kind = weight_kind(weight->type);
  int64_t row = weight->n_dims ? weight->dims[weight->n_dims - 1] : 1;
  if (row % kind->block_elements)
    return err_set(err, ERR_DATA,
                   "tensor '%.*s' has rows of %" PRId64
                   " elements, no whole number of %s's blocks of %d",
                   STR_ARG(weight->name), row, kind->name, kind->block_elements);
  uint64_t blocks = weight->n / (uint64_t)kind->block_elements;
  if (blocks > INT64_MAX / (uint64_t)kind->block_bytes)
    return err_set(err, ERR_DATA, "tensor '%.*s' claims more bytes than any memory has",
                   STR_ARG(weight->name));
  *bytes = blocks * (uint64_t)kind->block_bytes;
  return 0;
}

int weight_check_name(struct str name, struct err *err)
{
  if (name.len == 0 || name.len > WEIGHT_NAME_MAX)
    return err_set(err, ERR_DATA, "a tensor's name has %zu bytes; 1 to %d make sense",
                   name.len, WEIGHT_NAME_MAX);
  for (size_t i = 0; i < name.len; i++)
    if ((unsigned char)name.ptr[i] < 0x20 || name.ptr[i] == 0x7f)
      return err_set(err, ERR_DATA, "a tensor's name has the control character 0x%02x",
                     (unsigned)(unsigned char)name.ptr[i]);
  if (!str_is_utf8(name, NULL))
    return err_set(err, ERR_DATA, "a tensor's name is not valid UTF-8");
  return 0;
}

static int compare_weights(const void *a, const void *b)
{
  return str_compare(((const struct weight *)a)->name, ((const struct weight *)b)->name);
}

int weights_sort(struct weights *weights, struct err *err)
{
  if (weights->count)
    qsort(weights->list, weights->count, sizeof *weights->list, compare_weights);
  for (size_t i = 1; i < weights->count; i++)
    if (str_equal(weights->list[i - 1].name, weights->list[i].name))
      return err_set(err, ERR_DATA, "tensor '%.*s' stands there twice",
                     STR_ARG(weights->list[i].name));
  return 0;
}

const struct weight *weights_find(const struct weights *weights, struct str name)
{
  size_t from = 0, to = weights->count;
  while (from < to) {
    size_t middle = from + (to - from) / 2;
    int order = str_compare(weights->list[middle].name, name);
    if (order == 0)
      return &weights->list[middle];
    if (order < 0)
      from = middle + 1;
    else
      to = middle;
  }
  return NULL;
}
