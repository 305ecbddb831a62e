#include "report/extent.h"

static bool has_suite(const struct manifest *m, struct str name)
{
  for (size_t i = 0; i < m->n_suites; i++)
    if (str_equal(m->suites[i].name, name))
      return true;
  return false;
}

static bool has_model(const struct manifest *m, struct str label)
{
  for (size_t i = 0; i < m->n_models; i++)
    if (str_equal(m->models[i].label, label))
      return true;
  return false;
}

void extent_model(struct model_report *out, const struct table *table, size_t index,
                  const struct report_input *input)
{
  int samples = 0;
  for (size_t i = 0; i < input->n_sources; i++) {
    const struct manifest *m = input->sources[i].manifest;
    if (m->samples > samples && has_suite(m, table->suite->name) &&
        has_model(m, out->label))
      samples = m->samples;
  }
  size_t first = index * table->n_rows;
  out->n_asked = table->suite->n_run * (size_t)samples;
  out->n_answered = table->start[first + table->n_rows] - table->start[first];
}

void extent_report(struct report *report)
{
  report->n_asked = report->n_answered = 0;
  for (size_t s = 0; s < report->n_suites; s++)
    for (size_t m = 0; m < report->suites[s].n_models; m++) {
      const struct model_report *model = &report->suites[s].models[m];
      size_t asked = model->n_asked, answered = model->n_answered;
      report->n_asked += asked;
      report->n_answered += answered < asked ? answered : asked;
    }
}

bool report_unfinished(const struct report *report)
{
  return report->n_answered < report->n_asked;
}

void extent_show_count(struct buf *out, const struct report *report)
{
  buf_printf(out, "%zu of %zu answers", report->n_answered, report->n_asked);
}

const char *extent_next(const struct report *report)
{
  return report->input->n_sources > 1 ? "finish every part of the run with --resume"
                                      : "continue the run with --resume";
}

void extent_show(struct buf *out, const struct report *report)
{
  buf_add(out, STR("unfinished: "));
  extent_show_count(out, report);
  buf_printf(out, "; %s", extent_next(report));
}
