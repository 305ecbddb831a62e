/* report.h - from journals to numbers: every metric, once, for all formats.
 *
 * A report is a pure function of manifests and journals: no clock, no host, no folder
 * names, so the same journals give the same bytes. `struct report` holds the numbers; the
 * writers (report_md.c, report_html.c, report_json.c, report_csv.c, report_junit.c,
 * report_lmeval.c) only lay them out. Memory: the arena given; what goes in is borrowed
 * and must outlive the report. Not for: grading (a vote's "same answer" is asked of the
 * caller), or reading files.
 *
 * Every accuracy carries n and a Wilson interval; models on the same items are compared
 * in pairs (McNemar exact, bootstrap interval of the difference, wins and losses), Holm
 * over all pairs of a suite. Errors are never counted as wrong: `accuracy` is over the
 * samples that have an answer to grade, `low`/`high` bound it if all errors were wrong or
 * right. docs/REPORT.md has the definition and the source of every number.
 */
#ifndef OREO_REPORT_REPORT_H
#define OREO_REPORT_REPORT_H

#include "base/buf.h"
#include "base/stats.h"
#include "journal/journal.h"
#include "journal/manifest.h"
#include "task/item.h"
#include "task/prompt.h"

/* Above this share of errors a run says nothing about its model, unless the manifest's
 * option "max-error-rate" says otherwise. */
#define REPORT_MAX_ERROR_RATE 0.05

/* Right out of n, with its interval. */
struct score {
  size_t n, n_correct;
  double accuracy;        /* n_correct / n; NAN when n = 0 */
  struct interval wilson; /* 95 % */
};

struct category_score {
  struct str name; /* "3", "Algebra", "2 steps" */
  struct score score;
};

enum grouping { GROUP_LEVEL, GROUP_SUBJECT, GROUP_STEPS, GROUP_CATEGORY, GROUP_COUNT };
/* "level", "subject", "steps", "answer": as in files. */
const char *grouping_name(enum grouping grouping);
/* "By level" and so on, for headings. */
const char *grouping_title(enum grouping grouping);

/* pass@k or maj@k: the mean over the n items that have k samples without an error. */
struct at_k {
  int k;
  size_t n;
  double value;
  struct interval ci; /* 95 %; bootstrap over items, or Wilson where each is 0 or 1 */
};

/* Tokens of one kind: their sum over the n records that say a number. */
struct token_count {
  int64_t sum;
  size_t n;
};

/* What all samples of one model took (tokens.h). */
struct token_report {
  size_t n_records, n_answers; /* answers: without the errors */
  size_t n_silent;             /* records that do not say both prompt and completion */
  struct token_count in, out, reasoning; /* reasoning is part of out */
  struct token_count answered;           /* out, of answers alone */
  double mean_out;                       /* completion tokens an answer; NAN */
  size_t n_cut, n_correct;               /* answers cut at the token limit; right ones */
  double price_in, price_out;            /* for 10^6 tokens; NAN: not given */
  double cost, per_correct;              /* NAN: no price; no right answer */
};

struct model_report {
  struct str label;
  const struct manifest_model *model;
  struct score first;          /* sample 0 of each item: what `accuracy` means */
  size_t count[VERDICT_COUNT]; /* of sample 0 */
  double low, high;            /* accuracy if every error were wrong / right */
  size_t n_items, n_samples;   /* items with a sample 0; n_samples = samples per item */
  struct at_k *pass;           /* k = 1, 2, 4, ... n_samples; samples > 1 only */
  size_t n_pass;
  struct at_k *maj; /* most frequent class of equivalent answers among the first k
                       samples; ties go to the class whose first member came first;
                       samples without an answer do not vote */
  size_t n_maj;
  struct category_score *groups[GROUP_COUNT]; /* same rows for every model of a suite */
  size_t n_groups[GROUP_COUNT];
  size_t n_labelled, n_label_differs; /* against the recording's own judgement */
  struct token_report tokens;
  size_t n_asked, n_answered; /* records, all samples; fewer answered: unfinished */
};

/* a against b on the items that both have. */
struct pair_report {
  size_t a, b;            /* indexes into models, a < b */
  size_t n, wins, losses; /* wins: a right, b wrong */
  double difference;      /* accuracy a - accuracy b on those n */
  struct interval ci;     /* 95 %, paired bootstrap (paired.h) */
  double p, p_holm;
  double min_detectable; /* NAN when no item differs */
};

struct table; /* table.h: all samples */

struct suite_report {
  const struct manifest_suite *suite;
  const struct item_set *items; /* NULL: questions unknown */
  struct model_report *models;
  size_t n_models;
  struct pair_report *pairs;
  size_t n_pairs;
  const struct record **records; /* [model * n_items + item], sample 0; NULL = missing */
  size_t n_items;                /* rows of that table, ordered by item index */
  const struct table *table;     /* the other samples too */
};

struct report_warning {
  const char *id;   /* from the closed list in lint.c, e.g. "duplicate-answers" */
  struct str text;  /* what, where */
  const char *next; /* the next step */
};

/* A condition that was asked for, met or not. */
struct report_gate {
  struct str name; /* "gsm8k 175b_verification: error rate" */
  bool passed;
  struct str message; /* "0.0 % <= 5.0 %" */
};

struct report {
  const struct manifest *manifest; /* of the union, when there were several */
  struct suite_report *suites;
  size_t n_suites;
  struct report_warning *warnings;
  size_t n_warnings;
  struct report_gate *gates; /* ours first, then the caller's */
  size_t n_gates;
  size_t n_asked, n_answered; /* records, of all models and suites */
  const struct report_input *input;
};

/* ---- building ---- */

/* One run: what it was to do and what happened. */
struct report_source {
  const struct manifest *manifest;
  const struct journal *journal;
};

struct report_input {
  const struct report_source *sources; /* several: shards, or models of the same data */
  size_t n_sources;
  /* The questions, in any order, matched by suite name; a suite without a set is reported
   * without questions and without lm-eval files. */
  const struct item_set *const *items;
  size_t n_items;
  /* Are two bare answers the same, in that suite? For maj@k. NULL: same bytes. */
  bool (*same)(void *context, struct str suite, struct str a, struct str b);
  void *same_context;
  /* The prompt of one item, for lm-eval's samples file. NULL: rows carry the question. */
  struct prompt (*prompt)(void *context, struct str suite, const struct item *item,
                          struct arena *arena);
  void *prompt_context;
  const struct report_gate *gates; /* further ones, shown in every format */
  size_t n_gates;
};

/* ERR_DATA when the sources cannot be one report: other data, another grader, one label
 * for two models, or two different records of one (suite, model, item, sample). */
NODISCARD int report_build(struct report **out, struct arena *arena,
                           const struct report_input *input, struct err *err);
/* Do all gates hold? Where not, the exit status is that of ERR_GATE. */
bool report_passed(const struct report *report);
/* Is there less than was asked for? Then the numbers are of what is there, every format
 * says so first, and neither the gate "complete" nor one of the caller's holds. */
bool report_unfinished(const struct report *report);

/* ---- writing: each appends to `out`; none fails but by the cap of the buffer ---- */

/* The table for a terminal, also valid Markdown. */
void report_write_table(struct buf *out, const struct report *report);
void report_write_md(struct buf *out, const struct report *report);
void report_write_html(struct buf *out, const struct report *report);
void report_write_json(struct buf *out, const struct report *report);
void report_write_csv(struct buf *out, const struct report *report);
void report_write_junit(struct buf *out, const struct report *report);

/* lm-eval's results_<time>.json and samples_<suite>_<time>.jsonl, in a folder a model
 * below `dir`; the time is the manifest's. Suites without items are left out. */
NODISCARD int report_write_lmeval(const char *dir, const struct report *report,
                                  struct err *err);

/* report.{md,html,json,csv}, junit.xml and lm-eval's files into `dir`, each atomically.
 */
NODISCARD int report_write_all(const char *dir, const struct report *report,
                               struct err *err);

#endif
