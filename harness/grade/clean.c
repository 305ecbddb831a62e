#include "grade/clean.h"

#include "grade/scan.h"

enum {
  LIMIT_CUT = 64 << 10, /* bytes searched for a next question */
  LIMIT_LAYERS = 8,     /* of delimiters around one candidate */
};

/* Runs of characters that become ASCII: first and last code point, what `first` becomes;
 * with `step` 0 all become that one. '\0' drops the character. */
static const struct mapped {
  uint32_t first, last;
  unsigned char to, step;
} mapped[] = {
  { 0x00A0, 0x00A0, ' ', 0 },   { 0x00AD, 0x00AD, 0, 0 },
  { 0x0660, 0x0669, '0', 1 },   { 0x06F0, 0x06F9, '0', 1 },
  { 0x0966, 0x096F, '0', 1 },   { 0x09E6, 0x09EF, '0', 1 },
  { 0x0E50, 0x0E59, '0', 1 },   { 0x2000, 0x200A, ' ', 0 },
  { 0x200B, 0x200F, 0, 0 },     { 0x2010, 0x2015, '-', 0 },
  { 0x2018, 0x201B, '\'', 0 },  { 0x201C, 0x201F, '"', 0 },
  { 0x2028, 0x2029, '\n', 0 },  { 0x202F, 0x202F, ' ', 0 },
  { 0x205F, 0x205F, ' ', 0 },   { 0x2060, 0x2064, 0, 0 },
  { 0x2212, 0x2212, '-', 0 },   { 0x2236, 0x2236, ':', 0 },
  { 0x3000, 0x3000, ' ', 0 },   { 0x3001, 0x3001, ',', 0 },
  { 0x3002, 0x3002, '.', 0 },   { 0xFE63, 0xFE63, '-', 0 },
  { 0xFEFF, 0xFEFF, 0, 0 },     { 0xFF01, 0xFF5E, '!', 1 },
  { 0x1D7CE, 0x1D7D7, '0', 1 }, { 0x1D7D8, 0x1D7E1, '0', 1 },
  { 0x1D7E2, 0x1D7EB, '0', 1 }, { 0x1D7EC, 0x1D7F5, '0', 1 },
  { 0x1D7F6, 0x1D7FF, '0', 1 },
};

/* Numerals of Chinese and Japanese, for a candidate that consists of nothing else. */
static const struct cjk_numeral {
  uint32_t code;
  int value;
} cjk_numerals[] = {
  { 0x96F6, 0 },  { 0x3007, 0 },   { 0x4E00, 1 },    { 0x4E8C, 2 },
  { 0x4E24, 2 },  { 0x4E09, 3 },   { 0x56DB, 4 },    { 0x4E94, 5 },
  { 0x516D, 6 },  { 0x4E03, 7 },   { 0x516B, 8 },    { 0x4E5D, 9 },
  { 0x5341, 10 }, { 0x767E, 100 }, { 0x5343, 1000 }, { 0x4E07, 10000 },
};

/* Length of the character at `s` and its code point; a byte that starts none is itself.
 */
static size_t decode(struct str s, uint32_t *code)
{
  unsigned char c = (unsigned char)s.ptr[0];
  size_t n = c < 0xC2 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF5 ? 4 : 1;
  *code = c;
  if (n == 1 || n > s.len)
    return 1;
  uint32_t value = c & (0xFFu >> (n + 1));
  for (size_t i = 1; i < n; i++) {
    unsigned char d = (unsigned char)s.ptr[i];
    if ((d & 0xC0) != 0x80)
      return 1;
    value = value << 6 | (d & 0x3F);
  }
  *code = value;
  return n;
}

static const struct mapped *mapped_find(uint32_t code)
{
  size_t low = 0, high = COUNT(mapped);
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (code > mapped[middle].last)
      low = middle + 1;
    else if (code < mapped[middle].first)
      high = middle;
    else
      return &mapped[middle];
  }
  return NULL;
}

static bool is_ascii(struct str s)
{
  uint64_t word;
  size_t i = 0;
  for (; i + 8 <= s.len; i += 8) {
    memcpy(&word, s.ptr + i, 8);
    if (word & 0x8080808080808080u)
      return false;
  }
  for (; i < s.len; i++) {
    if ((unsigned char)s.ptr[i] >= 0x80)
      return false;
  }
  return true;
}

struct clean_text clean_text(struct arena *arena, struct str origin)
{
  struct clean_text text = { origin, origin, NULL };
  if (is_ascii(origin))
    return text;
  char *out = arena_alloc(arena, origin.len + 1);
  uint32_t *map = ARENA_NEW(arena, uint32_t, origin.len + 1);
  size_t n = 0;
  for (size_t i = 0, len; i < origin.len; i += len) {
    uint32_t code;
    len = decode(str_slice(origin, i, origin.len), &code);
    const struct mapped *m = len > 1 ? mapped_find(code) : NULL;
    if (m) {
      map[n] = (uint32_t)i;
      if (m->to)
        out[n++] = (char)(m->to + (code - m->first) * m->step);
      continue;
    }
    for (size_t k = 0; k < len; k++, n++) {
      out[n] = origin.ptr[i + k];
      map[n] = (uint32_t)(i + k);
    }
  }
  map[n] = (uint32_t)origin.len;
  text.s = (struct str){ out, n };
  text.map = map;
  return text;
}

size_t clean_origin(const struct clean_text *text, size_t at)
{
  return text->map ? text->map[at] : at;
}

/* ---- candidates ---- */

static struct str strip_around(struct str s, const char *open, const char *close)
{
  struct str o = str_from(open), c = str_from(close);
  if (s.len < o.len + c.len || !str_starts(s, o) || !str_ends(s, c))
    return s;
  return str_slice(s, o.len, s.len - c.len);
}

static const struct pair {
  const char *open, *close;
} around[] = {
  { "**", "**" },     { "__", "__" },   { "$$", "$$" }, { "$", "$" },
  { "\\(", "\\)" },   { "\\[", "\\]" }, { "`", "`" },   { "\"", "\"" },
  { "\\\"", "\\\"" }, { "*", "*" },     { "'", "'" },
};

/* "\boxed{x}" is x when the brace that opens it is the one that ends the text. */
static struct str strip_box(struct str s)
{
  static const char *const openings[] = { "\\boxed", "\\fbox", "\\framebox" };
  for (size_t i = 0; i < COUNT(openings); i++) {
    if (!str_starts(s, str_from(openings[i])))
      continue;
    size_t at = strlen(openings[i]);
    while (at < s.len && s.ptr[at] == ' ')
      at++;
    if (at < s.len && s.ptr[at] == '{' && scan_brace(s, at) == s.len)
      return str_slice(s, at + 1, s.len - 1);
  }
  return s;
}

/* Marks that end a sentence and belong to no answer; '!' only after a letter (5! is 120).
 */
static struct str strip_end(struct str s)
{
  bool opens = str_find_char(s, '{') >= 0;
  while (s.len) {
    char c = s.ptr[s.len - 1];
    char before = s.len > 1 ? s.ptr[s.len - 2] : ' ';
    bool escaped = before == '\\';
    bool mark = c == '.' || c == ',' || c == ';' || c == ':' || c == '?' ||
                (c == '!' && (char_is_alpha(before) || before == '!'));
    bool unopened = c == '}' && !escaped && !opens;
    if (unopened)
      s.len -= 1; /* the end of a box or of a JSON object */
    else if (c == '\\' && before == '\\')
      s.len -= 2; /* a line break of LaTeX */
    else if (escaped && (c == ' ' || c == ',' || c == ';'))
      s.len -= 2; /* a space of LaTeX; "\!" may be followed by more of the number */
    else if (mark || char_is_space(c))
      s.len -= 1;
    else
      return s;
  }
  return s;
}

/* "<|im_end|>", "</s>", "<|endoftext|>" and whatever follows. */
static struct str strip_tokens(struct str s)
{
  if (str_starts(s, STR("<|"))) {
    ptrdiff_t end = str_find(s, STR("|>"));
    s = end < 0 ? s : str_slice(s, (size_t)end + 2, s.len);
  }
  ptrdiff_t at = str_find(s, STR("<|"));
  if (at < 0)
    at = str_find(s, STR("</"));
  return at > 0 ? str_slice(s, 0, (size_t)at) : s;
}

static size_t count_dollars(struct str s)
{
  size_t n = 0;
  for (size_t i = 0; i < s.len; i++)
    n += s.ptr[i] == '$' && (i == 0 || s.ptr[i - 1] != '\\');
  return n;
}

/* Text escaped once too often ("\\frac" with two backslashes) unless it has line breaks
 * of its own, which look the same. */
static bool is_escaped_twice(struct str s)
{
  bool twice = false;
  if (str_find(s, STR("\\begin")) >= 0)
    return false;
  for (size_t i = 0; i + 2 < s.len; i++) {
    if (s.ptr[i] != '\\')
      continue;
    if (s.ptr[i + 1] != '\\')
      return false;
    twice = twice || char_is_alpha(s.ptr[i + 2]);
    i++;
  }
  return twice;
}

/* Drops unescaped '$' (when two or more delimit mathematics) or halves backslashes. */
static struct str rewrite(struct arena *arena, struct str s, bool dollars,
                          bool backslashes)
{
  char *out = arena_alloc(arena, s.len + 1);
  size_t n = 0;
  for (size_t i = 0; i < s.len; i++) {
    if (backslashes && s.ptr[i] == '\\' && i + 1 < s.len && s.ptr[i + 1] == '\\')
      i++;
    bool escaped = i > 0 && s.ptr[i - 1] == '\\';
    out[n++] = dollars && s.ptr[i] == '$' && !escaped ? ' ' : s.ptr[i];
  }
  return str_trim((struct str){ out, n });
}

/* "三十二" is 32; anything that is not all numerals stays as it is. */
static struct str cjk_number(struct arena *arena, struct str s)
{
  int64_t total = 0, section = 0, digit = 0;
  if (s.len < 3 || s.len > 60 || (unsigned char)s.ptr[0] < 0x80)
    return s;
  for (size_t i = 0; i < s.len;) {
    uint32_t code;
    i += decode(str_slice(s, i, s.len), &code);
    const struct cjk_numeral *c = cjk_numerals;
    while (c < cjk_numerals + COUNT(cjk_numerals) && c->code != code)
      c++;
    if (c == cjk_numerals + COUNT(cjk_numerals))
      return s;
    if (c->value < 10) {
      digit = c->value;
    } else if (c->value == 10000) {
      total = (total + section + digit) * 10000 % 1000000000000;
      section = digit = 0;
    } else {
      section += (digit ? digit : 1) * c->value;
      digit = 0;
    }
  }
  return arena_printf(arena, "%lld", (long long)(total + section + digit));
}

struct str clean_answer(struct arena *arena, struct str s)
{
  s = clean_text(arena, str_trim(s)).s;
  s = strip_end(str_trim(strip_tokens(s)));
  for (int layer = 0; layer < LIMIT_LAYERS; layer++) {
    size_t before = s.len;
    for (size_t i = 0; i < COUNT(around); i++) {
      struct str inner = strip_around(s, around[i].open, around[i].close);
      /* "$5$ and $6$" is not one pair around "5$ and $6" */
      bool joined = inner.len != s.len && str_find(inner, str_from(around[i].open)) >= 0;
      if (!joined)
        s = inner;
    }
    s = strip_end(str_trim(strip_box(s)));
    if (s.len == before)
      break;
  }
  /* bold or code marks left open at one end */
  while (str_starts(s, STR("**")))
    s = str_trim(str_slice(s, 2, s.len));
  while (str_ends(s, STR("**")))
    s = strip_end(str_slice(s, 0, s.len - 2));
  bool dollars = count_dollars(s) >= 2;
  bool backslashes = is_escaped_twice(s);
  if (dollars || backslashes)
    s = strip_end(rewrite(arena, s, dollars, backslashes));
  return cjk_number(arena, s);
}

/* ---- the parts of a response that count ---- */

struct str clean_thoughts(struct str response)
{
  struct scan scan = scan_from_end(response, SCAN_FAR);
  for (ptrdiff_t at; (at = scan_back(&scan, '<')) >= 0;) {
    struct str rest = str_slice(response, (size_t)at, response.len);
    if (str_starts(rest, STR("</think>")))
      return str_slice(rest, 8, rest.len);
  }
  return response;
}

/* What a line begins with when the model plays the person who asks; the marks of chat
 * templates count anywhere. Two bytes at least. */
static const char *const next_questions[] = {
  "Question:",
  "Q:",
  "Problem:",
  "Human:",
  "User:",
  "### Question",
  "### Problem",
  "### Instruction",
  "### Human",
  "### User",
  "[Question]",
  "<|im_start|>user",
  "<|start_header_id|>user",
  "[INST]",
  "\xE9\x97\xAE\xE9\xA2\x98\xEF\xBC\x9A",
};

size_t clean_next_question(struct str s)
{
  size_t limit = s.len < LIMIT_CUT ? s.len : LIMIT_CUT;
  for (size_t i = 0; i < limit; i++) {
    char c = s.ptr[i];
    if (c != '\n' && c != '<' && c != '[')
      continue;
    struct str rest = str_slice(s, c == '\n' ? i + 1 : i, s.len);
    if (rest.len == 0 || !strchr("QPHU#[<\xE9", rest.ptr[0]))
      continue;
    if (c != '\n' && (rest.len < 2 || (rest.ptr[1] != '|' && rest.ptr[1] != 'I')))
      continue;
    for (size_t k = 0; k < COUNT(next_questions); k++) {
      const char *mark = next_questions[k];
      if (rest.ptr[0] == mark[0] && rest.len > 1 && rest.ptr[1] == mark[1] &&
          str_starts(rest, str_from(mark)))
        return i;
    }
  }
  return s.len;
}
