/* report_junit.c - gates as test cases, for CI servers: few and meaningful. The numbers
 * stand as properties; a gate that does not hold is a failure. No times: they would
 * differ between two reports of one journal. */
#include "report/extent.h"
#include "report/show.h"

static void put_attribute(struct buf *out, const char *name, struct str value)
{
  buf_printf(out, " %s=\"", name);
  show_xml(out, value);
  buf_add_char(out, '"');
}

static void put_property(struct buf *out, struct str name, struct str value)
{
  buf_add(out, STR("      <property"));
  put_attribute(out, "name", name);
  put_attribute(out, "value", value);
  buf_add(out, STR("/>\n"));
}

static void put_properties(struct buf *out, struct arena *arena,
                           const struct report *report)
{
  buf_add(out, STR("    <properties>\n"));
  if (report_unfinished(report))
    put_property(out, STR("unfinished"),
                 arena_printf(arena, "%zu of %zu answers; %s", report->n_answered,
                              report->n_asked, extent_next(report)));
  for (size_t s = 0; s < report->n_suites; s++) {
    const struct suite_report *suite = &report->suites[s];
    struct str name = suite->suite->name;
    put_property(out, arena_printf(arena, "%.*s.data_sha256", STR_ARG(name)),
                 suite->suite->data_sha256);
    put_property(out, arena_printf(arena, "%.*s.grader", STR_ARG(name)),
                 suite->suite->grader);
    for (size_t m = 0; m < suite->n_models; m++) {
      const struct score *score = &suite->models[m].first;
      put_property(out,
                   arena_printf(arena, "%.*s.%.*s.accuracy", STR_ARG(name),
                                STR_ARG(suite->models[m].label)),
                   arena_printf(arena, "%.6f [%.6f, %.6f] n=%zu", score->accuracy,
                                score->wilson.low, score->wilson.high, score->n));
    }
  }
  buf_add(out, STR("    </properties>\n"));
}

static void put_gate(struct buf *out, const struct report_gate *gate)
{
  buf_add(out, STR("    <testcase classname=\"oreo-bench.gate\""));
  put_attribute(out, "name", gate->name);
  if (gate->passed) {
    buf_add(out, STR("/>\n"));
    return;
  }
  buf_add(out, STR(">\n      <failure type=\"gate\""));
  put_attribute(out, "message", gate->message);
  buf_add(out, STR("/>\n    </testcase>\n"));
}

void report_write_junit(struct buf *out, const struct report *report)
{
  struct arena arena = { 0 };
  size_t n_failed = 0;
  for (size_t i = 0; i < report->n_gates; i++)
    n_failed += !report->gates[i].passed;
  buf_add(out, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
  buf_printf(out, "<testsuites tests=\"%zu\" failures=\"%zu\" errors=\"0\">\n",
             report->n_gates, n_failed);
  buf_printf(
      out,
      "  <testsuite name=\"oreo-bench\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" "
      "skipped=\"0\">\n",
      report->n_gates, n_failed);
  put_properties(out, &arena, report);
  for (size_t i = 0; i < report->n_gates; i++)
    put_gate(out, &report->gates[i]);
  if (report->n_warnings) {
    buf_add(out, STR("    <system-out>"));
    for (size_t i = 0; i < report->n_warnings; i++) {
      buf_printf(out, "%s: ", report->warnings[i].id);
      show_xml(out, report->warnings[i].text);
      buf_printf(out, "; %s\n", report->warnings[i].next);
    }
    buf_add(out, STR("</system-out>\n"));
  }
  buf_add(out, STR("  </testsuite>\n</testsuites>\n"));
  arena_release(&arena);
}
