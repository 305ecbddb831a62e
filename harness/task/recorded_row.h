/* recorded_row.h - what the readers of recorded answers share: one load under way, and
 * the table of formats. Inner to recorded*.c.
 */
#ifndef OREO_TASK_RECORDED_ROW_H
#define OREO_TASK_RECORDED_ROW_H

#include "base/json.h"
#include "task/problem.h"
#include "task/recorded.h"

struct recorded_reader;

struct recorded_loading {
  struct recorded_file *out;
  struct arena *arena;
  struct str name;  /* of the file, for messages */
  struct str field; /* what the user asked for, or absent */
  const struct recorded_reader *reader;
  struct recorded_answer *answers; /* malloc'ed until the end */
  size_t n_answers, capacity;
  struct problem_list problems;
  struct strmap samples;   /* question -> how many answers so far */
  struct strmap first_row; /* lm-eval: doc -> index of its first answer */
  struct str *fields;      /* malloc'ed until the end */
  size_t n_fields, fields_capacity;
  struct err *err;
};

/* One format. Readers are tried in the order of the table in recorded.c. */
struct recorded_reader {
  enum recorded_format format;
  bool (*recognise)(const struct json *row);
  /* Adds the row's answers, or a problem. -1 only for what ends the load (`err` is set).
   */
  int (*read)(struct recorded_loading *loading, size_t line, const struct json *row);
  bool takes_field;
};

extern const struct recorded_reader recorded_journal, recorded_lm_eval, recorded_openai,
    recorded_oreo, recorded_qwen, recorded_nemo, recorded_plain;

/* An answer of which nothing is known yet. */
struct recorded_answer recorded_blank(size_t line);
/* Adds a blank one; the pointer is good until the next call. */
struct recorded_answer *recorded_add(struct recorded_loading *loading, size_t line);
/* The string, copied; absent for anything else. */
struct str recorded_text(struct recorded_loading *loading, const struct json *node);
/* The first of the keys (NULL-ended) that holds a string, copied. */
struct str recorded_member(struct recorded_loading *loading, const struct json *row,
                           const char *const *keys);
/* A string or a number as text: gold answers come as either. */
struct str recorded_scalar(struct recorded_loading *loading, const struct json *node);
/* 1, 0 or -1 of true, 1, 1.0, "true" and their opposites. */
int recorded_label(const struct json *node);
/* A whole number that is not negative, or -1. */
int64_t recorded_count(const struct json *node);
/* The number, or the last number of a list; NAN otherwise. */
double recorded_value(const struct json *node);
/* 0, 1, ... for the answers of one question, told apart by id, row number or text. */
int recorded_sample(struct recorded_loading *loading,
                    const struct recorded_answer *answer);
/* Notes a name that `field` may have, once. */
void recorded_offer(struct recorded_loading *loading, struct str field);
/* ERR_USAGE: `what` says what is wrong, the message lists the fields. */
int recorded_field_error(struct recorded_loading *loading, const char *what);

/* Text after "#### " when there is that mark, trimmed; else all of it. */
struct str recorded_gold(struct str text);

extern const char *const recorded_question_keys[];

#endif
