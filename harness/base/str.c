#include "base/str.h"

struct str str_slice(struct str s, size_t from, size_t to)
{
  if (to > s.len)
    to = s.len;
  if (from > to)
    from = to;
  return (struct str){ s.ptr + from, to - from };
}

struct str str_trim(struct str s)
{
  while (s.len && char_is_space(s.ptr[0])) {
    s.ptr++;
    s.len--;
  }
  while (s.len && char_is_space(s.ptr[s.len - 1]))
    s.len--;
  return s;
}

bool str_equal(struct str a, struct str b)
{
  return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool str_equal_nocase(struct str a, struct str b)
{
  return a.len == b.len && str_starts_nocase(a, b);
}

bool str_starts(struct str s, struct str prefix)
{
  return s.len >= prefix.len && (!prefix.len || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

bool str_starts_nocase(struct str s, struct str prefix)
{
  if (s.len < prefix.len)
    return false;
  for (size_t i = 0; i < prefix.len; i++)
    if (char_lower(s.ptr[i]) != char_lower(prefix.ptr[i]))
      return false;
  return true;
}

bool str_ends(struct str s, struct str suffix)
{
  return s.len >= suffix.len &&
         (!suffix.len || memcmp(s.ptr + s.len - suffix.len, suffix.ptr, suffix.len) == 0);
}

int str_compare(struct str a, struct str b)
{
  size_t n = a.len < b.len ? a.len : b.len;
  int order = n ? memcmp(a.ptr, b.ptr, n) : 0;
  if (order)
    return order;
  return (a.len > b.len) - (a.len < b.len);
}

ptrdiff_t str_find(struct str s, struct str needle)
{
  if (needle.len == 0)
    return 0;
  size_t at = 0;
  while (at + needle.len <= s.len) {
    const char *hit = memchr(s.ptr + at, needle.ptr[0], s.len - needle.len + 1 - at);
    if (!hit)
      return -1;
    at = (size_t)(hit - s.ptr);
    if (memcmp(hit, needle.ptr, needle.len) == 0)
      return (ptrdiff_t)at;
    at++;
  }
  return -1;
}

ptrdiff_t str_find_last(struct str s, struct str needle)
{
  if (needle.len > s.len)
    return -1;
  for (size_t at = s.len - needle.len + 1; at-- > 0;)
    if (!needle.len ||
        (s.ptr[at] == needle.ptr[0] && memcmp(s.ptr + at, needle.ptr, needle.len) == 0))
      return (ptrdiff_t)at;
  return -1;
}

ptrdiff_t str_find_char(struct str s, char c)
{
  const char *hit = s.len ? memchr(s.ptr, c, s.len) : NULL;
  return hit ? hit - s.ptr : -1;
}

struct str str_next_line(struct str *rest)
{
  if (!rest->len)
    return STR_NONE;
  ptrdiff_t newline = str_find_char(*rest, '\n');
  size_t end = newline < 0 ? rest->len : (size_t)newline;
  struct str line = str_slice(*rest, 0, end);
  *rest = str_slice(*rest, newline < 0 ? end : end + 1, rest->len);
  if (line.len && line.ptr[line.len - 1] == '\r')
    line.len--;
  return line;
}

enum { DISTANCE_MAX_LEN = 64 };

size_t str_distance(struct str a, struct str b)
{
  if (a.len > DISTANCE_MAX_LEN || b.len > DISTANCE_MAX_LEN)
    return SIZE_MAX;
  size_t row[DISTANCE_MAX_LEN + 1];
  for (size_t j = 0; j <= b.len; j++)
    row[j] = j;
  for (size_t i = 1; i <= a.len; i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.len; j++) {
      size_t replace = diagonal + (a.ptr[i - 1] != b.ptr[j - 1]);
      size_t insert = row[j - 1] + 1, remove = row[j] + 1;
      diagonal = row[j];
      row[j] = replace < insert ? replace : insert;
      if (remove < row[j])
        row[j] = remove;
    }
  }
  return row[b.len];
}

/* Length of the well-formed UTF-8 sequence at s[at], or 0 (Unicode 15, table 3-7). */
static size_t utf8_length(const unsigned char *s, size_t left)
{
  unsigned char c = s[0];
  if (c < 0x80)
    return 1;
  size_t n = c >= 0xc2 && c <= 0xdf ? 2 : (c & 0xf0) == 0xe0 ? 3 : c >= 0xf0 && c <= 0xf4 ? 4 : 0;
  if (!n || left < n)
    return 0;
  unsigned char low = 0x80, high = 0xbf; /* of the second byte */
  if (c == 0xe0)
    low = 0xa0;
  if (c == 0xed)
    high = 0x9f;
  if (c == 0xf0)
    low = 0x90;
  if (c == 0xf4)
    high = 0x8f;
  if (s[1] < low || s[1] > high)
    return 0;
  for (size_t i = 2; i < n; i++)
    if ((s[i] & 0xc0) != 0x80)
      return 0;
  return n;
}

bool str_is_utf8(struct str s, size_t *bad_offset)
{
  const unsigned char *bytes = (const unsigned char *)s.ptr;
  size_t at = 0;
  while (at < s.len) {
    /* most text is ASCII: eight bytes at a time */
    uint64_t word;
    while (at + 8 <= s.len && (memcpy(&word, bytes + at, 8), !(word & 0x8080808080808080u)))
      at += 8;
    if (at >= s.len)
      break;
    size_t n = utf8_length(bytes + at, s.len - at);
    if (!n) {
      if (bad_offset)
        *bad_offset = at;
      return false;
    }
    at += n;
  }
  return true;
}
