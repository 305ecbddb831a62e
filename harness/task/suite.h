/* suite.h - what a suite is: where its data come from, how rows become items, how answers
 * are graded. A suite is data (`tasks/<name>/suite.json`), embedded in the program.
 *
 * Adding a suite means adding a folder under tasks/, no code. The definition is parsed
 * once into an arena and only read afterwards. A malformed definition is ERR_DATA naming
 * file and key; unknown keys are errors, so that a typing mistake cannot be silent.
 */
#ifndef OREO_TASK_SUITE_H
#define OREO_TASK_SUITE_H

#include "base/arena.h"
#include "base/err.h"

/* A file of its publisher. */
struct suite_source {
  struct str split;  /* "test", "train", "math500" */
  struct str url;    /* where its publisher has it */
  struct str file;   /* name in the data folder, e.g. "gsm8k/test.jsonl" */
  struct str sha256; /* 64 digits, or absent: trusted on first use, then locked */
  struct str licence;
  size_t n_items; /* 0 = not stated */
};

/* How a row of one file format maps to an item. A row is of the first format all of whose
 * named fields it has, so the richest stands first. A field may be absent (GSM8K has no
 * `level`). The gold is `answer`, else what stands after `gold_after`, else the box. */
struct suite_format {
  struct str name;     /* "gsm8k", "math", "math500" */
  struct str id;       /* field with the publisher's own id, or absent: the row number */
  struct str question; /* needed */
  struct str solution; /* field with the worked solution, or absent */
  struct str answer;   /* field with the bare gold, or absent: cut out of the solution */
  struct str gold_after; /* gold = what follows the last occurrence of this ("#### ") */
  bool gold_boxed;       /* gold = the last balanced \boxed{} of the solution */
  struct str level;      /* category for the report; "Level 3" and 3 both read */
  struct str subject;    /* another */
  struct str steps;      /* field with the number of steps, or absent */
  bool steps_by_line;    /* number of steps = lines of the solution before the gold */
};

/* Our own items for this suite, made by the generator (gen/). */
struct suite_builtin {
  struct str generator; /* "gsm8k-style", "math-style" */
  int version;
  struct suite_split {
    struct str name; /* "sft", "rl", "dev", "test" */
    size_t n_items;
    struct str sha256; /* of the generated JSON lines; absent where not frozen */
  } *splits;
  size_t n_splits;
};

enum answer_kind {
  ANSWER_NUMBER, /* GSM8K: one number, "#### n" moved first in the cascade */
  ANSWER_MATH,   /* MATH: anything that the grammar knows */
};

struct suite {
  struct str name, title, licence, citation;
  int version;
  struct str sha256; /* of the definition's text */
  struct suite_source *sources;
  size_t n_sources;
  struct suite_format *formats;
  size_t n_formats;
  struct suite_builtin builtin;
  enum answer_kind answer_kind;
  struct str grader;         /* default profile: "robust" */
  struct str answer_pattern; /* PCRE2, group 1 = the answer; absent: the cascade */
  struct str prompt;         /* template; {question} is replaced */
  struct str system;         /* system message for chat policies; may be absent */
  struct str *stop;          /* stop strings */
  size_t n_stop;
  int max_tokens;
  int num_fewshot; /* default */
};

/* Parses a definition; `name` is for messages. All memory from `arena`. */
NODISCARD int suite_parse(struct suite **out, struct arena *arena, struct str json,
                          const char *name, struct err *err);
/* A suite that is embedded, by name ("gsm8k"); an unknown name is ERR_USAGE with the
 * nearest one. A name that ends in ".json" is read as a file. */
NODISCARD int suite_find(struct suite **out, struct arena *arena, struct str name,
                         struct err *err);
/* The names of the embedded suites, in order; absent past the end. */
struct str suite_name_at(size_t index);

#endif
