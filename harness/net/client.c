#include "net/client.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "net/exchange.h"
#include "net/service.h"
#include "net/sockets.h"

#define NS_PER_MS ((int64_t)1000000)
#define NEVER     INT64_MAX

/* Oldest first. */
struct line {
  struct exchange *first, *last;
  size_t n;
};

struct http_client {
  struct service service;
  CURLM *multi;
  struct sockets sockets;
  int64_t timer_ns; /* when libcurl wants to be called; NEVER */
  struct exchange *exchanges;
  size_t n_exchanges;
  struct line free, flying, done, silent;
  struct exchange *delivered; /* its reply is the caller's until the next call */
};

/* ---- lines of exchanges ---- */

static void line_add(struct line *line, int link, struct exchange *x)
{
  x->next[link] = NULL;
  x->prev[link] = line->last;
  if (line->last)
    line->last->next[link] = x;
  else
    line->first = x;
  line->last = x;
  line->n++;
}

static void line_remove(struct line *line, int link, struct exchange *x)
{
  struct exchange *next = x->next[link], *prev = x->prev[link];
  if (prev)
    prev->next[link] = next;
  else
    line->first = next;
  if (next)
    next->prev[link] = prev;
  else
    line->last = prev;
  line->n--;
}

static struct exchange *line_take(struct line *line, int link)
{
  struct exchange *x = line->first;
  if (x)
    line_remove(line, link, x);
  return x;
}

static void wait_for_first_byte(struct http_client *c, struct exchange *x)
{
  x->silent = true;
  line_add(&c->silent, LINK_SILENT, x);
}

static void no_longer_silent(struct http_client *c, struct exchange *x)
{
  if (x->silent)
    line_remove(&c->silent, LINK_SILENT, x);
  x->silent = false;
}

static void land(struct http_client *c, struct exchange *x)
{
  no_longer_silent(c, x);
  line_remove(&c->flying, LINK_PLACE, x);
  line_add(&c->done, LINK_PLACE, x);
}

/* ---- what libcurl asks for ---- */

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *unused)
{
  struct http_client *c = context;
  (void)easy, (void)unused;
  short events = 0;
  if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
    events |= POLLIN;
  if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
    events |= POLLOUT;
  sockets_set(&c->sockets, fd, events);
  return 0;
}

static int on_timer(CURLM *multi, long ms, void *context)
{
  struct http_client *c = context;
  (void)multi;
  c->timer_ns = ms < 0 ? NEVER : clock_monotonic_ns() + ms * NS_PER_MS;
  return 0;
}

/* ---- open and close ---- */

/* OpenSSL writes to sockets that may be closed; the signal for that would end us. Only
 * while libcurl runs: on a closed standard output it should. */
static void ignore_pipes(struct sigaction *before)
{
  struct sigaction ignore = { .sa_handler = SIG_IGN };
  sigemptyset(&ignore.sa_mask);
  sigaction(SIGPIPE, &ignore, before);
}

static void restore_pipes(const struct sigaction *before)
{
  sigaction(SIGPIPE, before, NULL);
}

static void set_up_multi(struct http_client *c)
{
  CURLMcode (*set)(CURLM *, CURLMoption, ...) = c->service.curl.multi_setopt;
  long max = (long)c->service.max_connections;
  set(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  set(c->multi, CURLMOPT_SOCKETDATA, c);
  set(c->multi, CURLMOPT_TIMERFUNCTION, on_timer);
  set(c->multi, CURLMOPT_TIMERDATA, c);
  set(c->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
  set(c->multi, CURLMOPT_MAXCONNECTS, max);
  set(c->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, max);
}

struct http_client *http_client_open(const struct http_client_opts *opts, struct err *err)
{
  struct service service;
  if (service_open(&service, opts, err) < 0)
    return NULL;
  struct http_client *c = mem_alloc(sizeof *c);
  *c = (struct http_client){ .service = service, .timer_ns = NEVER };
  c->multi = service.curl.multi_init();
  if (!c->multi) {
    service_close(&c->service);
    free(c);
    err_set(err, ERR_ENV, "cannot start libcurl: out of memory");
    return NULL;
  }
  set_up_multi(c);
  /* one more: the reply that the caller is reading */
  c->n_exchanges = service.max_connections + 1;
  c->exchanges = mem_resize(NULL, c->n_exchanges, sizeof *c->exchanges);
  for (size_t i = 0; i < c->n_exchanges; i++) {
    exchange_init(&c->exchanges[i], &c->service);
    line_add(&c->free, LINK_PLACE, &c->exchanges[i]);
  }
  return c;
}

void http_client_close(struct http_client *c)
{
  struct sigaction pipes;
  if (!c)
    return;
  ignore_pipes(&pipes);
  for (struct exchange *x = c->flying.first; x; x = x->next[LINK_PLACE])
    c->service.curl.multi_remove_handle(c->multi, x->easy);
  for (size_t i = 0; i < c->n_exchanges; i++)
    exchange_release(&c->exchanges[i]);
  c->service.curl.multi_cleanup(c->multi);
  restore_pipes(&pipes);
  sockets_release(&c->sockets);
  free(c->exchanges);
  service_close(&c->service);
  free(c);
}

/* ---- sending ---- */

/* To libcurl, or among the done when it will not have it. */
static void add_handle(struct http_client *c, struct exchange *x)
{
  CURLMcode code = c->service.curl.multi_add_handle(c->multi, x->easy);
  if (code == CURLM_OK) {
    wait_for_first_byte(c, x);
    return;
  }
  exchange_fail(x, HTTP_UNREACHABLE, c->service.curl.multi_strerror(code));
  land(c, x);
}

void http_client_send(struct http_client *c, const struct http_request *request)
{
  struct exchange *x = line_take(&c->free, LINK_PLACE);
  if (!x)
    abort(); /* a bug of the caller's: there is no room */
  line_add(&c->flying, LINK_PLACE, x);
  if (exchange_start(x, request, clock_monotonic_ns()) < 0)
    land(c, x);
  else
    add_handle(c, x);
}

size_t http_client_in_flight(const struct http_client *c)
{
  return c->flying.n + c->done.n;
}

/* ---- going on ---- */

static void collect(struct http_client *c)
{
  const struct libcurl *curl = &c->service.curl;
  int64_t now = 0;
  int left;
  CURLMsg *message;
  while ((message = curl->multi_info_read(c->multi, &left))) {
    char *private = NULL;
    if (message->msg != CURLMSG_DONE)
      continue;
    CURL *easy = message->easy_handle; /* the message is gone with the next call */
    CURLcode code = message->data.result;
    curl->easy_getinfo(easy, CURLINFO_PRIVATE, &private);
    struct exchange *x = (struct exchange *)(void *)private;
    curl->multi_remove_handle(c->multi, easy);
    no_longer_silent(c, x);
    now = now ? now : clock_monotonic_ns();
    if (exchange_finish(x, code, now))
      land(c, x);
    else
      add_handle(c, x);
  }
}

static void give_up(struct http_client *c, struct exchange *x, const char *what,
                    long limit_ms, int64_t now)
{
  c->service.curl.multi_remove_handle(c->multi, x->easy);
  exchange_late(x, what, limit_ms, now);
  land(c, x);
}

/* Both lines are in the order in which their deadlines come. */
static void check_deadlines(struct http_client *c, int64_t now)
{
  const struct service *s = &c->service;
  struct exchange *x;
  while ((x = c->silent.first)) {
    if (x->begun)
      no_longer_silent(c, x);
    else if (s->first_byte_timeout_ms > 0 &&
             now - x->hop_ns >= s->first_byte_timeout_ms * NS_PER_MS)
      give_up(c, x, "no reply", s->first_byte_timeout_ms, now);
    else
      break;
  }
  while (s->total_timeout_ms > 0 && (x = c->flying.first) &&
         now - x->sent_ns >= s->total_timeout_ms * NS_PER_MS)
    give_up(c, x, "no whole reply", s->total_timeout_ms, now);
}

static int64_t next_deadline(const struct http_client *c)
{
  const struct service *s = &c->service;
  int64_t at = c->timer_ns;
  if (s->first_byte_timeout_ms > 0 && c->silent.first) {
    int64_t first = c->silent.first->hop_ns + s->first_byte_timeout_ms * NS_PER_MS;
    at = first < at ? first : at;
  }
  if (s->total_timeout_ms > 0 && c->flying.first) {
    int64_t end = c->flying.first->sent_ns + s->total_timeout_ms * NS_PER_MS;
    at = end < at ? end : at;
  }
  return at;
}

static void run_timer(struct http_client *c, int64_t now)
{
  int running;
  if (c->timer_ns > now)
    return;
  c->timer_ns = NEVER; /* libcurl sets the next one */
  c->service.curl.multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

static void run_sockets(struct http_client *c)
{
  int running;
  for (size_t i = 0; i < c->sockets.n_ready; i++) {
    struct ready ready = c->sockets.ready[i];
    int what = 0;
    if (ready.events & POLLIN)
      what |= CURL_CSELECT_IN;
    if (ready.events & POLLOUT)
      what |= CURL_CSELECT_OUT;
    if (ready.events & (POLLERR | POLLHUP | POLLNVAL))
      what |= CURL_CSELECT_ERR;
    c->service.curl.multi_socket_action(c->multi, ready.fd, what, &running);
  }
}

/* Rounded up: to wake a little early would be to spin. */
static int wait_until(int64_t at, int64_t now)
{
  if (at <= now)
    return 0;
  int64_t ms = (at - now - 1) / NS_PER_MS + 1;
  return ms > INT_MAX ? INT_MAX : (int)ms;
}

/* Until something is done, `end` comes, or a signal. */
static void drive(struct http_client *c, int64_t end)
{
  int64_t now = clock_monotonic_ns();
  run_timer(c, now); /* what was sent since */
  collect(c);
  while (!c->done.n) {
    int64_t at = next_deadline(c);
    if (sockets_wait(&c->sockets, wait_until(at < end ? at : end, now)) < 0)
      return;
    run_sockets(c);
    now = clock_monotonic_ns();
    run_timer(c, now);
    collect(c);
    check_deadlines(c, now);
    if (now >= end)
      return;
  }
}

bool http_client_next(struct http_client *c, int wait_ms, struct http_reply *reply)
{
  struct sigaction pipes;
  if (c->delivered) {
    exchange_reset(c->delivered);
    line_add(&c->free, LINK_PLACE, c->delivered);
    c->delivered = NULL;
  }
  if (!c->done.n) {
    ignore_pipes(&pipes);
    drive(c, clock_monotonic_ns() + (wait_ms > 0 ? wait_ms : 0) * NS_PER_MS);
    restore_pipes(&pipes);
  }
  c->delivered = line_take(&c->done, LINK_PLACE);
  if (!c->delivered)
    return false;
  exchange_reply(c->delivered, reply);
  return true;
}
