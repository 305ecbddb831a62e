#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"

void buf_init(struct buf *buf, size_t cap) { *buf = (struct buf){ .cap = cap }; }

void buf_release(struct buf *buf)
{
  free(buf->ptr);
  buf_init(buf, buf->cap);
}

void buf_reset(struct buf *buf)
{
  buf->overflow = false;
  buf_truncate(buf, 0);
}

void buf_truncate(struct buf *buf, size_t len)
{
  if (len > buf->len || !buf->ptr)
    return;
  buf->len = len;
  buf->ptr[len] = '\0';
}

char *buf_reserve(struct buf *buf, size_t n)
{
  if (buf->overflow || n > buf->cap || buf->len > buf->cap - n) {
    buf->overflow = true;
    return NULL;
  }
  size_t need = buf->len + n + 1;
  if (need > buf->capacity) {
    size_t capacity = buf->capacity ? buf->capacity : 256;
    while (capacity < need)
      capacity *= 2;
    buf->ptr = mem_resize(buf->ptr, capacity, 1);
    buf->capacity = capacity;
  }
  return buf->ptr + buf->len;
}

void buf_add(struct buf *buf, struct str s)
{
  char *at = buf_reserve(buf, s.len);
  if (!at)
    return;
  if (s.len)
    memcpy(at, s.ptr, s.len);
  buf->len += s.len;
  buf->ptr[buf->len] = '\0';
}

void buf_add_cstr(struct buf *buf, const char *cstr) { buf_add(buf, str_from(cstr)); }

void buf_add_char(struct buf *buf, char c) { buf_add(buf, (struct str){ &c, 1 }); }

void buf_vprintf(struct buf *buf, const char *fmt, va_list args)
{
  va_list again;
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, fmt, args);
  char *at = n < 0 ? NULL : buf_reserve(buf, (size_t)n);
  if (at) {
    vsnprintf(at, (size_t)n + 1, fmt, again);
    buf->len += (size_t)n;
  }
  va_end(again);
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
  va_list args;
  va_start(args, fmt);
  buf_vprintf(buf, fmt, args);
  va_end(args);
}

char *buf_take(struct buf *buf)
{
  if (!buf->ptr)
    buf_add(buf, STR(""));
  char *ptr = buf->ptr;
  *buf = (struct buf){ .cap = buf->cap };
  return ptr ? ptr : mem_alloc(1);
}
