#include "run/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

#define SECOND INT64_C(1000000000)

enum {
  LINE_SIZE = 80,      /* one line of the narrowest usual terminal, with the NUL */
  SHOW_EVERY_MS = 100, /* faster than that nobody reads */
};

void progress_begin(struct progress *progress, size_t n_total, bool quiet)
{
  *progress = (struct progress){ .n_total = n_total };
  progress->on = !quiet && isatty(STDERR_FILENO);
  progress->started_ns = clock_monotonic_ns();
  progress->shown_ns = progress->started_ns;
}

void progress_model(struct progress *progress, struct str suite, struct str model)
{
  progress->suite = suite;
  progress->model = model;
  progress->n_graded = progress->n_correct = 0;
}

/* "1:05", "2:03:04" */
static void format_duration(double seconds, char *text, size_t size)
{
  if (!(seconds < 360000))
    seconds = 359999; /* 99:59:59 stands for "long" */
  int s = (int)seconds;
  if (s >= 3600)
    snprintf(text, size, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
  else
    snprintf(text, size, "%d:%02d", s / 60, s % 60);
}

void progress_format(const struct progress *p, int64_t now_ns, char *line, size_t size)
{
  size_t n = p->n_found + p->n_done;
  double seconds = (double)(now_ns - p->started_ns) / (double)SECOND;
  double rate = seconds > 0 ? (double)p->n_done / seconds : 0;
  char eta[16] = "?", accuracy[16] = "-";
  if (rate > 0)
    format_duration((double)(p->n_total - n) / rate, eta, sizeof eta);
  if (p->n_graded)
    snprintf(accuracy, sizeof accuracy, "%.3f",
             (double)p->n_correct / (double)p->n_graded);
  snprintf(line, size, "%zu/%zu %3.0f%%  %.0f/s  ETA %s  accuracy %s  %.*s %.*s", n,
           p->n_total, p->n_total ? 100.0 * (double)n / (double)p->n_total : 0, rate, eta,
           accuracy, STR_ARG(str_slice(p->suite, 0, 20)),
           STR_ARG(str_slice(p->model, 0, 40)));
}

void progress_add(struct progress *p, enum verdict verdict, bool found)
{
  p->n_found += found;
  p->n_done += !found;
  p->n_graded += verdict != VERDICT_ERROR;
  p->n_correct += verdict == VERDICT_CORRECT;
  if (!p->on)
    return;
  int64_t now = clock_monotonic_ns();
  if (now - p->shown_ns < SHOW_EVERY_MS * (SECOND / 1000))
    return;
  p->shown_ns = now;
  char line[LINE_SIZE];
  progress_format(p, now, line, sizeof line);
  fprintf(stderr, "\r\033[K%s", line);
}

void progress_end(struct progress *progress)
{
  if (progress->on)
    fputs("\r\033[K", stderr);
  progress->on = false;
}
