/* recorded.h - answers that some model gave earlier, in whatever format its tool wrote.
 *
 * Reads JSON lines of: our own journals and trajectories; lm-eval samples files (one row
 * a filter and doc); OpenAI's example_model_solutions.jsonl (a field per model); the OREO
 * authors' {prompt,response,reward}; Qwen's math outputs (`code`/`pred`/`score` lists);
 * NeMo-Skills' output-rs*.jsonl (`generation`); and plain {"question"|"prompt"|"problem",
 * "response"|"completion"|"answer"...}. The format is recognised from the first row, and
 * every row must then be of it: a row that is not becomes a problem with its line, and
 * the rest is read.
 *
 * The file is streamed line by line; what is kept lives in the arena given. A line
 * above TASK_LINE_MAX is a problem and never held. Rows of a journal that record an error
 * hold no answer and are passed over.
 */
#ifndef OREO_TASK_RECORDED_H
#define OREO_TASK_RECORDED_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/types.h"

/* name in messages, what it is */
#define RECORDED_FORMAT_MAP(XX)                          \
  XX(JOURNAL, "oreo-bench journal")                      \
  XX(LM_EVAL, "lm-eval samples file")                    \
  XX(OPENAI, "OpenAI example_model_solutions")           \
  XX(OREO, "OREO trajectories {prompt,response,reward}") \
  XX(QWEN, "Qwen2.5-Math outputs")                       \
  XX(NEMO, "NeMo-Skills outputs")                        \
  XX(PLAIN, "plain {question,response}")

enum recorded_format {
#define XX(id, text) RECORDED_##id,
  RECORDED_FORMAT_MAP(XX)
#undef XX
  RECORDED_FORMAT_COUNT
};

const char *recorded_format_name(enum recorded_format format);

/* One answer. Absent parts are STR_NONE. */
struct recorded_answer {
  size_t line;         /* in the file, from 1 */
  struct str suite;    /* our journals and trajectories; absent elsewhere */
  struct str question; /* the bare question when the format has it */
  struct str prompt; /* the whole prompt, which ends with the question; else absent */
  struct str id;   /* the publisher's id, or absent */
  int64_t doc_id;  /* row number in the data set, or -1 */
  struct str gold; /* or absent */
  int sample;      /* 0.. within its question */
  struct str response; /* may be empty, never absent */
  enum finish finish;
  int label;           /* the file's own judgement: 1 right, 0 wrong, -1 none */
  struct str filter;   /* lm-eval: the filter's name; absent elsewhere */
  struct str filtered; /* lm-eval: what the filter extracted */
  struct str doc_hash; /* lm-eval: sha256 of the doc; absent elsewhere */
  double value;        /* a reward model's or value network's score, or NAN */
};

struct recorded_problem {
  size_t line;
  struct str what;
};

struct recorded_file {
  enum recorded_format format;
  struct str path;
  struct sha256_hex sha256; /* of the file */
  struct recorded_answer *answers;
  size_t n_answers;
  struct recorded_problem *problems;
  size_t n_problems;
  struct str *fields; /* what `field` may be: OpenAI's models, a journal's models, the
                         filters of lm-eval; in order of appearance */
  size_t n_fields;
};

/* `field` picks the model where a file holds several ("175b_verification"), lm-eval's
 * filter ("strict-match"), or the member that holds the response of plain rows; or it is
 * absent. A missing or unknown field is ERR_USAGE that lists the fields there are.
 * Without one, an lm-eval file gives an answer a (filter, doc, sample), the first
 * filter's first. ERR_DATA when no row can be used. */
NODISCARD int recorded_load(struct recorded_file *out, struct arena *arena,
                            const char *path, struct str field, struct err *err);
/* The same from bytes in memory (JSON lines, or one JSON array); `name` is for messages.
 */
NODISCARD int recorded_parse(struct recorded_file *out, struct arena *arena,
                             struct str bytes, struct str name, struct str field,
                             struct err *err);

#endif
