/* html_part.h - the pieces that report_html.c puts together.
 *
 * Charts are rows of inline SVG in percent of their width, so one page serves a phone and
 * a wide screen; colours are CSS variables, so the theme can change. Items travel as JSON
 * in a <script> element that is data, never code; the script builds text nodes only, so
 * nothing from outside can become markup. Style and script are tables of lines, ended by
 * NULL. Everything appends to a buf.
 */
#ifndef OREO_REPORT_HTML_PART_H
#define OREO_REPORT_HTML_PART_H

#include "report/report.h"

/* Colours repeat after so many models. */
enum { HTML_COLOURS = 8 };

extern const char *const html_style[];
extern const char *const html_script[];

/* Accuracy with its interval, a model a row. */
void html_accuracy_chart(struct buf *out, const struct suite_report *suite);
/* The difference of each pair with its interval; each row leads to the items of section
 * `number` (html_items). */
void html_pair_chart(struct buf *out, const struct suite_report *suite, size_t number);
/* pass@k (drawn through) and maj@k (dashed) of every model; one at least has several
 * samples. */
void html_curve_chart(struct buf *out, const struct suite_report *suite);

/* Names and colours of the models. */
void html_legend(struct buf *out, const struct suite_report *suite);

/* Bars of every model for each group, with a legend. */
void html_group_chart(struct buf *out, const struct suite_report *suite, enum grouping g);

/* Tokens and cost, where any record says them. */
void html_tokens(struct buf *out, const struct suite_report *suite);

/* Section and data of the items worth looking at: where models differ, or, of one model
 * alone, those that are not correct. `number` makes element ids unique in the page. */
void html_items(struct buf *out, const struct suite_report *suite, size_t number);

#endif
