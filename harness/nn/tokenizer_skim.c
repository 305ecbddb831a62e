#include "nn/tokenizer_skim.h"

#include "nn/tokenizer.h"
#include "nn/unicode.h"

static int unexpected(const struct skim_at *s, const char *wanted, struct err *err)
{
  struct str found = str_slice(s->text, s->at, s->at + 20);
  size_t whole = 0;
  if (!str_is_utf8(found, &whole))
    found = str_slice(found, 0, whole);
  if (s->at >= s->text.len)
    return err_set(err, ERR_DATA, "byte %zu: the text ends where %s should be", s->at,
                   wanted);
  return err_set(err, ERR_DATA, "byte %zu: found '%.*s' where %s should be", s->at,
                 STR_ARG(found), wanted);
}

static bool is_blank(char c)
{
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

char skim_peek(struct skim_at *s)
{
  while (s->at < s->text.len && is_blank(s->text.ptr[s->at]))
    s->at++;
  return s->at < s->text.len ? s->text.ptr[s->at] : '\0';
}

int skim_enter(struct skim_at *s, char bracket, struct err *err)
{
  if (skim_peek(s) != bracket)
    return unexpected(s, bracket == '{' ? "an object" : "an array", err);
  s->at++;
  return 0;
}

int skim_more(struct skim_at *s, char closing, struct err *err)
{
  char c = skim_peek(s);
  size_t before = s->at;
  while (before > 0 && is_blank(s->text.ptr[before - 1]))
    before--;
  bool first =
      before > 0 && (s->text.ptr[before - 1] == '{' || s->text.ptr[before - 1] == '[');
  if (c == closing) {
    s->at++;
    return 0;
  }
  if (first)
    return 1;
  if (c != ',')
    return unexpected(s, closing == '}' ? "',' or '}'" : "',' or ']'", err);
  s->at++;
  return 1;
}

int skim_end(struct skim_at *s, struct err *err)
{
  skim_peek(s);
  return s->at < s->text.len ? unexpected(s, "the end of the text", err) : 0;
}

int skim_integer(struct skim_at *s, int64_t *out, struct err *err)
{
  char c = skim_peek(s);
  bool negative = c == '-';
  size_t at = s->at + negative, begin = at;
  int64_t value = 0;
  for (; at < s->text.len && char_is_digit(s->text.ptr[at]) && at - begin < 18; at++)
    value = 10 * value + (s->text.ptr[at] - '0');
  if (at == begin ||
      (at < s->text.len && strchr(".eE0123456789", s->text.ptr[at]) && s->text.ptr[at]))
    return unexpected(s, "a whole number", err);
  s->at = at;
  *out = negative ? -value : value;
  return 0;
}

/* ---- strings ---- */

/* Four hexadecimal digits at s->at; -1. */
static int32_t hex4(const struct skim_at *s)
{
  int32_t value = 0;
  if (s->text.len - s->at < 4)
    return -1;
  for (size_t i = 0; i < 4; i++) {
    char c = char_lower(s->text.ptr[s->at + i]);
    if (!char_is_digit(c) && (c < 'a' || c > 'f'))
      return -1;
    value = 16 * value + (char_is_digit(c) ? c - '0' : c - 'a' + 10);
  }
  return value;
}

/* Behind "\u"; a pair of surrogates is one character. */
static bool unicode_escape(struct skim_at *s, struct buf *out)
{
  int32_t cp = hex4(s);
  if (cp < 0)
    return false;
  s->at += 4;
  if (cp >= 0xd800 && cp < 0xdc00) {
    if (!str_starts(str_slice(s->text, s->at, s->text.len), STR("\\u")))
      return false;
    s->at += 2;
    int32_t low = hex4(s);
    if (low < 0xdc00 || low > 0xdfff)
      return false;
    s->at += 4;
    cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
  } else if (cp >= 0xdc00 && cp <= 0xdfff) {
    return false;
  }
  unicode_add(out, cp);
  return true;
}

/* At the byte behind a backslash. */
static bool escape(struct skim_at *s, struct buf *out)
{
  static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
  char c = s->at < s->text.len ? s->text.ptr[s->at] : '\0';
  s->at++;
  if (c == 'u')
    return unicode_escape(s, out);
  const char *name = c ? strchr(names, c) : NULL;
  if (!name)
    return false;
  buf_add_char(out, values[name - names]);
  return true;
}

/* Behind the last byte that stands for itself. */
static size_t plain_end(struct str text, size_t at)
{
  while (at < text.len && text.ptr[at] != '"' && text.ptr[at] != '\\' &&
         (unsigned char)text.ptr[at] >= 0x20)
    at++;
  return at;
}

int skim_string(struct skim_at *s, struct buf *out, struct err *err)
{
  if (skim_peek(s) != '"')
    return unexpected(s, "a string", err);
  size_t begin = s->at++;
  buf_reset(out);
  for (;;) {
    size_t end = plain_end(s->text, s->at);
    buf_add(out, str_slice(s->text, s->at, end));
    s->at = end;
    char c = end < s->text.len ? s->text.ptr[end] : '\0';
    s->at++;
    if (c == '"')
      break;
    if (c != '\\' || !escape(s, out))
      return err_set(err, ERR_DATA,
                     "byte %zu: a string that does not end or has a false "
                     "escape in it",
                     begin);
  }
  if (buf_failed(out))
    return err_set(err, ERR_DATA, "byte %zu: a string of over %zu bytes", begin,
                   out->cap);
  if (!str_is_utf8(buf_str(out), NULL))
    return err_set(err, ERR_DATA, "byte %zu: a string that is not UTF-8", begin);
  return 0;
}

int skim_key(struct skim_at *s, struct buf *out, struct err *err)
{
  if (skim_string(s, out, err) < 0)
    return -1;
  if (skim_peek(s) != ':')
    return unexpected(s, "':'", err);
  s->at++;
  return 0;
}

/* ---- finding the tables ---- */

/* Passes a string without looking into it. */
static bool pass_string(struct skim_at *s)
{
  const char *text = s->text.ptr;
  size_t at = s->at + 1, len = s->text.len;
  while (at < len && text[at] != '"')
    at += 1 + (text[at] == '\\');
  s->at = at < len ? at + 1 : len;
  return at < len;
}

/* The next byte that a value's end depends on. */
static size_t mark_at(struct str text, size_t at)
{
  static const bool marks[256] = {
    ['"'] = true, ['{'] = true, ['}'] = true, ['['] = true, [']'] = true, [','] = true
  };
  while (at < text.len && !marks[(unsigned char)text.ptr[at]])
    at++;
  return at;
}

/* Passes one value: strings and brackets are followed, nothing else is looked at. */
static int pass_value(struct skim_at *s, struct err *err)
{
  size_t depth = 0, begin = s->at;
  skim_peek(s);
  while ((s->at = mark_at(s->text, s->at)) < s->text.len) {
    char c = s->text.ptr[s->at];
    if (depth == 0 && (c == '}' || c == ']' || c == ','))
      return 0;
    if (c == '"') {
      if (!pass_string(s))
        break;
    } else {
      depth += c == '{' || c == '[';
      depth -= c == '}' || c == ']';
      s->at++;
    }
    if (depth == 0)
      return 0;
  }
  return err_set(err, ERR_DATA, "byte %zu: a value that does not end", begin);
}

/* Notes the table that begins here, and writes null in its place. */
static int cut_out(struct skim *skim, struct skim_at *s, size_t *copied,
                   struct skim_at *table, struct err *err)
{
  char first = skim_peek(s);
  if (first != '{' && first != '[')
    return pass_value(s, err);
  if (str_present(table->text))
    return err_set(err, ERR_DATA, "byte %zu: a table that was there before", s->at);
  *table = *s;
  buf_add(&skim->rest, str_slice(s->text, *copied, s->at));
  buf_add_cstr(&skim->rest, first == '{' ? "{}" : "[]");
  if (pass_value(s, err) < 0)
    return -1;
  *copied = s->at;
  return 0;
}

static int open_model(struct skim *skim, struct skim_at *s, size_t *copied,
                      struct buf *key, struct err *err)
{
  int more;
  if (skim_peek(s) != '{')
    return pass_value(s, err);
  if (skim_enter(s, '{', err) < 0)
    return -1;
  while ((more = skim_more(s, '}', err)) > 0) {
    if (skim_key(s, key, err) < 0)
      return -1;
    struct skim_at *table = str_equal(buf_str(key), STR("vocab"))    ? &skim->vocab
                            : str_equal(buf_str(key), STR("merges")) ? &skim->merges
                                                                     : NULL;
    if ((table ? cut_out(skim, s, copied, table, err) : pass_value(s, err)) < 0)
      return -1;
  }
  return more;
}

static int open_file(struct skim *skim, struct buf *key, struct err *err)
{
  struct skim_at s = { skim->text, 0 };
  size_t copied = 0;
  int more;
  if (skim_enter(&s, '{', err) < 0)
    return -1;
  while ((more = skim_more(&s, '}', err)) > 0) {
    if (skim_key(&s, key, err) < 0)
      return -1;
    bool model = str_equal(buf_str(key), STR("model"));
    if ((model ? open_model(skim, &s, &copied, key, err) : pass_value(&s, err)) < 0)
      return -1;
  }
  buf_add(&skim->rest, str_slice(skim->text, copied, skim->text.len));
  return more;
}

int skim_open(struct skim *skim, struct str text, struct err *err)
{
  struct buf key;
  *skim = (struct skim){ .text = text };
  buf_init(&skim->rest, TOKENIZER_FILE_MAX);
  buf_init(&key, TOKENIZER_PIECE_MAX);
  int rc = open_file(skim, &key, err);
  buf_release(&key);
  if (rc < 0)
    skim_release(skim);
  return rc;
}

void skim_release(struct skim *skim)
{
  buf_release(&skim->rest);
}
