#include "nn/tokenizer_scan.h"

#include "nn/unicode.h"

/* What the patterns distinguish. */
enum scan_class { SCAN_SPACE, SCAN_LETTER, SCAN_NUMBER, SCAN_OTHER };

/* The class of the character at `at`, and its length; past the end: a length of 0. A byte
 * that is no UTF-8 counts as punctuation. */
static enum scan_class class_at(struct str s, size_t at, size_t *n)
{
  *n = 0;
  if (at >= s.len)
    return SCAN_SPACE;
  int32_t cp;
  *n = unicode_next(s, at, &cp);
  if (cp < 0x80 && cp >= 0) {
    char c = (char)cp;
    return char_is_alpha(c)   ? SCAN_LETTER
           : char_is_digit(c) ? SCAN_NUMBER
           : char_is_space(c) ? SCAN_SPACE
                              : SCAN_OTHER;
  }
  return unicode_is_letter(cp)   ? SCAN_LETTER
         : unicode_is_number(cp) ? SCAN_NUMBER
         : unicode_is_space(cp)  ? SCAN_SPACE
                                 : SCAN_OTHER;
}

/* The end of the run of one class that begins at `at`; `at` itself for none. */
static size_t run_end(struct str s, size_t at, enum scan_class wanted)
{
  size_t n;
  while (class_at(s, at, &n) == wanted && n)
    at += n;
  return at;
}

static bool is_newline(struct str s, size_t at)
{
  return at < s.len && (s.ptr[at] == '\n' || s.ptr[at] == '\r');
}

/* An English ending behind an apostrophe at `at`: its end, or `at`. Caseless, 's' is also
 * the long s, U+017F. */
static size_t contraction_end(struct str s, size_t at, bool caseless)
{
  static const char *const endings[] = { "s", "t", "re", "ve", "m", "ll", "d" };
  if (s.ptr[at] != '\'')
    return at;
  struct str rest = str_slice(s, at + 1, s.len);
  if (caseless && str_starts(rest, STR("\u017f")))
    return at + 3;
  for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
    struct str ending = str_from(endings[i]);
    if (caseless ? str_starts_nocase(rest, ending) : str_starts(rest, ending))
      return at + 1 + ending.len;
  }
  return at;
}

/* \s+(?!\S)|\s+ : a run of spaces without its last one, when a word follows. */
static size_t space_end(struct str s, size_t at)
{
  size_t end = run_end(s, at, SCAN_SPACE);
  if (end >= s.len)
    return end;
  int32_t cp;
  size_t without_last = end - unicode_previous(s, end, &cp);
  return without_last > at ? without_last : end;
}

static size_t scan_gpt2(struct str s, size_t at)
{
  size_t end = contraction_end(s, at, false);
  if (end > at)
    return end;
  size_t begin = s.ptr[at] == ' ' ? at + 1 : at, n;
  enum scan_class class = class_at(s, begin, &n);
  if (n && class != SCAN_SPACE)
    return run_end(s, begin, class);
  return space_end(s, at);
}

/* \s*[\r\n]+ : the spaces up to the last newline among them; `at` when there is none. */
static size_t newlines_end(struct str s, size_t at)
{
  size_t end = at, n;
  for (size_t i = at; class_at(s, i, &n) == SCAN_SPACE && n; i += n)
    if (is_newline(s, i))
      end = i + 1;
  return end;
}

/* Llama 3's and Qwen's, which differ in how many digits stay together. */
static size_t scan_modern(struct str s, size_t at, int digits)
{
  size_t end = contraction_end(s, at, true), n, next;
  if (end > at)
    return end;
  enum scan_class class = class_at(s, at, &n);
  if (class == SCAN_LETTER)
    return run_end(s, at, SCAN_LETTER);
  if (class == SCAN_NUMBER) {
    for (end = at + n; --digits > 0 && class_at(s, end, &n) == SCAN_NUMBER && n;)
      end += n;
    return end;
  }
  enum scan_class behind = class_at(s, at + n, &next);
  if (next && behind == SCAN_LETTER && !is_newline(s, at))
    return run_end(s, at + n, SCAN_LETTER);
  size_t begin = s.ptr[at] == ' ' ? at + 1 : at;
  end = run_end(s, begin, SCAN_OTHER);
  if (end > begin) {
    while (is_newline(s, end))
      end++;
    return end;
  }
  end = newlines_end(s, at);
  return end > at ? end : space_end(s, at);
}

static size_t scan_llama3(struct str s, size_t at)
{
  return scan_modern(s, at, 3);
}
static size_t scan_qwen2(struct str s, size_t at)
{
  return scan_modern(s, at, 1);
}

split_scan *split_scan_of(struct str regex)
{
  static const struct {
    const char *regex;
    split_scan *scan;
  } scans[] = {
    { SPLIT_GPT2, scan_gpt2 },
    { SPLIT_LLAMA3, scan_llama3 },
    { SPLIT_QWEN2, scan_qwen2 },
  };
  for (size_t i = 0; i < sizeof scans / sizeof scans[0]; i++)
    if (str_equal(regex, str_from(scans[i].regex)))
      return scans[i].scan;
  return NULL;
}
