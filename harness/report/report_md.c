/* report_md.c - the report that a reviewer reads, and the table for a terminal. */
#include <math.h>

#include "report/extent.h"
#include "report/grid.h"
#include "report/report.h"
#include "report/show.h"
#include "report/tokens.h"

/* A table in a review has no use for more rows; report.json has all of them. */
enum { MD_DISAGREEMENTS_MAX = 100 };

/* What every part needs. `cell` is scratch for one table cell. */
struct page {
  struct buf *out;
  struct arena arena;
  struct buf cell;
  const struct report *report;
};

static void page_init(struct page *page, struct buf *out, const struct report *report)
{
  *page = (struct page){ .out = out, .report = report };
  buf_init(&page->cell, BUF_CAP_OWN);
}

static void page_release(struct page *page)
{
  buf_release(&page->cell);
  arena_release(&page->arena);
}

static void add_text(struct page *page, struct grid *grid, struct str text)
{
  show_md(&page->cell, text);
  grid_take(grid, &page->cell);
}

static bool any_errors(const struct suite_report *suite)
{
  for (size_t m = 0; m < suite->n_models; m++)
    if (suite->models[m].count[VERDICT_ERROR])
      return true;
  return false;
}

/* ---- one suite ---- */

static void write_context(struct page *page, const struct suite_report *suite)
{
  const struct manifest_suite *s = suite->suite;
  buf_add(page->out, STR("Data "));
  show_md(page->out, s->data_source);
  buf_printf(page->out, " (%.*s, %zu of %zu items, sha256 %.*s), grader %.*s, prompt ",
             STR_ARG(s->split), s->n_run, s->n_items,
             (int)(s->data_sha256.len < 12 ? s->data_sha256.len : 12), s->data_sha256.ptr,
             STR_ARG(s->grader));
  show_md(page->out, s->prompt_style);
  buf_printf(page->out, " with %d shot%s.\n\n", s->num_fewshot,
             s->num_fewshot == 1 ? "" : "s");
}

static void write_models(struct page *page, const struct suite_report *suite)
{
  bool errors = any_errors(suite);
  struct grid grid;
  grid_init(&grid, &page->arena, errors ? "lrrrrrrrrr" : "lrrrrrrrr");
  static const char *const head[] = { "model",     "accuracy, %", "95 % interval",
                                      "n",         "correct",     "wrong",
                                      "no answer", "truncated",   "error" };
  for (size_t i = 0; i < COUNT(head); i++)
    grid_add(&grid, "%s", head[i]);
  if (errors)
    grid_add(&grid, "if errors were wrong / right");
  for (size_t m = 0; m < suite->n_models; m++) {
    const struct model_report *model = &suite->models[m];
    add_text(page, &grid, model->label);
    show_percent(&page->cell, model->first.accuracy);
    grid_take(&grid, &page->cell);
    show_interval(&page->cell, model->first.wilson);
    grid_take(&grid, &page->cell);
    grid_add(&grid, "%zu", model->first.n);
    for (enum verdict v = 0; v < VERDICT_COUNT; v++)
      grid_add(&grid, "%zu", model->count[v]);
    if (errors) {
      show_percent(&page->cell, model->low);
      buf_add(&page->cell, STR(" / "));
      show_percent(&page->cell, model->high);
      grid_take(&grid, &page->cell);
    }
  }
  grid_write(&grid, page->out);
}

static void write_samples(struct page *page, const struct suite_report *suite)
{
  bool any = false;
  struct grid grid;
  grid_init(&grid, &page->arena, "lrrrrrr");
  static const char *const head[] = { "model",         "k",        "pass@k, %",
                                      "95 % interval", "maj@k, %", "95 % interval",
                                      "items" };
  for (size_t i = 0; i < COUNT(head); i++)
    grid_add(&grid, "%s", head[i]);
  for (size_t m = 0; m < suite->n_models; m++) {
    const struct model_report *model = &suite->models[m];
    for (size_t i = 0; i < model->n_pass; i++) {
      any = true;
      add_text(page, &grid, model->label);
      grid_add(&grid, "%d", model->pass[i].k);
      show_percent(&page->cell, model->pass[i].value);
      grid_take(&grid, &page->cell);
      show_interval(&page->cell, model->pass[i].ci);
      grid_take(&grid, &page->cell);
      const struct at_k *maj = i ? &model->maj[i - 1] : NULL;
      show_percent(&page->cell, maj ? maj->value : NAN);
      grid_take(&grid, &page->cell);
      if (maj)
        show_interval(&page->cell, maj->ci);
      grid_take(&grid, &page->cell);
      grid_add(&grid, "%zu", model->pass[i].n);
    }
  }
  if (!any)
    return;
  buf_add(page->out, STR("\n## Several samples\n\n"));
  grid_write(&grid, page->out);
  buf_add(page->out,
          STR("\npass@k: unbiased estimate over all samples of an item. maj@k: the most "
              "frequent answer among the first k; a tie goes to the answer that came "
              "first, and samples without an answer do not vote.\n"));
}

static void write_pairs(struct page *page, const struct suite_report *suite)
{
  if (!suite->n_pairs)
    return;
  struct grid grid;
  grid_init(&grid, &page->arena, "llrrrrrrrrl");
  static const char *const head[] = { "A",
                                      "B",
                                      "A - B, points",
                                      "95 % interval",
                                      "n",
                                      "only A right",
                                      "only B right",
                                      "p",
                                      "p (Holm)",
                                      "detectable",
                                      "verdict" };
  for (size_t i = 0; i < COUNT(head); i++)
    grid_add(&grid, "%s", head[i]);
  for (size_t i = 0; i < suite->n_pairs; i++) {
    const struct pair_report *pair = &suite->pairs[i];
    add_text(page, &grid, suite->models[pair->a].label);
    add_text(page, &grid, suite->models[pair->b].label);
    show_points(&page->cell, pair->difference);
    grid_take(&grid, &page->cell);
    show_points_interval(&page->cell, pair->ci);
    grid_take(&grid, &page->cell);
    grid_add(&grid, "%zu", pair->n);
    grid_add(&grid, "%zu", pair->wins);
    grid_add(&grid, "%zu", pair->losses);
    show_p(&page->cell, pair->p);
    grid_take(&grid, &page->cell);
    show_p(&page->cell, pair->p_holm);
    grid_take(&grid, &page->cell);
    show_percent(&page->cell, pair->min_detectable);
    grid_take(&grid, &page->cell);
    grid_add(&grid, "%s",
             !pair->n               ? "no item in common"
             : pair->p_holm >= 0.05 ? "no difference shown"
             : pair->difference > 0 ? "A is better"
                                    : "B is better");
  }
  buf_add(page->out, STR("\n## Which is better\n\n"));
  grid_write(&grid, page->out);
  buf_add(page->out,
          STR("\nEach row compares two models item by item: McNemar's exact test, the "
              "interval from the paired bootstrap, Holm's correction over the rows. "
              "\"detectable\" is the smallest difference that these items would have "
              "shown with 80 % power.\n"));
}

static void write_tokens(struct page *page, const struct suite_report *suite)
{
  struct grid grid;
  char align[TOKENS_COLUMN_COUNT + 2] = "l";
  size_t n = 1;
  if (!tokens_known_in_suite(suite))
    return;
  for (enum tokens_column c = 0; c < TOKENS_COLUMN_COUNT; c++)
    if (tokens_column_shown(suite, c))
      align[n++] = 'r';
  grid_init(&grid, &page->arena, align);
  grid_add(&grid, "model");
  for (enum tokens_column c = 0; c < TOKENS_COLUMN_COUNT; c++)
    if (tokens_column_shown(suite, c))
      grid_add(&grid, "%s", tokens_heading(c));
  for (size_t m = 0; m < suite->n_models; m++) {
    add_text(page, &grid, suite->models[m].label);
    for (enum tokens_column c = 0; c < TOKENS_COLUMN_COUNT; c++) {
      if (!tokens_column_shown(suite, c))
        continue;
      tokens_show(&page->cell, &suite->models[m].tokens, c, "at least ");
      grid_take(&grid, &page->cell);
    }
  }
  buf_add(page->out, STR("\n## Tokens and cost\n\n"));
  grid_write(&grid, page->out);
  buf_printf(page->out, "\n%s\n", tokens_note(suite));
  for (size_t m = 0; m < suite->n_models; m++) {
    tokens_show_silent(&page->cell, &suite->models[m].tokens);
    if (!page->cell.len)
      continue;
    buf_add(page->out, STR("\nAt least: of "));
    show_md(page->out, suite->models[m].label);
    buf_printf(page->out, ", %.*s.\n", STR_ARG(buf_str(&page->cell)));
    buf_reset(&page->cell);
  }
}

static void write_groups(struct page *page, const struct suite_report *suite)
{
  char align[66] = "lr";
  size_t n_shown = suite->n_models < 64 ? suite->n_models : 63;
  memset(align + 2, 'r', n_shown);
  for (enum grouping g = 0; g < GROUP_COUNT && suite->n_models; g++) {
    size_t n = suite->models[0].n_groups[g];
    if (!n)
      continue;
    struct grid grid;
    grid_init(&grid, &page->arena, align);
    grid_add(&grid, "%s", grouping_name(g));
    grid_add(&grid, "n");
    for (size_t m = 0; m < n_shown; m++)
      add_text(page, &grid, suite->models[m].label);
    for (size_t i = 0; i < n; i++) {
      size_t most = 0;
      for (size_t m = 0; m < suite->n_models; m++)
        if (suite->models[m].groups[g][i].score.n > most)
          most = suite->models[m].groups[g][i].score.n;
      add_text(page, &grid, suite->models[0].groups[g][i].name);
      grid_add(&grid, "%zu", most);
      for (size_t m = 0; m < n_shown; m++) {
        const struct score *score = &suite->models[m].groups[g][i].score;
        show_percent(&page->cell, score->accuracy);
        buf_add_char(&page->cell, ' ');
        show_interval(&page->cell, score->wilson);
        grid_take(&grid, &page->cell);
      }
    }
    buf_printf(page->out, "\n## %s\n\n", grouping_title(g));
    grid_write(&grid, page->out);
  }
}

static void add_disagreement(struct page *page, struct grid *grid,
                             const struct record *record)
{
  add_text(page, grid, record->item);
  add_text(page, grid, record->model);
  grid_add(grid, "%s", record->label ? "right" : "wrong");
  grid_add(grid, "%s", show_verdict(record->verdict));
  add_text(page, grid, show_cut(&page->arena, record->gold, 80));
  add_text(page, grid, show_cut(&page->arena, record->extracted, 80));
  add_text(page, grid, record->reason);
}

static void write_disagreements(struct page *page, const struct suite_report *suite)
{
  size_t n = 0, n_labelled = 0;
  struct grid grid;
  grid_init(&grid, &page->arena, "lllllll");
  static const char *const head[] = { "item", "model",     "file says", "we say",
                                      "gold", "extracted", "reason" };
  for (size_t i = 0; i < COUNT(head); i++)
    grid_add(&grid, "%s", head[i]);
  for (size_t m = 0; m < suite->n_models; m++)
    n_labelled += suite->models[m].n_labelled;
  if (!n_labelled)
    return;
  for (size_t i = 0; i < suite->n_models * suite->n_items; i++) {
    const struct record *r = suite->records[i];
    if (!r || r->label < 0 || r->verdict == VERDICT_ERROR ||
        (r->verdict == VERDICT_CORRECT) == (r->label == 1))
      continue;
    if (++n <= MD_DISAGREEMENTS_MAX)
      add_disagreement(page, &grid, r);
  }
  buf_printf(page->out,
             "\n## Against the recorded judgements\n\n"
             "%zu of %zu verdicts differ from what the recorded files say.\n",
             n, n_labelled);
  if (!n)
    return;
  buf_add_char(page->out, '\n');
  grid_write(&grid, page->out);
  if (n > MD_DISAGREEMENTS_MAX)
    buf_printf(page->out, "\nThe first %d are shown; report.json has all.\n",
               MD_DISAGREEMENTS_MAX);
}

/* ---- the whole ---- */

static void write_warnings(struct page *page)
{
  const struct report *report = page->report;
  if (report->n_warnings)
    buf_add(page->out, STR("\n## Warnings\n\n"));
  for (size_t i = 0; i < report->n_warnings; i++) {
    const struct report_warning *w = &report->warnings[i];
    buf_printf(page->out, "- **%s**: ", w->id);
    show_md(page->out, w->text);
    buf_printf(page->out, "; %s\n", w->next);
  }
}

static void write_gates(struct page *page)
{
  const struct report *report = page->report;
  size_t n_failed = 0;
  for (size_t i = 0; i < report->n_gates; i++)
    n_failed += !report->gates[i].passed;
  buf_printf(page->out, "\n## Gates\n\n%zu of %zu hold.\n", report->n_gates - n_failed,
             report->n_gates);
  if (n_failed)
    buf_add_char(page->out, '\n');
  for (size_t i = 0; i < report->n_gates; i++) {
    const struct report_gate *gate = &report->gates[i];
    if (gate->passed)
      continue;
    buf_add(page->out, STR("- failed: "));
    show_md(page->out, gate->name);
    buf_add(page->out, STR(": "));
    show_md(page->out, gate->message);
    buf_add_char(page->out, '\n');
  }
}

static void write_engines(struct page *page)
{
  const struct manifest *m = page->report->manifest;
  for (size_t i = 0; i < m->n_models; i++) {
    if (!m->models[i].engine)
      continue;
    buf_add_char(page->out, '\n');
    show_md(page->out, m->models[i].label);
    buf_add(page->out, STR(" ran on "));
    show_md(page->out, show_engine(&page->arena, m->models[i].engine));
    buf_add(page->out, STR(".\n"));
  }
}

static void write_made_from(struct page *page)
{
  const struct manifest *m = page->report->manifest;
  buf_printf(page->out,
             "\n## Made from\n\noreo-bench %.*s (%.*s), seed %llu, %d sample%s "
             "an item.\n\n",
             STR_ARG(m->program_version), STR_ARG(m->commit), (unsigned long long)m->seed,
             m->samples, m->samples == 1 ? "" : "s");
  struct grid grid;
  grid_init(&grid, &page->arena, "lll");
  grid_add(&grid, "model");
  grid_add(&grid, "from");
  grid_add(&grid, "sha256");
  for (size_t i = 0; i < m->n_models; i++) {
    add_text(page, &grid, m->models[i].label);
    add_text(page, &grid, show_spec(&page->arena, &m->models[i]));
    add_text(page, &grid, m->models[i].sha256);
  }
  grid_write(&grid, page->out);
  write_engines(page);
  for (size_t i = 0; i < m->n_options; i++) {
    buf_add(page->out, i ? STR(", --") : STR("\nOptions: --"));
    show_md(page->out, m->options[i].name);
    buf_add_char(page->out, ' ');
    show_md(page->out, m->options[i].value);
    if (i + 1 == m->n_options)
      buf_add(page->out, STR(".\n"));
  }
}

static void write_unfinished(struct page *page)
{
  const struct report *report = page->report;
  if (!report_unfinished(report))
    return;
  buf_add(page->out, STR("**Unfinished: "));
  extent_show_count(page->out, report);
  buf_printf(page->out,
             ".** The numbers are over what is there, pairs over the items that both "
             "have; %s.\n\n",
             extent_next(report));
}

void report_write_md(struct buf *out, const struct report *report)
{
  struct page page;
  page_init(&page, out, report);
  write_unfinished(&page);
  for (size_t s = 0; s < report->n_suites; s++) {
    const struct suite_report *suite = &report->suites[s];
    buf_add(out, s ? STR("\n# ") : STR("# "));
    show_md(out, suite->suite->title);
    buf_printf(out, ": %zu model%s, %zu items\n\n", suite->n_models,
               suite->n_models == 1 ? "" : "s", suite->n_items);
    write_context(&page, suite);
    write_models(&page, suite);
    write_samples(&page, suite);
    write_pairs(&page, suite);
    write_groups(&page, suite);
    write_tokens(&page, suite);
    write_disagreements(&page, suite);
  }
  write_warnings(&page);
  write_gates(&page);
  write_made_from(&page);
  page_release(&page);
}

/* ---- for a terminal ---- */

/* More sentences than this are no summary; report.md has the table. */
enum { SENTENCES_MAX = 10 };

static void write_sentence(struct page *page, const struct suite_report *suite,
                           const struct pair_report *pair)
{
  bool sure = pair->p_holm < 0.05, a_better = pair->difference >= 0;
  size_t first = a_better ? pair->a : pair->b, second = a_better ? pair->b : pair->a;
  if (!pair->n) {
    show_md(page->out, suite->models[pair->a].label);
    buf_add(page->out, STR(" and "));
    show_md(page->out, suite->models[pair->b].label);
    buf_add(page->out, STR(" have answered no item in common\n"));
    return;
  }
  show_md(page->out, suite->models[first].label);
  buf_add_cstr(page->out, sure ? " is better than " : " and ");
  show_md(page->out, suite->models[second].label);
  buf_add_cstr(page->out, sure ? " by " : " differ, if at all, by ");
  show_lead(page->out, pair->difference, pair->ci);
  buf_add(page->out, STR(", "));
  show_p_equation(page->out, pair->p_holm);
  buf_add_char(page->out, '\n');
}

static void write_sentences(struct page *page, const struct suite_report *suite)
{
  if (!suite->n_pairs)
    return;
  buf_add_char(page->out, '\n');
  for (size_t i = 0; i < suite->n_pairs && i < SENTENCES_MAX; i++)
    write_sentence(page, suite, &suite->pairs[i]);
  if (suite->n_pairs > SENTENCES_MAX)
    buf_printf(page->out, "(%zu more pairs stand in report.md)\n",
               suite->n_pairs - SENTENCES_MAX);
}

void report_write_table(struct buf *out, const struct report *report)
{
  struct page page;
  page_init(&page, out, report);
  if (report_unfinished(report)) {
    extent_show(out, report);
    buf_add(out, STR("\n\n"));
  }
  for (size_t s = 0; s < report->n_suites; s++) {
    if (report->n_suites > 1) {
      buf_add(out, s ? STR("\n") : STR(""));
      show_md(out, report->suites[s].suite->title);
      buf_add(out, STR("\n\n"));
    }
    write_models(&page, &report->suites[s]);
    write_sentences(&page, &report->suites[s]);
    tokens_write_lines(out, &report->suites[s]);
  }
  page_release(&page);
}
