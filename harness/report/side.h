/* side.h - one model's right and wrong answers, from whatever holds them.
 *
 * For: comparing. A side is named by a path: a run folder, a journal, a folder or a
 * samples file of lm-eval, or any file of recorded answers that states its own judgement.
 * Behind
 * '#' stands what of it: a model of a run, a filter of a samples file, a field. Nothing
 * is graded here: what says nothing about right or wrong is refused, with the remedy.
 * Memory: the arena given.
 */
#ifndef OREO_REPORT_SIDE_H
#define OREO_REPORT_SIDE_H

#include "base/arena.h"
#include "base/err.h"
#include "report/lint.h"

/* One item as this side answered it (sample 0). Absent parts are STR_NONE. */
struct outcome {
  struct str id;       /* to show */
  int64_t doc_id;      /* row in the data, or -1 */
  struct str doc_hash; /* lm-eval's */
  struct str question;
  struct str gold, response, extracted, reason;
  enum verdict verdict;
};

/* What a results file beside the samples says of them. */
struct stated {
  struct str file;              /* its name; absent: there is none */
  double score, standard_error; /* NAN: not stated */
  double n;                     /* -1: not stated */
};

struct side {
  struct str name;  /* to show: the model's label, or the file's name */
  struct str suite; /* "gsm8k", as far as it is known */
  struct str data_sha256, grader, prompt; /* of a run; absent elsewhere */
  struct str filter;                      /* of a samples file */
  size_t n_filters;                       /* that it offers */
  struct outcome *outcomes;
  size_t n;
  size_t n_unreadable, n_repeated;
  struct stated stated;
};

/* All sides that `spec` names: one a suite. ERR_USAGE when it names a run of several
 * models without saying which; ERR_DATA when there is nothing to compare in it. */
struct sides {
  struct side *list;
  size_t n;
  size_t n_asked, n_answered; /* items of the run, all suites; 0 asked: not known */
};
NODISCARD int sides_load(struct sides *sides, struct arena *arena, const char *spec,
                         struct err *err);

/* What is odd about one side alone: empty, cut off, repeated answers; a stated score that
 * the rows do not give, or a standard error that no such score can have. */
void side_lint(struct warnings *warnings, const struct side *side);

/* The results file of lm-eval that belongs to a samples file, if there is one: its score
 * for the task and the filter. Anything odd in it is as if it were not there. */
void stated_load(struct stated *stated, struct arena *arena, const char *samples_path,
                 struct str task, struct str filter);
/* The same from the file's text. */
void stated_parse(struct stated *stated, struct str json, struct str task,
                  struct str filter);

#endif
