#include "net/reply.h"

/* Far beyond any file, far below overflow. */
#define MAX_SIZE ((int64_t)1 << 52)

void reply_init(struct reply *reply)
{
  *reply = (struct reply){
    .length = -1, .range_start = -1, .range_total = -1, .retry_after_s = -1
  };
}

/* Digits at the start of `*text`, which moves behind them; -1 when there are none or too
 * many. */
static int64_t take_number(struct str *text)
{
  int64_t value = 0;
  size_t n = 0;
  while (n < text->len && char_is_digit(text->ptr[n])) {
    value = 10 * value + (text->ptr[n++] - '0');
    if (value > MAX_SIZE)
      return -1;
  }
  *text = str_slice(*text, n, text->len);
  return n ? value : -1;
}

static int64_t whole_number(struct str text)
{
  int64_t value = take_number(&text);
  return text.len ? -1 : value;
}

static bool take_char(struct str *text, char c)
{
  if (!text->len || text->ptr[0] != c)
    return false;
  *text = str_slice(*text, 1, text->len);
  return true;
}

/* "bytes 100-199/1000", "bytes 100-199/" followed by a star, or star "/1000" after
 * "bytes". */
static void read_range(struct reply *reply, struct str text)
{
  reply->range_start = reply->range_total = -1;
  if (!str_starts_nocase(text, STR("bytes ")))
    return;
  text = str_trim(str_slice(text, 6, text.len));
  int64_t start = -1;
  if (!take_char(&text, '*')) {
    start = take_number(&text);
    if (start < 0 || !take_char(&text, '-') || take_number(&text) < start)
      return;
  }
  if (!take_char(&text, '/'))
    return;
  reply->range_start = start;
  reply->range_total = whole_number(text);
}

static void keep(char out[REPLY_VALIDATOR_SIZE], struct str text)
{
  size_t len = text.len < REPLY_VALIDATOR_SIZE ? text.len : 0;
  if (len)
    memcpy(out, text.ptr, len);
  out[len] = '\0';
}

static void read_field(struct reply *reply, struct str name, struct str value)
{
  if (str_equal_nocase(name, STR("content-length")))
    reply->length = whole_number(value);
  else if (str_equal_nocase(name, STR("content-range")))
    read_range(reply, value);
  else if (str_equal_nocase(name, STR("retry-after")))
    reply->retry_after_s = whole_number(value);
  else if (str_equal_nocase(name, STR("last-modified")))
    keep(reply->modified, value);
  else if (str_equal_nocase(name, STR("etag")))
    /* A weak one (W/"...") may stand for other bytes. */
    keep(reply->etag, str_starts(value, STR("\"")) ? value : STR(""));
}

void reply_add_line(struct reply *reply, struct str line)
{
  line = str_trim(line);
  if (str_starts(line, STR("HTTP/"))) {
    reply_init(reply);
    ptrdiff_t space = str_find_char(line, ' ');
    struct str rest = space < 0 ? STR("") : str_slice(line, (size_t)space + 1, line.len);
    int64_t status = take_number(&rest);
    reply->status = status >= 100 && status <= 999 ? (long)status : 0;
    return;
  }
  ptrdiff_t colon = str_find_char(line, ':');
  if (colon > 0)
    read_field(reply, str_slice(line, 0, (size_t)colon),
               str_trim(str_slice(line, (size_t)colon + 1, line.len)));
}

struct str reply_validator(const struct reply *reply)
{
  if (reply->etag[0])
    return str_from(reply->etag);
  return reply->modified[0] ? str_from(reply->modified) : STR_NONE;
}

int64_t reply_total(const struct reply *reply)
{
  if (reply->range_total >= 0 || reply->range_start >= 0)
    return reply->range_total;
  return reply->length;
}
