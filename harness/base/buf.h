/* buf.h - growable bytes with a ceiling.
 *
 * For: building text and holding what comes from outside. Every buffer has a cap, so none
 * can be made to eat the machine. Reaching the cap does not lose control: the buffer goes
 * into the `overflow` state, keeps what it has, ignores further appends, and the caller
 * asks once at the end (buf_failed). The bytes always have a NUL behind them.
 * Owned by whoever holds the struct; buf_release frees. Not thread-safe.
 */
#ifndef OREO_BASE_BUF_H
#define OREO_BASE_BUF_H

#include <stdarg.h>

#include "base/err.h"
#include "base/str.h"

struct buf {
  char *ptr;       /* NUL-terminated once anything was appended; NULL before */
  size_t len;      /* bytes, without the NUL */
  size_t capacity; /* bytes allocated */
  size_t cap;      /* bytes allowed */
  bool overflow;   /* an append was refused */
};

/* For text that we compose ourselves (reports): one GiB, far beyond any real report, only
 * there to stop a runaway loop. */
#define BUF_CAP_OWN ((size_t)1 << 30)

void buf_init(struct buf *buf, size_t cap);
void buf_release(struct buf *buf);
/* Empties, keeps the memory and clears `overflow`. */
void buf_reset(struct buf *buf);

void buf_add(struct buf *buf, struct str s);
void buf_add_cstr(struct buf *buf, const char *cstr);
void buf_add_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vprintf(struct buf *buf, const char *fmt, va_list args);
/* Room for `n` more bytes, to be written at buf->ptr + buf->len; NULL past the cap. */
char *buf_reserve(struct buf *buf, size_t n);
void buf_truncate(struct buf *buf, size_t len);

static inline struct str buf_str(const struct buf *buf)
{
  return (struct str){ buf->ptr ? buf->ptr : "", buf->len };
}
static inline bool buf_failed(const struct buf *buf) { return buf->overflow; }

/* Hands the bytes over: free() them. The buffer is empty afterwards. Never NULL. */
char *buf_take(struct buf *buf);

#endif
