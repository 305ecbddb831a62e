#include "scripted.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { SCRIPT_MAX = 256, PATH_SIZE = 256, BODY_SIZE = 1 << 16, HUGE_BYTES = 64 << 20 };

struct scripted {
  struct MHD_Daemon *daemon;
  unsigned short port;
  char url[64];
  pthread_mutex_t mutex;
  pthread_cond_t stopping;
  bool stop;
  /* under the mutex */
  struct scripted_reply script[SCRIPT_MAX];
  size_t n_script, at;
  struct scripted_reply always, models;
  int posts, gets, loading;
  char body[BODY_SIZE], path[PATH_SIZE], authorization[PATH_SIZE];
  char body_copy[BODY_SIZE], path_copy[PATH_SIZE], authorization_copy[PATH_SIZE];
};

/* A POST's body as it comes in. */
struct upload {
  char bytes[BODY_SIZE];
  size_t len;
};

struct sending {
  struct scripted *server;
  char *body;
  size_t len, total;
  enum scripted_end end;
};

static void wait_for_stop(struct scripted *server)
{
  pthread_mutex_lock(&server->mutex);
  while (!server->stop)
    pthread_cond_wait(&server->stopping, &server->mutex);
  pthread_mutex_unlock(&server->mutex);
}

static ssize_t send_some(void *context, uint64_t at, char *out, size_t max)
{
  struct sending *s = context;
  if (s->end == SCRIPTED_STALL)
    wait_for_stop(s->server);
  if (s->end == SCRIPTED_STALL || (s->end == SCRIPTED_CUT && at >= s->len / 2))
    return MHD_CONTENT_READER_END_WITH_ERROR;
  size_t from = (size_t)at % s->len, n = s->len - from;
  if (s->end == SCRIPTED_CUT)
    n = s->len / 2 - from;
  n = n < max ? n : max;
  memcpy(out, s->body + from, n);
  return (ssize_t)n;
}

static void free_sending(void *context)
{
  struct sending *s = context;
  free(s->body);
  free(s);
}

/* "n":4 of a request, 1 when it does not say. */
static int count_choices(const char *request)
{
  const char *n = strstr(request, "\"n\":");
  int count = n ? atoi(n + 4) : 1;
  return count > 0 ? count : 1;
}

static char *make_answer(const char *path, const char *request, int number)
{
  bool chat = strstr(path, "/chat/") != NULL;
  int n = count_choices(request);
  char *body = malloc((size_t)n * 160 + 256), *at = body;
  at += sprintf(at, "{\"id\":\"x\",\"model\":\"m\",\"choices\":[");
  for (int i = 0; i < n; i++) {
    char text[64];
    snprintf(text, sizeof text, n > 1 ? "answer %d.%d" : "answer %d", number, i);
    at += sprintf(at, "%s{\"index\":%d,\"finish_reason\":\"stop\",", i ? "," : "", i);
    at += chat ? sprintf(at, "\"message\":{\"role\":\"assistant\",\"content\":\"%s\"}}",
                         text)
               : sprintf(at, "\"text\":\"%s\"}", text);
  }
  sprintf(at, "],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":%d}}", 5 * n);
  return body;
}

static enum MHD_Result respond(struct scripted *server, struct MHD_Connection *connection,
                               const struct scripted_reply *reply, char *body)
{
  struct sending *s = calloc(1, sizeof *s);
  *s = (struct sending){ server, body, strlen(body), strlen(body), reply->end };
  if (reply->end == SCRIPTED_HUGE)
    s->total = HUGE_BYTES / s->len * s->len;
  struct MHD_Response *response = MHD_create_response_from_callback(
      s->len ? s->total : 0, 1 << 16, send_some, s, free_sending);
  MHD_add_response_header(response, "Content-Type",
                          reply->type ? reply->type : "application/json");
  if (reply->header)
    MHD_add_response_header(response, reply->header, reply->value);
  enum MHD_Result result =
      MHD_queue_response(connection, reply->status ? reply->status : 200, response);
  MHD_destroy_response(response);
  return result;
}

static void keep(char *out, const char *text)
{
  snprintf(out, PATH_SIZE, "%s", text ? text : "");
}

static enum MHD_Result answer_post(struct scripted *server,
                                   struct MHD_Connection *connection, const char *path,
                                   const struct upload *upload)
{
  pthread_mutex_lock(&server->mutex);
  int number = ++server->posts;
  memcpy(server->body, upload->bytes, upload->len + 1);
  keep(server->path, path);
  keep(server->authorization,
       MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization"));
  struct scripted_reply reply =
      server->at < server->n_script ? server->script[server->at++] : server->always;
  pthread_mutex_unlock(&server->mutex);
  char *body = reply.body ? strdup(reply.body) : make_answer(path, upload->bytes, number);
  return respond(server, connection, &reply, body);
}

static enum MHD_Result answer_get(struct scripted *server,
                                  struct MHD_Connection *connection, const char *path)
{
  static const struct scripted_reply missing = { .status = 404,
                                                 .body = "{\"detail\":\"Not Found\"}" };
  static const struct scripted_reply busy = {
    .status = 503, .body = "{\"error\":{\"message\":\"Loading model\"}}"
  };
  pthread_mutex_lock(&server->mutex);
  server->gets++;
  struct scripted_reply reply = server->loading > 0 ? busy : server->models;
  server->loading--;
  pthread_mutex_unlock(&server->mutex);
  if (strcmp(path, "/v1/models") != 0)
    reply = missing;
  return respond(server, connection, &reply, strdup(reply.body));
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *url, const char *method,
                                  const char *version, const char *data, size_t *size,
                                  void **state)
{
  struct scripted *server = context;
  (void)version;
  if (strcmp(method, "GET") == 0)
    return answer_get(server, connection, url);
  if (!*state) {
    *state = calloc(1, sizeof(struct upload));
    return MHD_YES;
  }
  struct upload *upload = *state;
  if (*size == 0)
    return answer_post(server, connection, url, upload);
  size_t room = BODY_SIZE - 1 - upload->len, n = *size < room ? *size : room;
  memcpy(upload->bytes + upload->len, data, n);
  upload->len += n;
  *size = 0;
  return MHD_YES;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
  (void)context, (void)connection, (void)code;
  free(*state);
  *state = NULL;
}

static bool listen_on(struct scripted *server)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(server->port) };
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  server->stop = false;
  server->daemon = MHD_start_daemon(
      MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, 0, NULL, NULL,
      on_request, server, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_NOTIFY_COMPLETED,
      on_completed, NULL, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_END);
  return server->daemon != NULL;
}

struct scripted *scripted_start(void)
{
  struct scripted *server = calloc(1, sizeof *server);
  pthread_mutex_init(&server->mutex, NULL);
  pthread_cond_init(&server->stopping, NULL);
  server->models.body = "{\"object\":\"list\",\"data\":[{\"id\":\"m\"}]}";
  if (!listen_on(server)) {
    free(server);
    return NULL;
  }
  server->port = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
  snprintf(server->url, sizeof server->url, "http://127.0.0.1:%u/v1", server->port);
  return server;
}

void scripted_pause(struct scripted *server)
{
  pthread_mutex_lock(&server->mutex);
  server->stop = true;
  pthread_cond_broadcast(&server->stopping);
  pthread_mutex_unlock(&server->mutex);
  if (server->daemon)
    MHD_stop_daemon(server->daemon);
  server->daemon = NULL;
}

bool scripted_resume(struct scripted *server)
{
  return listen_on(server);
}

void scripted_stop(struct scripted *server)
{
  scripted_pause(server);
  pthread_cond_destroy(&server->stopping);
  pthread_mutex_destroy(&server->mutex);
  free(server);
}

const char *scripted_url(const struct scripted *server)
{
  return server->url;
}

void scripted_push(struct scripted *server, struct scripted_reply reply)
{
  pthread_mutex_lock(&server->mutex);
  if (server->n_script == SCRIPT_MAX)
    abort();
  server->script[server->n_script++] = reply;
  pthread_mutex_unlock(&server->mutex);
}

void scripted_set_always(struct scripted *server, struct scripted_reply reply)
{
  pthread_mutex_lock(&server->mutex);
  server->always = reply;
  pthread_mutex_unlock(&server->mutex);
}

void scripted_set_models(struct scripted *server, struct scripted_reply reply)
{
  pthread_mutex_lock(&server->mutex);
  server->models = reply;
  pthread_mutex_unlock(&server->mutex);
}

void scripted_set_loading(struct scripted *server, int n)
{
  pthread_mutex_lock(&server->mutex);
  server->loading = n;
  pthread_mutex_unlock(&server->mutex);
}

static int read_count(struct scripted *server, const int *count)
{
  pthread_mutex_lock(&server->mutex);
  int n = *count;
  pthread_mutex_unlock(&server->mutex);
  return n;
}

int scripted_posts(struct scripted *server)
{
  return read_count(server, &server->posts);
}

int scripted_gets(struct scripted *server)
{
  return read_count(server, &server->gets);
}

static const char *read_text(struct scripted *server, char *out, const char *text)
{
  pthread_mutex_lock(&server->mutex);
  strcpy(out, text);
  pthread_mutex_unlock(&server->mutex);
  return out;
}

const char *scripted_last_body(struct scripted *server)
{
  return read_text(server, server->body_copy, server->body);
}

const char *scripted_last_path(struct scripted *server)
{
  return read_text(server, server->path_copy, server->path);
}

const char *scripted_last_authorization(struct scripted *server)
{
  return read_text(server, server->authorization_copy, server->authorization);
}
