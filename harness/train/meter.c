#include "train/meter.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

#define SECOND INT64_C(1000000000)

enum { LINE_SIZE = 100, SHOW_EVERY_MS = 200 };

/* How much of the mean a new value is. */
static const double share = 0.1;

void meter_begin(struct meter *m, uint64_t total, uint64_t found, bool quiet)
{
  *m = (struct meter){
    .total = total, .found = found, .loss = NAN, .kl = NAN, .norm = NAN
  };
  m->on = !quiet && isatty(STDERR_FILENO);
  m->started_ns = clock_monotonic_ns();
  m->shown_ns = m->started_ns;
}

static void follow(double *mean, double value)
{
  if (isfinite(value))
    *mean = isnan(*mean) ? value : *mean + share * (value - *mean);
}

/* "1:05", "2:03:04" */
static void format_duration(double seconds, char *text, size_t size)
{
  int s = seconds < 360000 ? (int)seconds : 359999; /* 99:59:59 stands for "long" */
  if (s >= 3600)
    snprintf(text, size, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
  else
    snprintf(text, size, "%d:%02d", s / 60, s % 60);
}

void meter_format(const struct meter *m, int64_t now_ns, char *line, size_t size)
{
  double seconds = (double)(now_ns - m->started_ns) / (double)SECOND;
  uint64_t n = m->found + m->done;
  char eta[16] = "?", kl[24] = "";
  if (m->done && seconds > 0)
    format_duration(seconds * (double)(m->total - n) / (double)m->done, eta, sizeof eta);
  if (isfinite(m->kl))
    snprintf(kl, sizeof kl, "  KL %.4f", m->kl);
  snprintf(line, size, "%llu/%llu %3.0f%%  loss %.4f%s  norm %.3f  %.0f tokens/s  ETA %s",
           (unsigned long long)n, (unsigned long long)m->total,
           m->total ? 100.0 * (double)n / (double)m->total : 0, m->loss, kl, m->norm,
           seconds > 0 ? (double)m->tokens / seconds : 0, eta);
}

void meter_add(struct meter *m, const struct step_result *result)
{
  m->done++;
  m->tokens += result->n_tokens;
  follow(&m->loss, result->loss);
  follow(&m->kl, result->kl);
  follow(&m->norm, isfinite(result->norm) ? result->norm : result->value_norm);
  if (!m->on)
    return;
  int64_t now = clock_monotonic_ns();
  if (now - m->shown_ns < SHOW_EVERY_MS * (SECOND / 1000))
    return;
  m->shown_ns = now;
  char line[LINE_SIZE];
  meter_format(m, now, line, sizeof line);
  fprintf(stderr, "\r\033[K%s", line);
}

void meter_end(struct meter *m)
{
  if (m->on)
    fputs("\r\033[K", stderr);
  m->on = false;
}

double meter_seconds(const struct meter *m)
{
  return (double)(clock_monotonic_ns() - m->started_ns) / (double)SECOND;
}
