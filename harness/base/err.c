#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
  va_list args;
  va_start(args, fmt);
  err->code = code;
  vsnprintf(err->msg, sizeof err->msg, fmt, args);
  va_end(args);
  return -1;
}

int err_set_errno(struct err *err, enum err_code code, int errnum, const char *fmt, ...)
{
  va_list args;
  va_start(args, fmt);
  err->code = code;
  int n = vsnprintf(err->msg, sizeof err->msg, fmt, args);
  va_end(args);
  if (n >= 0 && (size_t)n < sizeof err->msg)
    snprintf(err->msg + n, sizeof err->msg - (size_t)n, ": %s", strerror(errnum));
  return -1;
}

int err_wrap(struct err *err, const char *fmt, ...)
{
  char inner[ERR_MSG_SIZE];
  memcpy(inner, err->msg, sizeof inner);
  va_list args;
  va_start(args, fmt);
  int n = vsnprintf(err->msg, sizeof err->msg, fmt, args);
  va_end(args);
  if (n >= 0 && (size_t)n < sizeof err->msg)
    snprintf(err->msg + n, sizeof err->msg - (size_t)n, ": %s", inner);
  return -1;
}

static const struct {
  int status;
  const char *text;
} codes[] = {
#define XX(name, status, text) { status, text },
  ERR_MAP(XX)
#undef XX
};

int err_exit_status(enum err_code code) { return codes[code].status; }

const char *err_code_text(enum err_code code) { return codes[code].text; }
