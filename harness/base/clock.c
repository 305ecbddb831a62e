#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/env.h"

int64_t clock_monotonic_ns(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clock_wall_us(void)
{
  const char *fixed = env_get(ENV_SOURCE_DATE_EPOCH);
  if (fixed) {
    char *end;
    errno = 0;
    long long seconds = strtoll(fixed, &end, 10);
    /* the year 9999: later dates do not fit the formats below */
    if (!errno && *fixed && !*end && seconds >= 0 && seconds < 253402300800)
      return (int64_t)seconds * 1000000;
  }
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static struct tm utc(int64_t wall_us)
{
  time_t seconds = (time_t)(wall_us / 1000000);
  struct tm tm;
  gmtime_r(&seconds, &tm);
  return tm;
}

void clock_format_iso(int64_t wall_us, char text[CLOCK_TEXT_SIZE])
{
  struct tm tm = utc(wall_us);
  strftime(text, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

void clock_format_file(int64_t wall_us, char text[CLOCK_TEXT_SIZE])
{
  struct tm tm = utc(wall_us);
  size_t n = strftime(text, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H-%M-%S", &tm);
  snprintf(text + n, CLOCK_TEXT_SIZE - n, ".%06d", (int)(wall_us % 1000000));
}
