/* bench_http.c - requests a second against the project's own mock endpoint, what the
 * client adds to a server's latency, and whether memory grows with the requests. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/bench.h"
#include "mock/mock.h"
#include "net/client.h"

enum {
  IN_FLIGHT = 256,
  PACED_IN_FLIGHT = 16, /* little enough that nothing queues for a core */
  PACED_LATENCY_MS = 20,
  PACED_REQUESTS = 4000,
  WARM_REQUESTS = 2000, /* connections are made, buffers have grown */
};

/* ---- the server, a process of its own ---- */

struct server {
  pid_t pid;
  char url[128];
};

static void serve(int url_pipe, int64_t latency_ms)
{
  struct err err = { 0 };
  struct policy_opts policy_opts = { 0 };
  struct mock_opts opts = { .host = "127.0.0.1",
                            .model_name = "mock",
                            .latency_ms = latency_ms,
                            .fail_status = 500 };
  opts.policy = policy_open(STR("null:The answer is 42."), &policy_opts, &err);
  struct mock *mock = opts.policy ? mock_open(&opts, &err) : NULL;
  if (!mock) {
    dprintf(url_pipe, "!%s", err.msg);
    _exit(1);
  }
  dprintf(url_pipe, "%s", mock_url(mock));
  close(url_pipe);
  while (mock_serve(mock, 1000, &err) == 0 && getppid() != 1)
    ;
  _exit(0);
}

static int start_server(struct server *server, int64_t latency_ms, struct err *err)
{
  int ends[2];
  if (pipe(ends) < 0)
    return err_set_errno(err, ERR_ENV, errno, "cannot make a pipe");
  server->pid = fork();
  if (server->pid < 0)
    return err_set_errno(err, ERR_ENV, errno, "cannot start the server");
  if (server->pid == 0) {
    close(ends[0]);
    serve(ends[1], latency_ms);
  }
  close(ends[1]);
  ssize_t n = read(ends[0], server->url, sizeof server->url - 1);
  close(ends[0]);
  server->url[n > 0 ? n : 0] = '\0';
  if (server->url[0] != 'h')
    return err_set(err, ERR_ENV, "the mock endpoint did not start: %s",
                   server->url[0] ? server->url + 1 : "it ended");
  return 0;
}

static void stop_server(const struct server *server)
{
  kill(server->pid, SIGKILL);
  waitpid(server->pid, NULL, 0);
}

/* ---- as fast as it goes ---- */

static double cpu_seconds(void)
{
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Resident memory in KiB, or -1 where /proc is not. */
static double resident_kib(void)
{
  long pages = -1, all;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file)
    return -1;
  if (fscanf(file, "%ld %ld", &all, &pages) != 2)
    pages = -1;
  fclose(file);
  return pages < 0 ? -1 : (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024;
}

/* Asks `n` questions and takes their answers. */
static int drive(struct policy *policy, size_t n, struct err *err)
{
  struct message message = { STR("user"), STR("What is 6 times 7?") };
  struct prompt prompt = {
    .text = message.content, .messages = &message, .n_messages = 1, .max_tokens = 64
  };
  struct item item = { .id = STR("bench") };
  struct arena arena = { 0 };
  struct answered answered;
  int rc = 0;
  for (size_t asked = 0, back = 0; back < n && rc >= 0;) {
    for (; asked < n && policy_has_room(policy); asked++) {
      struct ask ask = {
        .item = &item, .prompt = &prompt, .sample = (int)(asked & 0xFFFF), .n_samples = 1
      };
      policy_ask(policy, &ask);
    }
    arena_reset(&arena);
    rc = policy_next(policy, &answered, 1000, &arena, err);
    if (rc > 0 && answered.reply.failed)
      rc = err_set(err, ERR_REMOTE, "an answer failed: %.*s",
                   STR_ARG(answered.reply.what));
    back += rc > 0;
  }
  arena_release(&arena);
  return rc < 0 ? -1 : 0;
}

static int measure_rate(struct bench_result *result, struct policy *policy,
                        double seconds, struct err *err)
{
  if (drive(policy, WARM_REQUESTS, err) < 0)
    return -1;
  double kib = resident_kib(), cpu = cpu_seconds();
  int64_t start = clock_monotonic_ns();
  size_t n = 0;
  double wall = 0;
  for (; wall < seconds; n += WARM_REQUESTS) {
    if (drive(policy, WARM_REQUESTS, err) < 0)
      return -1;
    wall = 1e-9 * (double)(clock_monotonic_ns() - start);
  }
  cpu = cpu_seconds() - cpu;
  bench_add(result, "requests", (double)n / wall, "/s",
            STR("256 in flight, the server on the same machine"));
  bench_add(result, "requests a core", (double)n / cpu, "/s",
            STR("of this program's own processor time"));
  bench_add(result, "time a request", 1e6 * cpu / (double)n, "us",
            STR("processor time: request, reply, retries' bookkeeping"));
  if (kib >= 0)
    bench_add(result, "memory growth", resident_kib() - kib, "KiB",
              STR("over all these requests"));
  return 0;
}

static int bench_rate(struct bench_result *result, double seconds, struct err *err)
{
  struct server server;
  struct ledger ledger = { 0 };
  char spec[160];
  if (start_server(&server, 0, err) < 0)
    return -1;
  struct endpoint_opts endpoint = {
    .shape = { .api = "chat", .top_p = -1, .min_p = -1, .samples_per_request = 1 },
    .concurrency = IN_FLIGHT,
    .max_attempts = 3,
    .retry_wait_ms = 10,
    .max_outage_s = 5,
    .connect_timeout_s = 5,
    .first_byte_timeout_s = 30,
    .timeout_s = 30,
    .max_reply_mib = 1,
  };
  struct policy_opts opts = { .endpoint = &endpoint, .ledger = &ledger };
  snprintf(spec, sizeof spec, "%s#mock", server.url);
  struct policy *policy = policy_open(str_from(spec), &opts, err);
  int rc = policy ? measure_rate(result, policy, seconds, err) : -1;
  policy_close(policy);
  stop_server(&server);
  return rc;
}

/* ---- what the client adds to a server's own latency ---- */

static int compare_doubles(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Microseconds from sending to the end, without the server's own wait, sorted. */
static size_t sample_overhead(struct http_client *client, const char *url, double *out)
{
  struct str body = STR("{\"model\":\"mock\",\"messages\":[{\"role\":\"user\","
                        "\"content\":\"What is 6 times 7?\"}]}");
  struct http_request request = { .url = url, .body = body };
  struct http_reply reply;
  size_t sent = 0, back = 0, n = 0;
  while (back < PACED_REQUESTS) {
    for (; sent < PACED_REQUESTS && http_client_in_flight(client) < PACED_IN_FLIGHT;
         sent++)
      http_client_send(client, &request);
    if (!http_client_next(client, 1000, &reply))
      continue;
    back++;
    if (reply.outcome == HTTP_ANSWERED && reply.status == 200)
      out[n++] = 1e-3 * (double)reply.elapsed_ns - 1e3 * PACED_LATENCY_MS;
  }
  qsort(out, n, sizeof *out, compare_doubles);
  return n;
}

static int bench_overhead(struct bench_result *result, struct arena *arena,
                          struct err *err)
{
  struct server server;
  if (start_server(&server, PACED_LATENCY_MS, err) < 0)
    return -1;
  struct http_client_opts opts = { .origin_url = server.url,
                                   .connect_timeout_ms = 5000,
                                   .first_byte_timeout_ms = 30000,
                                   .total_timeout_ms = 30000,
                                   .max_reply_bytes = 1 << 20,
                                   .max_connections = PACED_IN_FLIGHT };
  struct http_client *client = http_client_open(&opts, err);
  size_t n = 0;
  double *us = ARENA_NEW(arena, double, PACED_REQUESTS);
  if (client) {
    struct str url = arena_printf(arena, "%s/chat/completions", server.url);
    n = sample_overhead(client, url.ptr, us);
  }
  http_client_close(client);
  stop_server(&server);
  if (!client)
    return -1;
  if (n < PACED_REQUESTS)
    return err_set(err, ERR_REMOTE, "%zu of %d requests failed", PACED_REQUESTS - n,
                   PACED_REQUESTS);
  bench_add(result, "overhead, median", us[n / 2], "us",
            STR("added to a server's own 20 ms, 16 in flight"));
  bench_add(result, "overhead, 99 %", us[n * 99 / 100], "us", STR("the same"));
  return 0;
}

int bench_http(struct bench_result *result, struct command_call *call, struct err *err)
{
  const struct bench_settings *settings = call->settings;
  if (bench_rate(result, settings->seconds, err) < 0)
    return -1;
  return bench_overhead(result, call->arena, err);
}
