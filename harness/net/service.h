/* service.h - what all requests to one service have in common: its origin, the header
 * lines with the key in them, the limits.
 *
 * The key and the values of further headers live here, in the lists that libcurl is
 * given, and nowhere else; they are overwritten when the service is closed. A line that
 * would break out of its header (control bytes), has no value, or decides where a message
 * ends is refused with ERR_USAGE, by its name or place and never by its value. Nothing
 * changes between open and close.
 */
#ifndef OREO_NET_SERVICE_H
#define OREO_NET_SERVICE_H

#include "net/client.h"
#include "net/libcurl.h"
#include "net/origin.h"

struct service {
  struct libcurl curl;
  struct origin origin;
  /* with the secrets or without, for a POST or a GET */
  struct curl_slist *lines[2][2];
  char *proxy, *ca_file;                                            /* NULL: not given */
  long connect_timeout_ms, first_byte_timeout_ms, total_timeout_ms; /* 0 = none */
  size_t max_reply_bytes;
  size_t max_connections;
};

NODISCARD int service_open(struct service *service, const struct http_client_opts *opts,
                           struct err *err);
void service_close(struct service *service);

/* May the secrets go where `url` leads? -1 when that is no usable address. */
int service_owns(const struct service *service, const char *url);
/* Replaces all of `text`, which may be the server's own words, with "(hidden)" when a
 * secret of 8 bytes or more stands in it. */
void service_hide(const struct service *service, char *text, size_t size);

#endif
