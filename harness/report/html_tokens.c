/* html_tokens.c - what the answers took and cost, as a table of the page. */
#include "report/html_part.h"
#include "report/show.h"
#include "report/tokens.h"

/* shorter than the words: seven columns have to fit */
#define AT_LEAST "\xE2\x89\xA5\xC2\xA0"

static void write_head(struct buf *out, const struct suite_report *suite)
{
  buf_add(out, STR("<div class=\"scroll\"><table>\n<thead><tr><th>model</th>"));
  for (enum tokens_column c = 0; c < TOKENS_COLUMN_COUNT; c++)
    if (tokens_column_shown(suite, c))
      buf_printf(out, "<th>%s</th>", tokens_heading(c));
  buf_add(out, STR("</tr></thead>\n<tbody>\n"));
}

static void write_row(struct buf *out, const struct suite_report *suite,
                      const struct model_report *model)
{
  buf_add(out, STR("<tr><td>"));
  show_html(out, model->label);
  buf_add(out, STR("</td>"));
  for (enum tokens_column c = 0; c < TOKENS_COLUMN_COUNT; c++) {
    if (!tokens_column_shown(suite, c))
      continue;
    buf_add(out, STR("<td>"));
    tokens_show(out, &model->tokens, c, AT_LEAST);
    buf_add(out, STR("</td>"));
  }
  buf_add(out, STR("</tr>\n"));
}

static void write_note(struct buf *out, const struct suite_report *suite)
{
  struct buf silent;
  buf_init(&silent, BUF_CAP_OWN);
  buf_printf(out, "<p class=\"note\">%s", tokens_note(suite));
  for (size_t m = 0; m < suite->n_models; m++) {
    buf_reset(&silent);
    tokens_show_silent(&silent, &suite->models[m].tokens);
    if (!silent.len)
      continue;
    buf_add(out, STR(" At least (\xE2\x89\xA5): of "));
    show_html(out, suite->models[m].label);
    buf_printf(out, ", %.*s.", STR_ARG(buf_str(&silent)));
  }
  buf_add(out, STR("</p>\n"));
  buf_release(&silent);
}

void html_tokens(struct buf *out, const struct suite_report *suite)
{
  if (!tokens_known_in_suite(suite))
    return;
  buf_add(out, STR("<section>\n<h2>Tokens and cost</h2>\n"));
  write_head(out, suite);
  for (size_t m = 0; m < suite->n_models; m++)
    write_row(out, suite, &suite->models[m]);
  buf_add(out, STR("</tbody></table></div>\n"));
  write_note(out, suite);
  buf_add(out, STR("</section>\n"));
}
