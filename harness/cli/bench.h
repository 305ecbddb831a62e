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
  int64_t seed;             /* of random operands, weights and prompts */
  const char *device;       /* as --device of other commands */
  struct texts shapes;      /* gemm, attention; empty: the built-in ones */
  struct texts layouts;     /* gemm: "nt", "nn", "tn"; empty: all */
  struct texts types;       /* gemm: of the weights; empty: all */
  const char *blas;         /* gemm: the library to be compared with, or NULL: any */
  const char *model, *size; /* prefill, decode: a checkpoint, or a random one's size */
  const char *dtype;        /* ... of its weights */
  int64_t sequences, tokens;
  int64_t prompt_tokens; /* 0: as the benchmark says */
  bool ops;              /* prefill, decode: the time by op as well */
};

enum { BENCH_PARTS = 6 };

/* A number that belongs to a figure: "peak_share". NAN is "not known". */
struct bench_part {
  const char *name;
  double value;
};

struct bench_figure {
  const char *name, *unit; /* static, or in the arena of the call */
  double value;
  struct str note;
  struct bench_part parts[BENCH_PARTS];
  size_t n_parts;
};

/* What the figures are of: the device, the driver, the library beside. */
struct bench_fact {
  const char *name;
  struct str value; /* absent: there is none */
};

enum { BENCH_FIGURES = 256, BENCH_FACTS = 16 };

struct bench_result {
  struct bench_figure at[BENCH_FIGURES];
  size_t n;
  struct bench_fact facts[BENCH_FACTS];
  size_t n_facts;
};

/* The figure, for its parts; never NULL (past the last one, that is written again). */
struct bench_figure *bench_add(struct bench_result *result, const char *name,
                               double value, const char *unit, struct str note);
void bench_add_part(struct bench_figure *figure, const char *name, double value);
void bench_add_fact(struct bench_result *result, const char *name, struct str value);

/* "512x256x128": three numbers from 1 to 65536. ERR_USAGE, naming --shape. */
NODISCARD int bench_parse_shape(const char *text, uint32_t sides[3], struct err *err);

NODISCARD int bench_grade(struct bench_result *result, struct command_call *call,
                          struct err *err);
NODISCARD int bench_http(struct bench_result *result, struct command_call *call,
                         struct err *err);
NODISCARD int bench_gemm(struct bench_result *result, struct command_call *call,
                         struct err *err);
NODISCARD int bench_attention(struct bench_result *result, struct command_call *call,
                              struct err *err);
NODISCARD int bench_prefill(struct bench_result *result, struct command_call *call,
                            struct err *err);
NODISCARD int bench_decode(struct bench_result *result, struct command_call *call,
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
