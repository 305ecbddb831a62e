/* report_html.c - the report as one self-contained page: works from a file, needs nothing
 * from the network, follows the reader's light or dark theme. */
#include <math.h>

#include "report/extent.h"
#include "report/html_part.h"
#include "report/show.h"

enum { HTML_DISAGREEMENTS_MAX = 500 };

static void add_lines(struct buf *out, const char *const *lines)
{
  for (; *lines; lines++) {
    buf_add_cstr(out, *lines);
    buf_add_char(out, '\n');
  }
}

static void add_cell(struct buf *out, const char *class, struct str text)
{
  buf_printf(out, "<td%s%s%s>", *class ? " class=\"" : "", class, *class ? "\"" : "");
  show_html(out, text);
  buf_add(out, STR("</td>"));
}

/* ---- the head of a suite ---- */

static size_t best_model(const struct suite_report *suite, size_t except)
{
  size_t best = SIZE_MAX;
  for (size_t m = 0; m < suite->n_models; m++)
    if (m != except && suite->models[m].first.n &&
        (best == SIZE_MAX ||
         suite->models[m].first.accuracy > suite->models[best].first.accuracy))
      best = m;
  return best;
}

static const struct pair_report *find_pair(const struct suite_report *suite, size_t a,
                                           size_t b)
{
  for (size_t i = 0; i < suite->n_pairs; i++)
    if ((suite->pairs[i].a == a && suite->pairs[i].b == b) ||
        (suite->pairs[i].a == b && suite->pairs[i].b == a))
      return &suite->pairs[i];
  return NULL;
}

/* The finding in a sentence or two. */
static void write_lead(struct buf *out, const struct suite_report *suite)
{
  size_t best = best_model(suite, SIZE_MAX), next = best_model(suite, best);
  if (best == SIZE_MAX)
    return;
  const struct model_report *model = &suite->models[best];
  buf_add(out, STR("<p class=\"lead\"><b>"));
  show_html(out, model->label);
  buf_add(out, STR("</b> answers "));
  show_percent(out, model->first.accuracy);
  buf_add(out, STR("\xC2\xA0% right "));
  show_interval(out, model->first.wilson);
  const struct pair_report *pair = next == SIZE_MAX ? NULL : find_pair(suite, best, next);
  if (pair) {
    bool sure = pair->p_holm < 0.05;
    buf_add_cstr(out, sure ? ", more than the next, <b>" : "; the next, <b>");
    show_html(out, suite->models[next].label);
    buf_add_cstr(out, sure ? "</b>, by " : "</b>, is behind by ");
    show_lead(out, pair->difference, pair->ci);
    buf_add(out, STR(", "));
    show_p_equation(out, pair->p_holm);
    buf_add_cstr(out, sure ? "" : ", which may be chance");
  }
  buf_add(out, STR(".</p>\n"));
}

static void write_context(struct buf *out, const struct suite_report *suite)
{
  const struct manifest_suite *s = suite->suite;
  buf_add(out, STR("<p class=\"context\">"));
  show_html(out, s->data_source);
  buf_add(out, STR(" \xC2\xB7 "));
  show_html(out, s->split);
  buf_printf(out, " \xC2\xB7 %zu of %zu items \xC2\xB7 graded by ", s->n_run, s->n_items);
  show_html(out, s->grader);
  buf_add(out, STR(" \xC2\xB7 prompt "));
  show_html(out, s->prompt_style);
  buf_printf(out, ", %d shot%s</p>\n", s->num_fewshot, s->num_fewshot == 1 ? "" : "s");
}

/* ---- tables ---- */

static void write_counts(struct buf *out, const struct suite_report *suite)
{
  size_t n_errors = 0;
  for (size_t m = 0; m < suite->n_models; m++)
    n_errors += suite->models[m].count[VERDICT_ERROR];
  buf_add(out, STR("<div class=\"scroll\"><table>\n<thead><tr><th>model</th><th>n</th>"));
  for (enum verdict v = 0; v < VERDICT_COUNT; v++)
    buf_printf(out, "<th>%s</th>", show_verdict(v));
  buf_add_cstr(out, n_errors ? "<th>if errors were wrong \xE2\x80\x93 right</th>" : "");
  buf_add(out, STR("</tr></thead>\n<tbody>\n"));
  for (size_t m = 0; m < suite->n_models; m++) {
    const struct model_report *model = &suite->models[m];
    buf_add(out, STR("<tr>"));
    add_cell(out, "", model->label);
    buf_printf(out, "<td>%zu</td>", model->first.n);
    for (enum verdict v = 0; v < VERDICT_COUNT; v++) {
      buf_printf(out, "<td%s>%zu", model->count[v] ? "" : " class=\"nil\"",
                 model->count[v]);
      if (v > VERDICT_WRONG && model->count[v]) {
        buf_add(out, STR(" <small>"));
        show_percent(out, (double)model->count[v] / (double)model->n_items);
        buf_add(out, STR("\xC2\xA0%</small>"));
      }
      buf_add(out, STR("</td>"));
    }
    if (n_errors) {
      buf_add(out, STR("<td>"));
      show_percent(out, model->low);
      buf_add(out, STR("\xC2\xA0\xE2\x80\x93\xC2\xA0"));
      show_percent(out, model->high);
      buf_add(out, STR("</td>"));
    }
    buf_add(out, STR("</tr>\n"));
  }
  buf_add(out, STR("</tbody></table></div>\n"));
}

static void write_at_k(struct buf *out, const struct at_k *at)
{
  buf_add(out, STR("<td>"));
  if (at) {
    buf_add(out, STR("<b>"));
    show_percent(out, at->value);
    buf_add(out, STR("</b> "));
    show_interval(out, at->ci);
  }
  buf_add(out, STR("</td>"));
}

static void write_samples(struct buf *out, const struct suite_report *suite)
{
  bool any = false;
  for (size_t m = 0; m < suite->n_models; m++)
    any |= suite->models[m].n_pass > 0;
  if (!any)
    return;
  buf_add(out, STR("<section>\n<h2>Several samples</h2>\n"));
  html_legend(out, suite);
  html_curve_chart(out, suite);
  buf_add(
      out,
      STR("<p class=\"note\">pass@k, drawn through, is an unbiased estimate over all "
          "samples of an item. maj@k, dashed: the most frequent answer among the first "
          "k; a tie goes to the answer that came first, and samples without an answer "
          "do not vote.</p>\n<div class=\"scroll\"><table>\n"
          "<thead><tr><th>model</th><th>k</th><th>pass@k, %</th><th>maj@k, %</th>"
          "<th>items</th></tr></thead>\n<tbody>\n"));
  for (size_t m = 0; m < suite->n_models; m++)
    for (size_t i = 0; i < suite->models[m].n_pass; i++) {
      const struct model_report *model = &suite->models[m];
      buf_add(out, STR("<tr>"));
      add_cell(out, "", i ? STR("") : model->label);
      buf_printf(out, "<td>%d</td>", model->pass[i].k);
      write_at_k(out, &model->pass[i]);
      write_at_k(out, i ? &model->maj[i - 1] : NULL);
      buf_printf(out, "<td>%zu</td></tr>\n", model->pass[i].n);
    }
  buf_add(out, STR("</tbody></table></div>\n</section>\n"));
}

static void write_pairs(struct buf *out, const struct suite_report *suite, size_t number)
{
  if (!suite->n_pairs)
    return;
  double most = 0;
  for (size_t i = 0; i < suite->n_pairs; i++)
    most = fmax(most, suite->pairs[i].min_detectable); /* fmax passes over NAN */
  buf_add(out, STR("<section>\n<h2>Which is better</h2>\n"));
  html_pair_chart(out, suite, number);
  buf_add(out, STR("<p class=\"note\">Item by item: McNemar\xE2\x80\x99s exact test"));
  if (suite->n_pairs > 1)
    buf_printf(out, " with Holm\xE2\x80\x99s correction over the %zu pairs",
               suite->n_pairs);
  buf_add(out,
          STR(", and the paired bootstrap\xE2\x80\x99s 95\xC2\xA0% interval. Filled: "
              "p below 0.05. "));
  if (most > 0)
    buf_printf(
        out,
        "A difference of %.1f points would have been found with 80\xC2\xA0%% power "
        "in any of them. ",
        100 * most);
  buf_add(out, STR("A row leads to its items.</p>\n</section>\n"));
}

static void write_groups(struct buf *out, const struct suite_report *suite)
{
  for (enum grouping g = 0; g < GROUP_COUNT && suite->n_models; g++) {
    if (!suite->models[0].n_groups[g])
      continue;
    buf_printf(out, "<section>\n<h2>%s</h2>\n", grouping_title(g));
    html_group_chart(out, suite, g);
    buf_add(out, STR("</section>\n"));
  }
}

static bool label_differs(const struct record *r)
{
  return r && r->label >= 0 && r->verdict != VERDICT_ERROR &&
         (r->verdict == VERDICT_CORRECT) != (r->label == 1);
}

static void write_disagreement_rows(struct buf *out, const struct suite_report *suite)
{
  size_t n = 0;
  for (size_t i = 0; i < suite->n_models * suite->n_items; i++) {
    const struct record *r = suite->records[i];
    if (!label_differs(r) || ++n > HTML_DISAGREEMENTS_MAX)
      continue;
    buf_add(out, STR("<tr>"));
    add_cell(out, "", r->item);
    add_cell(out, "text", r->model);
    add_cell(out, "text", r->label ? STR("right") : STR("wrong"));
    add_cell(out, "text", str_from(show_verdict(r->verdict)));
    add_cell(out, "text", str_slice(r->gold, 0, 200));
    add_cell(out, "text", str_slice(r->extracted, 0, 200));
    add_cell(out, "text", r->reason);
    buf_add(out, STR("</tr>\n"));
  }
}

static void write_disagreements(struct buf *out, const struct suite_report *suite)
{
  size_t n = 0, n_labelled = 0;
  for (size_t m = 0; m < suite->n_models; m++) {
    n += suite->models[m].n_label_differs;
    n_labelled += suite->models[m].n_labelled;
  }
  if (!n_labelled)
    return;
  buf_printf(
      out,
      "<section>\n<h2>Against the recorded judgements</h2>\n<p>%zu of %zu verdicts "
      "differ from what the recorded files say.</p>\n",
      n, n_labelled);
  if (n) {
    buf_add(out,
            STR("<div class=\"scroll\"><table>\n<thead><tr><th>item</th>"
                "<th class=\"text\">model</th><th class=\"text\">file says</th>"
                "<th class=\"text\">we say</th><th class=\"text\">gold</th>"
                "<th class=\"text\">extracted</th><th class=\"text\">reason</th></tr>"
                "</thead>\n<tbody>\n"));
    write_disagreement_rows(out, suite);
    buf_add(out, STR("</tbody></table></div>\n"));
  }
  if (n > HTML_DISAGREEMENTS_MAX)
    buf_printf(out,
               "<p class=\"note\">The first %d are shown; report.json has all.</p>\n",
               HTML_DISAGREEMENTS_MAX);
  buf_add(out, STR("</section>\n"));
}

/* ---- notes ---- */

static void write_notes(struct buf *out, const struct report *report)
{
  size_t n = report->n_warnings;
  for (size_t i = 0; i < report->n_gates; i++)
    n += !report->gates[i].passed;
  if (!n)
    return;
  buf_add(out,
          STR("<section class=\"notes\">\n<h2>Before you quote a number</h2>\n<ul>\n"));
  for (size_t i = 0; i < report->n_gates; i++) {
    if (report->gates[i].passed)
      continue;
    buf_add(out, STR("<li class=\"failed\"><b>gate failed</b> "));
    show_html(out, report->gates[i].name);
    buf_add(out, STR(": "));
    show_html(out, report->gates[i].message);
    buf_add(out, STR("</li>\n"));
  }
  for (size_t i = 0; i < report->n_warnings; i++) {
    buf_printf(out, "<li><b>%s</b> ", report->warnings[i].id);
    show_html(out, report->warnings[i].text);
    buf_printf(out, "; %s</li>\n", report->warnings[i].next);
  }
  buf_add(out, STR("</ul>\n</section>\n"));
}

static void write_pair_of(struct buf *out, const char *term, struct str value)
{
  buf_printf(out, "<dt>%s</dt><dd>", term);
  show_html(out, value);
  buf_add(out, STR("</dd>\n"));
}

static void write_made_from(struct buf *out, const struct report *report)
{
  const struct manifest *m = report->manifest;
  struct arena arena = { 0 };
  buf_add(out, STR("<section class=\"made\">\n<h2>Made from</h2>\n<dl>\n"));
  write_pair_of(out, "program",
                arena_printf(&arena, "oreo-bench %.*s (%.*s)",
                             STR_ARG(m->program_version), STR_ARG(m->commit)));
  write_pair_of(out, "seed", arena_printf(&arena, "%llu", (unsigned long long)m->seed));
  for (size_t i = 0; i < m->n_options; i++)
    write_pair_of(out, "option",
                  arena_printf(&arena, "--%.*s %.*s", STR_ARG(m->options[i].name),
                               STR_ARG(m->options[i].value)));
  for (size_t s = 0; s < m->n_suites; s++) {
    const struct manifest_suite *suite = &m->suites[s];
    write_pair_of(out, "data",
                  arena_printf(&arena, "%.*s: %.*s, sha256 %.*s", STR_ARG(suite->name),
                               STR_ARG(suite->data_source), STR_ARG(suite->data_sha256)));
    write_pair_of(out, "prompt",
                  arena_printf(&arena, "%.*s, sha256 %.*s", STR_ARG(suite->prompt_style),
                               STR_ARG(suite->prompt_sha256)));
  }
  for (size_t i = 0; i < m->n_models; i++)
    write_pair_of(out, "model",
                  arena_printf(&arena, "%.*s: %.*s, sha256 %.*s",
                               STR_ARG(m->models[i].label),
                               STR_ARG(show_spec(&arena, &m->models[i])),
                               STR_ARG(m->models[i].sha256)));
  for (size_t i = 0; i < m->n_models; i++)
    if (m->models[i].engine)
      write_pair_of(out, "ran on",
                    arena_printf(&arena, "%.*s: %.*s", STR_ARG(m->models[i].label),
                                 STR_ARG(show_engine(&arena, m->models[i].engine))));
  buf_add(out, STR("</dl>\n</section>\n"));
  arena_release(&arena);
}

/* ---- the whole ---- */

/* "GSM8K: word problems" has its name large and the rest small. */
static void write_title(struct buf *out, const struct suite_report *suite)
{
  struct str title = suite->suite->title;
  ptrdiff_t colon = str_find(title, STR(": "));
  size_t end = colon < 0 ? title.len : (size_t)colon;
  buf_add(out, STR("<h1>"));
  show_html(out, str_slice(title, 0, end));
  buf_printf(out, " <span>%zu model%s, %zu items</span></h1>\n", suite->n_models,
             suite->n_models == 1 ? "" : "s", suite->n_items);
  if (colon < 0)
    return;
  buf_add(out, STR("<p class=\"about\">"));
  show_html(out, str_slice(title, end + 2, title.len));
  buf_add(out, STR("</p>\n"));
}

static void write_unfinished(struct buf *out, const struct report *report)
{
  if (!report_unfinished(report))
    return;
  buf_add(out, STR("<p class=\"lead failed\"><b>Unfinished: "));
  extent_show_count(out, report);
  buf_printf(out,
             ".</b> The numbers are over what is there, pairs over the items that both "
             "have; %s.</p>\n",
             extent_next(report));
}

static void write_suite(struct buf *out, const struct report *report, size_t number)
{
  const struct suite_report *suite = &report->suites[number];
  buf_add(out, STR("<header>\n"));
  if (number == 0)
    write_unfinished(out, report);
  write_title(out, suite);
  write_lead(out, suite);
  write_context(out, suite);
  buf_add(out, STR("</header>\n"));
  if (number == 0)
    write_notes(out, report);
  buf_add(out, STR("<section>\n<h2>Accuracy</h2>\n"));
  html_accuracy_chart(out, suite);
  buf_add(out,
          STR("<p class=\"note\">Share of right answers, in percent, with Wilson\xE2\x80"
              "\x99s 95\xC2\xA0% interval. An error is not an answer and does not "
              "count in n.</p>\n"));
  write_counts(out, suite);
  buf_add(out, STR("</section>\n"));
  write_pairs(out, suite, number);
  write_samples(out, suite);
  write_groups(out, suite);
  html_tokens(out, suite);
  write_disagreements(out, suite);
  html_items(out, suite, number);
}

void report_write_html(struct buf *out, const struct report *report)
{
  buf_add(out,
          STR("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
              "<meta name=\"viewport\" content=\"width=device-width, "
              "initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">"
              "\n<title>"));
  buf_add_cstr(out, report_unfinished(report) ? "unfinished: " : "");
  for (size_t s = 0; s < report->n_suites; s++) {
    buf_add(out, s ? STR(", ") : STR(""));
    show_html(out, report->suites[s].suite->title);
  }
  buf_add(out, STR(" \xC2\xB7 oreo-bench</title>\n<link rel=\"icon\" href=\"data:,\">\n"
                   "<style>\n"));
  add_lines(out, html_style);
  buf_add(out, STR("</style>\n</head>\n<body>\n<nav><span>oreo-bench</span>"
                   "<button type=\"button\" id=\"theme\" aria-label=\"light or dark\">"
                   "\xE2\x97\x90</button></nav>\n<main>\n"));
  for (size_t s = 0; s < report->n_suites; s++)
    write_suite(out, report, s);
  write_made_from(out, report);
  buf_add(out, STR("</main>\n<script>\n"));
  add_lines(out, html_script);
  buf_add(out, STR("</script>\n</body>\n</html>\n"));
}
