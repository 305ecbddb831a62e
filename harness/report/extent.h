/* extent.h - how much of what was asked is there: is the run finished?
 *
 * For: saying at the top of every format that a report is of a part, and what to do. An
 * answer is a record, errors too: they were asked and are settled. Text never names a
 * folder: a report is a function of journals (report.h). Pure; appends to a buf.
 */
#ifndef OREO_REPORT_EXTENT_H
#define OREO_REPORT_EXTENT_H

#include "report/table.h"

/* Fills n_asked and n_answered of model number `index`. A model that none of the sources
 * put to this suite was asked nothing. */
void extent_model(struct model_report *out, const struct table *table, size_t index,
                  const struct report_input *input);
/* Sums those of all models and suites into the report's own. */
void extent_report(struct report *report);

/* "812 of 1319 answers" */
void extent_show_count(struct buf *out, const struct report *report);
/* What to do about it, as a part of a sentence: "continue the run with --resume". */
const char *extent_next(const struct report *report);
/* "unfinished: 812 of 1319 answers; continue the run with --resume" */
void extent_show(struct buf *out, const struct report *report);

#endif
