/* Unfinished runs: what is counted, what every format says first, which gates fail. */
#include "test.h"

#include "base/fs.h"
#include "report/compare.h"
#include "report/extent.h"
#include "toy_run.h"

static const struct report *build(struct toy_run *toy)
{
  struct report *report;
  struct err err;
  assert_ok(report_build(&report, &toy->arena, &toy->input, &err), err);
  return report;
}

static const struct report_gate *find_gate(const struct report *report, const char *name)
{
  for (size_t i = 0; i < report->n_gates; i++)
    if (str_equal(report->gates[i].name, str_from(name)))
      return &report->gates[i];
  return NULL;
}

static void a_finished_run_is_whole(void **state)
{
  (void)state;
  struct toy_run toy;
  toy_begin(&toy);
  const struct report *report = build(&toy);
  assert_false(report_unfinished(report));
  assert_int_equal(report->n_asked, 36);
  assert_int_equal(report->n_answered, 36);
  toy_end(&toy);
}

static void every_sample_counts(void **state)
{
  (void)state;
  struct toy_run toy;
  toy_begin(&toy);
  toy.journal.n_records--; /* the last sample of the last item */
  const struct report *report = build(&toy);
  assert_true(report_unfinished(report));
  assert_int_equal(report->n_answered, 35);
  assert_true(find_gate(report, "toy left: complete")->passed);
  const struct report_gate *gate = find_gate(report, "toy <right>: complete");
  assert_false(gate->passed);
  assert_str_equal(gate->message, "unfinished: 17 of 18 answers");
  toy_end(&toy);
}

/* What one model has too much does not make up for what another lacks. */
static void too_much_is_not_counted(void **state)
{
  (void)state;
  struct toy_run toy;
  toy_begin(&toy);
  toy_stop(&toy);
  toy.manifest.samples = 2;
  const struct report *report = build(&toy);
  assert_int_equal(report->n_asked, 2 * 6 * 2);
  assert_int_equal(report->n_answered, 12 + 5);
  toy_end(&toy);
}

/* The same items with more samples in one run than in another: the more is asked for. */
static void the_most_samples_are_asked_for(void **state)
{
  (void)state;
  struct toy_run toy;
  toy_begin(&toy);
  struct manifest one = toy.manifest;
  struct journal none = { 0 };
  one.samples = 1;
  struct report_source sources[] = { toy.source, { &one, &none } };
  toy.input.sources = sources;
  toy.input.n_sources = 2;
  assert_int_equal(build(&toy)->n_asked, 36);
  toy_end(&toy);
}

static void pairs_are_over_what_both_have(void **state)
{
  (void)state;
  struct toy_run toy;
  toy_begin(&toy);
  toy_stop(&toy);
  const struct report *report = build(&toy);
  assert_int_equal(report->suites[0].models[0].first.n, 5);
  assert_int_equal(report->suites[0].models[1].first.n, 2);
  assert_int_equal(report->suites[0].pairs[0].n, 2);
  toy_end(&toy);
}

static void further_gates_fail_with_the_reason(void **state)
{
  (void)state;
  struct report_gate given = { STR("mine"), true, STR("12 is at least 3") };
  struct toy_run toy;
  toy_begin(&toy);
  toy.input.gates = &given;
  toy.input.n_gates = 1;
  assert_true(find_gate(build(&toy), "mine")->passed);
  toy_stop(&toy);
  const struct report_gate *gate = find_gate(build(&toy), "mine");
  assert_false(gate->passed);
  assert_str_equal(gate->message,
                   "the run is unfinished (23 of 36 answers); so far: 12 is at least 3");
  toy_end(&toy);
}

static void an_empty_journal_is_said_to_be_one(void **state)
{
  (void)state;
  struct toy_run toy;
  struct buf out;
  toy_begin(&toy);
  toy.journal.n_records = 0;
  buf_init(&out, 1 << 16);
  report_write_table(&out, build(&toy));
  assert_true(str_starts(buf_str(&out), STR("unfinished: 0 of 36 answers; continue")));
  assert_true(str_find(buf_str(&out), STR("no item in common")) > 0);
  assert_true(str_find(buf_str(&out), STR("p = ")) < 0);
  buf_release(&out);
  toy_end(&toy);
}

/* Two models that ran apart, each on one suite of its own: neither lacks the other's. */
static void what_was_not_asked_is_not_missing(void **state)
{
  (void)state;
  struct toy_run toy;
  toy_begin(&toy);
  struct manifest m[2] = { toy.manifest, toy.manifest };
  struct manifest_suite other = toy.manifest.suites[0];
  struct record records[18];
  other.name = STR("other");
  m[0].n_models = m[1].n_models = 1;
  m[1].models = &toy.manifest.models[1];
  m[1].suites = &other;
  for (size_t i = 0; i < COUNT(records); i++) {
    records[i] = toy.journal.records[18 + i];
    records[i].suite = other.name;
  }
  struct journal j[2] = { { .records = toy.journal.records, .n_records = 18 },
                          { .records = records, .n_records = 18 } };
  struct report_source sources[] = { { &m[0], &j[0] }, { &m[1], &j[1] } };
  toy.input.sources = sources;
  toy.input.n_sources = 2;
  const struct report *report = build(&toy);
  assert_int_equal(report->n_asked, 36);
  assert_false(report_unfinished(report));
  assert_null(find_gate(report, "other left: complete"));
  j[1].n_records = 17;
  report = build(&toy);
  assert_true(report_unfinished(report));
  assert_non_null(strstr(extent_next(report), "every part"));
  toy_end(&toy);
}

/* ---- compare ---- */

/* The toy run as a folder. */
static void write_run(const struct toy_run *toy, const char *dir)
{
  char path[4096];
  struct err err = { 0 };
  assert_ok(fs_make_dir(dir, &err), err);
  snprintf(path, sizeof path, "%s/manifest.json", dir);
  assert_ok(manifest_write(&toy->manifest, path, &err), err);
  snprintf(path, sizeof path, "%s/journal.jsonl", dir);
  struct journal_writer *writer = journal_writer_open(path, 0, &err);
  assert_non_null(writer);
  for (size_t i = 0; i < toy->journal.n_records; i++)
    assert_ok(journal_append(writer, &toy->journal.records[i], &err), err);
  assert_ok(journal_writer_close(writer, &err), err);
}

static void remove_run(const char *dir)
{
  char path[4096];
  snprintf(path, sizeof path, "%s/manifest.json", dir);
  unlink(path);
  snprintf(path, sizeof path, "%s/journal.jsonl", dir);
  unlink(path);
  rmdir(dir);
}

static void no_gate_of_compare_holds_on_a_part(void **state)
{
  (void)state;
  struct toy_run toy;
  struct comparisons comparisons;
  struct report_gate gate;
  struct err err = { 0 };
  char a[4000], spec_a[4096], spec_b[4096];
  toy_begin(&toy);
  const char *dir = test_folder();
  snprintf(a, sizeof a, "%s/run", dir);
  snprintf(spec_a, sizeof spec_a, "%s#left", a);
  snprintf(spec_b, sizeof spec_b, "%s#<right>", a);
  for (int stopped = 0; stopped < 2; stopped++) {
    if (stopped)
      toy_stop(&toy);
    write_run(&toy, a);
    assert_ok(compare_load(&comparisons, &toy.arena, spec_a, spec_b, &err), err);
    assert_int_equal(str_present(comparisons.unfinished), stopped);
    assert_ok(compare_gate(&gate, &toy.arena, "min-diff=-100", &comparisons, &err), err);
    assert_int_equal(gate.passed, !stopped);
    assert_int_equal(compare_gate_worse(&toy.arena, &comparisons).passed, !stopped);
    remove_run(a);
  }
  assert_true(str_find(gate.message, STR("B has answered 2 of 6 items")) >= 0);
  toy.journal.n_records = 18; /* "<right>" has not begun, and is a model still */
  write_run(&toy, a);
  assert_int_equal(compare_load(&comparisons, &toy.arena, spec_a, spec_b, &err), -1);
  assert_non_null(strstr(err.msg, "answered nothing yet"));
  assert_int_equal(compare_load(&comparisons, &toy.arena, a, spec_a, &err), -1);
  assert_non_null(strstr(err.msg, "holds 2 models"));
  remove_run(a);
  rmdir(dir);
  toy_end(&toy);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_finished_run_is_whole),
    cmocka_unit_test(every_sample_counts),
    cmocka_unit_test(too_much_is_not_counted),
    cmocka_unit_test(the_most_samples_are_asked_for),
    cmocka_unit_test(pairs_are_over_what_both_have),
    cmocka_unit_test(further_gates_fail_with_the_reason),
    cmocka_unit_test(an_empty_journal_is_said_to_be_one),
    cmocka_unit_test(what_was_not_asked_is_not_missing),
    cmocka_unit_test(no_gate_of_compare_holds_on_a_part),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
