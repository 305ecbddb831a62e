/* bench.h - how fast parts of this program are on this machine.
 *
 * A benchmark is a row of the table in cmd_bench.c: it measures, and hands back figures
 * with their units; printing is common. Figures are of this machine and this moment, so
 * no test depends on them.
 */
#ifndef OREO_CLI_BENCH_H
#define OREO_CLI_BENCH_H

#include "cli/cli.h"

struct bench_settings {
  const char *gsm8k, *math; /* real data instead of built-in texts, or NULL */
  double seconds;           /* each measurement takes about this long */
};

struct bench_figure {
  const char *name, *unit; /* static, or in the arena of the call */
  double value;
  struct str note;
};

enum { BENCH_FIGURES = 64 };

struct bench_result {
  struct bench_figure at[BENCH_FIGURES];
  size_t n;
};

void bench_add(struct bench_result *result, const char *name, double value,
               const char *unit, struct str note);

NODISCARD int bench_grade(struct bench_result *result, struct command_call *call,
                          struct err *err);
NODISCARD int bench_http(struct bench_result *result, struct command_call *call,
                         struct err *err);

/* Inputs made to be slow: each has a name, a gold and a response of up to 1 MiB. NULL
 * past the end; the text is built in `arena`. */
struct hostile {
  const char *name, *gold;
  struct str response;
  bool bare; /* compare only */
};
bool bench_hostile_at(size_t index, struct arena *arena, struct hostile *out);

#endif
