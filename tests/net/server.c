#include "server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "certificate.h"

#define MODIFIED "Tue, 01 Oct 2024 12:00:00 GMT"

enum { TEXT_SIZE = 256, LONG_REPEATS = 64, SLICE_BYTES = 30000, UPLOAD_SIZE = 4096 };

struct server {
  struct MHD_Daemon *daemon;
  struct certificate certificate;
  char url[64];
  pthread_mutex_t mutex;
  pthread_cond_t stopping;
  bool stop;
  /* under the mutex */
  struct str body;
  char etag[TEXT_SIZE];
  size_t cut_after;
  int n_bad_requests;
  int requests;
  char range[TEXT_SIZE], if_range[TEXT_SIZE];
};

enum ending { END_WELL, END_CUT, END_RESET, END_STALL };

/* What one reply sends: body[from, ...), `length` bytes as announced, in the end
 * `ending`. */
struct sending {
  struct server *server;
  struct MHD_Connection *connection;
  struct str bytes;
  size_t repeats;
  size_t stop_at; /* END_WELL: never */
  enum ending ending;
};

struct style {
  const char *path;
  bool ranges, etag, dated;
  enum ending ending;
  int busy;   /* 503 for so many requests; -1 = always */
  int status; /* 0 = by the request */
};

static const struct style styles[] = {
  { "/file", true, true, true, END_WELL, 0, 0 },
  { "/plain", false, false, false, END_WELL, 0, 0 },
  { "/dated", true, false, true, END_WELL, 0, 0 },
  { "/anonymous", true, false, false, END_WELL, 0, 0 },
  { "/cut", true, true, true, END_CUT, 0, 0 },
  { "/reset", true, true, true, END_RESET, 0, 0 },
  { "/stall", true, true, true, END_STALL, 0, 0 },
  { "/busy", true, true, true, END_WELL, 2, 0 },
  { "/always-busy", true, true, true, END_WELL, -1, 0 },
  { "/missing", false, false, false, END_WELL, 0, 404 },
  { "/forbidden", false, false, false, END_WELL, 0, 403 },
};

static ssize_t end_badly(struct sending *s)
{
  if (s->ending == END_STALL) {
    pthread_mutex_lock(&s->server->mutex);
    while (!s->server->stop)
      pthread_cond_wait(&s->server->stopping, &s->server->mutex);
    pthread_mutex_unlock(&s->server->mutex);
  }
  if (s->ending == END_RESET) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(s->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct linger at_once = { 1, 0 };
    if (info)
      setsockopt(info->connect_fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  return MHD_CONTENT_READER_END_WITH_ERROR;
}

static ssize_t send_some(void *context, uint64_t at, char *out, size_t max)
{
  struct sending *s = context;
  uint64_t all = (uint64_t)s->bytes.len * s->repeats;
  if (s->ending != END_WELL && at >= s->stop_at)
    return end_badly(s);
  if (at >= all)
    return MHD_CONTENT_READER_END_OF_STREAM;
  size_t from = (size_t)(at % s->bytes.len);
  size_t n = s->bytes.len - from;
  if (s->ending != END_WELL && n > s->stop_at - at)
    n = (size_t)(s->stop_at - at);
  if (n > max)
    n = max;
  memcpy(out, s->bytes.ptr + from, n);
  return (ssize_t)n;
}

static enum MHD_Result reply(struct MHD_Connection *connection, unsigned status,
                             struct MHD_Response *response)
{
  enum MHD_Result result = MHD_queue_response(connection, status, response);
  MHD_destroy_response(response);
  return result;
}

static enum MHD_Result reply_status(struct MHD_Connection *connection, unsigned status)
{
  static const char page[] = "<html>no such luck</html>\n";
  return reply(connection, status,
               MHD_create_response_from_buffer(sizeof page - 1, (void *)page,
                                               MHD_RESPMEM_MUST_COPY));
}

static enum MHD_Result redirect(struct MHD_Connection *connection, const char *to)
{
  struct MHD_Response *response =
      MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
  MHD_add_response_header(response, "Location", to);
  return reply(connection, 302, response);
}

/* Where the asked range starts, 0 when there is none or If-Range does not hold. */
static size_t range_start(const struct server *server, const struct style *style)
{
  unsigned long long from;
  if (!style->ranges || sscanf(server->range, "bytes=%llu-", &from) != 1)
    return 0;
  bool same = (style->etag && strcmp(server->if_range, server->etag) == 0) ||
              (style->dated && strcmp(server->if_range, MODIFIED) == 0);
  return server->if_range[0] && !same ? 0 : (size_t)from;
}

static enum MHD_Result serve(struct server *server, struct MHD_Connection *connection,
                             const struct style *style)
{
  size_t from = range_start(server, style), size = server->body.len;
  char range[TEXT_SIZE];
  if (from >= size && from > 0) {
    struct MHD_Response *none =
        MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
    snprintf(range, sizeof range, "bytes */%zu", size);
    MHD_add_response_header(none, "Content-Range", range);
    return reply(connection, 416, none);
  }
  struct sending *s = calloc(1, sizeof *s);
  *s = (struct sending){ server, connection,        str_slice(server->body, from, size),
                         1,      server->cut_after, style->ending };
  if (server->requests > server->n_bad_requests)
    s->ending = END_WELL;
  struct MHD_Response *response =
      MHD_create_response_from_callback(size - from, 4096, send_some, s, free);
  if (style->etag)
    MHD_add_response_header(response, "ETag", server->etag);
  if (style->dated)
    MHD_add_response_header(response, "Last-Modified", MODIFIED);
  snprintf(range, sizeof range, "bytes %zu-%zu/%zu", from, size - 1, size);
  if (from)
    MHD_add_response_header(response, "Content-Range", range);
  return reply(connection, from ? 206 : 200, response);
}

static enum MHD_Result serve_wrong_range(struct server *server,
                                         struct MHD_Connection *connection)
{
  char range[TEXT_SIZE];
  struct MHD_Response *response = MHD_create_response_from_buffer(
      server->body.len, (void *)server->body.ptr, MHD_RESPMEM_MUST_COPY);
  snprintf(range, sizeof range, "bytes 0-%zu/%zu", server->body.len - 1,
           server->body.len);
  MHD_add_response_header(response, "Content-Range", range);
  MHD_add_response_header(response, "ETag", server->etag);
  return reply(connection, server->range[0] ? 206 : 200, response);
}

/* A server may send less than was asked for, and say so. */
static enum MHD_Result serve_slice(struct server *server,
                                   struct MHD_Connection *connection)
{
  unsigned long long from = 0;
  char range[TEXT_SIZE];
  sscanf(server->range, "bytes=%llu-", &from);
  struct str slice = str_slice(server->body, (size_t)from, (size_t)from + SLICE_BYTES);
  struct MHD_Response *response = MHD_create_response_from_buffer(
      slice.len, (void *)slice.ptr, MHD_RESPMEM_MUST_COPY);
  snprintf(range, sizeof range, "bytes %llu-%llu/%zu", from, from + slice.len - 1,
           server->body.len);
  MHD_add_response_header(response, "Content-Range", range);
  MHD_add_response_header(response, "ETag", server->etag);
  return reply(connection, 206, response);
}

static enum MHD_Result serve_long(struct server *server,
                                  struct MHD_Connection *connection)
{
  struct sending *s = calloc(1, sizeof *s);
  *s = (struct sending){ server, connection, server->body, LONG_REPEATS, 0, END_WELL };
  return reply(
      connection, 200,
      MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, send_some, s, free));
}

static enum MHD_Result serve_hop(struct MHD_Connection *connection, int left)
{
  char to[32];
  snprintf(to, sizeof to, "/hop/%d", left - 1);
  return redirect(connection, left > 0 ? to : "/file");
}

static enum MHD_Result route(struct server *server, struct MHD_Connection *connection,
                             const char *path)
{
  /* as a proxy it is asked for the whole address */
  const char *host = strncmp(path, "http://", 7) == 0 ? strchr(path + 7, '/') : NULL;
  if (host)
    path = host;
  if (strncmp(path, "/hop/", 5) == 0)
    return serve_hop(connection, atoi(path + 5));
  if (strcmp(path, "/to") == 0)
    return redirect(connection, MHD_lookup_connection_value(
                                    connection, MHD_GET_ARGUMENT_KIND, "url"));
  if (strcmp(path, "/wrong-range") == 0)
    return serve_wrong_range(server, connection);
  if (strcmp(path, "/slices") == 0)
    return serve_slice(server, connection);
  if (strcmp(path, "/long") == 0)
    return serve_long(server, connection);
  for (size_t i = 0; i < sizeof styles / sizeof styles[0]; i++) {
    const struct style *style = &styles[i];
    if (strcmp(path, style->path) != 0)
      continue;
    if (style->busy < 0 || server->requests <= style->busy)
      return reply_status(connection, 503);
    return style->status ? reply_status(connection, (unsigned)style->status)
                         : serve(server, connection, style);
  }
  return reply_status(connection, 404);
}

static void keep_header(struct MHD_Connection *connection, const char *name, char *out)
{
  const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
  snprintf(out, TEXT_SIZE, "%s", value ? value : "");
}

/* A request with a body comes in pieces: first none of it, last nothing more. */
struct upload {
  size_t len;
  char bytes[UPLOAD_SIZE];
};

static enum MHD_Result echo(struct MHD_Connection *connection, const char *bytes,
                            size_t *n, void **state)
{
  struct upload *upload = *state;
  if (!upload) {
    *state = calloc(1, sizeof *upload);
    return MHD_YES;
  }
  if (*n > sizeof upload->bytes - upload->len)
    return MHD_NO;
  if (*n) {
    memcpy(upload->bytes + upload->len, bytes, *n);
    upload->len += *n;
    *n = 0;
    return MHD_YES;
  }
  return reply(
      connection, 200,
      MHD_create_response_from_buffer(upload->len, upload->bytes, MHD_RESPMEM_MUST_COPY));
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
  (void)context, (void)connection, (void)code;
  free(*state);
  *state = NULL;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *url, const char *method,
                                  const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
  struct server *server = context;
  (void)method, (void)version;
  if (strcmp(url, "/echo") == 0)
    return echo(connection, upload, upload_size, state);
  pthread_mutex_lock(&server->mutex);
  server->requests++;
  keep_header(connection, "Range", server->range);
  keep_header(connection, "If-Range", server->if_range);
  enum MHD_Result result = route(server, connection, url);
  pthread_mutex_unlock(&server->mutex);
  return result;
}

static struct MHD_Daemon *start_daemon(struct server *server, bool tls)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION;
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  if (!tls)
    return MHD_start_daemon(flags, 0, NULL, NULL, on_request, server,
                            MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_NOTIFY_COMPLETED,
                            on_completed, NULL, MHD_OPTION_END);
  if (certificate_create(&server->certificate) < 0)
    return NULL;
  return MHD_start_daemon(flags | MHD_USE_TLS, 0, NULL, NULL, on_request, server,
                          MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_HTTPS_MEM_KEY,
                          server->certificate.key, MHD_OPTION_HTTPS_MEM_CERT,
                          server->certificate.pem, MHD_OPTION_NOTIFY_COMPLETED,
                          on_completed, NULL, MHD_OPTION_END);
}

struct server *server_start(bool tls)
{
  struct server *server = calloc(1, sizeof *server);
  pthread_mutex_init(&server->mutex, NULL);
  pthread_cond_init(&server->stopping, NULL);
  server->daemon = start_daemon(server, tls);
  if (!server->daemon) {
    free(server);
    return NULL;
  }
  const union MHD_DaemonInfo *info =
      MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
  snprintf(server->url, sizeof server->url, "%s://127.0.0.1:%u", tls ? "https" : "http",
           (unsigned)info->port);
  server_set_body(server, STR("hello\n"), "\"v1\"");
  return server;
}

void server_stop(struct server *server)
{
  pthread_mutex_lock(&server->mutex);
  server->stop = true;
  pthread_cond_broadcast(&server->stopping);
  pthread_mutex_unlock(&server->mutex);
  MHD_stop_daemon(server->daemon);
  pthread_cond_destroy(&server->stopping);
  pthread_mutex_destroy(&server->mutex);
  free(server);
}

const char *server_url(const struct server *server)
{
  return server->url;
}

const char *server_certificate(const struct server *server)
{
  return server->certificate.pem;
}

void server_set_body(struct server *server, struct str body, const char *etag)
{
  pthread_mutex_lock(&server->mutex);
  server->body = body;
  snprintf(server->etag, sizeof server->etag, "%s", etag);
  pthread_mutex_unlock(&server->mutex);
}

void server_set_cut(struct server *server, size_t bytes, int n_bad_requests)
{
  pthread_mutex_lock(&server->mutex);
  server->cut_after = bytes;
  server->n_bad_requests = n_bad_requests;
  pthread_mutex_unlock(&server->mutex);
}

int server_requests(struct server *server)
{
  pthread_mutex_lock(&server->mutex);
  int n = server->requests;
  pthread_mutex_unlock(&server->mutex);
  return n;
}

const char *server_last_range(struct server *server)
{
  return server->range;
}

const char *server_last_if_range(struct server *server)
{
  return server->if_range;
}

void server_forget(struct server *server)
{
  pthread_mutex_lock(&server->mutex);
  server->requests = 0;
  server->range[0] = server->if_range[0] = '\0';
  pthread_mutex_unlock(&server->mutex);
}
