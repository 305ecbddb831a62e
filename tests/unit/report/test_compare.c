/* Joining two sides, refusing other data, lints, gates. Samples files are written here.
 */
#include "test.h"

#include <math.h>

#include "base/fs.h"
#include "report/compare.h"

enum { ROWS = 40 };

/* What a samples file is made of. */
struct samples {
  const char *task;
  int n, first;        /* rows first .. first + n - 1 */
  int right_below;     /* rows below this are right */
  bool hashes;         /* doc_hash is there, and so is the question */
  int gold_shift;      /* added to every gold */
  const char *variant; /* goes into hash and question */
  int vary_from;       /* of the rows from here on */
};

static const struct samples plain = { "gsm8k", ROWS, 0, 20, true, 0, "", 0 };

static void write_samples(char path[static 4096], const char *dir, const char *name,
                          const struct samples *s)
{
  struct buf out;
  struct err err;
  buf_init(&out, BUF_CAP_OWN);
  for (int i = s->first; i < s->first + s->n; i++) {
    const char *variant = i >= s->vary_from ? s->variant : "";
    buf_printf(&out, "{\"doc_id\":%d,\"doc\":{", i);
    if (s->hashes)
      buf_printf(&out, "\"question\":\"what is %d%s?\"", i, variant);
    buf_printf(
        &out,
        "},\"target\":\"%d\",\"arguments\":{\"gen_args_0\":{\"arg_0\":\"\","
        "\"arg_1\":{}}},\"resps\":[[\"I think that row %d of this file has the answer "
        "%d\"]],\"filtered_resps\":[\"%d\"],\"filter\":\"strict-match\","
        "\"metrics\":[\"exact_match\"],",
        i + s->gold_shift, i, i, i);
    if (s->hashes)
      buf_printf(&out, "\"doc_hash\":\"%064x%s\",", (unsigned)i, variant);
    buf_printf(&out, "\"exact_match\":%d.0}\n", i < s->right_below);
  }
  snprintf(path, 4096, "%s/%s", dir, name);
  assert_ok(fs_write(path, buf_str(&out), &err), err);
  buf_release(&out);
}

struct world {
  struct arena arena;
  const char *dir;
  char a[4096], b[4096];
  struct comparisons got;
  struct err err;
};

static int compare(struct world *w, const struct samples *a, const struct samples *b)
{
  *w = (struct world){ .dir = test_folder() };
  write_samples(w->a, w->dir, "samples_gsm8k_T1.jsonl", a);
  write_samples(w->b, w->dir, "samples_gsm8k_T2.jsonl", b);
  return compare_load(&w->got, &w->arena, w->a, w->b, &w->err);
}

static void end(struct world *w)
{
  char path[4096];
  unlink(w->a);
  unlink(w->b);
  snprintf(path, sizeof path, "%s/results_T1.json", w->dir);
  unlink(path);
  rmdir(w->dir);
  arena_release(&w->arena);
}

static bool warns(const struct world *w, const char *id)
{
  for (size_t i = 0; i < w->got.n_warnings; i++)
    if (strcmp(w->got.warnings[i].id, id) == 0)
      return true;
  return false;
}

static void pairs_by_hash(void **state)
{
  (void)state;
  struct world w;
  struct samples better = plain;
  better.right_below = 30;
  assert_ok(compare(&w, &plain, &better), w.err);
  const struct comparison *c = &w.got.list[0];
  assert_int_equal(w.got.n, 1);
  assert_int_equal(c->pairing, PAIRED_BY_DOC_HASH);
  assert_int_equal(c->paired.n, ROWS);
  assert_int_equal(c->paired.wins, 10);
  assert_int_equal(c->paired.losses, 0);
  assert_int_equal(c->both, 20);
  assert_int_equal(c->neither, 10);
  assert_true(fabs(c->paired.difference - 0.25) < 1e-12);
  /* wins are binomial(40, 1/4): P(X <= 4) = 0.016, P(X <= 5) = 0.043; P(X >= 16) = 0.026,
   * P(X >= 17) = 0.012: from 5 to 16 of 40 */
  assert_true(fabs(c->p_holm - 2.0 / 1024) < 1e-12); /* ten heads of ten, two-sided */
  struct buf text;
  buf_init(&text, 4096);
  compare_write_sentence(&text, c);
  assert_str_equal(buf_str(&text),
                   "B is better by 25.0 points [12.5, 40.0], p = 0.0020, n = 40");
  buf_release(&text);
  assert_int_equal(w.got.n_warnings, 0);
  end(&w);
}

static void a_part_is_compared_with_a_warning(void **state)
{
  (void)state;
  struct world w;
  struct samples part = plain;
  part.n = 25;
  assert_ok(compare(&w, &plain, &part), w.err);
  assert_int_equal(w.got.list[0].paired.n, 25);
  assert_true(warns(&w, "n-mismatch"));
  end(&w);
}

static void other_documents_are_refused(void **state)
{
  (void)state;
  struct world w;
  struct samples other = plain;
  other.variant = "x";
  assert_int_equal(compare(&w, &plain, &other), -1);
  assert_int_equal(w.err.code, ERR_DATA);
  end(&w);
  /* rows of the same numbers, of which only some are the same document */
  other.vary_from = 30;
  assert_int_equal(compare(&w, &plain, &other), -1);
  assert_non_null(strstr(w.err.msg, "row 30 is another document"));
  end(&w);
  other = plain;
  other.first = 20;
  assert_ok(compare(&w, &plain, &other), w.err); /* 20..39 are common and agree */
  assert_int_equal(w.got.list[0].paired.n, 20);
  end(&w);
}

static void rows_join_only_where_golds_agree(void **state)
{
  (void)state;
  struct world w;
  struct samples bare = plain, shifted;
  bare.hashes = false;
  assert_ok(compare(&w, &plain, &bare), w.err);
  assert_int_equal(w.got.list[0].pairing, PAIRED_BY_ID);
  assert_int_equal(w.got.list[0].paired.n, ROWS);
  assert_true(warns(&w, "weak-pairing"));
  end(&w);
  shifted = bare;
  shifted.gold_shift = 1;
  assert_int_equal(compare(&w, &plain, &shifted), -1);
  assert_int_equal(w.err.code, ERR_DATA);
  assert_non_null(strstr(w.err.msg, "gold answer"));
  end(&w);
}

/* ---- what a results file states ---- */

static int compare_stated(struct world *w, const char *score, const char *error, int n)
{
  char path[4096], text[512];
  struct err err;
  *w = (struct world){ .dir = test_folder() };
  snprintf(path, sizeof path, "%s/results_T1.json", w->dir);
  snprintf(text, sizeof text,
           "{\"results\":{\"gsm8k\":{\"exact_match,strict-match\":%s,"
           "\"exact_match_stderr,strict-match\":%s}},"
           "\"n-samples\":{\"gsm8k\":{\"original\":40,\"effective\":%d}}}",
           score, error, n);
  assert_ok(fs_write(path, str_from(text), &err), err);
  write_samples(w->a, w->dir, "samples_gsm8k_T1.jsonl", &plain);
  write_samples(w->b, w->dir, "samples_gsm8k_T2.jsonl", &plain);
  return compare_load(&w->got, &w->arena, w->a, w->b, &w->err);
}

static void stated_numbers_are_checked(void **state)
{
  (void)state;
  struct world w;
  /* sqrt(0.25 / 39) = 0.0800641 */
  assert_ok(compare_stated(&w, "0.5", "0.0800641", 40), w.err);
  assert_int_equal(w.got.n_warnings, 0);
  end(&w);
  assert_ok(compare_stated(&w, "0.5", "0.0", 40), w.err);
  assert_true(warns(&w, "impossible-stderr"));
  end(&w);
  assert_ok(compare_stated(&w, "0.55", "\"N/A\"", 40), w.err);
  assert_true(warns(&w, "score-mismatch"));
  end(&w);
  assert_ok(compare_stated(&w, "0.5", "\"N/A\"", 41), w.err);
  assert_true(warns(&w, "n-mismatch"));
  end(&w);
}

/* ---- oddities ---- */

static void append(const char *path, const char *line)
{
  FILE *file = fopen(path, "a");
  assert_non_null(file);
  fputs(line, file);
  fclose(file);
}

static void repeated_rows_count_once(void **state)
{
  (void)state;
  struct world w = { .dir = test_folder() };
  write_samples(w.a, w.dir, "samples_gsm8k_T1.jsonl", &plain);
  write_samples(w.b, w.dir, "samples_gsm8k_T2.jsonl", &plain);
  append(w.a, "{\"doc_id\":3,\"doc\":{\"question\":\"what is 3?\"},\"target\":\"3\","
              "\"resps\":[[\"\"]],\"filtered_resps\":[\"[invalid]\"],"
              "\"filter\":\"strict-match\",\"doc_hash\":\"3\",\"exact_match\":0.0}\n");
  assert_ok(compare_load(&w.got, &w.arena, w.a, w.b, &w.err), w.err);
  assert_int_equal(w.got.list[0].paired.n, ROWS);
  assert_int_equal(w.got.list[0].paired.losses, 0);
  assert_true(warns(&w, "repeated-items"));
  end(&w);
}

static void equal_sides_show_nothing(void **state)
{
  (void)state;
  struct world w;
  struct report_gate gate;
  assert_ok(compare(&w, &plain, &plain), w.err);
  assert_true(w.got.list[0].paired.p == 1);
  assert_true(compare_gate_worse(&w.arena, &w.got).passed);
  assert_ok(compare_gate(&gate, &w.arena, "min-diff=0", &w.got, &w.err), w.err);
  assert_true(gate.passed);
  end(&w);
}

static void gates_hold_or_not(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    bool passed;
  } cases[] = {
    { "min-diff=-25", true },    { "min-diff=-24.9", false },
    { "min-low=-40", true },     { "min-low=-39.9", false },
    { "min-accuracy=25", true }, { "min-accuracy=25.1", false },
    { "max-broken=10", true },   { "max-broken=9", false },
  };
  struct world w;
  struct samples worse = plain;
  worse.right_below = 10;
  assert_ok(compare(&w, &plain, &worse), w.err);
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct report_gate gate;
    assert_ok(compare_gate(&gate, &w.arena, cases[i].text, &w.got, &w.err), w.err);
    if (gate.passed != cases[i].passed)
      fail_msg("%s: %.*s", cases[i].text, STR_ARG(gate.message));
  }
  assert_false(compare_gate_worse(&w.arena, &w.got).passed);
  static const char *const bad[] = { "min-dif=1", "min-diff",
                                     "min-diff=", "min-diff=1x" };
  for (size_t i = 0; i < COUNT(bad); i++) {
    struct report_gate gate;
    assert_int_equal(compare_gate(&gate, &w.arena, bad[i], &w.got, &w.err), -1);
    assert_int_equal(w.err.code, ERR_USAGE);
  }
  end(&w);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(pairs_by_hash),
    cmocka_unit_test(a_part_is_compared_with_a_warning),
    cmocka_unit_test(other_documents_are_refused),
    cmocka_unit_test(rows_join_only_where_golds_agree),
    cmocka_unit_test(stated_numbers_are_checked),
    cmocka_unit_test(repeated_rows_count_once),
    cmocka_unit_test(equal_sides_show_nothing),
    cmocka_unit_test(gates_hold_or_not),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
