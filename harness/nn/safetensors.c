#include "nn/safetensors.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/json.h"

/* The header's spelling of a type, its bytes an element, what it is to us. Types that are
 * not here (four-bit ones, say) are listed without a check of their size. */
struct dtype {
  const char *name;
  int bytes;
  enum weight_type type;
};
static const struct dtype dtypes[] = {
  { "F32", 4, WEIGHT_F32 },       { "F16", 2, WEIGHT_F16 },
  { "BF16", 2, WEIGHT_BF16 },     { "F64", 8, WEIGHT_OTHER },
  { "C64", 8, WEIGHT_OTHER },     { "I64", 8, WEIGHT_OTHER },
  { "U64", 8, WEIGHT_OTHER },     { "I32", 4, WEIGHT_OTHER },
  { "U32", 4, WEIGHT_OTHER },     { "I16", 2, WEIGHT_OTHER },
  { "U16", 2, WEIGHT_OTHER },     { "I8", 1, WEIGHT_OTHER },
  { "U8", 1, WEIGHT_OTHER },      { "BOOL", 1, WEIGHT_OTHER },
  { "F8_E4M3", 1, WEIGHT_OTHER }, { "F8_E5M2", 1, WEIGHT_OTHER },
  { "F8_E8M0", 1, WEIGHT_OTHER },
};

static const struct dtype *dtype_find(struct str name)
{
  for (size_t i = 0; i < COUNT(dtypes); i++)
    if (str_equal(name, str_from(dtypes[i].name)))
      return &dtypes[i];
  return NULL;
}

#define DAMAGED "the file is cut or damaged, fetch it again"

/* The header's text, or an absent string with the error set. */
static struct str header_text(struct str bytes, struct err *err)
{
  uint64_t len = 0;
  if (str_starts(bytes, STR("version https://git-lfs"))) {
    err_set(err, ERR_DATA, "it is git-lfs's pointer, not the weights; run git lfs pull");
    return STR_NONE;
  }
  if (bytes.len < 8 + 2) {
    err_set(err, ERR_DATA, "%zu bytes are no safetensors; " DAMAGED, bytes.len);
    return STR_NONE;
  }
  for (int i = 7; i >= 0; i--)
    len = len << 8 | (unsigned char)bytes.ptr[i];
  if (len > SAFETENSORS_HEADER_MAX) {
    err_set(err, ERR_DATA,
            "the header claims %" PRIu64 " bytes, over the format's limit of %d; "
            "the file is no safetensors or damaged",
            len, SAFETENSORS_HEADER_MAX);
    return STR_NONE;
  }
  if (len > bytes.len - 8) {
    err_set(err, ERR_DATA,
            "the header claims %" PRIu64
            " bytes, the file has %zu behind its length; " DAMAGED,
            len, bytes.len - 8);
    return STR_NONE;
  }
  struct str text = str_slice(bytes, 8, 8 + (size_t)len);
  if (text.len == 0 || text.ptr[0] != '{') {
    err_set(err, ERR_DATA, "the header is no JSON object; the file is no safetensors");
    return STR_NONE;
  }
  return text;
}

/* The parsed tree takes some 80 bytes a value, many times its text in the worst case, so
 * the values are counted first. A tensor has 7; the rest is for metadata. */
enum { HEADER_VALUES_MAX = 16 * WEIGHTS_MAX };

static int check_values(struct str header, struct err *err)
{
  size_t n = 0;
  for (size_t i = 0; i < header.len; i++) {
    char c = header.ptr[i];
    n += c == ',' || c == '[' || c == '{';
  }
  return n <= HEADER_VALUES_MAX
             ? 0
             : err_set(err, ERR_DATA,
                       "the header has %zu values; %d are a limit of ours "
                       "that no real model comes near",
                       n, HEADER_VALUES_MAX);
}

/* A count as JSON: whole, from 0 to 2^53, where doubles stop being exact. */
static int read_count(const struct json *node, struct str name, const char *what,
                      int64_t *out, struct err *err)
{
  double value = json_number(node, -1);
  if (!(value >= 0 && value <= 9007199254740992.0) || value != (double)(int64_t)value)
    return err_set(err, ERR_DATA, "tensor '%.*s': %s is no whole number from 0 to 2^53",
                   STR_ARG(name), what);
  *out = (int64_t)value;
  return 0;
}

static int read_shape(const struct json *entry, struct weight *weight, struct err *err)
{
  const struct json *shape = json_member(entry, "shape");
  if (json_type(shape) != JSON_ARRAY)
    return err_set(err, ERR_DATA, "tensor '%.*s' has no shape", STR_ARG(weight->name));
  for (const struct json *dim = json_first(shape); dim; dim = json_next(dim)) {
    if (weight->n_dims == WEIGHT_DIMS_MAX)
      return err_set(err, ERR_DATA, "tensor '%.*s' has more than %d dimensions",
                     STR_ARG(weight->name), WEIGHT_DIMS_MAX);
    if (read_count(dim, weight->name, "a dimension", &weight->dims[weight->n_dims], err) <
        0)
      return -1;
    weight->n_dims++;
  }
  return weight_count(weight, err);
}

/* The tensor's place in the data, and that its size is what type and shape need. */
static int read_place(const struct json *entry, const struct dtype *dtype,
                      struct str data, struct weight *weight, struct err *err)
{
  const struct json *offsets = json_member(entry, "data_offsets");
  int64_t from, to;
  if (json_type(offsets) != JSON_ARRAY || json_size(offsets) != 2)
    return err_set(err, ERR_DATA, "tensor '%.*s' has no data_offsets [from, to]",
                   STR_ARG(weight->name));
  if (read_count(json_element(offsets, 0), weight->name, "its first offset", &from, err) <
          0 ||
      read_count(json_element(offsets, 1), weight->name, "its last offset", &to, err) < 0)
    return -1;
  if (from > to)
    return err_set(err, ERR_DATA,
                   "tensor '%.*s' begins at byte %" PRId64 " and ends at %" PRId64,
                   STR_ARG(weight->name), from, to);
  if ((uint64_t)to > data.len)
    return err_set(err, ERR_DATA,
                   "tensor '%.*s' ends at byte %" PRId64 ", the data has %zu; " DAMAGED,
                   STR_ARG(weight->name), to, data.len);
  weight->bytes = str_slice(data, (size_t)from, (size_t)to);
  if (!dtype)
    return 0;
  if (from % dtype->bytes)
    return err_set(err, ERR_DATA,
                   "tensor '%.*s' begins at byte %" PRId64
                   ", which is not aligned for %s",
                   STR_ARG(weight->name), from, dtype->name);
  if (weight->n != weight->bytes.len / (size_t)dtype->bytes ||
      weight->bytes.len % (size_t)dtype->bytes) {
    char shape[WEIGHT_SHAPE_SIZE];
    weight_shape_text(weight, shape);
    return err_set(err, ERR_DATA, "tensor '%.*s' is %s of %s, but has %zu bytes",
                   STR_ARG(weight->name), shape, dtype->name, weight->bytes.len);
  }
  return 0;
}

static int read_entry(struct safetensors *file, const struct json *entry, struct str data,
                      struct err *err)
{
  struct weight *weight = &file->weights.list[file->weights.count];
  if (weight_check_name(json_key(entry), err) < 0)
    return -1;
  weight->name = arena_str(&file->arena, json_key(entry));
  struct str dtype_name = json_get_string(entry, "dtype", STR_NONE);
  if (!str_present(dtype_name) || weight_check_name(dtype_name, err) < 0)
    return err_set(err, ERR_DATA, "tensor '%.*s' has no dtype", STR_ARG(weight->name));
  const struct dtype *dtype = dtype_find(dtype_name);
  weight->type = dtype ? dtype->type : WEIGHT_OTHER;
  weight->type_name = arena_str(&file->arena, dtype_name);
  if (read_shape(entry, weight, err) < 0 ||
      read_place(entry, dtype, data, weight, err) < 0)
    return -1;
  file->weights.count++;
  return 0;
}

static int compare_places(const void *a, const void *b)
{
  struct str x = ((const struct weight *)a)->bytes, y = ((const struct weight *)b)->bytes;
  if (x.ptr != y.ptr)
    return x.ptr < y.ptr ? -1 : 1;
  return (x.len > y.len) - (x.len < y.len);
}

/* Tensor behind tensor, from the first byte of the data to the last. */
static int check_filled(struct weights *weights, struct str data, struct err *err)
{
  if (weights->count)
    qsort(weights->list, weights->count, sizeof *weights->list, compare_places);
  size_t at = 0;
  for (size_t i = 0; i < weights->count; i++) {
    const struct weight *weight = &weights->list[i];
    size_t from = (size_t)(weight->bytes.ptr - data.ptr);
    if (from < at)
      return err_set(err, ERR_DATA, "tensor '%.*s' overlaps tensor '%.*s' at byte %zu",
                     STR_ARG(weight->name), STR_ARG(weights->list[i - 1].name), from);
    if (from > at)
      return err_set(err, ERR_DATA,
                     "bytes %zu to %zu before tensor '%.*s' belong to none", at, from,
                     STR_ARG(weight->name));
    at = from + weight->bytes.len;
  }
  if (at < data.len)
    return err_set(err, ERR_DATA, "the last %zu bytes of the file belong to no tensor",
                   data.len - at);
  return 0;
}

static int read_entries(struct safetensors *file, const struct json *root,
                        struct str data, struct err *err)
{
  size_t n = json_size(root);
  if (n > WEIGHTS_MAX)
    return err_set(err, ERR_DATA,
                   "it lists %zu tensors; %d are a limit of ours that no real "
                   "model comes near",
                   n, WEIGHTS_MAX);
  file->weights.list = ARENA_NEW(&file->arena, struct weight, n);
  for (const struct json *entry = json_first(root); entry; entry = json_next(entry))
    if (!str_equal(json_key(entry), STR("__metadata__")) &&
        read_entry(file, entry, data, err) < 0)
      return -1;
  if (check_filled(&file->weights, data, err) < 0)
    return -1;
  return weights_sort(&file->weights, err);
}

int safetensors_parse(struct safetensors *file, struct str bytes, struct err *err)
{
  *file = (struct safetensors){ .map = { STR("") } };
  struct str header = header_text(bytes, err);
  if (!str_present(header) || check_values(header, err) < 0)
    return -1;
  struct json_doc doc;
  if (json_parse(&doc, header, err) < 0)
    return err_wrap(err, "the header");
  struct str data = str_slice(bytes, 8 + header.len, bytes.len);
  int rc = read_entries(file, doc.root, data, err);
  json_doc_release(&doc);
  if (rc < 0)
    safetensors_close(file);
  return rc;
}

int safetensors_open(struct safetensors *file, const char *path, struct err *err)
{
  struct fs_map map;
  if (fs_map(&map, path, err) < 0)
    return -1;
  if (safetensors_parse(file, map.bytes, err) < 0) {
    fs_unmap(&map);
    return err_wrap(err, "cannot load '%s'", path);
  }
  file->map = map;
  return 0;
}

void safetensors_close(struct safetensors *file)
{
  arena_release(&file->arena);
  fs_unmap(&file->map);
  file->weights = (struct weights){ 0 };
}
