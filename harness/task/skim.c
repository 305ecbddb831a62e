#include "task/skim.h"

/* Positions are offsets into the text; SIZE_MAX means "not what it should be". */
#define LOST SIZE_MAX

static size_t skip_space(struct str s, size_t at)
{
  while (at < s.len && char_is_space(s.ptr[at]))
    at++;
  return at;
}

/* From an opening quote to behind the closing one. */
static size_t skip_string(struct str s, size_t at)
{
  for (at++; at < s.len;) {
    const char *quote = memchr(s.ptr + at, '"', s.len - at);
    if (!quote)
      return LOST;
    size_t end = (size_t)(quote - s.ptr), slashes = 0;
    while (s.ptr[end - 1 - slashes] == '\\')
      slashes++; /* stops at the opening quote at the latest */
    at = end + 1;
    if (slashes % 2 == 0)
      return at;
  }
  return LOST;
}

/* From the first byte of a value to behind its last. */
static size_t skip_value(struct str s, size_t at)
{
  size_t depth = 0;
  while (at < s.len) {
    char c = s.ptr[at];
    if (c == '"') {
      at = skip_string(s, at);
      if (at == LOST)
        return LOST;
    } else if (c == '{' || c == '[') {
      depth++;
      at++;
    } else if (c == '}' || c == ']') {
      if (depth == 0)
        return at;
      depth--;
      at++;
    } else if (c == ',' && depth == 0) {
      return at;
    } else {
      at++;
      continue;
    }
    if (depth == 0)
      return at;
  }
  return LOST;
}

/* Behind the key and its colon, or LOST. */
static size_t skip_key(struct str s, size_t at, struct str *key)
{
  if (at >= s.len || s.ptr[at] != '"')
    return LOST;
  size_t end = skip_string(s, at);
  if (end == LOST)
    return LOST;
  *key = str_slice(s, at + 1, end - 1);
  end = skip_space(s, end);
  return end < s.len && s.ptr[end] == ':' ? skip_space(s, end + 1) : LOST;
}

bool skim_drop(struct str object, struct str wanted, struct buf *out)
{
  size_t at = skip_space(object, 0);
  if (at >= object.len || object.ptr[at] != '{')
    return false;
  for (at++;;) {
    struct str key;
    size_t begin = skip_space(object, at), value = skip_key(object, begin, &key);
    size_t end = value == LOST ? LOST : skip_value(object, value);
    if (end == LOST)
      return false;
    end = skip_space(object, end);
    if (end >= object.len || object.ptr[end] != ',')
      return false; /* the last member: rare enough to be parsed whole */
    at = end + 1;
    if (!str_equal(key, wanted))
      continue;
    buf_reset(out);
    buf_add(out, str_slice(object, 0, begin));
    buf_add(out, str_slice(object, at, object.len));
    return !buf_failed(out);
  }
}
