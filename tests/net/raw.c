#include "raw.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { KEPT = 16, REQUEST_SIZE = 2 * 1024 * 1024 };

struct raw {
  const struct raw_reply *replies;
  size_t n_replies;
  int listener, stop[2]; /* a pipe */
  char url[64];
  pthread_t thread;
  pthread_mutex_t mutex;
  /* under the mutex */
  size_t connections, requests;
  char *kept[KEPT];
};

/* False when the test is over. */
static bool wait_for(struct raw *raw, int fd, int ms)
{
  struct pollfd fds[] = { { .fd = raw->stop[0], .events = POLLIN },
                          { .fd = fd, .events = POLLIN } };
  poll(fds, fd < 0 ? 1 : 2, ms);
  return !fds[0].revents;
}

static size_t request_length(const char *text)
{
  const char *end = strstr(text, "\r\n\r\n");
  if (!end)
    return 0;
  size_t length = 0;
  for (const char *line = text; line < end; line = strstr(line, "\r\n") + 2)
    if (strncasecmp(line, "Content-Length:", 15) == 0)
      length = (size_t)atol(line + 15);
  return (size_t)(end + 4 - text) + length;
}

/* False when the connection ended instead. */
static bool read_request(struct raw *raw, int fd)
{
  char *text = calloc(1, REQUEST_SIZE);
  size_t n = 0, want = 0;
  while (!want || n < want) {
    ssize_t got = wait_for(raw, fd, -1) ? recv(fd, text + n, REQUEST_SIZE - 1 - n, 0) : 0;
    if (got <= 0) {
      free(text);
      return false;
    }
    n += (size_t)got;
    want = request_length(text);
  }
  pthread_mutex_lock(&raw->mutex);
  if (raw->requests < KEPT)
    raw->kept[raw->requests] = text;
  else
    free(text);
  raw->requests++;
  pthread_mutex_unlock(&raw->mutex);
  return true;
}

static bool send_all(int fd, const char *text, size_t n)
{
  while (n) {
    ssize_t sent = send(fd, text, n, MSG_NOSIGNAL);
    if (sent <= 0)
      return false;
    text += sent;
    n -= (size_t)sent;
  }
  return true;
}

static void drip(struct raw *raw, int fd, const struct raw_reply *reply)
{
  for (const char *c = reply->text; *c; c++)
    if (!send_all(fd, c, 1) || !wait_for(raw, -1, reply->drip_ms))
      return;
}

static void send_reply(struct raw *raw, int fd, const struct raw_reply *reply)
{
  if (reply->drip_ms) {
    drip(raw, fd, reply);
    return;
  }
  send_all(fd, reply->text, strlen(reply->text));
  const char *body = strstr(reply->text, "\r\n\r\n");
  for (int i = 1; i < reply->repeats && body; i++)
    if (!send_all(fd, body + 4, strlen(body + 4)))
      return;
}

/* Until the other side ends it. */
static void hold(struct raw *raw, int fd)
{
  char byte;
  while (wait_for(raw, fd, -1) && recv(fd, &byte, 1, 0) > 0)
    ;
}

static const struct raw_reply *next_reply(struct raw *raw, size_t n)
{
  return &raw->replies[n < raw->n_replies ? n : raw->n_replies - 1];
}

/* How many of the replies were used. */
static size_t serve(struct raw *raw, int fd, size_t n)
{
  for (;; n++) {
    const struct raw_reply *reply = next_reply(raw, n);
    if (!reply->unasked && !read_request(raw, fd))
      return n;
    send_reply(raw, fd, reply);
    if (reply->end == RAW_HOLD)
      hold(raw, fd);
    if (reply->end == RAW_RESET) {
      struct linger at_once = { 1, 0 };
      setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    if (reply->end != RAW_KEEP)
      return n + 1;
  }
}

static void *run(void *context)
{
  struct raw *raw = context;
  size_t n = 0;
  while (wait_for(raw, raw->listener, -1)) {
    int one = 1, fd = accept(raw->listener, NULL, NULL);
    if (fd < 0)
      continue;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    pthread_mutex_lock(&raw->mutex);
    raw->connections++;
    pthread_mutex_unlock(&raw->mutex);
    n = serve(raw, fd, n);
    close(fd);
  }
  return NULL;
}

struct raw *raw_start(const struct raw_reply *replies, size_t n)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t size = sizeof address;
  struct raw *raw = calloc(1, sizeof *raw);
  raw->replies = replies;
  raw->n_replies = n;
  raw->listener = socket(AF_INET, SOCK_STREAM, 0);
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  if (raw->listener < 0 || bind(raw->listener, (struct sockaddr *)&address, size) < 0 ||
      listen(raw->listener, 64) < 0 || pipe(raw->stop) < 0 ||
      getsockname(raw->listener, (struct sockaddr *)&address, &size) < 0) {
    free(raw);
    return NULL;
  }
  snprintf(raw->url, sizeof raw->url, "http://127.0.0.1:%u",
           (unsigned)ntohs(address.sin_port));
  pthread_mutex_init(&raw->mutex, NULL);
  pthread_create(&raw->thread, NULL, run, raw);
  return raw;
}

void raw_stop(struct raw *raw)
{
  if (!raw)
    return;
  close(raw->stop[1]);
  pthread_join(raw->thread, NULL);
  close(raw->stop[0]);
  close(raw->listener);
  pthread_mutex_destroy(&raw->mutex);
  for (size_t i = 0; i < KEPT; i++)
    free(raw->kept[i]);
  free(raw);
}

const char *raw_url(const struct raw *raw)
{
  return raw->url;
}

size_t raw_connections(struct raw *raw)
{
  pthread_mutex_lock(&raw->mutex);
  size_t n = raw->connections;
  pthread_mutex_unlock(&raw->mutex);
  return n;
}

size_t raw_requests(struct raw *raw)
{
  pthread_mutex_lock(&raw->mutex);
  size_t n = raw->requests;
  pthread_mutex_unlock(&raw->mutex);
  return n;
}

const char *raw_request(struct raw *raw, size_t i)
{
  pthread_mutex_lock(&raw->mutex);
  const char *text = i < KEPT && raw->kept[i] ? raw->kept[i] : "";
  pthread_mutex_unlock(&raw->mutex);
  return text;
}
