#include "net/origin.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

static int compose(const char *scheme, const char *host, const char *port,
                   struct origin *origin)
{
  if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)
    return -1;
  int n = snprintf(origin->text, sizeof origin->text, "%s://%s:%s", scheme, host, port);
  if (n < 0 || (size_t)n >= sizeof origin->text)
    return -1;
  for (char *c = origin->text; *c; c++) {
    if (*c <= ' ' || *c > '~')
      return -1;
    *c = char_lower(*c);
  }
  return 0;
}

int origin_of(const struct libcurl *curl, const char *url, struct origin *origin)
{
  CURLU *parts = curl->url();
  char *scheme = NULL, *host = NULL, *port = NULL;
  int rc = -1;
  if (parts && curl->url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
      curl->url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
      curl->url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
      curl->url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK)
    rc = compose(scheme, host, port, origin);
  curl->free(scheme);
  curl->free(host);
  curl->free(port);
  curl->url_cleanup(parts);
  return rc;
}

bool origin_equal(const struct origin *a, const struct origin *b)
{
  return strcmp(a->text, b->text) == 0;
}
