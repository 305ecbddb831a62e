/* client.h - many HTTP requests at once over libcurl's multi interface, one thread.
 *
 * For: calls to a JSON service. A client keeps its connections alive, speaks HTTP/2 where
 * TLS offers it, verifies certificates, and hands back every exchange with what became of
 * it: deciding whether to try again is the caller's (net/pace.h). Not for: files
 * (net/http.h).
 *
 * A reply longer than max_reply_bytes, a first byte or an end that is too late, and a
 * redirect to another origin (scheme, host, port) are failures; redirects within the
 * origin are followed, at most CLIENT_REDIRECTS_MAX, the body sent again, except that 303
 * is fetched with a GET, as HTTP has it and services that take long use it. The key goes
 * into a header of requests to the origin it was given for, and into no message, log line
 * or error; the same holds for the values of `headers`. Nothing is logged at all.
 *
 * Sent twice: when a connection that was used before turns out to be closed, and no byte
 * of a reply has come, libcurl sends the request again on a fresh one (at most 5 times).
 * Any other failure is handed back. So a server may see a request twice that it never
 * answered, but none twice that it began to answer.
 *
 * Memory: a request's address and body are copied; a reply is valid until the next call
 * of http_client_next. Times in milliseconds unless the name says otherwise. Refused with
 * ERR_USAGE: a key or header with control bytes in it (the value is not shown), an
 * address without an origin; ERR_ENV when libcurl is missing. Nothing that a server does
 * is an error of these functions. One thread at a time; while they run SIGPIPE is
 * ignored.
 */
#ifndef OREO_NET_CLIENT_H
#define OREO_NET_CLIENT_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum { CLIENT_REDIRECTS_MAX = 5, CLIENT_TEXT_SIZE = 128, CLIENT_DETAIL_SIZE = 320 };

struct http_client;

struct http_client_opts {
  const char *origin_url; /* the service's base address: where the key may go */
  const char *bearer;     /* the key, for "Authorization: Bearer"; NULL: none */
  /* further lines, "Name: value", in place of our own of that name, the key's included;
   * values count as secrets */
  const char *const *headers;
  size_t n_headers;
  const char *proxy;   /* NULL: the environment's, as curl reads it; "": none */
  const char *ca_file; /* certificates to trust, PEM; NULL: the system's */
  /* 0 = none (for the first 300 s, libcurl's). The first includes resolving and TLS; the
   * second is from sending to the reply's first line, for each redirect anew; the third
   * is for all of it. */
  long connect_timeout_ms, first_byte_timeout_ms, total_timeout_ms;
  size_t max_reply_bytes;
  size_t max_connections; /* requests in flight at most */
};

/* What became of an exchange below HTTP; a status of any kind is HTTP_ANSWERED. */
#define HTTP_OUTCOME_MAP(XX)                                    \
  XX(ANSWERED, "answered")                                      \
  XX(UNRESOLVED, "the host's name cannot be resolved")          \
  XX(UNREACHABLE, "no connection")                              \
  XX(PROXY, "the proxy refused")                                \
  XX(TLS, "the certificate or the TLS handshake failed")        \
  XX(SLOW, "too late")                                          \
  XX(CUT, "the connection broke before the reply was complete") \
  XX(TOO_LARGE, "the reply is too large")                       \
  XX(REDIRECTED, "redirected to where it must not be followed") \
  XX(MALFORMED, "not HTTP")

enum http_outcome {
#define XX(id, text) HTTP_##id,
  HTTP_OUTCOME_MAP(XX)
#undef XX
};

struct http_request {
  const char *url;
  struct str body; /* JSON to POST; absent: GET */
  size_t tag;      /* handed back with the reply */
};

struct http_reply {
  size_t tag;
  enum http_outcome outcome;
  long status;                         /* HTTP_ANSWERED only */
  struct str body;                     /* what came, whole when HTTP_ANSWERED */
  int64_t retry_after_ms;              /* seconds or a date; -1 = not said */
  char content_type[CLIENT_TEXT_SIZE]; /* lower case, without parameters; "" = not said */
  char request_id[CLIENT_TEXT_SIZE];   /* x-request-id, for messages; "" = not said */
  char detail[CLIENT_DETAIL_SIZE];     /* why, for people, one line; no secrets */
  int64_t elapsed_ns;                  /* from sending to the end */
};

/* NULL with `err` set: no libcurl, a bad address or header. */
struct http_client *http_client_open(const struct http_client_opts *opts,
                                     struct err *err);
/* Requests in flight are given up. NULL is fine. */
void http_client_close(struct http_client *client);

/* There must be room: fewer in flight than max_connections. It goes out with the next
 * http_client_next; what is wrong with the address comes back as a reply, UNREACHABLE. */
void http_client_send(struct http_client *client, const struct http_request *request);
size_t http_client_in_flight(const struct http_client *client);

/* The next finished exchange, waiting at most `wait_ms`, also with nothing in flight:
 * true with *reply, or false when none finished. A signal that comes while it waits ends
 * that; one that came just before does not, so wait for no longer than a user would. */
bool http_client_next(struct http_client *client, int wait_ms, struct http_reply *reply);

#endif
