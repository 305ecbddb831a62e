#include "net/http.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "net/header.h"
#include "net/libcurl.h"
#include "net/part.h"
#include "net/url.h"

enum {
  MAX_REDIRECTS = 5,
  MAX_URL_BYTES = 8192,   /* longer ones come from loops that append */
  SHOWN_URL_SIZE = 384,   /* two of them and a reason fit a message */
  MAX_WAIT_MS = 30 * 1000 /* whatever Retry-After asks: a person is waiting */
};

enum outcome {
  OUTCOME_DONE,     /* the part is complete */
  OUTCOME_REDIRECT, /* `url` is the next address */
  OUTCOME_AGAIN,    /* err is set, but another attempt may do */
  OUTCOME_RESTART,  /* err is set: what the part holds cannot be continued */
  OUTCOME_FAILED,   /* err is set */
};

/* One download, over all its attempts and redirects. */
struct transfer {
  const struct download *want;
  struct libcurl curl;
  struct part part;
  int64_t resumed_from;
  struct buf url; /* of this request: redirects change it */
  struct err *err;
  /* of the request that is running */
  CURL *easy;
  struct http_header header;
  int64_t total;        /* -1 = unknown */
  bool begun;           /* the first byte of the file has come, or there are none */
  bool stopped;         /* by us, with `outcome` and err set */
  enum outcome outcome; /* why */
  char detail[CURL_ERROR_SIZE];
};

/* ---- saying why ---- */

/* Sets "cannot fetch 'URL': REASON". */
static enum outcome fail(struct transfer *t, enum outcome outcome, enum err_code code,
                         const char *reason)
{
  char shown[SHOWN_URL_SIZE];
  url_public(t->url.ptr, shown, sizeof shown);
  err_set(t->err, code, "cannot fetch '%s': %s", shown, reason);
  return outcome;
}

static int stop(struct transfer *t, enum outcome outcome)
{
  t->stopped = true;
  t->outcome = outcome;
  return -1;
}

/* ---- while bytes come ---- */

static int restart_part(struct transfer *t)
{
  t->resumed_from = 0;
  return part_restart(&t->part, t->err) < 0 ? stop(t, OUTCOME_FAILED) : 0;
}

static int check_size(struct transfer *t, int64_t bytes)
{
  char reason[160];
  if (bytes <= t->want->max_bytes)
    return 0;
  if (restart_part(t) < 0)
    return -1;
  snprintf(reason, sizeof reason,
           "it is larger than %lld bytes, more than any file of a suite has; is this the "
           "right address?",
           (long long)t->want->max_bytes);
  return stop(t, fail(t, OUTCOME_FAILED, ERR_DATA, reason));
}

/* Called once the header is complete, before the first byte: what is it that comes? */
static int begin_body(struct transfer *t)
{
  const struct http_header *header = &t->header;
  char shown[PART_URL_SIZE];
  t->begun = true;
  t->total = http_header_total(header);
  if (header->status == 206) {
    if (t->part.bytes == 0 || header->range_start != t->part.bytes)
      return stop(t,
                  fail(t, OUTCOME_RESTART, ERR_REMOTE,
                       "the server sent another part of the file than it was asked for"));
  } else if (header->status == 200 || header->status == 0) {
    /* A fresh copy: the server does not do parts, or the file has changed. */
    if (restart_part(t) < 0)
      return -1;
    url_public(t->want->url, shown, sizeof shown);
    if (part_note(&t->part, shown, http_header_validator(header), t->err) < 0)
      return stop(t, OUTCOME_FAILED);
  } else {
    return stop(t, OUTCOME_DONE); /* an error page: judged by its status */
  }
  return check_size(t, t->total);
}

static size_t on_header(char *line, size_t size, size_t n, void *context)
{
  struct transfer *t = context;
  http_header_add_line(&t->header, (struct str){ line, size * n });
  return size * n;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *context)
{
  struct transfer *t = context;
  size_t len = size * n;
  if (!t->begun && begin_body(t) < 0)
    return 0;
  if (check_size(t, t->part.bytes + (int64_t)len) < 0)
    return 0;
  if (part_append(&t->part, (struct str){ bytes, len }, t->err) < 0) {
    stop(t, OUTCOME_FAILED);
    return 0;
  }
  if (t->want->progress)
    t->want->progress(t->want->context, t->part.bytes, t->total);
  return len;
}

/* ---- what became of a request ---- */

/* libcurl's results that we can say more about; the rest is ERR_REMOTE and final. */
static const struct failure {
  CURLcode code;
  enum err_code kind;
  bool transient;
  const char *remedy;
} failures[] = {
  { CURLE_COULDNT_RESOLVE_HOST, ERR_ENV, false,
    "; is there a network? behind a proxy give --proxy URL, offline --data FILE" },
  { CURLE_COULDNT_RESOLVE_PROXY, ERR_ENV, false, "; check --proxy or the environment's" },
  { CURLE_COULDNT_CONNECT, ERR_ENV, false,
    "; is there a network? behind a proxy give --proxy URL, or a copy with --mirror" },
  { CURLE_SSL_CACERT_BADFILE, ERR_ENV, false,
    "; install ca-certificates or fix --ca-file" },
  { CURLE_PEER_FAILED_VERIFICATION, ERR_REMOTE, false,
    "; behind a proxy that opens TLS give its certificate with --ca-file FILE" },
  { CURLE_FILE_COULDNT_READ_FILE, ERR_ENV, false, "; is the path right and readable?" },
  { CURLE_URL_MALFORMAT, ERR_USAGE, false, "" },
  { CURLE_UNSUPPORTED_PROTOCOL, ERR_USAGE, false, "" },
  { CURLE_OPERATION_TIMEDOUT, ERR_REMOTE, true,
    "; run the same again to continue, or give a copy with --mirror" },
  { CURLE_PARTIAL_FILE, ERR_REMOTE, true, "; run the same again to continue" },
  { CURLE_RECV_ERROR, ERR_REMOTE, true, "; run the same again to continue" },
  { CURLE_SEND_ERROR, ERR_REMOTE, true, "; run the same again to continue" },
  { CURLE_GOT_NOTHING, ERR_REMOTE, true, "; try later, or give a copy with --mirror" },
  { CURLE_HTTP2, ERR_REMOTE, true, "; run the same again to continue" },
  { CURLE_HTTP2_STREAM, ERR_REMOTE, true, "; run the same again to continue" },
};

/* A proxy that will not connect is not the server's fault, and asking again no help. */
static bool proxy_refused(struct transfer *t, char *reason, size_t size)
{
  long status = 0;
  t->curl.easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &status);
  if (status < 300)
    return false;
  snprintf(reason, size, "the proxy answered %ld; %s", status,
           status == 407 ? "put its password into the variable https_proxy"
                         : "check --proxy or the variable https_proxy");
  return true;
}

static enum outcome curl_failed(struct transfer *t, CURLcode code)
{
  struct failure found = { code, ERR_REMOTE, false, "" };
  for (size_t i = 0; i < COUNT(failures); i++)
    if (failures[i].code == code)
      found = failures[i];
  char reason[512];
  if (proxy_refused(t, reason, sizeof reason))
    return fail(t, OUTCOME_FAILED, ERR_ENV, reason);
  snprintf(reason, sizeof reason, "%s%s",
           t->detail[0] ? t->detail : t->curl.easy_strerror(code), found.remedy);
  for (char *c = reason; *c; c++)
    if ((unsigned char)*c < ' ')
      *c = ' '; /* a message is one line */
  return fail(t, found.transient ? OUTCOME_AGAIN : OUTCOME_FAILED, found.kind, reason);
}

static const char *status_remedy(long status)
{
  switch (status) {
  case 401:
  case 403: return "it asks for permission; give another address with --url or --mirror";
  case 404:
  case 410: return "it is not there; give another address with --url or --mirror";
  case 407: return "the proxy asks for a password; put it into the variable http_proxy";
  default: return "try later, or give another address with --url or --mirror";
  }
}

static enum outcome status_failed(struct transfer *t)
{
  long status = t->header.status;
  bool transient = status == 408 || status == 429 || status >= 500;
  char reason[160];
  snprintf(reason, sizeof reason, "the server answered %ld; %s", status,
           status_remedy(status));
  return fail(t, transient ? OUTCOME_AGAIN : OUTCOME_FAILED, ERR_REMOTE, reason);
}

/* 416: there is nothing behind what the part holds. Right when the part is all of it. */
static enum outcome nothing_left(struct transfer *t)
{
  if (t->part.bytes && t->header.range_total == t->part.bytes)
    return OUTCOME_DONE;
  return fail(t, OUTCOME_RESTART, ERR_REMOTE,
              "the file there is shorter than the part here");
}

static enum outcome redirected(struct transfer *t)
{
  char *next = NULL;
  t->curl.easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &next);
  if (!next || strlen(next) >= MAX_URL_BYTES)
    return fail(t, OUTCOME_FAILED, ERR_REMOTE, "it redirects to no usable address");
  struct str to = str_from(next);
  bool secure = url_has_scheme(to, STR("https://"));
  if (!secure && url_has_scheme(buf_str(&t->url), STR("https://")))
    return fail(t, OUTCOME_FAILED, ERR_REMOTE,
                "it redirects from https to an address without TLS, which is refused");
  if (!secure && !url_has_scheme(to, STR("http://")))
    return fail(t, OUTCOME_FAILED, ERR_REMOTE,
                "it redirects to something that is no http");
  struct buf copy; /* `next` belongs to the handle, and ours is in use for messages */
  buf_init(&copy, MAX_URL_BYTES);
  buf_add(&copy, to);
  buf_release(&t->url);
  t->url = copy;
  return OUTCOME_REDIRECT;
}

static enum outcome judge(struct transfer *t, CURLcode code)
{
  long status = t->header.status;
  if (t->stopped && t->outcome != OUTCOME_DONE)
    return t->outcome;
  if (code != CURLE_OK && !t->stopped)
    return curl_failed(t, code);
  if (status >= 300 && status < 400 && status != 304)
    return redirected(t);
  if (status == 416)
    return nothing_left(t);
  if (status != 200 && status != 206 && status != 0)
    return status_failed(t);
  if (!t->begun && begin_body(t) < 0)
    return t->outcome;
  if (t->total >= 0 && t->part.bytes != t->total)
    return fail(t, OUTCOME_AGAIN, ERR_REMOTE,
                "the file ended early; run the same again to continue");
  return OUTCOME_DONE;
}

/* ---- a request ---- */

static struct curl_slist *add_header(struct transfer *t, struct curl_slist *list,
                                     const char *name, const char *value)
{
  char line[PART_VALIDATOR_SIZE + 32];
  snprintf(line, sizeof line, "%s: %s", name, value);
  struct curl_slist *longer = t->curl.slist_append(list, line);
  return longer ? longer : list;
}

/* Returns the headers, for slist_free_all once the request is over. */
static struct curl_slist *ask_to_continue(struct transfer *t)
{
  char range[40];
  snprintf(range, sizeof range, "bytes=%lld-", (long long)t->part.bytes);
  struct curl_slist *headers = add_header(t, NULL, "Range", range);
  if (t->part.validator[0])
    headers = add_header(t, headers, "If-Range", t->part.validator);
  return headers;
}

static void set_options(struct transfer *t)
{
  const struct download *want = t->want;
  CURLcode (*set)(CURL *, CURLoption, ...) = t->curl.easy_setopt;
  set(t->easy, CURLOPT_URL, t->url.ptr);
  set(t->easy, CURLOPT_PROTOCOLS_STR, "http,https,file");
  set(t->easy, CURLOPT_USERAGENT, "oreo-bench");
  set(t->easy, CURLOPT_NOSIGNAL, 1L);
  set(t->easy, CURLOPT_ERRORBUFFER, t->detail);
  set(t->easy, CURLOPT_HEADERFUNCTION, on_header);
  set(t->easy, CURLOPT_HEADERDATA, t);
  set(t->easy, CURLOPT_WRITEFUNCTION, on_body);
  set(t->easy, CURLOPT_WRITEDATA, t);
  /* a proxy's answer to CONNECT is not the file's */
  set(t->easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(t->easy, CURLOPT_CONNECTTIMEOUT, want->connect_timeout_s);
  set(t->easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(t->easy, CURLOPT_LOW_SPEED_TIME, want->stall_timeout_s);
  if (want->proxy)
    set(t->easy, CURLOPT_PROXY, want->proxy);
  if (want->ca_file)
    set(t->easy, CURLOPT_CAINFO, want->ca_file);
}

/* Bytes of an earlier attempt count when the server can be asked whether they are of the
 * same file, or when the hash will tell. */
static bool can_continue(const struct transfer *t)
{
  char shown[PART_URL_SIZE];
  url_public(t->want->url, shown, sizeof shown);
  bool local = url_has_scheme(str_from(t->want->url), STR("file://"));
  bool known = t->part.validator[0] && strcmp(t->part.url, shown) == 0;
  return t->part.bytes > 0 && t->part.bytes <= t->want->max_bytes && !local &&
         (known || t->want->sha256);
}

static enum outcome request(struct transfer *t)
{
  struct curl_slist *headers = NULL;
  t->begun = t->stopped = false;
  t->total = -1;
  t->detail[0] = '\0';
  http_header_init(&t->header);
  if (t->part.bytes > 0 && !can_continue(t) && restart_part(t) < 0)
    return OUTCOME_FAILED;
  t->easy = t->curl.easy_init();
  if (!t->easy)
    return fail(t, OUTCOME_FAILED, ERR_ENV, "libcurl could not start a request");
  set_options(t);
  if (t->part.bytes > 0) {
    headers = ask_to_continue(t);
    t->curl.easy_setopt(t->easy, CURLOPT_HTTPHEADER, headers);
  }
  enum outcome outcome = judge(t, t->curl.easy_perform(t->easy));
  t->curl.easy_cleanup(t->easy);
  t->curl.slist_free_all(headers);
  return outcome;
}

/* ---- attempts ---- */

static void pause_ms(int64_t ms)
{
  struct timespec left = { ms / 1000, ms % 1000 * 1000000 };
  while (nanosleep(&left, &left) < 0 && errno == EINTR)
    ;
}

static void wait_before(struct transfer *t, int attempt)
{
  int64_t ms = t->want->retry_wait_ms;
  for (int i = 2; i < attempt && ms < MAX_WAIT_MS; i++)
    ms *= 2;
  int64_t asked_ms = http_header_retry_ms(&t->header, clock_wall_us());
  if (asked_ms > ms)
    ms = asked_ms;
  if (ms > MAX_WAIT_MS)
    ms = MAX_WAIT_MS;
  log_note("%s; attempt %d of %d in %.1f s", t->err->msg, attempt, t->want->max_attempts,
           (double)ms / 1000);
  pause_ms(ms);
}

/* One attempt: the address that was asked for and the redirects from there. */
static enum outcome attempt(struct transfer *t)
{
  buf_reset(&t->url);
  buf_add_cstr(&t->url, t->want->url);
  if (buf_failed(&t->url))
    return fail(t, OUTCOME_FAILED, ERR_USAGE, "the address is too long");
  for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
    enum outcome outcome = request(t);
    if (outcome != OUTCOME_REDIRECT)
      return outcome;
  }
  return fail(t, OUTCOME_FAILED, ERR_REMOTE, "it redirects more than 5 times");
}

/* Until the part is complete. Starting over is free, once: a stale part is our problem,
 * not the server's. */
static int fetch_part(struct transfer *t)
{
  bool restarted = false;
  for (int n = 1;;) {
    enum outcome outcome = attempt(t);
    if (outcome == OUTCOME_DONE)
      return 0;
    if (outcome == OUTCOME_FAILED || (outcome == OUTCOME_RESTART && restarted))
      return -1;
    if (outcome == OUTCOME_RESTART) {
      restarted = true;
      if (restart_part(t) < 0)
        return -1;
      continue;
    }
    if (n >= t->want->max_attempts) {
      if (n > 1)
        err_wrap(t->err, "%d attempts failed, the last", n);
      return -1;
    }
    wait_before(t, ++n);
  }
}

/* Is what came what it should be? Else the part is gone. */
static int check_part(struct transfer *t, struct downloaded *result)
{
  const struct download *want = t->want;
  if (sha256_file(t->part.path, &result->sha256, t->err) < 0)
    return -1;
  if (want->sha256 && strcmp(want->sha256, result->sha256.text) != 0) {
    char shown[SHOWN_URL_SIZE];
    url_public(want->url, shown, sizeof shown);
    part_discard(&t->part);
    return err_set(
        t->err, ERR_DATA,
        "'%s' is not the file it should be: sha256 is %s, expected %s; nothing "
        "was put in place",
        shown, result->sha256.text, want->sha256);
  }
  if (want->check && want->check(want->context, t->part.path, t->err) < 0) {
    part_discard(&t->part);
    return -1;
  }
  return 0;
}

static int fetch_checked(struct transfer *t, struct downloaded *result)
{
  if (fetch_part(t) < 0)
    return -1;
  /* A part that was continued may have had a bad beginning; a fresh one cannot. */
  if (t->resumed_from && t->want->sha256) {
    if (sha256_file(t->part.path, &result->sha256, t->err) < 0)
      return -1;
    if (strcmp(t->want->sha256, result->sha256.text) != 0 &&
        (restart_part(t) < 0 || fetch_part(t) < 0))
      return -1;
  }
  return check_part(t, result);
}

int http_download(const struct download *want, struct downloaded *result, struct err *err)
{
  struct transfer t = { .want = want, .err = err };
  struct downloaded got;
  if (url_check(want->url, err) < 0 || libcurl_open(&t.curl, err) < 0)
    return -1;
  if (part_open(&t.part, want->path, err) < 0) {
    libcurl_close(&t.curl);
    return -1;
  }
  t.resumed_from = t.part.bytes;
  buf_init(&t.url, MAX_URL_BYTES);
  int rc = fetch_checked(&t, &got);
  if (rc == 0) {
    got.bytes = t.part.bytes;
    got.resumed_from = t.resumed_from;
    rc = part_finish(&t.part, err);
  }
  if (rc == 0)
    *result = got;
  part_close(&t.part);
  buf_release(&t.url);
  libcurl_close(&t.curl);
  return rc;
}
