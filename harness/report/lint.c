#include "report/lint.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/hash.h"

static const struct {
  const char *id, *next;
} lints[LINT_COUNT] = {
#define XX(id, name, next) { name, next },
  LINT_MAP(XX)
#undef XX
};

void warnings_add(struct warnings *warnings, enum lint lint, const char *fmt, ...)
{
  char text[1024]; /* labels are cut at this length, not the list */
  va_list args;
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  if (warnings->n == warnings->capacity) {
    size_t capacity = warnings->capacity ? 2 * warnings->capacity : 16;
    struct report_warning *list =
        ARENA_NEW(warnings->arena, struct report_warning, capacity);
    if (warnings->n)
      memcpy(list, warnings->list, warnings->n * sizeof *list);
    warnings->list = list;
    warnings->capacity = capacity;
  }
  warnings->list[warnings->n++] = (struct report_warning){
    .id = lints[lint].id,
    .text = arena_str(warnings->arena, str_from(text)),
    .next = lints[lint].next,
  };
}

struct answer_lint lint_answers(const struct str *answers, size_t n)
{
  struct answer_lint lint = { 0 };
  struct strmap seen = { 0 };
  for (size_t i = 0; i < n; i++) {
    if (!str_present(answers[i]))
      continue;
    lint.n++;
    struct str text = str_trim(answers[i]);
    lint.n_empty += text.len == 0;
    bool added = true;
    if (text.len >= LINT_REPEAT_MIN)
      strmap_put(&seen, text, i, &added);
    lint.n_repeated += !added;
  }
  strmap_release(&seen);
  return lint;
}

/* ---- one model ---- */

struct subject {
  struct warnings *warnings;
  const struct suite_report *suite;
  const struct model_report *model;
  const struct table *table;
  size_t index; /* of the model */
};

/* "175b on gsm8k" */
#define WHO(s) STR_ARG((s)->model->label), STR_ARG((s)->suite->suite->name)

static double share(size_t part, size_t whole)
{
  return whole ? 100.0 * (double)part / (double)whole : 0;
}

/* Can it be asked again with another limit? A recording cannot. */
static bool is_asked(const struct model_report *model)
{
  return !str_equal(model->model->kind, STR("replay")) &&
         !str_equal(model->model->kind, STR("null"));
}

static void lint_counts(const struct subject *s)
{
  const struct model_report *m = s->model;
  size_t n = m->n_items;
  if (m->n_answered < m->n_asked)
    warnings_add(s->warnings, LINT_INCOMPLETE, "%.*s on %.*s: %zu of %zu answers", WHO(s),
                 m->n_answered, m->n_asked);
  if (m->count[VERDICT_ERROR])
    warnings_add(s->warnings, LINT_ERRORS,
                 "%.*s on %.*s: %zu of %zu items failed; accuracy lies between %.1f and "
                 "%.1f %%",
                 WHO(s), m->count[VERDICT_ERROR], n, 100 * m->low, 100 * m->high);
  /* Below one in a hundred neither can move a score by more than its rounding. */
  if (is_asked(m) && m->tokens.n_cut * 100 >= m->tokens.n_answers && m->tokens.n_cut)
    warnings_add(s->warnings, LINT_CUT,
                 "%.*s on %.*s: %zu of %zu answers (%.1f %%) were cut at the token limit",
                 WHO(s), m->tokens.n_cut, m->tokens.n_answers,
                 share(m->tokens.n_cut, m->tokens.n_answers));
  else if (m->count[VERDICT_TRUNCATED] * 100 >= n && m->count[VERDICT_TRUNCATED])
    warnings_add(s->warnings, LINT_TRUNCATED,
                 "%.*s on %.*s: %zu of %zu answers (%.1f %%) were cut off", WHO(s),
                 m->count[VERDICT_TRUNCATED], n, share(m->count[VERDICT_TRUNCATED], n));
  if (m->count[VERDICT_NO_ANSWER] * 20 >= n && m->count[VERDICT_NO_ANSWER])
    warnings_add(s->warnings, LINT_NO_ANSWER,
                 "%.*s on %.*s: no answer found in %zu of %zu responses (%.1f %%)",
                 WHO(s), m->count[VERDICT_NO_ANSWER], n,
                 share(m->count[VERDICT_NO_ANSWER], n));
  if (m->first.n >= 20 && (m->first.n_correct == 0 || m->first.n_correct == m->first.n))
    warnings_add(s->warnings, LINT_ALL_EQUAL, "%.*s on %.*s: all %zu answers are %s",
                 WHO(s), m->first.n, m->first.n_correct ? "correct" : "not correct");
  if (m->n_label_differs)
    warnings_add(s->warnings, LINT_LABELS,
                 "%.*s on %.*s: %zu of %zu verdicts differ from the recorded ones",
                 WHO(s), m->n_label_differs, m->n_labelled);
}

/* Nothing answered, but something thought. */
static bool only_reasoning(const struct record *r)
{
  return r->verdict != VERDICT_ERROR && str_trim(r->response).len == 0 &&
         str_trim(r->reasoning).len > 0;
}

static void lint_reasoning(const struct subject *s)
{
  const struct table *table = s->table;
  size_t first = s->index * table->n_rows, n = 0, n_cut = 0;
  for (size_t i = table->start[first]; i < table->start[first + table->n_rows]; i++) {
    const struct record *r = table->records[i];
    n += only_reasoning(r);
    n_cut += only_reasoning(r) && r->finish == FINISH_LENGTH;
  }
  if (n)
    warnings_add(
        s->warnings, LINT_THINKING,
        "%.*s on %.*s: %zu of %zu answers are empty but for their reasoning, %zu "
        "of them cut at the token limit",
        WHO(s), n, s->model->tokens.n_answers, n_cut);
}

static void lint_texts(const struct subject *s, struct str *room)
{
  size_t n_thinking = 0; /* empty too, and said already */
  for (size_t row = 0; row < s->table->n_rows; row++) {
    const struct record *r = table_first(s->table, s->index, row);
    room[row] = r && r->verdict != VERDICT_ERROR ? r->response : STR_NONE;
    n_thinking += r && str_present(r->response) && only_reasoning(r);
  }
  struct answer_lint lint = lint_answers(room, s->table->n_rows);
  lint.n_empty -= n_thinking;
  if (lint.n_empty)
    warnings_add(s->warnings, LINT_EMPTY, "%.*s on %.*s: %zu of %zu answers are empty",
                 WHO(s), lint.n_empty, lint.n);
  if (lint.n_repeated)
    warnings_add(s->warnings, LINT_DUPLICATES,
                 "%.*s on %.*s: %zu of %zu answers repeat another item's, word for word",
                 WHO(s), lint.n_repeated, lint.n);
}

/* Samples that are all alike in most items: a cache, or temperature 0. */
static void lint_samples(const struct subject *s)
{
  size_t n = 0, alike = 0;
  for (size_t row = 0; row < s->table->n_rows; row++) {
    size_t cell = s->index * s->table->n_rows + row;
    size_t from = s->table->start[cell], to = s->table->start[cell + 1];
    if (to - from < 2)
      continue;
    bool same = true;
    for (size_t i = from + 1; i < to && same; i++)
      same = str_equal(s->table->records[i]->response, s->table->records[from]->response);
    n++;
    alike += same;
  }
  if (n && alike * 2 > n)
    warnings_add(s->warnings, LINT_SAME_SAMPLES,
                 "%.*s on %.*s: all samples are the same text in %zu of %zu items",
                 WHO(s), alike, n);
}

void lint_suite(struct warnings *warnings, const struct suite_report *suite,
                const struct table *table)
{
  struct str *room = ARENA_NEW(warnings->arena, struct str, table->n_rows + 1);
  if (!suite->items)
    warnings_add(warnings, LINT_NO_QUESTIONS,
                 "%.*s: the questions are not here, so reports show ids alone",
                 STR_ARG(suite->suite->name));
  for (size_t m = 0; m < suite->n_models; m++) {
    struct subject subject = { warnings, suite, &suite->models[m], table, m };
    lint_counts(&subject);
    lint_reasoning(&subject);
    lint_texts(&subject, room);
    lint_samples(&subject);
  }
  if (suite->n_items && suite->n_items < 100)
    warnings_add(warnings, LINT_SMALL,
                 "%.*s: %zu items; the interval of an accuracy is about %.0f points wide",
                 STR_ARG(suite->suite->name), suite->n_items,
                 100 * (stats_wilson(suite->n_items / 2, suite->n_items, STATS_Z95).high -
                        stats_wilson(suite->n_items / 2, suite->n_items, STATS_Z95).low));
}
