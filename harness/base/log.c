#include "base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

/* Set once by main before any other call; constant from then on. */
static enum log_level level = LOG_NORMAL;

void log_set_level(enum log_level new_level) { level = new_level; }

static void print_line(const char *prefix, const char *fmt, va_list args)
{
  fputs(prefix, stderr);
  vfprintf(stderr, fmt, args);
  fputc('\n', stderr);
}

#define LOG_LINE(condition, prefix)                                                    \
  do {                                                                                 \
    if (condition) {                                                                   \
      va_list args;                                                                    \
      va_start(args, fmt);                                                             \
      print_line((prefix), fmt, args);                                                 \
      va_end(args);                                                                    \
    }                                                                                  \
  } while (0)

void log_note(const char *fmt, ...) { LOG_LINE(level >= LOG_NORMAL, ""); }

void log_verbose(const char *fmt, ...) { LOG_LINE(level >= LOG_VERBOSE, ""); }

void log_warn(const char *fmt, ...) { LOG_LINE(true, "warning: "); }

void log_error(const struct err *err) { fprintf(stderr, "oreo-bench: %s\n", err->msg); }
