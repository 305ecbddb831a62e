#include "net/service.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "net/url.h"

enum {
  MAX_LINE_BYTES = 16 * 1024,
  MIN_SECRET_BYTES = 8, /* shorter values are words: "true", "v1" */
  SHOWN_URL_SIZE = 384,
  SHOWN_NAME_BYTES = 64
};

/* What is sent unless a given line has the same name. An empty Expect keeps libcurl from
 * waiting for "100 Continue" before long bodies. */
static const struct own_line {
  const char *line;
  bool post_only;
} own_lines[] = {
  { "Content-Type: application/json", true },
  { "Accept: application/json", false },
  { "Expect:", true },
};

/* They say where a message ends or whom it is for. */
static const char *const refused_names[] = { "content-length", "transfer-encoding",
                                             "connection", "expect", "host" };

/* ---- lines ---- */

static struct str name_of(struct str line)
{
  ptrdiff_t colon = str_find_char(line, ':');
  return str_slice(line, 0, colon < 0 ? 0 : (size_t)colon);
}

static struct str value_of(struct str line)
{
  ptrdiff_t colon = str_find_char(line, ':');
  return str_trim(str_slice(line, colon < 0 ? line.len : (size_t)colon + 1, line.len));
}

static bool is_name(struct str name)
{
  for (size_t i = 0; i < name.len; i++)
    if (!char_is_alnum(name.ptr[i]) && !strchr("!#$%&'*+-.^_`|~", name.ptr[i]))
      return false;
  return name.len > 0 && name.len <= SHOWN_NAME_BYTES;
}

/* Bytes beyond ASCII are allowed, as HTTP does. */
static bool is_value(struct str value)
{
  for (size_t i = 0; i < value.len; i++)
    if ((unsigned char)value.ptr[i] < ' ' || value.ptr[i] == 0x7f)
      return false;
  return value.len > 0 && value.len <= MAX_LINE_BYTES;
}

static int check_line(struct str line, size_t number, struct err *err)
{
  struct str name = name_of(line);
  if (!is_name(name))
    return err_set(err, ERR_USAGE,
                   "header %zu has no usable name; write it as 'Name: value'", number);
  for (size_t i = 0; i < COUNT(refused_names); i++)
    if (str_equal_nocase(name, str_from(refused_names[i])))
      return err_set(err, ERR_USAGE,
                     "the header '%.*s' cannot be given; it is set for every request",
                     STR_ARG(name));
  /* the whole rest, so that no line end can hide at its edges */
  if (!is_value(str_slice(line, name.len + 1, line.len)) || !value_of(line).len)
    return err_set(err, ERR_USAGE,
                   "the value of the header '%.*s' is empty, too long or has control "
                   "characters in it",
                   STR_ARG(name));
  return 0;
}

static int check_lines(const struct http_client_opts *opts, struct err *err)
{
  struct str bearer = str_from(opts->bearer);
  if (str_present(bearer) && (!is_value(bearer) || str_trim(bearer).len != bearer.len))
    return err_set(err, ERR_USAGE,
                   "the API key is empty, too long or has spaces or control characters "
                   "around or in it; is it the right variable or file?");
  for (size_t i = 0; i < opts->n_headers; i++)
    if (check_line(str_from(opts->headers[i]), i + 1, err) < 0)
      return -1;
  return 0;
}

static void add_line(struct service *s, struct curl_slist **list, const char *line)
{
  struct curl_slist *longer = s->curl.slist_append(*list, line);
  if (!longer) /* as when malloc fails elsewhere */
    abort();
  *list = longer;
}

static bool is_given(const struct http_client_opts *opts, struct str line)
{
  for (size_t i = 0; i < opts->n_headers; i++)
    if (str_equal_nocase(name_of(str_from(opts->headers[i])), name_of(line)))
      return true;
  return false;
}

static void wipe(char *bytes, size_t n)
{
  volatile char *at = bytes; /* or the compiler may leave it out */
  while (n)
    at[--n] = 0;
}

static void add_bearer(struct service *s, struct curl_slist **list, const char *bearer)
{
  struct buf line;
  buf_init(&line, 2 * MAX_LINE_BYTES);
  /* at once in full length: growing would leave copies behind */
  buf_reserve(&line, strlen(bearer) + 64);
  buf_add_cstr(&line, "Authorization: Bearer ");
  buf_add_cstr(&line, bearer);
  add_line(s, list, line.ptr);
  wipe(line.ptr, line.len);
  buf_release(&line);
}

static struct curl_slist *make_lines(struct service *s,
                                     const struct http_client_opts *opts, bool secrets,
                                     bool post)
{
  struct curl_slist *list = NULL;
  for (size_t i = 0; i < COUNT(own_lines); i++) {
    const struct own_line *own = &own_lines[i];
    if ((own->post_only && !post) || (secrets && is_given(opts, str_from(own->line))))
      continue;
    add_line(s, &list, own->line);
  }
  if (!secrets)
    return list;
  if (opts->bearer && !is_given(opts, STR("authorization:")))
    add_bearer(s, &list, opts->bearer);
  for (size_t i = 0; i < opts->n_headers; i++)
    add_line(s, &list, opts->headers[i]);
  return list;
}

/* ---- the service ---- */

static char *copy(const char *text)
{
  if (!text)
    return NULL;
  size_t size = strlen(text) + 1;
  return memcpy(mem_alloc(size), text, size);
}

int service_open(struct service *s, const struct http_client_opts *opts, struct err *err)
{
  *s = (struct service){ .connect_timeout_ms = opts->connect_timeout_ms,
                         .first_byte_timeout_ms = opts->first_byte_timeout_ms,
                         .total_timeout_ms = opts->total_timeout_ms,
                         .max_reply_bytes = opts->max_reply_bytes,
                         .max_connections = opts->max_connections };
  if (check_lines(opts, err) < 0 || libcurl_open(&s->curl, err) < 0)
    return -1;
  if (origin_of(&s->curl, opts->origin_url, &s->origin) < 0) {
    char shown[SHOWN_URL_SIZE];
    url_public(opts->origin_url, shown, sizeof shown);
    libcurl_close(&s->curl);
    return err_set(err, ERR_USAGE,
                   "'%s' is no address of a service; write it as https://host/v1", shown);
  }
  for (int secrets = 0; secrets < 2; secrets++)
    for (int post = 0; post < 2; post++)
      s->lines[secrets][post] = make_lines(s, opts, secrets, post);
  s->proxy = copy(opts->proxy);
  s->ca_file = copy(opts->ca_file);
  return 0;
}

void service_close(struct service *s)
{
  for (size_t i = 0; i < 4; i++) {
    struct curl_slist *list = s->lines[i / 2][i % 2];
    for (struct curl_slist *line = list; line; line = line->next)
      wipe(line->data, strlen(line->data));
    s->curl.slist_free_all(list);
  }
  if (s->proxy)
    wipe(s->proxy, strlen(s->proxy)); /* a password may stand in it */
  free(s->proxy);
  free(s->ca_file);
  libcurl_close(&s->curl);
}

int service_owns(const struct service *s, const char *url)
{
  struct origin origin;
  if (origin_of(&s->curl, url, &origin) < 0)
    return -1;
  return origin_equal(&origin, &s->origin);
}

static bool is_own(const char *line)
{
  for (size_t i = 0; i < COUNT(own_lines); i++)
    if (strcmp(line, own_lines[i].line) == 0)
      return true;
  return false;
}

void service_hide(const struct service *s, char *text, size_t size)
{
  static const char bearer[] = "Bearer ";
  for (const struct curl_slist *line = s->lines[true][true]; line; line = line->next) {
    struct str value = value_of(str_from(line->data));
    if (str_starts_nocase(value, STR(bearer)))
      value = str_slice(value, sizeof bearer - 1, value.len);
    if (!is_own(line->data) && value.len >= MIN_SECRET_BYTES &&
        str_find(str_from(text), value) >= 0)
      snprintf(text, size, "(hidden)");
  }
}
