#include "grade/scan.h"

enum {
  LIMIT_HITS = 10000,
  LIMIT_BRACED = 4 << 10, /* no answer is longer (LIMIT_CANDIDATE_BYTES) */
  BYTES_A_HIT = 16,       /* a hit costs about as much as looking at so many bytes */
};

struct scan scan_from_end(struct str s, size_t depth)
{
  size_t floor = s.len > depth ? s.len - depth : 0;
  return (struct scan){ s, s.len, floor, LIMIT_HITS };
}

ptrdiff_t scan_back(struct scan *scan, char c)
{
  const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
  const char *text = scan->s.ptr;
  const uint64_t pattern = ones * (unsigned char)c;
  while (scan->at > scan->floor && scan->hits_left) {
    /* eight bytes at a time while none of them is `c` */
    uint64_t word;
    if (scan->at - scan->floor >= 8) {
      memcpy(&word, text + scan->at - 8, 8);
      word ^= pattern;
      if (!((word - ones) & ~word & tops)) {
        scan->at -= 8;
        continue;
      }
    }
    if (text[--scan->at] == c) {
      scan->hits_left--;
      return (ptrdiff_t)scan->at;
    }
  }
  return -1;
}

void scan_charge(struct scan *scan, size_t bytes)
{
  unsigned hits = (unsigned)(bytes / BYTES_A_HIT);
  scan->hits_left -= hits < scan->hits_left ? hits : scan->hits_left;
}

size_t scan_brace(struct str s, size_t at)
{
  char open = s.ptr[at], close = open == '{' ? '}' : ']';
  size_t limit = s.len - at > LIMIT_BRACED ? at + LIMIT_BRACED : s.len;
  size_t depth = 0;
  for (size_t i = at; i < limit; i++) {
    char c = s.ptr[i];
    if (c == '\\')
      i++;
    else if (c == open)
      depth++;
    else if (c == close && --depth == 0)
      return i + 1;
  }
  return 0;
}

bool scan_word_ends(struct str s, size_t end, struct str word)
{
  if (end < word.len || end > s.len)
    return false;
  size_t at = end - word.len;
  if (!str_equal_nocase(str_slice(s, at, end), word))
    return false;
  bool ascii = char_is_alpha(word.ptr[0]);
  return !(ascii && at > 0 && char_is_alnum(s.ptr[at - 1]));
}
