// links: net
/* Header lines of a server that may be anything. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "net/reply.h"
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
  struct reply reply;
  struct str text = { size ? (const char *)data : "", size }, line;
  show_as_url(text);
  reply_init(&reply);
  while (str_present(line = str_next_line(&text)))
    reply_add_line(&reply, line);
  if (reply.status < 0 || reply.status > 999 || reply.length < -1 ||
      reply.range_start < -1 || reply.range_total < -1 || reply.retry_after_s < -1 ||
      reply_total(&reply) < -1 || reply_validator(&reply).len >= REPLY_VALIDATOR_SIZE)
    abort();
  return 0;
}
