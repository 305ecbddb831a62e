/* A GGUF's metadata as numbers, texts and lists. */
#include <math.h>

#include "nn/gguf_read.h"

const struct gguf_pair *gguf_find(const struct gguf *gguf, const char *key)
{
  for (size_t i = 0; i < gguf->n_pairs; i++)
    if (str_equal(gguf->pairs[i].key, str_from(key)))
      return &gguf->pairs[i];
  return NULL;
}

/* A scalar in the file as a double and, when it is one, as a whole number. */
struct scalar {
  double real;
  int64_t whole;
  bool is_whole;
};

static struct scalar from_signed(uint64_t bits, int n_bytes)
{
  uint64_t sign = (uint64_t)1 << (8 * n_bytes - 1);
  int64_t value = (int64_t)((bits ^ sign) - sign);
  return (struct scalar){ (double)value, value, true };
}

static struct scalar from_real(double value)
{
  bool whole = value >= -9007199254740992.0 && value <= 9007199254740992.0 &&
               value == floor(value);
  return (struct scalar){ value, whole ? (int64_t)value : 0, whole };
}

static bool read_scalar(struct str bytes, enum gguf_type type, struct scalar *out)
{
  int n_bytes = gguf_type_bytes(type);
  struct gguf_cursor cursor = { .bytes = bytes };
  uint64_t bits = gguf_take_uint(&cursor, n_bytes);
  float single;
  double real;
  switch (type) {
  case GGUF_I8:
  case GGUF_I16:
  case GGUF_I32:
  case GGUF_I64: *out = from_signed(bits, n_bytes); break;
  case GGUF_F32: {
    uint32_t low = (uint32_t)bits;
    memcpy(&single, &low, sizeof single);
    *out = from_real((double)single);
    break;
  }
  case GGUF_F64:
    memcpy(&real, &bits, sizeof real);
    *out = from_real(real);
    break;
  case GGUF_STRING:
  case GGUF_ARRAY:
  case GGUF_TYPE_COUNT: return false;
  default:
    *out = (struct scalar){ (double)bits, (int64_t)bits, bits <= INT64_MAX };
    break;
  }
  return !cursor.failed;
}

bool gguf_int(const struct gguf_pair *pair, int64_t *out)
{
  struct scalar scalar;
  if (!pair || !read_scalar(pair->bytes, pair->type, &scalar) || !scalar.is_whole)
    return false;
  *out = scalar.whole;
  return true;
}

bool gguf_real(const struct gguf_pair *pair, double *out)
{
  struct scalar scalar;
  if (!pair || !read_scalar(pair->bytes, pair->type, &scalar))
    return false;
  *out = scalar.real;
  return true;
}

struct str gguf_string(const struct gguf_pair *pair)
{
  return pair && pair->type == GGUF_STRING ? pair->bytes : STR_NONE;
}

struct gguf_walk gguf_walk_begin(const struct gguf_pair *pair)
{
  return (struct gguf_walk){ .pair = pair && pair->type == GGUF_ARRAY ? pair : NULL };
}

bool gguf_walk_string(struct gguf_walk *walk, struct str *out)
{
  if (!walk->pair || walk->pair->element != GGUF_STRING ||
      walk->next == walk->pair->count)
    return false;
  struct gguf_cursor cursor = { .bytes = walk->pair->bytes, .at = walk->at };
  *out = gguf_take_string(&cursor);
  walk->at = cursor.at;
  walk->next++;
  return str_present(*out);
}

static bool walk_scalar(struct gguf_walk *walk, struct scalar *out)
{
  if (!walk->pair || walk->next == walk->pair->count)
    return false;
  struct str rest = str_slice(walk->pair->bytes, walk->at, walk->pair->bytes.len);
  if (!read_scalar(rest, walk->pair->element, out))
    return false;
  walk->at += (size_t)gguf_type_bytes(walk->pair->element);
  walk->next++;
  return true;
}

bool gguf_walk_int(struct gguf_walk *walk, int64_t *out)
{
  struct scalar scalar;
  if (!walk_scalar(walk, &scalar) || !scalar.is_whole)
    return false;
  *out = scalar.whole;
  return true;
}

bool gguf_walk_real(struct gguf_walk *walk, double *out)
{
  struct scalar scalar;
  if (!walk_scalar(walk, &scalar))
    return false;
  *out = scalar.real;
  return true;
}
