/* server.h - an HTTP server on the loopback, in the test's own process, that misbehaves
 * in every way a download has to survive, and one that does not, for calls.
 *
 * It serves one body at every path; the path says how:
 *   /file            whole, with ETag, Last-Modified and ranges
 *   /plain           whole, no validators; ignores ranges
 *   /dated           ranges, Last-Modified only
 *   /anonymous       ranges, no validators
 *   /cut             the connection ends after some bytes, for the first requests
 *                    (server_set_cut says after how many, and how often)
 *   /reset           the same, by a TCP reset
 *   /stall           the same, by silence until the server stops
 *   /busy            503 twice, then as /file        /always-busy  503
 *   /missing         404                          /forbidden    403
 *   /wrong-range     206 from another offset than asked
 *   /slices          206 with 30000 bytes at most, whatever was asked
 *   /long            says nothing of its length and sends the body 64 times
 *   /hop/N           redirects to /hop/N-1, /hop/0 to /file
 *   /to?URL          redirects to URL
 *   /echo            sends back what was posted, and is not counted
 * Requests are counted and the last ones' Range and If-Range are kept.
 */
#ifndef OREO_TESTS_NET_SERVER_H
#define OREO_TESTS_NET_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct server;

/* Starts on a free port; `tls` with a certificate of its own for 127.0.0.1. NULL when
 * that cannot be done here. */
struct server *server_start(bool tls);
void server_stop(struct server *server);

/* "http://127.0.0.1:PORT" or https */
const char *server_url(const struct server *server);
/* The certificate, PEM; "" without TLS. */
const char *server_certificate(const struct server *server);

/* The body (borrowed) and its ETag ("\"v1\"", with quotes). */
void server_set_body(struct server *server, struct str body, const char *etag);
/* After how many bytes /cut, /reset and /stall end, and on how many requests. */
void server_set_cut(struct server *server, size_t bytes, int n_bad_requests);

int server_requests(struct server *server);
/* Of the last request; "" = not sent. */
const char *server_last_range(struct server *server);
const char *server_last_if_range(struct server *server);
void server_forget(struct server *server);

#endif
