/* caller.h - what tests of calls to a service share: a client with deadlines that a test
 * never reaches unless it is about them, and one call at a time.
 */
#ifndef OREO_TESTS_NET_CALLER_H
#define OREO_TESTS_NET_CALLER_H

#include "net/client.h"
#include "raw.h"
#include "server.h"
#include "test.h"

#define KEY       "sk-0123456789abcdef"
#define BODY      "{\"model\":\"m\"}"
#define OK_HEADER "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#define OK        OK_HEADER "Content-Length: 2\r\n\r\n{}"
#define MANY_MS   60000 /* not to be reached */

struct caller {
  struct raw *raw, *other;
  struct server *server;
  struct http_client *client;
  struct http_client_opts opts;
  struct http_reply got;
  struct err err;
  char url[1024];
};

static inline int caller_set_up(void **state)
{
  struct caller *c = calloc(1, sizeof *c);
  c->opts = (struct http_client_opts){ .bearer = KEY,
                                       .proxy = "",
                                       .connect_timeout_ms = MANY_MS,
                                       .first_byte_timeout_ms = MANY_MS,
                                       .total_timeout_ms = MANY_MS,
                                       .max_reply_bytes = 100000,
                                       .max_connections = 4 };
  *state = c;
  return 0;
}

static inline int caller_tear_down(void **state)
{
  struct caller *c = *state;
  http_client_close(c->client);
  raw_stop(c->raw);
  raw_stop(c->other);
  if (c->server)
    server_stop(c->server);
  free(c);
  return 0;
}

static inline void caller_open(struct caller *c, const char *origin)
{
  c->opts.origin_url = origin;
  c->client = http_client_open(&c->opts, &c->err);
  if (!c->client)
    fail_msg("%s", c->err.msg);
}

/* Until the one call in flight is back. */
static inline void caller_wait(struct caller *c)
{
  for (int i = 0; i < 2 * MANY_MS / 1000; i++)
    if (http_client_next(c->client, 1000, &c->got))
      return;
  fail_msg("no reply, and no deadline");
}

/* POSTs BODY to `base` + `path`; the client is opened for `base` at first. */
static inline void caller_post(struct caller *c, const char *base, const char *path)
{
  if (!c->client)
    caller_open(c, base);
  snprintf(c->url, sizeof c->url, "%s%s", base, path);
  http_client_send(c->client, &(struct http_request){ c->url, STR(BODY), 7 });
  caller_wait(c);
  assert_int_equal(c->got.tag, 7);
}

/* Starts a server with these replies and POSTs to it. */
#define CALL(c, replies)                                                   \
  do {                                                                     \
    (c)->raw = raw_start((replies), sizeof(replies) / sizeof(replies)[0]); \
    assert_non_null((c)->raw);                                             \
    caller_post((c), raw_url((c)->raw), "/v1/x");                          \
  } while (0)

static inline void assert_outcome(const struct caller *c, enum http_outcome outcome,
                                  const char *detail)
{
  if (c->got.outcome != outcome || !strstr(c->got.detail, detail))
    fail_msg("outcome %d, %ld, '%s'; expected %d, '%s'", (int)c->got.outcome,
             c->got.status, c->got.detail, (int)outcome, detail);
  assert_null(strstr(c->got.detail, KEY));
}

static inline void assert_answered(const struct caller *c, long status)
{
  assert_outcome(c, HTTP_ANSWERED, "");
  assert_int_equal(c->got.status, status);
}

/* A proxy of this machine must not stand between a test and its server. False when there
 * is no libcurl. */
static inline bool caller_ready(void)
{
  static const char *const variables[] = { "http_proxy", "https_proxy", "HTTPS_PROXY",
                                           "all_proxy",  "ALL_PROXY",   "no_proxy",
                                           "NO_PROXY" };
  struct http_client_opts opts = { .origin_url = "http://127.0.0.1",
                                   .max_connections = 1 };
  struct err err;
  for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
    unsetenv(variables[i]);
  struct http_client *client = http_client_open(&opts, &err);
  if (!client)
    fprintf(stderr, "skipped: %s\n", err.msg);
  http_client_close(client);
  return client != NULL;
}

#define CALLER_TEST(name) \
  cmocka_unit_test_setup_teardown(name, caller_set_up, caller_tear_down)

#endif
