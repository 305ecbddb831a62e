/* http.h - HTTP by libcurl: for now, fetching one file, whole or not at all.
 *
 * libcurl is opened at run time, at first use: the program starts in milliseconds and
 * grades recorded answers where the library is missing. A download goes into
 * "<path>.part", is continued after an interruption, checked there, synced and renamed,
 * so that `path` is always absent, the old file or the whole new one.
 *
 * Refused: other schemes than http, https and file; more than 5 redirects; a redirect
 * from https to http or to a file; a certificate that does not verify; more than
 * max_bytes. Tried again with growing pauses: 408, 429, 5xx, a reset, a stall, a cut
 * body. Fails with ERR_ENV (no libcurl, no network, no such file, disk), ERR_DATA (hash,
 * cap), ERR_REMOTE (what the server does) or ERR_USAGE (the address); messages name the
 * address without any user:password in it. One download at a time in a process.
 */
#ifndef OREO_NET_HTTP_H
#define OREO_NET_HTTP_H

#include "base/hash.h"

struct download {
  const char *url;     /* http, https or file */
  const char *path;    /* final place, in a folder that exists */
  const char *proxy;   /* NULL: the environment's, as curl reads it; "": none */
  const char *ca_file; /* certificates to trust, PEM; NULL: the system's */
  const char *sha256;  /* 64 digits the file must have; NULL: not known */
  int64_t max_bytes;   /* larger is refused */
  long connect_timeout_s;
  long stall_timeout_s; /* an attempt ends after so long below 1 byte a second */
  int max_attempts;     /* at least 1; redirects are not counted */
  long retry_wait_ms;   /* before the second attempt; doubles with each further one */
  /* Called now and then; total is -1 while unknown. May be NULL. */
  void (*progress)(void *context, int64_t done, int64_t total);
  /* Is the complete file in `part_path` what it should be? -1 with `err` set removes it
   * and fails the download. For files whose sha256 is not known. May be NULL. */
  int (*check)(void *context, const char *part_path, struct err *err);
  void *context; /* for both */
};

struct downloaded {
  struct sha256_hex sha256;
  int64_t bytes;
  int64_t
      resumed_from; /* bytes that an earlier call had left in the part; 0 = none used */
};

/* Fetches, checks and renames into place; `result` is set on success only. */
NODISCARD int http_download(const struct download *download, struct downloaded *result,
                            struct err *err);

#endif
