#include "net/exchange.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/clock.h"
#include "net/url.h"

enum {
  MAX_URL_BYTES = 8192,
  MAX_HEADER_BYTES = 256 * 1024, /* a server may send lines for ever */
  KEPT_BYTES = 256 * 1024,       /* a buffer larger than this is not kept */
  KEEPALIVE_S = 60 /* a model may think for minutes: routers forget silent connections */
};

void exchange_init(struct exchange *x, struct service *service)
{
  *x = (struct exchange){ .service = service };
  buf_init(&x->url, MAX_URL_BYTES);
  buf_init(&x->body, BUF_CAP_OWN);
  buf_init(&x->reply, service->max_reply_bytes);
}

void exchange_release(struct exchange *x)
{
  if (x->easy)
    x->service->curl.easy_cleanup(x->easy);
  buf_release(&x->url);
  buf_release(&x->body);
  buf_release(&x->reply);
}

static void empty(struct buf *buf)
{
  if (buf->capacity > KEPT_BYTES)
    buf_release(buf);
  else
    buf_reset(buf);
}

void exchange_reset(struct exchange *x)
{
  empty(&x->body);
  empty(&x->reply);
}

/* ---- what became of it ---- */

/* One line of plain text without secrets. */
static void decide(struct exchange *x, enum http_outcome outcome)
{
  for (char *c = x->detail; *c; c++)
    if ((unsigned char)*c < ' ')
      *c = ' ';
  service_hide(x->service, x->detail, sizeof x->detail);
  x->outcome = outcome;
  x->decided = true;
}

void exchange_fail(struct exchange *x, enum http_outcome outcome, const char *detail)
{
  snprintf(x->detail, sizeof x->detail, "%s", detail);
  decide(x, outcome);
}

void exchange_late(struct exchange *x, const char *what, long limit_ms, int64_t now_ns)
{
  curl_off_t connected_us = 0;
  x->service->curl.easy_getinfo(x->easy, CURLINFO_PRETRANSFER_TIME_T, &connected_us);
  bool connected = connected_us > 0 || x->begun;
  snprintf(x->detail, sizeof x->detail, "%s within %.3g s",
           connected ? what : "no connection", (double)limit_ms / 1000);
  decide(x, connected ? HTTP_SLOW : HTTP_UNREACHABLE);
  x->elapsed_ns = now_ns - x->sent_ns;
}

/* libcurl's results; others are CUT when a reply had begun, else UNREACHABLE. */
static const struct failure {
  CURLcode code;
  enum http_outcome outcome;
  const char *remedy;
} failures[] = {
  { CURLE_COULDNT_RESOLVE_HOST, HTTP_UNRESOLVED, "" },
  { CURLE_COULDNT_RESOLVE_PROXY, HTTP_PROXY, "; check --proxy or the environment's" },
  { CURLE_PROXY, HTTP_PROXY, "; check --proxy or the environment's" },
  { CURLE_COULDNT_CONNECT, HTTP_UNREACHABLE, "" },
  { CURLE_INTERFACE_FAILED, HTTP_UNREACHABLE, "" },
  /* only the connection has a deadline that libcurl keeps */
  { CURLE_OPERATION_TIMEDOUT, HTTP_UNREACHABLE, "" },
  { CURLE_URL_MALFORMAT, HTTP_UNREACHABLE, "" },
  { CURLE_SSL_CONNECT_ERROR, HTTP_TLS, "; does the server speak TLS at this port?" },
  { CURLE_PEER_FAILED_VERIFICATION, HTTP_TLS,
    "; a certificate of its own is trusted with --ca-file FILE" },
  { CURLE_SSL_CACERT_BADFILE, HTTP_TLS, "; install ca-certificates or fix --ca-file" },
  { CURLE_SSL_CERTPROBLEM, HTTP_TLS, "" },
  { CURLE_SSL_CIPHER, HTTP_TLS, "" },
  { CURLE_SSL_ENGINE_INITFAILED, HTTP_TLS, "" },
  { CURLE_SSL_ISSUER_ERROR, HTTP_TLS, "" },
  { CURLE_SSL_CRL_BADFILE, HTTP_TLS, "" },
  { CURLE_SSL_INVALIDCERTSTATUS, HTTP_TLS, "" },
  { CURLE_SSL_PINNEDPUBKEYNOTMATCH, HTTP_TLS, "" },
  { CURLE_SSL_CLIENTCERT, HTTP_TLS, "" },
  { CURLE_PARTIAL_FILE, HTTP_CUT, "" },
  { CURLE_RECV_ERROR, HTTP_CUT, "" },
  { CURLE_SEND_ERROR, HTTP_CUT, "" },
  { CURLE_SEND_FAIL_REWIND, HTTP_CUT, "" },
  { CURLE_GOT_NOTHING, HTTP_CUT, "" },
  { CURLE_HTTP2, HTTP_CUT, "" },
  { CURLE_HTTP2_STREAM, HTTP_CUT, "" },
  { CURLE_BAD_CONTENT_ENCODING, HTTP_CUT, "" },
  /* no status line: "received HTTP/0.9" */
  { CURLE_UNSUPPORTED_PROTOCOL, HTTP_MALFORMED, "; is this the right port?" },
  { CURLE_WEIRD_SERVER_REPLY, HTTP_MALFORMED, "; is this the right port?" },
};

static void proxy_refused(struct exchange *x, long status)
{
  snprintf(x->detail, sizeof x->detail, "the proxy answered %ld; %s", status,
           status == 407 ? "put its password into the variable https_proxy"
                         : "check --proxy or the variable https_proxy");
  decide(x, HTTP_PROXY);
}

static void curl_failed(struct exchange *x, CURLcode code)
{
  const struct libcurl *curl = &x->service->curl;
  struct failure found = { code, x->begun ? HTTP_CUT : HTTP_UNREACHABLE, "" };
  long proxy_status = 0;
  curl->easy_getinfo(x->easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
  if (proxy_status >= 300) {
    proxy_refused(x, proxy_status);
    return;
  }
  for (size_t i = 0; i < COUNT(failures); i++)
    if (failures[i].code == code)
      found = failures[i];
  snprintf(x->detail, sizeof x->detail, "%s%s",
           x->curl_detail[0] ? x->curl_detail : curl->easy_strerror(code), found.remedy);
  decide(x, found.outcome);
}

/* ---- while it comes ---- */

static size_t too_large(struct exchange *x, const char *what, size_t limit)
{
  snprintf(x->detail, sizeof x->detail, "%s longer than %zu bytes", what, limit);
  decide(x, HTTP_TOO_LARGE);
  return 0;
}

static size_t on_header(char *line, size_t size, size_t n, void *context)
{
  struct exchange *x = context;
  size_t len = size * n;
  x->begun = true;
  x->header_bytes += len;
  if (x->header_bytes > MAX_HEADER_BYTES)
    return too_large(x, "its header is", MAX_HEADER_BYTES);
  if (x->reply.len > 0) /* trailers, which have no say */
    return len;
  http_header_add_line(&x->header, (struct str){ line, len });
  if (x->header.length > 0 && (uint64_t)x->header.length > x->service->max_reply_bytes)
    return too_large(x, "it is", x->service->max_reply_bytes);
  return len;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *context)
{
  struct exchange *x = context;
  size_t len = size * n;
  buf_add(&x->reply, (struct str){ bytes, len });
  return buf_failed(&x->reply) ? too_large(x, "it is", x->service->max_reply_bytes) : len;
}

/* ---- to send it ---- */

/* What no request changes. */
static int make_handle(struct exchange *x)
{
  const struct service *service = x->service;
  CURLcode (*set)(CURL *, CURLoption, ...) = service->curl.easy_setopt;
  x->easy = service->curl.easy_init();
  if (!x->easy)
    return -1;
  set(x->easy, CURLOPT_PRIVATE, x);
  set(x->easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(x->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
  set(x->easy, CURLOPT_HTTP09_ALLOWED, 0L);
  set(x->easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(x->easy, CURLOPT_USERAGENT, "oreo-bench");
  set(x->easy, CURLOPT_NOSIGNAL, 1L);
  set(x->easy, CURLOPT_TCP_NODELAY, 1L);
  set(x->easy, CURLOPT_TCP_KEEPALIVE, 1L);
  set(x->easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_S);
  set(x->easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_S);
  set(x->easy, CURLOPT_ERRORBUFFER, x->curl_detail);
  set(x->easy, CURLOPT_HEADERFUNCTION, on_header);
  set(x->easy, CURLOPT_HEADERDATA, x);
  set(x->easy, CURLOPT_WRITEFUNCTION, on_body);
  set(x->easy, CURLOPT_WRITEDATA, x);
  /* a proxy's answer to CONNECT is not the service's, nor are the lines for the proxy */
  set(x->easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(x->easy, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
  if (service->connect_timeout_ms > 0)
    set(x->easy, CURLOPT_CONNECTTIMEOUT_MS, service->connect_timeout_ms);
  if (service->proxy)
    set(x->easy, CURLOPT_PROXY, service->proxy);
  if (service->ca_file)
    set(x->easy, CURLOPT_CAINFO, service->ca_file);
  return 0;
}

/* The same address as last time costs nothing. */
static int set_url(struct exchange *x, const char *url)
{
  if (x->url.len && strcmp(x->url.ptr, url) == 0)
    return 0;
  int owned = service_owns(x->service, url);
  buf_reset(&x->url);
  if (owned >= 0)
    buf_add_cstr(&x->url, url);
  if (owned < 0 || buf_failed(&x->url)) {
    buf_reset(&x->url);
    return -1;
  }
  x->trusted = owned;
  x->service->curl.easy_setopt(x->easy, CURLOPT_URL, x->url.ptr);
  /* Over TLS a first connection tells whether others are needed at all; without TLS it
   * would tell only with its first reply, much too late. */
  bool tls = url_has_scheme(buf_str(&x->url), STR("https://"));
  x->service->curl.easy_setopt(x->easy, CURLOPT_PIPEWAIT, tls ? 1L : 0L);
  return 0;
}

static void set_method(struct exchange *x, bool post)
{
  CURLcode (*set)(CURL *, CURLoption, ...) = x->service->curl.easy_setopt;
  x->post = post;
  if (post) {
    set(x->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->body.len);
    set(x->easy, CURLOPT_POSTFIELDS, buf_str(&x->body).ptr);
  } else {
    set(x->easy, CURLOPT_HTTPGET, 1L);
  }
  set(x->easy, CURLOPT_HTTPHEADER, x->service->lines[x->trusted][post]);
}

static void start_hop(struct exchange *x, int64_t now_ns)
{
  x->hop_ns = now_ns;
  x->begun = x->decided = false;
  x->header_bytes = 0;
  x->detail[0] = x->curl_detail[0] = '\0';
  http_header_init(&x->header);
  buf_reset(&x->reply);
}

int exchange_start(struct exchange *x, const struct http_request *request, int64_t now_ns)
{
  start_hop(x, now_ns);
  x->tag = request->tag;
  x->hops = 0;
  x->sent_ns = now_ns;
  x->elapsed_ns = 0;
  if (!x->easy && make_handle(x) < 0) {
    exchange_fail(x, HTTP_UNREACHABLE, "libcurl could not start a request");
    return -1;
  }
  if (set_url(x, request->url) < 0) {
    exchange_fail(x, HTTP_UNREACHABLE, "the address is not one of HTTP, or too long");
    return -1;
  }
  buf_add(&x->body, request->body);
  set_method(x, str_present(request->body));
  return 0;
}

/* ---- redirects ---- */

static bool is_redirect(long status)
{
  return status == 301 || status == 302 || status == 303 || status == 307 ||
         status == 308;
}

static bool refuse(struct exchange *x, const char *detail)
{
  exchange_fail(x, HTTP_REDIRECTED, detail);
  return true;
}

/* Shows only where it would lead: paths and queries may have keys in them. */
static bool refuse_elsewhere(struct exchange *x, const char *url)
{
  struct origin to;
  char reason[CLIENT_DETAIL_SIZE + ORIGIN_SIZE];
  if (origin_of(&x->service->curl, url, &to) < 0)
    return refuse(x, "it redirects to an address that is not one of HTTP");
  snprintf(reason, sizeof reason,
           "it redirects to '%s'; if that is right, give that address", to.text);
  return refuse(x, reason);
}

/* True when that is the end. "Within the origin" is that of the request itself. */
static bool redirected(struct exchange *x, int64_t now_ns)
{
  const struct libcurl *curl = &x->service->curl;
  struct origin from, to;
  char *next = NULL;
  curl->easy_getinfo(x->easy, CURLINFO_REDIRECT_URL, &next);
  if (!next || strlen(next) >= MAX_URL_BYTES)
    return refuse(x, "it redirects to no usable address");
  if (origin_of(curl, x->url.ptr, &from) < 0 || origin_of(curl, next, &to) < 0 ||
      !origin_equal(&from, &to))
    return refuse_elsewhere(x, next);
  if (++x->hops > CLIENT_REDIRECTS_MAX)
    return refuse(x, "it redirects too often");
  long status = x->header.status;
  /* `next` belongs to the handle; start_hop and set_url leave it alone until it is set */
  if (set_url(x, next) < 0)
    return refuse(x, "it redirects to no usable address");
  start_hop(x, now_ns);
  set_method(x, x->post && status != 303);
  return false;
}

bool exchange_finish(struct exchange *x, CURLcode code, int64_t now_ns)
{
  long status = x->header.status;
  x->elapsed_ns = now_ns - x->sent_ns;
  if (x->decided)
    return true;
  if (code != CURLE_OK)
    curl_failed(x, code);
  else if (status < 100)
    exchange_fail(x, HTTP_MALFORMED, "the reply has no status");
  else if (status == 407)
    proxy_refused(x, status);
  else if (is_redirect(status))
    return redirected(x, now_ns);
  else
    exchange_fail(x, HTTP_ANSWERED, "");
  return true;
}

void exchange_reply(const struct exchange *x, struct http_reply *reply)
{
  const struct http_header *header = &x->header;
  *reply = (struct http_reply){ .tag = x->tag,
                                .outcome = x->outcome,
                                .body = buf_str(&x->reply),
                                .retry_after_ms = -1,
                                .elapsed_ns = x->elapsed_ns };
  if (x->outcome == HTTP_ANSWERED) {
    reply->status = header->status;
    reply->retry_after_ms = http_header_retry_ms(header, clock_wall_us());
  }
  snprintf(reply->content_type, CLIENT_TEXT_SIZE, "%s", header->type);
  snprintf(reply->request_id, CLIENT_TEXT_SIZE, "%s", header->request_id);
  snprintf(reply->detail, CLIENT_DETAIL_SIZE, "%s", x->detail);
  if (reply->request_id[0])
    service_hide(x->service, reply->request_id, CLIENT_TEXT_SIZE);
}
