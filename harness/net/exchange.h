/* exchange.h - one request and its reply over one of libcurl's easy handles, again and
 * again: the handle, its buffers and most of its options outlive the request.
 *
 * Knows nothing of the others in flight: client.c starts and ends it. Follows no redirect
 * itself, but says when the same handle is to be sent on to the next address.
 */
#ifndef OREO_NET_EXCHANGE_H
#define OREO_NET_EXCHANGE_H

#include "base/buf.h"
#include "net/header.h"
#include "net/service.h"

/* An exchange is in one list of the first kind (free, in flight, done) and may be in the
 * second one (no byte of the reply has come). */
enum { LINK_PLACE, LINK_SILENT, N_LINKS };

struct exchange {
  struct exchange *next[N_LINKS], *prev[N_LINKS];
  bool silent; /* it is in the second; for client.c */

  struct service *service;
  CURL *easy; /* NULL before its first request */
  size_t tag;
  struct buf url;  /* of this hop, as libcurl has it */
  struct buf body; /* to send */
  bool post;       /* with `body`; else GET */
  bool trusted;    /* url is of the service: it gets the secrets */
  int hops;
  int64_t sent_ns, hop_ns; /* the request, and its last hop */
  int64_t elapsed_ns;

  bool begun;          /* the reply's first line has come */
  size_t header_bytes; /* of all replies of this hop */
  struct http_header header;
  struct buf reply;
  bool decided; /* outcome and detail are final */
  enum http_outcome outcome;
  char detail[CLIENT_DETAIL_SIZE];
  char curl_detail[CURL_ERROR_SIZE];
};

void exchange_init(struct exchange *exchange, struct service *service);
void exchange_release(struct exchange *exchange);
/* Forgets the reply; memory of an unusual size is given back. */
void exchange_reset(struct exchange *exchange);

/* Sets the handle up; -1 when the request cannot be sent: outcome and detail are set. */
int exchange_start(struct exchange *exchange, const struct http_request *request,
                   int64_t now_ns);
/* The handle is done with `code`: false when it is to be added again, for a redirect. */
bool exchange_finish(struct exchange *exchange, CURLcode code, int64_t now_ns);
/* A deadline has passed: SLOW, or UNREACHABLE when there was not even a connection. */
void exchange_late(struct exchange *exchange, const char *what, long limit_ms,
                   int64_t now_ns);
/* It cannot be sent, or not be gone on with. */
void exchange_fail(struct exchange *exchange, enum http_outcome outcome,
                   const char *detail);

void exchange_reply(const struct exchange *exchange, struct http_reply *reply);

#endif
