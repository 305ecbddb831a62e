/* show.h - how numbers and foreign text look to a reader, the same in every format.
 *
 * Accuracies are percentages with one decimal, differences are percentage points with a
 * sign. Text from outside is escaped for where it goes: a Markdown cell, HTML, XML (where
 * C0 controls are illegal and become U+FFFD), CSV. Everything appends to a buf.
 */
#ifndef OREO_REPORT_SHOW_H
#define OREO_REPORT_SHOW_H

#include "report/report.h"

/* "56.3", or "-" for NAN. `fraction` is in [0, 1]. */
void show_percent(struct buf *out, double fraction);
/* "[53.6, 59.0]" */
void show_interval(struct buf *out, struct interval fractions);
/* "+2.1", "-0.4", "0.0" */
void show_points(struct buf *out, double difference);
/* "[+0.4, +3.9]" */
void show_points_interval(struct buf *out, struct interval differences);
/* "2.1 points [0.4, 3.9]": how far the better of two is ahead; a negative difference and
 * its interval are turned round. */
void show_lead(struct buf *out, double difference, struct interval ci);
/* Two significant digits: "0.016", "0.23", "<0.0001". */
void show_p(struct buf *out, double p);
/* "p = 0.016", "p < 0.0001" */
void show_p_equation(struct buf *out, double p);
/* "no answer" for "no_answer": for readers, not for files. */
const char *show_verdict(enum verdict verdict);

/* At most `max` bytes of `s`, cut between characters, with " ..." where cut. */
struct str show_cut(struct arena *arena, struct str s, size_t max);

/* A model's spec without folders: "replay:file.jsonl#field", "model.gguf". */
struct str show_spec(struct arena *arena, const struct manifest_model *model);
/* "GPU, driver 1.2; weights f32, context 512, chat template none". */
struct str show_engine(struct arena *arena, const struct manifest_engine *engine);

void show_md(struct buf *out, struct str s);   /* one line, for a table cell */
void show_html(struct buf *out, struct str s); /* text and quoted attributes */
void show_xml(struct buf *out, struct str s);
void show_csv(struct buf *out, struct str s); /* quoted where needed */

#endif
