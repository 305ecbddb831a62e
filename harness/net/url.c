#include "net/url.h"

#include <stdio.h>

enum { SHOWN_SIZE = 512 };

bool url_has_scheme(struct str url, struct str scheme)
{
  return str_starts_nocase(url, scheme);
}

int url_check(const char *url, struct err *err)
{
  struct str text = str_from(url);
  char shown[SHOWN_SIZE];
  if (url_has_scheme(text, STR("https://")) || url_has_scheme(text, STR("http://")) ||
      url_has_scheme(text, STR("file://")))
    return 0;
  url_public(url, shown, sizeof shown);
  return err_set(err, ERR_USAGE,
                 "cannot fetch '%s': addresses start with http://, https:// or file://",
                 shown);
}

void url_public(const char *url, char *out, size_t size)
{
  struct str text = str_from(url);
  ptrdiff_t colon = str_find(text, STR("://"));
  size_t host = colon < 0 ? 0 : (size_t)colon + 3;
  size_t end = host;
  while (end < text.len && !strchr("/?#", text.ptr[end]))
    end++;
  ptrdiff_t at = str_find_last(str_slice(text, host, end), STR("@"));
  size_t rest = at < 0 ? host : host + (size_t)at + 1;
  snprintf(out, size, "%.*s%s", (int)host, url, url + rest);
}
