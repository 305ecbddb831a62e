#include "net/header.h"

#include "net/date.h"

/* Far beyond any file, far below overflow, also in milliseconds. */
#define MAX_SIZE ((int64_t)1 << 52)

void http_header_init(struct http_header *header)
{
  *header = (struct http_header){ .length = -1,
                                  .range_start = -1,
                                  .range_total = -1,
                                  .retry_ms = -1,
                                  .retry_exact_ms = -1,
                                  .retry_at_s = -1,
                                  .date_s = -1 };
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
static void read_range(struct http_header *header, struct str text)
{
  header->range_start = header->range_total = -1;
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
  header->range_start = start;
  header->range_total = whole_number(text);
}

static void keep(char *out, size_t size, struct str text)
{
  size_t len = text.len < size ? text.len : 0;
  if (len)
    memcpy(out, text.ptr, len);
  out[len] = '\0';
}

/* "Application/JSON; charset=utf-8" is application/json. */
static void read_type(struct http_header *header, struct str text)
{
  ptrdiff_t end = str_find_char(text, ';');
  if (end >= 0)
    text = str_trim(str_slice(text, 0, (size_t)end));
  keep(header->type, sizeof header->type, text);
  for (char *c = header->type; *c; c++)
    *c = char_lower(*c);
}

static void read_request_id(struct http_header *header, struct str text)
{
  bool plain = true;
  for (size_t i = 0; i < text.len; i++)
    plain = plain && text.ptr[i] > ' ' && text.ptr[i] <= '~';
  keep(header->request_id, sizeof header->request_id, plain ? text : STR(""));
}

/* Seconds, by some servers with a fraction, which rounds up; or a date. */
static void read_retry_after(struct http_header *header, struct str text)
{
  header->retry_ms = -1;
  header->retry_at_s = http_date_read(text);
  int64_t whole = take_number(&text);
  int64_t ms = 0;
  if (whole < 0)
    return;
  if (take_char(&text, '.')) {
    struct str digits = text;
    if (take_number(&text) < 0)
      return;
    for (size_t i = 0, scale = 1000; i < 3; i++, scale /= 10)
      ms += i < digits.len ? (digits.ptr[i] - '0') * (int64_t)scale / 10 : 0;
    ms += digits.len > 3;
  }
  if (text.len == 0)
    header->retry_ms = whole * 1000 + ms;
}

static void read_field(struct http_header *header, struct str name, struct str value)
{
  if (str_equal_nocase(name, STR("content-length")))
    header->length = whole_number(value);
  else if (str_equal_nocase(name, STR("content-type")))
    read_type(header, value);
  else if (str_equal_nocase(name, STR("content-range")))
    read_range(header, value);
  else if (str_equal_nocase(name, STR("date")))
    header->date_s = http_date_read(value);
  else if (str_equal_nocase(name, STR("retry-after")))
    read_retry_after(header, value);
  else if (str_equal_nocase(name, STR("retry-after-ms")))
    header->retry_exact_ms = whole_number(value);
  else if (str_equal_nocase(name, STR("x-request-id")))
    read_request_id(header, value);
  else if (str_equal_nocase(name, STR("last-modified")))
    keep(header->modified, sizeof header->modified, value);
  else if (str_equal_nocase(name, STR("etag")))
    /* A weak one (W/"...") may stand for other bytes. */
    keep(header->etag, sizeof header->etag,
         str_starts(value, STR("\"")) ? value : STR(""));
}

void http_header_add_line(struct http_header *header, struct str line)
{
  line = str_trim(line);
  if (str_starts(line, STR("HTTP/"))) {
    http_header_init(header);
    ptrdiff_t space = str_find_char(line, ' ');
    struct str rest = space < 0 ? STR("") : str_slice(line, (size_t)space + 1, line.len);
    int64_t status = take_number(&rest);
    header->status = status >= 100 && status <= 999 ? (long)status : 0;
    return;
  }
  ptrdiff_t colon = str_find_char(line, ':');
  if (colon > 0)
    read_field(header, str_slice(line, 0, (size_t)colon),
               str_trim(str_slice(line, (size_t)colon + 1, line.len)));
}

struct str http_header_validator(const struct http_header *header)
{
  if (header->etag[0])
    return str_from(header->etag);
  return header->modified[0] ? str_from(header->modified) : STR_NONE;
}

int64_t http_header_total(const struct http_header *header)
{
  if (header->range_total >= 0 || header->range_start >= 0)
    return header->range_total;
  return header->length;
}

int64_t http_header_retry_ms(const struct http_header *header, int64_t now_us)
{
  if (header->retry_exact_ms >= 0)
    return header->retry_exact_ms;
  if (header->retry_ms >= 0 || header->retry_at_s < 0)
    return header->retry_ms;
  int64_t now_ms = header->date_s >= 0 ? header->date_s * 1000 : now_us / 1000;
  int64_t ms = header->retry_at_s * 1000 - now_ms;
  return ms > 0 ? ms : 0;
}
