/* Every number of the toy run, against values worked out by hand. */
#include "test.h"

#include "toy_run.h"

#define NEAR(a, b) assert_true(fabs((a) - (b)) <= 1e-9)

static const struct report *build(struct toy_run *toy)
{
  struct report *report;
  struct err err;
  assert_ok(report_build(&report, &toy->arena, &toy->input, &err), err);
  return report;
}

static void counts_and_bounds(void **state)
{
  (void)state;
  struct toy_run toy;
  toy_begin(&toy);
  const struct model_report *left = &build(&toy)->suites[0].models[0];
  assert_int_equal(left->n_items, 6);
  assert_int_equal(left->n_samples, 3);
  assert_int_equal(left->count[VERDICT_CORRECT], 3);
  assert_int_equal(left->count[VERDICT_WRONG], 1);
  assert_int_equal(left->count[VERDICT_NO_ANSWER], 1);
  assert_int_equal(left->count[VERDICT_ERROR], 1);
  /* the error is in no n: 3 of 5, and between 3 and 4 of 6 */
  assert_int_equal(left->first.n, 5);
  NEAR(left->first.accuracy, 0.6);
  NEAR(left->low, 0.5);
  NEAR(left->high, 4.0 / 6);
  /* Wilson for 3 of 5: (p + z2/2n -+ z sqrt(pq/n + z2/4n2)) / (1 + z2/n) */
  double z = STATS_Z95, n = 5, p = 0.6;
  double centre = p + z * z / (2 * n),
         half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  NEAR(left->first.wilson.low, (centre - half) / (1 + z * z / n));
  NEAR(left->first.wilson.high, (centre + half) / (1 + z * z / n));
  toy_end(&toy);
}

static void pairs_leave_errors_out(void **state)
{
  (void)state;
  struct toy_run toy;
  toy_begin(&toy);
  const struct suite_report *suite = &build(&toy)->suites[0];
  assert_int_equal(suite->n_pairs, 1);
  /* item 5 is an error of left; 0 and 2 are right on the left alone */
  assert_int_equal(suite->pairs[0].n, 5);
  assert_int_equal(suite->pairs[0].wins, 2);
  assert_int_equal(suite->pairs[0].losses, 0);
  NEAR(suite->pairs[0].difference, 0.4);
  NEAR(suite->pairs[0].p, 0.5); /* both of two heads: 2 * 1/4 */
  NEAR(suite->pairs[0].p_holm, 0.5);
  toy_end(&toy);
}

static void pass_at_k(void **state)
{
  (void)state;
  struct toy_run toy;
  toy_begin(&toy);
  const struct model_report *left = &build(&toy)->suites[0].models[0];
  assert_int_equal(left->n_pass, 3); /* k = 1, 2, 3 */
  /* right of samples, errors left out: 2/3 2/3 3/3 1/3 1/3 1/2 */
  NEAR(left->pass[0].value, (2.0 / 3 + 2.0 / 3 + 1 + 1.0 / 3 + 1.0 / 3 + 0.5) / 6);
  assert_int_equal(left->pass[0].n, 6);
  /* 1 - C(n-c,2)/C(n,2): 1, 1, 1, 2/3, 2/3, 1 */
  NEAR(left->pass[1].value, (1 + 1 + 1 + 2.0 / 3 + 2.0 / 3 + 1) / 6);
  /* item 5 has only two samples: five items, all with a right one */
  assert_int_equal(left->pass[2].k, 3);
  assert_int_equal(left->pass[2].n, 5);
  NEAR(left->pass[2].value, 1);
  toy_end(&toy);
}

/* answers 117 922 333 -84 599 -26(e) of left: classes in order of their first member */
static void maj_at_k(void **state)
{
  (void)state;
  struct toy_run toy;
  toy_begin(&toy);
  const struct model_report *left = &build(&toy)->suites[0].models[0];
  assert_int_equal(left->n_maj, 2);
  /* k = 2: 1|1 right, 9|2 tie: 9 wrong, 3|3 right, 8 alone: wrong, 5|9 tie: 5 right,
   * and item 5 without its error: 2|6 tie: 2 wrong */
  assert_int_equal(left->maj[0].n, 6);
  NEAR(left->maj[0].value, 3.0 / 6);
  /* k = 3: 1 1 7 right, 9 2 2 right, 3 3 3 right, - 8 4 tie: 8 wrong, 5 9 9 wrong */
  assert_int_equal(left->maj[1].n, 5);
  NEAR(left->maj[1].value, 3.0 / 5);
  toy_end(&toy);
}

/* Three models on 40 items, right on the first 30, 18 and 12 of them. */
static void holm_covers_all_pairs(void **state)
{
  (void)state;
  enum { ITEMS = 40, MODELS = 3 };
  static const size_t n_right[MODELS] = { 30, 18, 12 };
  struct toy_run toy;
  toy_begin(&toy);
  struct manifest_model models[MODELS] = {
    toy.manifest.models[0],
    toy.manifest.models[1],
    { .label = STR("third"), .spec = STR("null:1"), .kind = STR("null") }
  };
  struct record records[MODELS * ITEMS];
  for (size_t i = 0; i < MODELS * ITEMS; i++) {
    records[i] = toy.journal.records[3];
    records[i].model = models[i / ITEMS].label;
    records[i].index = i % ITEMS;
    records[i].item = arena_printf(&toy.arena, "%zu", i % ITEMS);
    records[i].verdict = i % ITEMS < n_right[i / ITEMS] ? VERDICT_CORRECT : VERDICT_WRONG;
  }
  toy.manifest.models = models;
  toy.manifest.n_models = MODELS;
  toy.journal = (struct journal){ .records = records, .n_records = MODELS * ITEMS };
  const struct suite_report *suite = &build(&toy)->suites[0];
  assert_int_equal(suite->n_pairs, 3);
  /* losses are 0: p is 2 / 2^wins for 12, 18 and 6 wins; Holm times 2, 3, 1 */
  NEAR(suite->pairs[0].p, 2.0 / 4096);
  NEAR(suite->pairs[0].p_holm, 2 * 2.0 / 4096);
  NEAR(suite->pairs[1].p_holm, 3 * 2.0 / 262144);
  NEAR(suite->pairs[2].p_holm, 2.0 / 64);
  toy_end(&toy);
}

static bool all_same(void *context, struct str suite, struct str a, struct str b)
{
  (void)a, (void)b;
  assert_str_equal(suite, "toy");
  ++*(int *)context;
  return true;
}

static void votes_ask_the_caller(void **state)
{
  (void)state;
  struct toy_run toy;
  int n_asked = 0;
  toy_begin(&toy);
  toy.journal.records[3 * 4].verdict = VERDICT_WRONG; /* item 4 of left */
  toy.input.same = all_same;
  toy.input.same_context = &n_asked;
  const struct model_report *left = &build(&toy)->suites[0].models[0];
  /* one class an item: its first member decides: c w c (8: wrong) w */
  NEAR(left->maj[1].value, 2.0 / 5);
  assert_true(n_asked > 0);
  toy_end(&toy);
}

static void groups_are_sorted_by_number(void **state)
{
  (void)state;
  struct toy_run toy;
  toy_begin(&toy);
  toy.journal.records[3 * 2].level = STR("2"); /* item 2 of left */
  const struct model_report *left = &build(&toy)->suites[0].models[0];
  assert_int_equal(left->n_groups[GROUP_LEVEL], 3);
  assert_str_equal(left->groups[GROUP_LEVEL][0].name, "1");
  assert_str_equal(left->groups[GROUP_LEVEL][1].name, "2");
  assert_str_equal(left->groups[GROUP_LEVEL][2].name, "10");
  assert_int_equal(left->groups[GROUP_LEVEL][0].score.n, 2);
  assert_int_equal(left->groups[GROUP_LEVEL][0].score.n_correct, 1);
  assert_int_equal(left->groups[GROUP_LEVEL][2].score.n, 2); /* 3 items, one an error */
  assert_str_equal(left->groups[GROUP_STEPS][0].name, "1 step");
  assert_str_equal(left->groups[GROUP_STEPS][1].name, "2 steps");
  assert_int_equal(left->n_groups[GROUP_CATEGORY], 0); /* all integers: nothing to say */
  assert_int_equal(left->n_groups[GROUP_SUBJECT], 0);
  toy_end(&toy);
}

static const struct report_warning *find_warning(const struct report *report,
                                                 const char *id)
{
  for (size_t i = 0; i < report->n_warnings; i++)
    if (strcmp(report->warnings[i].id, id) == 0)
      return &report->warnings[i];
  return NULL;
}

static void labels_are_compared(void **state)
{
  (void)state;
  struct toy_run toy;
  toy_begin(&toy);
  const struct report *report = build(&toy);
  assert_int_equal(report->suites[0].models[0].n_labelled, 2);
  assert_int_equal(report->suites[0].models[0].n_label_differs, 1);
  assert_non_null(find_warning(report, "label-differs"));
  assert_non_null(find_warning(report, "errors"));
  assert_non_null(find_warning(report, "few-items"));
  assert_null(find_warning(report, "incomplete"));
  assert_null(find_warning(report, "duplicate-answers"));
  toy_end(&toy);
}

static void duplicates_are_found(void **state)
{
  (void)state;
  struct toy_run toy;
  toy_begin(&toy);
  for (size_t i = 0; i < toy.journal.n_records; i++)
    if (toy.journal.records[i].sample == 0 && toy.journal.records[i].index > 2)
      toy.journal.records[i].response =
          STR("The same long answer to every question there is: 5");
  const struct report_warning *warning = find_warning(build(&toy), "duplicate-answers");
  assert_non_null(warning);
  /* of left, items 3 and 4 (5 is an error): one of the two repeats */
  assert_true(str_find(warning->text, STR("1 of 5 answers")) >= 0);
  toy_end(&toy);
}

static void gates_follow_the_limit(void **state)
{
  (void)state;
  struct toy_run toy;
  toy_begin(&toy);
  const struct report *report = build(&toy);
  assert_false(report_passed(report)); /* 1 of 6 is above 5 % */
  assert_false(report->gates[0].passed);
  struct manifest_option option = { STR("max-error-rate"), STR("0.2") };
  toy.manifest.options = &option;
  toy.manifest.n_options = 1;
  assert_true(report_passed(build(&toy)));
  toy.manifest.suites[0].n_run = 7; /* one item was never answered */
  report = build(&toy);
  assert_false(report_passed(report));
  assert_non_null(find_warning(report, "incomplete"));
  toy_end(&toy);
}

/* The journal cut in two, in any order, is the same report. */
static void shards_are_united(void **state)
{
  (void)state;
  struct toy_run toy;
  toy_begin(&toy);
  struct buf whole, united;
  buf_init(&whole, BUF_CAP_OWN);
  buf_init(&united, BUF_CAP_OWN);
  report_write_json(&whole, build(&toy));
  struct manifest m[2] = { toy.manifest, toy.manifest };
  struct manifest_suite s[2] = { toy.manifest.suites[0], toy.manifest.suites[0] };
  struct journal j[2] = { { .records = toy.journal.records, .n_records = 17 },
                          { .records = toy.journal.records + 17, .n_records = 19 } };
  for (size_t i = 0; i < 2; i++) {
    m[i].suites = &s[i];
    s[i].n_run = 3;
    m[i].shard_index = i;
    m[i].n_shards = 2;
  }
  struct report_source sources[] = { { &m[1], &j[1] }, { &m[0], &j[0] } };
  toy.input.sources = sources;
  toy.input.n_sources = 2;
  report_write_json(&united, build(&toy));
  assert_true(str_equal(buf_str(&whole), buf_str(&united)));
  buf_release(&whole);
  buf_release(&united);
  toy_end(&toy);
}

/* Changes one of two sources; the error must say `word`. */
static void refuses(void (*change)(struct manifest *m, struct record *r),
                    const char *word)
{
  struct toy_run toy;
  toy_begin(&toy);
  struct manifest_suite suite = toy.manifest.suites[0];
  struct manifest_model models[2] = { toy.manifest.models[0], toy.manifest.models[1] };
  struct manifest m = toy.manifest;
  struct record record = toy.journal.records[0];
  struct journal j = { .records = &record, .n_records = 1 };
  m.suites = &suite;
  m.models = models;
  struct report_source sources[] = { toy.source, { &m, &j } };
  toy.input.sources = sources;
  toy.input.n_sources = 2;
  assert_non_null(build(&toy)); /* the same record twice is fine */
  change(&m, &record);
  struct report *report;
  struct err err = { 0 };
  assert_int_equal(report_build(&report, &toy.arena, &toy.input, &err), -1);
  assert_int_equal(err.code, ERR_DATA);
  if (!strstr(err.msg, word))
    fail_msg("no '%s' in: %s", word, err.msg);
  toy_end(&toy);
}

static void other_data(struct manifest *m, struct record *r)
{
  (void)r;
  m->suites[0].data_sha256 = STR("0123456789abcdef");
}
static void other_grader(struct manifest *m, struct record *r)
{
  (void)r;
  m->suites[0].grader = STR("oreo@1");
}
static void other_model(struct manifest *m, struct record *r)
{
  (void)r;
  m->models[0].sha256 = STR("2222");
}
static void other_answer(struct manifest *m, struct record *r)
{
  (void)m;
  r->response = STR("something else");
}
static void unknown_model(struct manifest *m, struct record *r)
{
  (void)m;
  r->model = STR("nobody");
}

static void what_cannot_be_united_is_refused(void **state)
{
  (void)state;
  refuses(other_data, "their data differ");
  refuses(other_grader, "graded by");
  refuses(other_model, "two different models");
  refuses(other_answer, "different answers");
  refuses(unknown_model, "not in the manifest");
}

static void build_engines(struct toy_run *toy, struct manifest_engine engines[2],
                          struct report **report, struct err *err, int wanted)
{
  struct manifest m[2] = { toy->manifest, toy->manifest };
  struct manifest_model models[2][TOY_MODELS];
  for (size_t i = 0; i < 2; i++) {
    memcpy(models[i], toy->manifest.models, sizeof models[i]);
    models[i][0].engine = &engines[i];
    m[i].models = models[i];
  }
  struct report_source sources[] = { { &m[0], &toy->journal }, { &m[1], &toy->journal } };
  toy->input.sources = sources;
  toy->input.n_sources = 2;
  assert_int_equal(report_build(report, &toy->arena, &toy->input, err), wanted);
}

/* What a model ran on stands in the reports; parts of a run may name several devices, but
 * one kind of weights. */
static void engines_are_shown(void **state)
{
  (void)state;
  struct toy_run toy;
  struct err err = { 0 };
  struct report *report;
  struct buf out;
  struct manifest_engine engines[2] = { { .device = STR("Card <B>"),
                                          .driver = STR("2.0"),
                                          .dtype = STR("bf16"),
                                          .chat_template = STR("chatml"),
                                          .context = 4096 } };
  engines[1] = engines[0];
  toy_begin(&toy);
  buf_init(&out, BUF_CAP_OWN);
  build_engines(&toy, engines, &report, &err, 0);
  report_write_md(&out, report);
  assert_true(str_find(buf_str(&out), STR("left ran on ")) >= 0);
  assert_true(str_find(buf_str(&out), STR("driver 2.0; weights bf16, context 4096, "
                                          "chat template chatml.\n")) >= 0);
  buf_reset(&out);
  engines[1].device = STR("Accelerator");
  engines[1].driver = STR("1.0");
  build_engines(&toy, engines, &report, &err, 0);
  report_write_json(&out, report);
  assert_true(str_find(buf_str(&out), STR("\"device\": \"Accelerator and Card <B>\"")) >=
              0);
  assert_true(str_find(buf_str(&out), STR("\"driver\": \"1.0 and 2.0\"")) >= 0);
  buf_reset(&out);
  report_write_html(&out, report);
  assert_true(str_find(buf_str(&out), STR("Accelerator and Card &lt;B&gt;")) >= 0);
  engines[1].dtype = STR("f32");
  build_engines(&toy, engines, &report, &err, -1);
  assert_int_equal(err.code, ERR_DATA);
  assert_non_null(strstr(err.msg, "'left' ran with weights bf16"));
  engines[1].dtype = engines[0].dtype;
  engines[1].chat_template = STR("none");
  build_engines(&toy, engines, &report, &err, -1);
  buf_release(&out);
  toy_end(&toy);
}

static void empty_journal_is_a_report(void **state)
{
  (void)state;
  struct toy_run toy;
  struct buf out;
  toy_begin(&toy);
  toy.journal.n_records = 0;
  buf_init(&out, BUF_CAP_OWN);
  const struct report *report = build(&toy);
  assert_true(isnan(report->suites[0].models[0].first.accuracy));
  report_write_md(&out, report);
  report_write_html(&out, report);
  report_write_json(&out, report);
  report_write_csv(&out, report);
  report_write_junit(&out, report);
  buf_release(&out);
  toy_end(&toy);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(counts_and_bounds),
    cmocka_unit_test(pairs_leave_errors_out),
    cmocka_unit_test(holm_covers_all_pairs),
    cmocka_unit_test(pass_at_k),
    cmocka_unit_test(maj_at_k),
    cmocka_unit_test(votes_ask_the_caller),
    cmocka_unit_test(groups_are_sorted_by_number),
    cmocka_unit_test(labels_are_compared),
    cmocka_unit_test(duplicates_are_found),
    cmocka_unit_test(gates_follow_the_limit),
    cmocka_unit_test(shards_are_united),
    cmocka_unit_test(what_cannot_be_united_is_refused),
    cmocka_unit_test(engines_are_shown),
    cmocka_unit_test(empty_journal_is_a_report),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
