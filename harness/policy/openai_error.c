/* openai_error.c - bodies that are no answer: bad JSON, error objects, pages of proxies.
 */
#include <math.h>

#include "policy/openai_part.h"

/* ---- one line ---- */

/* Bytes of the character at the start of `text`, or 0 when it is not valid UTF-8. */
static size_t character_length(struct str text)
{
  unsigned char lead = (unsigned char)text.ptr[0];
  size_t len = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return len <= text.len && str_is_utf8(str_slice(text, 0, len), NULL) ? len : 0;
}

/* ASCII and C1 control characters, white space, and Unicode's line separators. */
static bool is_blank(struct str character)
{
  unsigned char c = (unsigned char)character.ptr[0];
  if (character.len == 1)
    return c <= ' ' || c == 0x7f;
  return (c == 0xc2 && (unsigned char)character.ptr[1] <= 0xa0) ||
         str_equal(character, STR("\u2028")) || str_equal(character, STR("\u2029"));
}

struct str openai_one_line(struct arena *arena, struct str text)
{
  static const char dots[] = "...";
  if (!str_present(text))
    return STR_NONE;
  char line[OPENAI_SAID_MAX + 1];
  size_t len = 0, whole = 0; /* whole: where it is cut when more comes than fits */
  bool gap = false;
  for (size_t at = 0; at < text.len;) {
    struct str rest = str_slice(text, at, text.len);
    size_t n = character_length(rest);
    struct str character = n ? str_slice(rest, 0, n) : STR("?");
    at += n ? n : 1;
    if (is_blank(character)) {
      gap = len > 0;
      continue;
    }
    if (len + gap + character.len > OPENAI_SAID_MAX) {
      memcpy(line + whole, dots, 3);
      return arena_str(arena, (struct str){ line, whole + 3 });
    }
    if (gap)
      line[len++] = ' ';
    gap = false;
    memcpy(line + len, character.ptr, character.len);
    len += character.len;
    if (len + 3 <= OPENAI_SAID_MAX)
      whole = len;
  }
  return arena_str(arena, (struct str){ line, len });
}

ptrdiff_t openai_find_words(struct str text, const char *pattern)
{
  struct str needle = str_from(pattern);
  for (size_t at = 0; at + needle.len <= text.len; at++)
    if (char_lower(text.ptr[at]) == needle.ptr[0] &&
        str_starts_nocase(str_slice(text, at, text.len), needle))
      return (ptrdiff_t)at;
  return -1;
}

/* ---- JSON that base/json would refuse ---- */

static bool hex4(struct str text, unsigned *value)
{
  *value = 0;
  if (text.len < 4)
    return false;
  for (size_t i = 0; i < 4; i++) {
    char c = char_lower(text.ptr[i]);
    if (!char_is_digit(c) && (c < 'a' || c > 'f'))
      return false;
    *value = *value * 16 + (unsigned)(char_is_digit(c) ? c - '0' : c - 'a' + 10);
  }
  return true;
}

static bool is_low_surrogate(struct str escape)
{
  unsigned value;
  return str_starts(escape, STR("\\u")) && hex4(str_slice(escape, 2, 6), &value) &&
         value >= 0xdc00 && value <= 0xdfff;
}

/* The bytes of a "\uXXXX" that must be replaced: 6; else 0, and *skip how far to go on.
 */
static size_t bad_escape(struct str escape, size_t *skip)
{
  unsigned value;
  *skip = 2;
  if (!str_starts(escape, STR("\\u")) || !hex4(str_slice(escape, 2, 6), &value))
    return 0;
  *skip = 6;
  bool high = value >= 0xd800 && value <= 0xdbff;
  if (high && is_low_surrogate(str_slice(escape, 6, escape.len))) {
    *skip = 12;
    return 0;
  }
  return value == 0 || (value >= 0xd800 && value <= 0xdfff) ? 6 : 0;
}

/* `body` itself, or a copy in which U+FFFD stands for what cannot be a character. */
static struct str mend(struct arena *arena, struct str body)
{
  char *copy = NULL;
  size_t skip;
  for (size_t at = 0; at < body.len;) {
    const char *hit = memchr(body.ptr + at, '\\', body.len - at);
    if (!hit)
      break;
    at = (size_t)(hit - body.ptr);
    if (bad_escape(str_slice(body, at, body.len), &skip)) {
      copy = copy ? copy : arena_cstr(arena, body);
      memcpy(copy + at, "\\ufffd", 6);
    }
    at += skip;
  }
  return copy ? (struct str){ copy, body.len } : body;
}

int openai_parse(struct json_doc *doc, struct arena *arena, struct str body,
                 struct err *err)
{
  struct err why = { 0 };
  struct str text = str_trim(body);
  doc->root = NULL;
  if (!text.len)
    return err_set(err, ERR_REMOTE, "the server's reply is empty");
  if (text.ptr[0] == '<')
    return err_set(err, ERR_REMOTE, "the server sent a page and no JSON: '%.*s'",
                   STR_ARG(openai_page_words(arena, text)));
  if (json_parse(doc, mend(arena, body), &why) == 0)
    return 0;
  return err_set(err, ERR_REMOTE, "the server's reply is not JSON: %.*s",
                 STR_ARG(openai_one_line(arena, str_from(why.msg))));
}

/* ---- error objects ---- */

/* A text, or a number as text ("code":400). */
static struct str text_of(struct arena *arena, const struct json *node)
{
  if (json_type(node) == JSON_NUMBER)
    return arena_printf(arena, "%.0f", json_number(node, 0));
  return json_string(node, STR_NONE);
}

/* ["body","seed"]: "seed"; of a header or a query nothing that we could leave out. */
static struct str place_of(const struct json *loc)
{
  const struct json *first = json_first(loc);
  if (json_type(loc) != JSON_ARRAY || !first)
    return STR_NONE;
  if (str_equal(json_string(first, STR_NONE), STR("body")))
    return json_string(json_next(first), STR_NONE);
  return json_next(first) ? STR_NONE : json_string(first, STR_NONE);
}

/* FastAPI: [{"loc":["body","seed"],"msg":"...","type":"extra_forbidden"}]; the first. */
static bool read_details(struct openai_error *error, const struct json *list)
{
  const struct json *first = json_type(list) == JSON_ARRAY ? json_first(list) : NULL;
  struct str message = json_get_string(first, "msg", STR_NONE);
  if (json_type(first) != JSON_OBJECT || !str_present(message))
    return false;
  error->message = message;
  error->type = json_get_string(first, "type", error->type);
  /* what is missing cannot be left out */
  if (!str_ends(error->type, STR("missing")))
    error->param = place_of(json_member(first, "loc"));
  return true;
}

/* The words may be a text, a list of details, or an object around one of these. */
static bool read_words(struct openai_error *error, const struct json *node)
{
  for (int depth = 0; depth < 4 && json_type(node) == JSON_OBJECT; depth++) {
    const struct json *inner = json_member(node, "message");
    node = inner ? inner : json_member(node, "detail");
  }
  struct str text = json_string(node, STR_NONE);
  if (str_present(text))
    error->message = text;
  return str_present(text) || read_details(error, node);
}

/* Proxies in Python write a text of nothing. */
static struct str unless_none(struct str text, struct str otherwise)
{
  bool none = !text.len || str_equal(text, STR("None")) || str_equal(text, STR("null"));
  return none ? otherwise : text;
}

static void read_fields(struct openai_error *error, struct arena *arena,
                        const struct json *object)
{
  if (json_type(object) != JSON_OBJECT)
    return;
  struct str type = json_get_string(object, "type", STR_NONE);
  if (!str_present(type))
    type = json_get_string(object, "error_type", STR_NONE);
  error->type = unless_none(type, error->type);
  error->code = unless_none(text_of(arena, json_member(object, "code")), error->code);
  error->param = unless_none(json_get_string(object, "param", STR_NONE), error->param);
  double status = json_get_number(object, "code", 0);
  if (status >= 400 && status <= 599 && floor(status) == status)
    error->status = (long)status;
}

bool openai_error_of(struct openai_error *error, struct arena *arena,
                     const struct json *root)
{
  *error = (struct openai_error){ 0 };
  if (json_type(root) == JSON_ARRAY) /* Gemini wraps its error in a list */
    root = json_first(root);
  if (json_type(root) != JSON_OBJECT)
    return false;
  const struct json *inner = json_member(root, "error");
  bool wrapped = json_type(inner) == JSON_OBJECT || json_type(inner) == JSON_STRING;
  bool named = str_equal_nocase(json_get_string(root, "object", STR_NONE), STR("error"));
  read_fields(error, arena, root);
  read_fields(error, arena, inner);
  bool said = (wrapped && read_words(error, inner)) ||
              read_words(error, json_member(root, "message")) ||
              read_words(error, json_member(root, "detail"));
  return said || wrapped || named;
}

/* ---- pages ---- */

static struct str between(struct str text, const char *open, const char *close)
{
  ptrdiff_t from = openai_find_words(text, open);
  if (from < 0)
    return STR_NONE;
  struct str rest = str_slice(text, (size_t)from, text.len);
  ptrdiff_t start = str_find_char(rest, '>');
  ptrdiff_t end = openai_find_words(rest, close);
  return start < 0 || end < start
             ? STR_NONE
             : str_trim(str_slice(rest, (size_t)start + 1, (size_t)end));
}

/* The text between the tags, as far as a message shows it. */
static struct str without_tags(struct arena *arena, struct str page)
{
  enum { ENOUGH = 4 * OPENAI_SAID_MAX };
  struct buf text;
  buf_init(&text, ENOUGH + 1);
  bool in_tag = false;
  for (size_t i = 0; i < page.len && text.len < ENOUGH; i++) {
    char c = page.ptr[i];
    if (c == '<' || (in_tag && c == '>'))
      buf_add_char(&text, ' ');
    else if (!in_tag)
      buf_add_char(&text, c);
    in_tag = c == '<' || (in_tag && c != '>');
  }
  struct str line = openai_one_line(arena, buf_str(&text));
  buf_release(&text);
  return line;
}

struct str openai_page_words(struct arena *arena, struct str body)
{
  struct str text = str_trim(body);
  if (!text.len)
    return STR_NONE;
  text = str_slice(text, 0, (size_t)64 << 10);
  if (text.ptr[0] != '<')
    return openai_one_line(arena, text);
  struct str title = between(text, "<title", "</title");
  if (title.len)
    return without_tags(arena, title);
  struct str inside = between(text, "<body", "</body");
  struct str words = without_tags(arena, inside.len ? inside : text);
  return words.len ? words : STR_NONE;
}
