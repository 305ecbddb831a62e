/* mock.c - the HTTP of the mock endpoint: requests come in, plans are carried out.
 *
 * libmicrohttpd is driven from outside, in the caller's one thread: what has to wait is
 * suspended and stands in a heap of timers, so nothing blocks and nothing is locked.
 */
#include "mock/mock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/fs.h"
#include "mock/libmicrohttpd.h"
#include "mock/responder.h"
#include "mock/timers.h"

enum {
  CONNECTIONS_MAX = 8192,
  BACKLOG = 4096,
  BLOCK_BYTES = 32 << 10, /* of a reply that is made as it is sent */
  DRIP_PIECES = 20,
  LOOK_AGAIN_NS = 200000000, /* a stalled client may have gone */
  PEM_MAX_BYTES = 1 << 20,
  URL_SIZE = 128,
};

struct mock {
  const struct mock_opts *opts;
  struct libmicrohttpd mhd;
  struct MHD_Daemon *daemon;
  struct arena arena;
  struct responder *responder;
  struct timers timers; /* of suspended connections: struct exchange */
  size_t n_in_flight;   /* decided, not ended */
  bool failed;          /* `err` says why */
  struct err err;
  char url[URL_SIZE];
};

/* One request and its reply. */
struct exchange {
  struct mock *mock;
  struct MHD_Connection *connection;
  struct buf body;
  bool too_large, decided;
  struct plan plan; /* from when it is decided */
  struct responder_record record;
  int64_t due_ns; /* of the reply, or of its next piece */
};

/* ---- the connection below HTTP ---- */

static int socket_of(const struct exchange *x)
{
  const union MHD_ConnectionInfo *info =
      x->mock->mhd.get_connection_info(x->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info ? info->connect_fd : -1;
}

enum peer { PEER_THERE, PEER_CLOSED, PEER_RESET };

/* A suspended connection is not watched: whoever hung up meanwhile has to be seen here,
 * or a reply to nobody would count as delivered. */
static enum peer look_at_peer(const struct exchange *x)
{
  char byte;
  ssize_t n = recv(socket_of(x), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (n == 0)
    return PEER_CLOSED;
  bool nothing_new = n > 0 || errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  return nothing_new ? PEER_THERE : PEER_RESET;
}

/* Disconnecting a TCP socket by connect() sends a reset at once, and leaves the
 * descriptor for libmicrohttpd to close. */
static void reset_peer(const struct exchange *x)
{
  struct sockaddr nobody = { .sa_family = AF_UNSPEC };
  if (connect(socket_of(x), &nobody, sizeof nobody) < 0) {
    struct linger at_once = { 1, 0 };
    setsockopt(socket_of(x), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
}

/* ---- waiting ---- */

static void wait_until(struct exchange *x, int64_t due_ns)
{
  x->mock->mhd.suspend_connection(x->connection);
  timers_add(&x->mock->timers, due_ns, x);
}

/* Silence is watched over in steps: a client that gives up frees its connection. */
static bool waits_on(struct exchange *x, int64_t now_ns)
{
  return x->plan.ending == ENDING_SILENCE && now_ns < x->due_ns &&
         look_at_peer(x) == PEER_THERE;
}

static int64_t next_look_ns(const struct exchange *x, int64_t now_ns)
{
  bool silent = x->plan.ending == ENDING_SILENCE;
  return silent && x->due_ns > now_ns + LOOK_AGAIN_NS ? now_ns + LOOK_AGAIN_NS
                                                      : x->due_ns;
}

static void resume_due(struct mock *mock)
{
  struct exchange *x;
  int64_t now_ns = mock->timers.n ? clock_monotonic_ns() : 0;
  while ((x = timers_take(&mock->timers, now_ns))) {
    if (waits_on(x, now_ns))
      timers_add(&mock->timers, next_look_ns(x, now_ns), x);
    else
      mock->mhd.resume_connection(x->connection);
  }
}

/* ---- replies that are made as they are sent ---- */

static size_t min_size(size_t a, size_t b)
{
  return a < b ? a : b;
}

/* How many bytes may be sent now; 0 = later, and the connection sleeps until then. */
static size_t pace_drip(struct exchange *x, size_t left)
{
  int64_t now_ns = clock_monotonic_ns();
  if (now_ns < x->due_ns) {
    wait_until(x, x->due_ns);
    return 0;
  }
  x->due_ns = now_ns + x->plan.drip_ns / DRIP_PIECES;
  return min_size(left, x->plan.body.len / DRIP_PIECES + 1);
}

static ssize_t send_some(void *context, uint64_t at, char *out, size_t max)
{
  struct exchange *x = context;
  const struct plan *plan = &x->plan;
  struct str body = buf_str(&plan->body);
  size_t end =
      plan->ending == ENDING_WHOLE ? body.len + plan->filler_bytes : plan->cut_at;
  if (at >= end) {
    if (plan->ending == ENDING_WHOLE)
      return MHD_CONTENT_READER_END_OF_STREAM;
    if (plan->ending == ENDING_RESET)
      reset_peer(x);
    return MHD_CONTENT_READER_END_WITH_ERROR;
  }
  size_t n = min_size(max, end - (size_t)at);
  if (at >= body.len) {
    memset(out, 'x', n);
    return (ssize_t)n;
  }
  n = min_size(n, body.len - (size_t)at);
  if (plan->drip_ns)
    n = min_size(n, pace_drip(x, n));
  memcpy(out, body.ptr + at, n);
  return (ssize_t)n;
}

static struct MHD_Response *make_response(struct exchange *x)
{
  struct libmicrohttpd *mhd = &x->mock->mhd;
  struct plan *plan = &x->plan;
  struct str body = buf_str(&plan->body);
  bool at_once = plan->ending == ENDING_WHOLE && !plan->drip_ns && !plan->filler_bytes;
  if (at_once) /* the bytes live until the exchange is freed, after the response */
    return mhd->create_response_from_buffer(body.len, (void *)body.ptr,
                                            MHD_RESPMEM_PERSISTENT);
  uint64_t size = plan->filler_bytes ? MHD_SIZE_UNKNOWN : (uint64_t)body.len;
  return mhd->create_response_from_callback(size, BLOCK_BYTES, send_some, x, NULL);
}

static enum MHD_Result send_plan(struct exchange *x)
{
  struct libmicrohttpd *mhd = &x->mock->mhd;
  struct plan *plan = &x->plan;
  struct MHD_Response *response = make_response(x);
  if (!response)
    return MHD_NO;
  mhd->add_response_header(response, "Content-Type", plan->content_type);
  if (*plan->retry_after)
    mhd->add_response_header(response, "Retry-After", plan->retry_after);
  if (*plan->location)
    mhd->add_response_header(response, "Location", plan->location);
  enum MHD_Result result =
      mhd->queue_response(x->connection, (unsigned)plan->status, response);
  mhd->destroy_response(response);
  return result;
}

/* ---- one request ---- */

static void decide(struct exchange *x, const char *method, const char *path)
{
  struct mock *mock = x->mock;
  const struct responder_call call = {
    .method = method,
    .path = path,
    .authorization = mock->mhd.lookup_connection_value(x->connection, MHD_HEADER_KIND,
                                                       "Authorization"),
    .body = buf_str(&x->body),
    .too_large = x->too_large,
    .in_flight = mock->n_in_flight,
    .now_ns = clock_monotonic_ns(),
  };
  responder_decide(mock->responder, &call, &x->plan, &x->record);
  x->due_ns = call.now_ns + x->plan.delay_ns;
  x->decided = true;
  mock->n_in_flight += x->record.counts;
  buf_release(&x->body);
}

/* MHD_NO closes the connection without a word. */
static enum MHD_Result carry_out(struct exchange *x)
{
  const struct plan *plan = &x->plan;
  if (plan->delay_ns && look_at_peer(x) != PEER_THERE)
    return MHD_NO;
  if (plan->ending == ENDING_SILENCE)
    return MHD_NO;
  if (plan->ending == ENDING_RESET && plan->cut_at == 0) {
    reset_peer(x);
    return MHD_NO;
  }
  return send_plan(x);
}

static void take_body(struct exchange *x, const char *bytes, size_t *n)
{
  if (!x->too_large)
    buf_add(&x->body, (struct str){ bytes, *n });
  if (buf_failed(&x->body)) {
    x->too_large = true;
    buf_release(&x->body);
  }
  *n = 0;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method,
                                  const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
  (void)version;
  struct exchange *x = *state;
  if (!x) {
    *state = x = mem_alloc(sizeof *x);
    *x = (struct exchange){ .mock = context, .connection = connection };
    buf_init(&x->body, RESPONDER_BODY_MAX);
    return MHD_YES;
  }
  if (*upload_size) {
    take_body(x, upload, upload_size);
    return MHD_YES;
  }
  if (!x->decided) {
    decide(x, method, path);
    if (x->plan.delay_ns) {
      wait_until(x, next_look_ns(x, clock_monotonic_ns()));
      return MHD_YES;
    }
  }
  return carry_out(x);
}

static void on_end(void *context, struct MHD_Connection *connection, void **state,
                   enum MHD_RequestTerminationCode code)
{
  struct mock *mock = context;
  struct exchange *x = *state;
  (void)connection;
  if (!x)
    return;
  if (x->decided) {
    bool whole =
        code == MHD_REQUEST_TERMINATED_COMPLETED_OK && look_at_peer(x) != PEER_RESET;
    mock->n_in_flight -= x->record.counts;
    if (responder_finish(mock->responder, &x->record, whole, &mock->err) < 0)
      mock->failed = true;
    plan_release(&x->plan);
  }
  buf_release(&x->body);
  free(x);
  *state = NULL;
}

/* ---- starting ---- */

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

static int parse_host(const struct mock_opts *opts, union address *address,
                      struct err *err)
{
  const char *host = strcmp(opts->host, "localhost") == 0 ? "127.0.0.1" : opts->host;
  in_port_t port = htons((uint16_t)opts->port);
  *address = (union address){ 0 };
  if (inet_pton(AF_INET, host, &address->v4.sin_addr) == 1) {
    address->v4.sin_family = AF_INET;
    address->v4.sin_port = port;
    return 0;
  }
  *address = (union address){ 0 };
  if (inet_pton(AF_INET6, host, &address->v6.sin6_addr) == 1) {
    address->v6.sin6_family = AF_INET6;
    address->v6.sin6_port = port;
    return 0;
  }
  return err_set(err, ERR_USAGE,
                 "--host: '%.60s' is no address; give one such as 127.0.0.1 or ::1",
                 host);
}

/* PEM files, NUL-terminated, in the arena. */
static int read_pem(struct mock *mock, const char *path, const char **out,
                    struct err *err)
{
  struct buf text;
  buf_init(&text, PEM_MAX_BYTES);
  int rc = fs_read(path, &text, err);
  if (rc == 0)
    *out = arena_cstr(&mock->arena, buf_str(&text));
  buf_release(&text);
  return rc;
}

struct pem {
  const char *cert, *key; /* NULL: plain HTTP */
};

static int read_tls(struct mock *mock, struct pem *pem, struct err *err)
{
  const struct mock_opts *opts = mock->opts;
  if (!opts->tls_cert != !opts->tls_key)
    return err_set(err, ERR_USAGE, "TLS needs both --tls-cert FILE and --tls-key FILE");
  if (!opts->tls_cert)
    return 0;
  if (mock->mhd.is_feature_supported(MHD_FEATURE_TLS) != MHD_YES)
    return err_set(err, ERR_ENV, "this libmicrohttpd was built without TLS");
  return read_pem(mock, opts->tls_cert, &pem->cert, err) < 0 ||
                 read_pem(mock, opts->tls_key, &pem->key, err) < 0
             ? -1
             : 0;
}

static int start_daemon(struct mock *mock, union address *address, const struct pem *pem,
                        struct err *err)
{
  struct MHD_OptionItem tls[] = {
    { MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)pem->cert },
    { MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)pem->key },
    { MHD_OPTION_END, 0, NULL },
  };
  unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO |
                   MHD_USE_SUPPRESS_DATE_NO_CLOCK;
  if (address->any.sa_family == AF_INET6)
    flags |= MHD_USE_IPv6;
  if (pem->cert)
    flags |= MHD_USE_TLS;
  errno = 0;
  mock->daemon = mock->mhd.start_daemon(
      flags, (uint16_t)mock->opts->port, NULL, NULL, on_request, mock,
      MHD_OPTION_SOCK_ADDR, &address->any, MHD_OPTION_CONNECTION_LIMIT,
      (unsigned)CONNECTIONS_MAX, MHD_OPTION_LISTEN_BACKLOG_SIZE, (unsigned)BACKLOG,
      MHD_OPTION_NOTIFY_COMPLETED, on_end, mock, MHD_OPTION_ARRAY,
      pem->cert ? tls : &tls[2], MHD_OPTION_END);
  if (mock->daemon)
    return 0;
  return err_set_errno(err, ERR_ENV, errno ? errno : EINVAL,
                       "cannot listen on '%s' port %" PRId64 "%s; is the port taken?",
                       mock->opts->host, mock->opts->port,
                       pem->cert ? " with this certificate and key" : "");
}

/* Many systems allow 1024 descriptors until one asks. Refused: fewer connections. */
static void raise_descriptor_limit(void)
{
  const rlim_t wanted = CONNECTIONS_MAX + 64;
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted)
    return;
  limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int start(struct mock *mock, struct err *err)
{
  union address address;
  struct pem pem = { NULL, NULL };
  raise_descriptor_limit();
  if (parse_host(mock->opts, &address, err) < 0 || read_tls(mock, &pem, err) < 0 ||
      start_daemon(mock, &address, &pem, err) < 0)
    return -1;
  const union MHD_DaemonInfo *info =
      mock->mhd.get_daemon_info(mock->daemon, MHD_DAEMON_INFO_BIND_PORT);
  char host[INET6_ADDRSTRLEN] = "";
  bool v6 = address.any.sa_family == AF_INET6;
  inet_ntop(address.any.sa_family,
            v6 ? (void *)&address.v6.sin6_addr : (void *)&address.v4.sin_addr, host,
            sizeof host);
  snprintf(mock->url, sizeof mock->url, "%s://%s%s%s:%u/v1", pem.cert ? "https" : "http",
           v6 ? "[" : "", host, v6 ? "]" : "", info ? (unsigned)info->port : 0);
  return 0;
}

struct mock *mock_open(const struct mock_opts *opts, struct err *err)
{
  struct mock *mock = mem_alloc(sizeof *mock);
  *mock = (struct mock){ .opts = opts };
  if (libmicrohttpd_open(&mock->mhd, err) == 0) {
    if (responder_open(&mock->responder, opts, &mock->arena, err) == 0 &&
        start(mock, err) == 0)
      return mock;
    responder_close(mock->responder);
    libmicrohttpd_close(&mock->mhd);
  }
  arena_release(&mock->arena);
  free(mock);
  return NULL;
}

void mock_close(struct mock *mock)
{
  struct exchange *x;
  if (!mock)
    return;
  while ((x = timers_take(&mock->timers, INT64_MAX)))
    mock->mhd.resume_connection(x->connection);
  mock->mhd.stop_daemon(mock->daemon);
  timers_release(&mock->timers);
  responder_close(mock->responder);
  libmicrohttpd_close(&mock->mhd);
  arena_release(&mock->arena);
  free(mock);
}

/* ---- serving ---- */

const char *mock_url(const struct mock *mock)
{
  return mock->url;
}

int mock_serve(struct mock *mock, int most_ms, struct err *err)
{
  resume_due(mock);
  int wait_ms =
      timers_wait_ms(&mock->timers, mock->timers.n ? clock_monotonic_ns() : 0, most_ms);
  if (mock->mhd.run_wait(mock->daemon, wait_ms) != MHD_YES)
    return err_set(err, ERR_ENV, "the server cannot wait for requests");
  if (mock->failed) {
    *err = mock->err;
    return -1;
  }
  return 0;
}

bool mock_done(const struct mock *mock)
{
  int64_t most = mock->opts->max_requests;
  return most && mock->n_in_flight == 0 &&
         responder_finished(mock->responder) >= (uint64_t)most;
}

void mock_summary(const struct mock *mock, struct buf *out, bool json)
{
  responder_summary(mock->responder, out, json);
}
