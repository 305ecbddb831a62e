// links: net
/* Header lines of a server that may be anything. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "net/header.h"
#include "net/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same bytes as an address: what is shown never has what stands before an '@'. */
static void show_as_url(struct str text)
{
  char shown[64];
  char *url = malloc(text.len + 1);
  if (!url)
    return;
  memcpy(url, text.ptr, text.len);
  url[text.len] = '\0';
  url_public(url, shown, sizeof shown);
  if (strlen(shown) >= sizeof shown)
    abort();
  free(url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct http_header header;
  struct str text = { size ? (const char *)data : "", size }, line;
  show_as_url(text);
  http_header_init(&header);
  while (str_present(line = str_next_line(&text)))
    http_header_add_line(&header, line);
  if (header.status < 0 || header.status > 999 || header.length < -1 ||
      header.range_start < -1 || header.range_total < -1 ||
      http_header_retry_ms(&header, 0) < -1 || http_header_total(&header) < -1 ||
      http_header_validator(&header).len >= HEADER_VALIDATOR_SIZE)
    abort();
  return 0;
}
