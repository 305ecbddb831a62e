/* lint.h - what a reader should know before believing a number: a closed list.
 *
 * Each warning has an id, what was found and where, and the next step. Warnings never
 * change a number. Those about one run come from lint_suite; those about two files that
 * are compared from compare.c; both take ids from this list only.
 */
#ifndef OREO_REPORT_LINT_H
#define OREO_REPORT_LINT_H

#include "report/table.h"

/* id, next step */
#define LINT_MAP(XX)                                                                     \
  XX(INCOMPLETE, "incomplete", "finish the run with --resume")                           \
  XX(ERRORS, "errors",                                                                   \
     "see the reasons in the journal, then --resume DIR --retry-errors")                 \
  XX(TRUNCATED, "truncated", "answer again with a higher token limit")                   \
  XX(CUT, "cut-at-limit", "ask again with a higher --max-tokens")                        \
  XX(THINKING, "only-reasoning",                                                         \
     "give the answer room with --max-tokens, or ask for less reasoning")                \
  XX(NO_ANSWER, "no-answer", "look at some of them: does the prompt say how to answer?") \
  XX(EMPTY, "empty-answers", "look at how the answers were recorded")                    \
  XX(DUPLICATES, "duplicate-answers", "look for a cache or a join that mixed items up")  \
  XX(SAME_SAMPLES, "same-samples", "sample at a temperature above 0, with other seeds")  \
  XX(ALL_EQUAL, "all-one-verdict", "check that prompt, data and grader belong together") \
  XX(LABELS, "label-differs", "read the listed cases: the grader or the file is wrong")  \
  XX(SMALL, "few-items", "use more items, or claim no small difference")                 \
  XX(NO_QUESTIONS, "no-questions", "put the data back where the manifest has them")      \
  XX(PROMPTS, "different-prompts", "answer with one prompt to compare models alone")     \
  XX(GRADERS, "different-graders", "grade both with one profile before comparing")       \
  XX(STDERR, "impossible-stderr", "do not quote that standard error; recompute it")      \
  XX(SCORE, "score-mismatch", "find out which rows the stated score was made from")      \
  XX(N_ITEMS, "n-mismatch", "compare only the items that both have, as done here")       \
  XX(REPEATED_ITEMS, "repeated-items", "remove the repeated rows; the first one counts") \
  XX(PAIRED_BY, "weak-pairing", "use files that state the question or its hash")         \
  XX(UNREADABLE, "unreadable-rows", "repair or remove these lines")

enum lint {
#define XX(id, name, next) LINT_##id,
  LINT_MAP(XX)
#undef XX
      LINT_COUNT
};

/* A growing list in an arena. */
struct warnings {
  struct arena *arena;
  struct report_warning *list;
  size_t n, capacity;
};

void warnings_add(struct warnings *warnings, enum lint lint, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* Everything that can be said of one suite. */
void lint_suite(struct warnings *warnings, const struct suite_report *suite,
                const struct table *table);

/* Answers of one model: how many are empty, and how many stand at more than one item. */
struct answer_lint {
  size_t n, n_empty, n_repeated;
};
/* `answers` in order of items; absent ones (errors) are passed over. Answers shorter than
 * LINT_REPEAT_MIN bytes may well repeat ("42") and count as different. */
enum { LINT_REPEAT_MIN = 40 };
struct answer_lint lint_answers(const struct str *answers, size_t n);

#endif
