#include "nn/gguf.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/hash.h"
#include "nn/gguf_read.h"

#define DAMAGED "the file is cut or damaged, fetch it again"

int gguf_type_bytes(enum gguf_type type)
{
  static const int bytes[GGUF_TYPE_COUNT] = {
    [GGUF_U8] = 1,  [GGUF_I8] = 1,  [GGUF_BOOL] = 1, [GGUF_U16] = 2,
    [GGUF_I16] = 2, [GGUF_U32] = 4, [GGUF_I32] = 4,  [GGUF_F32] = 4,
    [GGUF_U64] = 8, [GGUF_I64] = 8, [GGUF_F64] = 8,
  };
  return type < GGUF_TYPE_COUNT ? bytes[type] : 0;
}

static int cut_short(const char *where, struct err *err)
{
  return err_set(err, ERR_DATA, "it ends inside %s; " DAMAGED, where);
}

/* ---- metadata ---- */

/* Moves behind the elements of an array; each string's length is checked on the way. */
static int skip_array(struct gguf_cursor *cursor, struct gguf_pair *pair, struct err *err)
{
  uint64_t element = gguf_take_uint(cursor, 4);
  pair->count = gguf_take_uint(cursor, 8);
  if (cursor->failed)
    return cut_short("the metadata", err);
  if (element >= GGUF_TYPE_COUNT || element == GGUF_ARRAY)
    return err_set(err, ERR_DATA,
                   "key '%.*s' is an array of type %" PRIu64 ", which is not read",
                   STR_ARG(pair->key), element);
  pair->element = (enum gguf_type)element;
  if (pair->count > GGUF_ARRAY_MAX)
    return err_set(err, ERR_DATA,
                   "key '%.*s' claims %" PRIu64 " elements; %d are a limit of "
                   "ours that no real model comes near",
                   STR_ARG(pair->key), pair->count, GGUF_ARRAY_MAX);
  size_t from = cursor->at;
  int each = gguf_type_bytes(pair->element);
  if (each)
    gguf_take(cursor, pair->count * (uint64_t)each);
  else
    for (uint64_t i = 0; i < pair->count && !cursor->failed; i++)
      gguf_take_string(cursor);
  if (cursor->failed)
    return err_set(err, ERR_DATA,
                   "key '%.*s' claims %" PRIu64 " elements, the file ends "
                   "before them; " DAMAGED,
                   STR_ARG(pair->key), pair->count);
  pair->bytes = str_slice(cursor->bytes, from, cursor->at);
  return 0;
}

static int read_pair(struct gguf_cursor *cursor, struct gguf_pair *pair, struct err *err)
{
  pair->key = gguf_take_string(cursor);
  uint64_t type = gguf_take_uint(cursor, 4);
  if (cursor->failed)
    return cut_short("the metadata", err);
  if (weight_check_name(pair->key, err) < 0)
    return err_wrap(err, "a key of the metadata");
  if (type >= GGUF_TYPE_COUNT)
    return err_set(err, ERR_DATA,
                   "key '%.*s' has the type %" PRIu64 ", which does not exist",
                   STR_ARG(pair->key), type);
  pair->type = (enum gguf_type)type;
  pair->count = 1;
  if (pair->type == GGUF_ARRAY)
    return skip_array(cursor, pair, err);
  pair->bytes = pair->type == GGUF_STRING
                    ? gguf_take_string(cursor)
                    : gguf_take(cursor, (uint64_t)gguf_type_bytes(pair->type));
  if (cursor->failed)
    return err_set(err, ERR_DATA, "it ends inside key '%.*s'; " DAMAGED,
                   STR_ARG(pair->key));
  if (pair->bytes.len > GGUF_STRING_MAX)
    return err_set(err, ERR_DATA, "key '%.*s' has %zu bytes; %d are a limit of ours",
                   STR_ARG(pair->key), pair->bytes.len, GGUF_STRING_MAX);
  return 0;
}

/* A key twice would make the meaning depend on the reader. */
static int check_distinct(const struct gguf *gguf, struct err *err)
{
  struct strmap keys = { 0 };
  int rc = 0;
  for (size_t i = 0; i < gguf->n_pairs && rc == 0; i++) {
    bool added;
    strmap_put(&keys, gguf->pairs[i].key, i, &added);
    if (!added)
      rc = err_set(err, ERR_DATA, "key '%.*s' stands there twice",
                   STR_ARG(gguf->pairs[i].key));
  }
  strmap_release(&keys);
  return rc;
}

static int read_metadata(struct gguf *gguf, struct gguf_cursor *cursor, uint64_t n,
                         struct err *err)
{
  gguf->pairs = ARENA_NEW(&gguf->arena, struct gguf_pair, (size_t)n);
  for (; gguf->n_pairs < n; gguf->n_pairs++)
    if (read_pair(cursor, &gguf->pairs[gguf->n_pairs], err) < 0)
      return -1;
  return check_distinct(gguf, err);
}

/* ---- tensors ---- */

static enum weight_type type_from_number(uint64_t number)
{
  for (int type = 0; type < WEIGHT_OTHER; type++)
    if ((uint64_t)weight_kind((enum weight_type)type)->gguf_number == number)
      return (enum weight_type)type;
  return WEIGHT_OTHER;
}

static int read_dims(struct gguf_cursor *cursor, struct weight *weight, struct err *err)
{
  uint64_t n = gguf_take_uint(cursor, 4);
  if (n > 4)
    return err_set(err, ERR_DATA,
                   "tensor '%.*s' claims %" PRIu64 " dimensions; 4 are GGUF's "
                   "limit",
                   STR_ARG(weight->name), n);
  weight->n_dims = (int)n;
  for (int i = weight->n_dims - 1; i >= 0; i--) {
    uint64_t dim = gguf_take_uint(cursor, 8);
    if (dim > INT64_MAX)
      return err_set(err, ERR_DATA, "tensor '%.*s' claims a dimension of %" PRIu64,
                     STR_ARG(weight->name), dim);
    weight->dims[i] = (int64_t)dim;
  }
  return weight_count(weight, err);
}

/* One entry of the list; its place, still relative, goes to *offset. */
static int read_tensor(struct gguf *gguf, struct gguf_cursor *cursor,
                       struct weight *weight, uint64_t *offset, struct err *err)
{
  weight->name = gguf_take_string(cursor);
  if (cursor->failed)
    return cut_short("the list of tensors", err);
  if (weight_check_name(weight->name, err) < 0 || read_dims(cursor, weight, err) < 0)
    return -1;
  uint64_t number = gguf_take_uint(cursor, 4);
  *offset = gguf_take_uint(cursor, 8);
  if (cursor->failed)
    return cut_short("the list of tensors", err);
  weight->type = type_from_number(number);
  const struct weight_kind *kind = weight_kind(weight->type);
  weight->type_name = kind ? str_from(kind->name)
                           : arena_printf(&gguf->arena, "GGUF's number %" PRIu64, number);
  return 0;
}

/* Behind the last tensor a writer pads or does not; before and between, it must. */
static int place_tensor(struct weight *weight, uint64_t offset, uint64_t alignment,
                        struct str data, struct err *err)
{
  uint64_t bytes = 0;
  if (offset % alignment)
    return err_set(err, ERR_DATA,
                   "tensor '%.*s' begins at byte %" PRIu64
                   " of the data, no multiple of the alignment %" PRIu64,
                   STR_ARG(weight->name), offset, alignment);
  if (weight->type != WEIGHT_OTHER && weight_bytes(weight, &bytes, err) < 0)
    return -1;
  if (offset > data.len || bytes > data.len - offset)
    return err_set(err, ERR_DATA,
                   "tensor '%.*s' has %" PRIu64 " bytes at byte %" PRIu64
                   " of the data, which has %zu; " DAMAGED,
                   STR_ARG(weight->name), bytes, offset, data.len);
  weight->bytes = str_slice(data, (size_t)offset, (size_t)(offset + bytes));
  return 0;
}

static int compare_places(const void *a, const void *b)
{
  struct str x = ((const struct weight *)a)->bytes, y = ((const struct weight *)b)->bytes;
  if (x.ptr != y.ptr)
    return x.ptr < y.ptr ? -1 : 1;
  return (x.len > y.len) - (x.len < y.len);
}

static int check_apart(struct weights *weights, struct err *err)
{
  if (weights->count)
    qsort(weights->list, weights->count, sizeof *weights->list, compare_places);
  for (size_t i = 1; i < weights->count; i++) {
    const struct weight *a = &weights->list[i - 1], *b = &weights->list[i];
    if (a->bytes.ptr + a->bytes.len > b->bytes.ptr)
      return err_set(err, ERR_DATA, "tensor '%.*s' overlaps tensor '%.*s'",
                     STR_ARG(b->name), STR_ARG(a->name));
  }
  return 0;
}

static int read_alignment(const struct gguf *gguf, uint64_t *alignment, struct err *err)
{
  int64_t value = 32; /* the format's default */
  const struct gguf_pair *pair = gguf_find(gguf, "general.alignment");
  if (pair && !gguf_int(pair, &value))
    value = 0;
  if (value < 1 || value > GGUF_ALIGNMENT_MAX || (value & (value - 1)))
    return err_set(err, ERR_DATA,
                   "'general.alignment' is %" PRId64
                   "; a power of two up to %d makes sense",
                   value, GGUF_ALIGNMENT_MAX);
  *alignment = (uint64_t)value;
  return 0;
}

static int read_tensors(struct gguf *gguf, struct gguf_cursor *cursor, uint64_t n,
                        struct err *err)
{
  uint64_t alignment;
  struct weight *list = ARENA_NEW(&gguf->arena, struct weight, (size_t)n);
  uint64_t *offsets = ARENA_NEW(&gguf->arena, uint64_t, (size_t)n);
  gguf->weights.list = list;
  for (; gguf->weights.count < n; gguf->weights.count++)
    if (read_tensor(gguf, cursor, &list[gguf->weights.count],
                    &offsets[gguf->weights.count], err) < 0)
      return -1;
  if (read_alignment(gguf, &alignment, err) < 0)
    return -1;
  uint64_t data_at = (cursor->at + alignment - 1) / alignment * alignment;
  /* behind the end: nothing is left, but a place where nothing can lie */
  struct str data = str_slice(cursor->bytes, (size_t)data_at, cursor->bytes.len);
  for (size_t i = 0; i < n; i++)
    if (place_tensor(&list[i], offsets[i], alignment, data, err) < 0)
      return -1;
  if (check_apart(&gguf->weights, err) < 0)
    return -1;
  return weights_sort(&gguf->weights, err);
}

/* ---- the whole ---- */

static int check_version(struct gguf *gguf, struct gguf_cursor *cursor, struct err *err)
{
  if (str_starts(cursor->bytes, STR("version https://git-lfs")))
    return err_set(err, ERR_DATA,
                   "it is git-lfs's pointer, not the model; run git lfs pull");
  struct str magic = gguf_take(cursor, 4);
  gguf->version = (uint32_t)gguf_take_uint(cursor, 4);
  if (!str_present(magic) || !str_equal(magic, STR("GGUF")))
    return err_set(err, ERR_DATA,
                   "it is no GGUF file; give a model's folder or a .gguf file");
  if (cursor->failed)
    return cut_short("its head", err);
  if (gguf->version == 2 || gguf->version == 3)
    return 0;
  if (gguf->version & 0xffff)
    return err_set(err, ERR_DATA,
                   "it is GGUF version %u, of which 2 and 3 are read; convert "
                   "the model anew with llama.cpp's converter",
                   gguf->version);
  return err_set(err, ERR_DATA,
                 "it is a big-endian GGUF; convert the model anew on or for a "
                 "little-endian machine");
}

static int check_counts(const struct gguf_cursor *cursor, uint64_t n_tensors,
                        uint64_t n_pairs, struct err *err)
{
  /* the least that an entry takes: a key of one byte and a value of one; a tensor's name
   * of one byte, no dimension, type and place */
  enum { PAIR_LEAST = 8 + 1 + 4 + 1, TENSOR_LEAST = 8 + 1 + 4 + 4 + 8 };
  size_t left = cursor->bytes.len - cursor->at;
  if (n_pairs > GGUF_KEYS_MAX || n_pairs > left / PAIR_LEAST)
    return err_set(err, ERR_DATA,
                   "it claims %" PRIu64 " keys of metadata in %zu bytes; %d are "
                   "a limit of ours; " DAMAGED,
                   n_pairs, left, GGUF_KEYS_MAX);
  if (n_tensors > WEIGHTS_MAX || n_tensors > left / TENSOR_LEAST)
    return err_set(err, ERR_DATA,
                   "it claims %" PRIu64 " tensors in %zu bytes; %d are a limit "
                   "of ours; " DAMAGED,
                   n_tensors, left, WEIGHTS_MAX);
  return 0;
}

static int check_whole(const struct gguf *gguf, struct err *err)
{
  int64_t parts = 1;
  if (gguf_int(gguf_find(gguf, "split.count"), &parts) && parts > 1)
    return err_set(err, ERR_DATA,
                   "it is one of %" PRId64 " parts; join them with llama.cpp's "
                   "gguf-split --merge",
                   parts);
  return 0;
}

static int read_all(struct gguf *gguf, struct gguf_cursor *cursor, struct err *err)
{
  if (check_version(gguf, cursor, err) < 0)
    return -1;
  uint64_t n_tensors = gguf_take_uint(cursor, 8), n_pairs = gguf_take_uint(cursor, 8);
  if (cursor->failed)
    return cut_short("its head", err);
  if (check_counts(cursor, n_tensors, n_pairs, err) < 0 ||
      read_metadata(gguf, cursor, n_pairs, err) < 0 || check_whole(gguf, err) < 0)
    return -1;
  return read_tensors(gguf, cursor, n_tensors, err);
}

int gguf_parse(struct gguf *gguf, struct str bytes, struct err *err)
{
  *gguf = (struct gguf){ .map = { STR("") } };
  struct gguf_cursor cursor = { .bytes = bytes };
  if (read_all(gguf, &cursor, err) < 0) {
    gguf_close(gguf);
    return -1;
  }
  return 0;
}

int gguf_open(struct gguf *gguf, const char *path, struct err *err)
{
  struct fs_map map;
  if (fs_map(&map, path, err) < 0)
    return -1;
  if (gguf_parse(gguf, map.bytes, err) < 0) {
    fs_unmap(&map);
    return err_wrap(err, "cannot load '%s'", path);
  }
  gguf->map = map;
  return 0;
}

void gguf_close(struct gguf *gguf)
{
  arena_release(&gguf->arena);
  fs_unmap(&gguf->map);
  gguf->pairs = NULL;
  gguf->n_pairs = 0;
  gguf->weights = (struct weights){ 0 };
}
