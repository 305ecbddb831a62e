/* tokens.h - what the answers took, and what they cost.
 *
 * For: sums over all samples of a model, errors included (a failed answer may have been
 * paid for). What records do not say is never guessed: a sum that some records say
 * nothing of is a lower bound and shown as "at least". Prices are the manifest's options
 * "price-in" and "price-out", for 10^6 tokens, in whatever money they were given in.
 * Pure functions of a table; sums stop at INT64_MAX. Writers append to a buf.
 */
#ifndef OREO_REPORT_TOKENS_H
#define OREO_REPORT_TOKENS_H

#include "report/table.h"

/* Fills out->tokens for model number `index`; out->label is there. */
void tokens_model(struct model_report *out, const struct table *table, size_t index,
                  const struct report_input *input);

/* Does any record say anything? */
bool tokens_known(const struct token_report *tokens);
bool tokens_known_in_suite(const struct suite_report *suite);
/* Does any of these models have reasoning tokens, a cost? */
bool tokens_have_reasoning(const struct suite_report *suite);
bool tokens_have_cost(const struct suite_report *suite);

/* One cell of a table for readers; `at_least` is put in front of a lower bound. */
enum tokens_column {
  TOKENS_IN,
  TOKENS_OUT,
  TOKENS_REASONING,
  TOKENS_MEAN,
  TOKENS_CUT,
  TOKENS_COST,
  TOKENS_PER_CORRECT,
  TOKENS_COLUMN_COUNT
};
const char *tokens_heading(enum tokens_column column);
/* What the headings mean. */
const char *tokens_note(const struct suite_report *suite);
/* Columns without anything in them are not shown. */
bool tokens_column_shown(const struct suite_report *suite, enum tokens_column column);
void tokens_show(struct buf *out, const struct token_report *tokens,
                 enum tokens_column column, const char *at_least);

/* Why "at least": "2 of 18 records do not say their tokens"; nothing when all do. */
void tokens_show_silent(struct buf *out, const struct token_report *tokens);
/* For a terminal: a line a model. Nothing when no record says anything. */
void tokens_write_lines(struct buf *out, const struct suite_report *suite);

#endif
